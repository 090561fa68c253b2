"""A maintenance of a Kafka cluster and how far it is; derived from msk, brokers and lag."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, cast

from console.maintenance.doubt import doubt
from console.maintenance.values import (
    CALM,
    ENDED,
    RUNNING,
    Api,
    Happening,
    Kafka,
    Lane,
    Level,
    Look,
    Memory,
    Node,
    Phase,
    Standing,
    Watched,
)
from console.model import HIDDEN, Board, Freshness, Ref, Row, Snapshot
from console.poll import Derived, Given
from console.windows import coming, span

if TYPE_CHECKING:
    from console.config.planned import Window
    from console.config.schema import Estate, KafkaCluster
    from console.sources.kafka_brokers import Broker
    from console.sources.kafka_lag import GroupLag
    from console.sources.msk import MskCluster

__all__ = [
    "CALM",
    "ENDED",
    "RUNNING",
    "Happening",
    "Lane",
    "Level",
    "Maintenance",
    "Phase",
    "Standing",
    "Watched",
    "doubt",
]
NO_AWS = "this cluster is none of Amazon's"


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintenance(Row):
    """A maintenance of a Kafka cluster and how far it is."""

    cluster: str
    phase: Phase | None = None
    broker: int | None = None
    """The broker that is being worked on."""
    since: datetime | None = None
    """When this phase began."""
    expected: tuple[str, ...] = ()
    """Symptoms that belong to it and are within their budget, in words."""
    unexpected: tuple[str, ...] = ()
    """Symptoms that do not, in words: these call a person."""
    brokers_left: int | None = None
    """How many have not been down and back yet."""
    state: str | None = None
    """What Amazon says of the cluster."""
    operation: str | None = None
    """Of Amazon's, while it is under way."""
    began: datetime | None = None
    """When this maintenance began."""
    healthy_since: datetime | None = None
    """Since when everything that its end needs has held, unbroken."""
    under_replicated: int | None = None
    leaderless: int | None = None
    preferred_pct: float | None = None
    """Partitions that are led by the replica that should."""
    window_from: datetime | None = None
    """The planned window that is open, else the next one."""
    window_until: datetime | None = None
    lanes: tuple[Lane, ...] = ()
    levels: tuple[Level, ...] = ()
    """About one a minute and one at each change, oldest first."""
    happenings: tuple[Happening, ...] = ()
    """Newest last."""
    watched: tuple[Watched, ...] = ()
    memory: Memory = field(default_factory=Memory, metadata=HIDDEN)
    """What the next look needs of this one."""


class Maintenances(Derived):
    """One row a Kafka cluster; what it remembers is the row that it published last.

    A part rests on what can be trusted of Kafka's metadata and Amazon's word: with one of them
    lost, the row goes on by the other and says so. Lag only stands beside it.
    """

    name = "maintenance"
    row: type[Row] = Maintenance
    inputs = ("msk", "kafka_brokers", "kafka_lag")

    def parts(self, snapshot: Snapshot, given: Given) -> tuple[str, ...]:
        """The clusters that a snapshot speaks of."""
        known = given.estate.kafka
        if snapshot.source != "msk":
            return tuple(name for name in (snapshot.part,) if name in known)
        return tuple(name for name, kafka in known.items() if snapshot.part == _place(kafka))

    def ground(self, own: Sequence[Snapshot], given: Given) -> Sequence[Snapshot]:
        """What may be trusted of what decides, else all of it."""
        deciding = [snapshot for snapshot in own if snapshot.source != "kafka_lag"]
        good = [one for one in deciding if one.freshness(given.now.real).trusted]
        return good or deciding or own

    def derive(self, board: Board, given: Given) -> tuple[Row, ...]:
        """Each cluster one look further."""
        from console.maintenance.step import step  # not before the first frame

        before = {row.ref.scope: row for row in board.rows(self.name)}
        return tuple(
            step(cast("Maintenance", before.get(name)) or _blank(name, kafka, given), look)
            for name, kafka in given.estate.kafka.items()
            if (look := _Cluster(name, kafka, board, given).look()) is not None
        )

    def part(self, row: Row, estate: Estate) -> str:
        """The cluster."""
        return row.ref.scope


def _place(kafka: KafkaCluster) -> str:
    """The msk part that a cluster is asked in."""
    return f"{kafka.account}/{kafka.region}"


def _blank(name: str, kafka: KafkaCluster, given: Given) -> Maintenance:
    ref = Ref("maintenance", name, name)
    return Maintenance(ref=ref, at=given.now.estate, owner=kafka.owner, cluster=name)


