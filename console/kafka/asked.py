"""How a source asks Kafka: one part a cluster, as often as it is configured."""

from __future__ import annotations

from collections.abc import Callable

from console.poll import Context, Fetch, Part

TIMEOUT = 15.0  # seconds: a dial, an answer and a second try
SHARE = 0.8  # of the time-out: the rest is for the judgement


def cluster_parts(
    source: str, context: Context, fetch: Callable[[str, float], Fetch]
) -> list[Part]:
    """A part a cluster; `fetch(cluster, every)` makes what is polled."""
    timeout = context.timeout(source, TIMEOUT)
    found = []
    for cluster, settings in context.estate.kafka.items():
        every = context.every(source, settings.refresh)
        found.append(Part(source, cluster, every, fetch(cluster, every), timeout))
    return found
