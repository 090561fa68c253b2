"""Kafka brokers as the cluster metadata shows them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from typing import TYPE_CHECKING

from console.kafka.asked import SHARE, TIMEOUT, cluster_parts
from console.model import Ref, Row, Severity
from console.poll import Context, Part, in_thread

if TYPE_CHECKING:
    from console.kafka.tally import Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker(Row):
    """Kafka brokers as the cluster metadata and their own answers show them."""

    cluster: str
    broker_id: int
    up: bool | None = None
    """The cluster lists it, and it answers us; None = it is listed only."""
    since: datetime | None = None
    """When `up` last changed, as far as this console saw."""
    leaders: int | None = None
    under_replicated: int | None = None
    """Partitions this broker should hold and is not in sync for."""
    leaderless: int | None = None
    """Partitions with a replica here and no leader."""
    cluster_under_replicated: int | None = None
    """Of the whole cluster, on each of its rows: every partition is counted once."""
    cluster_leaderless: int | None = None
    cluster_leaderless_replicated: int | None = None
    """Of these, those with more than one replica: a single broker cannot explain them."""
    cluster_preferred_pct: float | None = None
    """Partitions that are led by the replica that should, of all."""


class KafkaBrokers:
    """The brokers of every cluster, dead ones too; a part is a cluster."""

    name = "kafka_brokers"
    row = Broker

    def parts(self, context: Context) -> Sequence[Part]:
        """One part a cluster, every 5 s unless configured otherwise."""
        return cluster_parts(
            self.name, context, lambda cluster, every: _Watch(cluster, context, every).fetch
        )


class _Watch:
    """One cluster from look to look: who was up, and since when."""

    def __init__(self, cluster: str, context: Context, every: float) -> None:
        self._cluster, self._context, self._every = cluster, context, every
        self._settings = context.estate.kafka[cluster]
        self._was: dict[int, tuple[bool | None, datetime | None]] = {}

    async def fetch(self) -> tuple[Broker, ...]:
        """The rows of one look; raises Failed when no broker answers."""
        await in_thread(import_module, "console.kafka.pool")
        from console.kafka.link import LOOK_ENDS
        from console.kafka.tally import expected, tally

        LOOK_ENDS.set(time.monotonic() + SHARE * self._context.timeout(KafkaBrokers.name, TIMEOUT))
        pool = self._context.clients.kafka(self._cluster)
        seen = await pool.offsets.metadata(self._context.clock, self._every)
        silent = await pool.greet()
        counts, live = await tally(seen.metadata), set(seen.metadata.brokers)
        known = set(self._was) | set(pool.known)
        shown = expected(live, counts.replicas, known, self._settings.brokers_expected)
        troubles = {b: pool.trouble(b) or (why, None) for b, why in silent.items()}
        return tuple(self._row(b, b in live, counts, seen.at, troubles.get(b)) for b in shown)

    def _row(
        self,
        broker: int,
        listed: bool,
        counts: Tally,
        at: datetime,
        trouble: tuple[str, float | None] | None,
    ) -> Broker:
        up = None if listed and trouble else listed
        since = self._since(broker, up, at)
        missing = {} if since else {"since": "has not changed while this console watched"}
        if listed and trouble:
            message, seconds = trouble
            if seconds is not None:
                since = at - timedelta(seconds=seconds * self._context.clock.speed)
            missing = {"up": f"the cluster counts it in, but {message}"}
        leaderless = counts.leaderless.get(broker, 0)
        return Broker(
            ref=Ref("broker", self._cluster, str(broker)),
            at=at,
            owner=self._settings.owner,
            severity=_severity(up, counts.under_replicated.get(broker, 0), leaderless),
            missing=missing,
            cluster=self._cluster,
            broker_id=broker,
            up=up,
            since=since,
            leaders=counts.leaders.get(broker, 0),
            under_replicated=counts.under_replicated.get(broker, 0),
            leaderless=leaderless,
            cluster_under_replicated=counts.partitions_under_replicated,
            cluster_leaderless=counts.partitions_leaderless,
            cluster_leaderless_replicated=counts.leaderless_replicated,
            cluster_preferred_pct=counts.preferred_pct,
        )

    def _since(self, broker: int, up: bool | None, at: datetime) -> datetime | None:
        was, since = self._was.get(broker, (up, None))
        self._was[broker] = (up, since if was == up else at)
        return self._was[broker][1]


def _severity(up: bool | None, under_replicated: int, leaderless: int) -> Severity:
    """Without a leader nobody reads or writes; with a broker down alone, all others serve."""
    if leaderless:
        return Severity.CRITICAL
    return Severity.OK if up and not under_replicated else Severity.WARNING
