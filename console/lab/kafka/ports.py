"""Ports for the lab's brokers, which keep theirs while they are down."""

import random
import socket


def free_ports(count: int) -> list[int]:
    """Ports below the ephemeral range, so that nobody takes one while its broker is down."""
    found: list[int] = []
    while len(found) < count:
        port = random.randint(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in found:
            found.append(port)
    return found
