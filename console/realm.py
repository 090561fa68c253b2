"""Which world the console looks at: the real one, or the lab that `ONCALL_LAB` names."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import datetime

from console.clock import Clock

VARIABLE = "ONCALL_LAB"
READY = "the lab is ready"  # what a lab started by a console says last


class NoLab(Exception):
    """`ONCALL_LAB` is set, but nobody answers there."""


def for_people() -> tuple[type[Exception], ...]:
    """Errors of opening an estate that are a sentence for a person, not a bug."""
    from console.config import ConfigMistakes

    return ConfigMistakes, NoLab


@dataclass(frozen=True, slots=True)
class Realm:
    """The world's clock and, in a lab, its banner."""

    clock: Clock = field(default_factory=Clock)
    lab: str = ""
    """The lab's address; empty in the real world."""
    banner: str = ""


def enter() -> Realm:
    """The realm of this process. In a lab, its endpoints and keys become the environment.

    The lab serves `GET /lab` → `{"banner", "env": {NAME: value}, "clock": …}`, the clock as
    `{"estate", "real", "speed"}` with ISO times.
    Raises NoLab when the variable is set and the lab does not answer.
    """
    address = os.environ.get(VARIABLE, "")
    if not address:
        return Realm()
    import json
    from urllib.request import ProxyHandler, build_opener

    try:
        with build_opener(ProxyHandler({})).open(f"{address}/lab", timeout=3) as answer:
            told = json.load(answer)
    except (OSError, ValueError) as error:
        raise NoLab(f"{VARIABLE}={address}: no lab answers there ({error})") from None
    os.environ.update(told["env"])
    clock = told["clock"]
    estate, real = (datetime.fromisoformat(clock[name]) for name in ("estate", "real"))
    return Realm(
        Clock(estate, real, clock["speed"]),
        address,
        told["banner"],
    )


def is_local(address: str) -> bool:
    """Whether a URL, a `host:port` or a host is this machine; nothing is looked up."""
    from ipaddress import IPv4Address, ip_address
    from socket import inet_aton
    from urllib.parse import urlsplit

    try:
        host = urlsplit(address if "://" in address else f"//{address}").hostname or ""
    except ValueError:  # a bracket that is not closed
        return False
    name = host.partition("%")[0].rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        found = ip_address(name)
    except ValueError:
        try:
            found = IPv4Address(inet_aton(name))  # 127.1, as every client reads it
        except OSError:
            return False
    found = getattr(found, "ipv4_mapped", None) or found
    return found.is_loopback or found.is_unspecified