@dataclass(frozen=True, slots=True)
class _Cluster:
    """What a board says of one cluster."""

    name: str
    settings: KafkaCluster
    board: Board
    given: Given

    def look(self) -> Look | None:
        """One look, or None where nothing is asked of this cluster."""
        msk = self._snapshot("msk", _place(self.settings)) if self.settings.account else None
        brokers = self._snapshot("kafka_brokers", self.name)
        if msk is None and brokers is None:
            return None
        api, api_why = self._api(msk)
        kafka, kafka_why = self._kafka(brokers, api)
        watched, faults, watched_why = self._watched()
        return Look(
            at=self.given.now.estate,
            budget=self.settings.maintenance,
            api=api,
            api_why=api_why,
            asks=bool(self.settings.account),
            kafka=kafka,
            kafka_why=kafka_why,
            watched=watched,
            watched_why=watched_why,
            faults=faults,
            window=_window(self.name, self.given),
            kafka_gap=self._gap(brokers),
            api_gap=self._gap(msk),
        )

    def _snapshot(self, source: str, part: str) -> Snapshot | None:
        return self.board.snapshots.get((source, part))

    def _gap(self, snapshot: Snapshot | None) -> timedelta:
        """How far two looks may lie apart: the first must not have been stale before the next."""
        seconds = snapshot.stale_after if snapshot else 0.0
        return timedelta(seconds=seconds * self.given.now.speed)

    def _lasts(self, snapshot: Snapshot) -> bool:
        """Whether the last good answer is young enough, although a later poll failed."""
        age = snapshot.age(self.given.now.real)
        return not snapshot.slept and age is not None and age.total_seconds() < snapshot.stale_after

    def _distrust(self, snapshot: Snapshot | None) -> str:
        """Why a snapshot cannot be judged by, or nothing.

        A look that failed takes nothing back: until it is stale, what was seen before stands.
        """
        if snapshot is None:
            return "it is not asked"
        if self._lasts(snapshot):
            return ""
        fresh = snapshot.freshness(self.given.now.real)
        if fresh.trusted:
            return ""
        if snapshot.trouble is None:
            return "no answer yet" if fresh is Freshness.NO_DATA else "the last answer is old"
        cure = f"; {snapshot.trouble.cure}" if snapshot.trouble.cure else ""
        return f"{snapshot.trouble.message}{cure}"

    def _api(self, snapshot: Snapshot | None) -> tuple[Api | None, str]:
        if not self.settings.account:
            return None, NO_AWS
        why = self._distrust(snapshot)
        if why or snapshot is None:
            return None, why
        found = next((row for row in snapshot.rows if row.ref.scope == self.name), None)
        if found is None:
            return None, "the cluster is not among the answers"
        row = cast("MskCluster", found)
        unknown = row.missing.get("state") or row.missing.get("operation")
        if row.state is None or (unknown and row.state == "ACTIVE"):
            return None, unknown or "its state is not told"
        return Api(
            at=row.at,
            state=row.state,
            operation=row.operation,
            started_at=row.operation_started_at,
            ended_at=row.operation_ended_at,
            brokers_expected=row.brokers_expected,
            fresh=snapshot.freshness(self.given.now.real) is Freshness.FRESH,
        ), ""

    def _kafka(self, snapshot: Snapshot | None, api: Api | None) -> tuple[Kafka | None, str]:
        why = self._distrust(snapshot)
        if why or snapshot is None:
            return None, why
        rows = cast("tuple[Broker, ...]", snapshot.rows)
        if not rows:
            return None, "no broker is known"
        some = rows[0]  # what is of the whole cluster stands on each row
        if some.cluster_under_replicated is None or some.cluster_leaderless is None:
            return None, "the partitions are not known"
        return Kafka(
            at=min(row.at for row in rows),
            nodes=tuple(
                Node(row.broker_id, row.up, row.leaders, row.under_replicated or 0) for row in rows
            ),
            expected=(api and api.brokers_expected) or self.settings.brokers_expected,
            under_replicated=some.cluster_under_replicated,
            leaderless=some.cluster_leaderless,
            leaderless_replicated=some.cluster_leaderless_replicated or 0,
            preferred_pct=some.cluster_preferred_pct,
        ), ""

    def _watched(self) -> tuple[tuple[Watched, ...], tuple[str, ...], str]:
        """Topics of the named groups; coordinators that failed; why it is not known."""
        snapshot = self._snapshot("kafka_lag", self.name)
        why = self._distrust(snapshot)
        rows = cast("tuple[GroupLag, ...]", snapshot.rows if snapshot else ())
        named = [row for row in rows if row.topic and row.group in self.settings.groups]
        if why:
            return tuple(Watched(row.group, row.topic, why=why) for row in named), (), why
        faults = dict.fromkeys(row.coordinator_fault for row in rows if row.coordinator_fault)
        return tuple(map(_beside, named)), tuple(faults), ""


def _beside(row: GroupLag) -> Watched:
    leaders = [part.leader for part in row.partitions]
    return Watched(
        group=row.group,
        topic=row.topic,
        partitions=len(leaders) or None,
        leaders=sum(leader is not None and leader >= 0 for leader in leaders) if leaders else None,
        lag=row.lag,
        in_per_s=row.in_per_s,
        out_per_s=row.out_per_s,
        verdict=row.verdict,
        why=row.why,
    )


def _window(cluster: str, given: Given) -> tuple[datetime, datetime] | None:
    """The open planned window of maintenance that holds the cluster, else the next to open."""
    now = given.now.estate
    mine = list(_planned(cluster, given))
    spans = [found for window in mine if (found := span(window, now))]
    spans = spans or [found for window in mine if (found := coming(window, now))]
    return min(spans, default=None)


def _planned(cluster: str, given: Given) -> Iterator[Window]:
    for window in given.windows.values():
        if window.kind == "maintenance" and cluster in window.scopes:
            yield window
