"""The maintenance of each cluster as a source: its parts, what they rest on, and its memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from console.clients import Clients
from console.clock import Clock, real_now
from console.config import Estate
from console.config.planned import Window
from console.config.schema import Account, Group, Identity, KafkaCluster
from console.derive import derived
from console.model import EMPTY, Board, Freshness, Ref, Row, Severity, Snapshot, Trouble
from console.poll import Context
from console.sources.kafka_brokers import Broker
from console.sources.kafka_lag import GroupLag, PartitionLag
from console.sources.maintenance import Maintenance
from console.sources.msk import MskCluster

AT = datetime(2026, 11, 24, 20, 30, tzinfo=UTC)
PLACE = "rpg-prod/eu-west-3"
GROUPS = {"datajs": Group(topics=("beat",))}
ESTATE = Estate(
    estate=Identity(name="e", title="e"),
    accounts={"rpg-prod": Account(id="222233334444", regions=("eu-west-3",))},
    kafka={
        "msk-prod": KafkaCluster(
            bootstrap="b:9098", account="rpg-prod", region="eu-west-3", groups=GROUPS
        ),
        "msk-dev": KafkaCluster(bootstrap="b:9098", account="rpg-prod", region="eu-west-3"),
        "own": KafkaCluster(bootstrap="b:9092", owner="offre"),
    },
)
WINDOW = Window.model_validate(
    {
        "title": "MSK maintenance",
        "kind": "maintenance",
        "zone": "Europe/Paris",
        "rrule": "FREQ=MONTHLY;BYDAY=4TU",
        "from": "21:00",
        "to": "01:00",
        "scopes": ["msk-prod"],
    }
)


def context(at: datetime = AT, speed: float = 1.0) -> Context:
    """An estate whose clock stands at a moment now."""
    clock = Clock(at, real_now(), speed)
    return Context(ESTATE, Clients(ESTATE), clock, windows={"night": WINDOW})


def broker(cluster: str, number: int, at: datetime, up: bool = True) -> Broker:
    return Broker(
        ref=Ref("broker", cluster, str(number)),
        at=at,
        cluster=cluster,
        broker_id=number,
        up=up,
        leaders=5,
        under_replicated=0 if up else 5,
        leaderless=0,
        cluster_leaderless=0,
    )


def changed(snapshot: Snapshot, **facts: object) -> Snapshot:
    """The snapshot with these facts on every row."""
    return replace(snapshot, rows=tuple(replace(one, **facts) for one in snapshot.rows))  # type: ignore[arg-type]


def brokers(cluster: str, at: datetime = AT, down: int = 0) -> Snapshot:
    rows = tuple(broker(cluster, number, at, number != down) for number in (1, 2, 3))
    seen = Snapshot("kafka_brokers", cluster, 5.0, real_now(), rows)
    return changed(seen, cluster_under_replicated=5 if down else 0)


def msk(at: datetime = AT, states: Mapping[str, str] = EMPTY) -> Snapshot:
    rows: tuple[Row, ...] = tuple(
        MskCluster(ref=Ref("msk", name, name), at=at, cluster=name, state=state, brokers_expected=3)
        for name, state in {"msk-prod": "ACTIVE", "msk-dev": "ACTIVE", **states}.items()
    )
    return Snapshot("msk", PLACE, 60.0, real_now(), rows)


def lag(cluster: str, **facts: object) -> Snapshot:
    row = GroupLag(
        ref=Ref("lag", cluster, "datajs/beat"),
        at=AT,
        cluster=cluster,
        group="datajs",
        topic="beat",
        partitions=(PartitionLag(0, leader=1), PartitionLag(1, leader=-1)),
        **({"lag": 3, "verdict": "ok"} | facts),  # type: ignore[arg-type]
    )
    return Snapshot("kafka_lag", cluster, 5.0, real_now(), (row,))


def all_well() -> list[Snapshot]:
    """Every answer, just come."""
    return [msk(), *(brokers(name) for name in ESTATE.kafka), lag("msk-prod")]


def after(board: Board, *snapshots: Snapshot, at: datetime = AT, speed: float = 1.0) -> Board:
    """The board with these answers, and what follows from them."""
    changed = sorted({one.source for one in snapshots})
    return derived(board.with_(*snapshots), context(at, speed), changed)


def part(board: Board, cluster: str = "msk-prod") -> Snapshot:
    return board.snapshots["maintenance", cluster]


def row(board: Board, cluster: str = "msk-prod") -> Maintenance:
    (found,) = part(board, cluster).rows
    assert isinstance(found, Maintenance)
    return found


def failing(snapshot: Snapshot) -> Snapshot:
    """The poll after it failed."""
    trouble = Trouble("the login ran out", real_now(), True, "aws sso login --profile rpg-prod")
    return replace(snapshot, trouble=trouble)


def failed(snapshot: Snapshot) -> Snapshot:
    """It has failed for so long that its last answer is stale."""
    old = real_now() - timedelta(seconds=snapshot.stale_after + 1)
    return replace(failing(snapshot), taken_at=old)


def test_a_part_is_a_cluster_and_there_are_no_others() -> None:
    board = after(Board(), *all_well())
    assert [one.part for one in board.parts("maintenance")] == ["msk-prod", "msk-dev", "own"]
    assert [len(one.rows) for one in board.parts("maintenance")] == [1, 1, 1]
    assert [one.freshness(real_now()) for one in board.parts("maintenance")] == [
        Freshness.FRESH
    ] * 3
    assert row(board, "own").owner == "offre"


def test_only_a_planned_window_of_this_cluster_makes_it_expected() -> None:
    board = after(Board(), *all_well())
    assert {name: row(board, name).phase for name in ESTATE.kafka} == {
        "msk-prod": "expected",
        "msk-dev": "quiet",
        "own": "quiet",
    }
    opened = datetime(2026, 11, 24, 20, tzinfo=UTC), datetime(2026, 11, 25, 0, tzinfo=UTC)
    assert (row(board).window_from, row(board).window_until) == opened
    later = after(Board(), *all_well(), at=AT + timedelta(days=1))
    assert row(later).window_from == datetime(2026, 12, 22, 20, tzinfo=UTC)
    assert row(board, "own").window_from is None


def test_it_is_as_old_as_the_oldest_of_what_it_rests_on() -> None:
    old = real_now() - timedelta(seconds=50)
    board = after(Board(), *all_well()[1:], replace(msk(), taken_at=old))
    assert part(board).taken_at == old and part(board).interval == 60.0
    assert part(board, "own").taken_at == board.snapshots["kafka_brokers", "own"].taken_at


def test_what_one_cluster_shows_is_said_of_it_alone() -> None:
    board = after(Board(), *all_well(), msk(states={"msk-dev": "MAINTENANCE"}))
    assert row(board, "msk-dev").phase == "started" and row(board).phase == "expected"


def test_a_start_that_kafka_shows_is_not_missed_while_the_login_is_over() -> None:
    board = after(after(Board(), *all_well()), failed(msk()))
    assert row(board).phase == "expected" and row(board).state is None
    assert row(board).severity is Severity.UNKNOWN
    assert row(board).missing["state"] == "the login ran out; aws sso login --profile rpg-prod"
    board = after(board, brokers("msk-prod", AT + timedelta(seconds=5), down=2))
    assert (row(board).phase, row(board).broker) == ("broker_down", 2)
    assert part(board).freshness(real_now()) is Freshness.FRESH


def test_a_start_that_amazon_shows_is_not_missed_without_a_way_to_kafka() -> None:
    board = after(after(Board(), *all_well()), failed(brokers("msk-prod")))
    board = after(board, msk(states={"msk-prod": "MAINTENANCE"}))
    assert row(board).phase == "started" and row(board).under_replicated is None
    assert part(board).freshness(real_now()) is Freshness.FRESH


def test_with_nothing_to_rest_on_the_row_stays_and_is_marked() -> None:
    board = after(Board(), *all_well(), brokers("msk-prod", down=2))
    board = after(board, failed(msk()), failed(brokers("msk-prod")))
    assert part(board).freshness(real_now()) is Freshness.AUTH_EXPIRED
    assert row(board).phase == "broker_down" and row(board).state is None


@pytest.mark.parametrize("gone", ["slept", "old"])
def test_what_is_stale_is_not_known(gone: str) -> None:
    stale = {
        "slept": replace(brokers("msk-prod", down=2), slept=True),
        "old": replace(brokers("msk-prod", down=2), taken_at=real_now() - timedelta(seconds=30)),
    }[gone]
    board = after(Board(), *all_well(), stale)
    assert row(board).phase is None and row(board).missing["under_replicated"] == (
        "the last answer is old"
    )


def test_lag_only_stands_beside_it_and_is_unknown_when_it_is_old() -> None:
    board = after(Board(), *all_well())
    (topic,) = row(board).watched
    assert (topic.group, topic.topic, topic.partitions, topic.leaders) == ("datajs", "beat", 2, 1)
    board = after(board, failed(lag("msk-prod")))
    (topic,) = row(board).watched
    assert topic.lag is None and topic.verdict == "unknown" and topic.before is not None
    assert part(board).freshness(real_now()) is Freshness.FRESH


def test_a_coordinator_fault_reaches_the_row_of_a_maintenance() -> None:
    board = after(Board(), *all_well(), brokers("msk-prod", down=2))
    board = after(
        board, lag("msk-prod", coordinator_fault="coordinator fault: x", verdict="unknown")
    )
    assert row(board).unexpected == ("coordinator fault: x",)


def test_amazons_count_of_brokers_outranks_the_configured_one() -> None:
    gone = changed(brokers("msk-prod", down=3), cluster_under_replicated=0)
    assert row(after(Board(), *all_well(), gone)).phase == "broker_down"
    assert (
        row(after(Board(), *all_well(), gone, changed(msk(), brokers_expected=2))).phase
        == "expected"
    )


@pytest.mark.parametrize("speed", [1.0, 60.0])
def test_five_minutes_are_of_the_estates_clock_at_any_speed(speed: float) -> None:
    """At speed 60 a look each half second is one each 30 s, and the end comes after 5 s."""
    every, interval = (5.0, 5.0) if speed == 1 else (30.0, 0.5)
    board, phases, at = (
        after(Board(), *all_well(), brokers("msk-prod", down=2), speed=speed),
        [],
        AT,
    )
    patched = {
        "operation": "SECURITY_PATCHING",
        "operation_started_at": AT - timedelta(minutes=20),
        "operation_ended_at": AT,
    }
    for _ in range(int(400 / every)):
        at += timedelta(seconds=every)
        seen = replace(brokers("msk-prod", at), interval=interval)
        board = after(board, changed(msk(at), **patched), seen, at=at, speed=speed)
        phases.append((at, row(board).phase))
    began = next(when for when, phase in phases if phase == "settling")
    over = next(when for when, phase in phases if phase == "over")
    assert over - began == timedelta(minutes=5)


PATCHED: dict[str, object] = {
    "operation": "SECURITY_PATCHING",
    "operation_started_at": AT - timedelta(minutes=20),
    "operation_ended_at": AT,
}


@pytest.mark.parametrize("lost", ["kafka_brokers", "msk"])
def test_a_failed_look_neither_breaks_the_five_minutes_nor_counts_as_one(lost: str) -> None:
    board = after(Board(), *all_well(), brokers("msk-prod", down=2))
    phases: list[tuple[float, str | None]] = []
    for seconds in range(5, 325, 5):
        at = AT + timedelta(seconds=seconds)
        fails = seconds in (150, 155, 300, 305)
        new = {
            "kafka_brokers": brokers("msk-prod", at),
            "msk": changed(msk(at), **PATCHED),
        }
        if fails:
            new[lost] = failing(board.snapshots[lost, new[lost].part])
        board = after(board, *new.values(), at=at)
        phases.append((seconds, row(board).phase))
        assert not row(board).unexpected
    settled = {phase for seconds, phase in phases if 10 <= seconds < 310}
    assert settled == {"settling"}, "the two failures before 310 s break nothing and end nothing"
    assert dict(phases)[310] == "over"


def test_an_end_is_not_taken_back_by_a_look_that_failed() -> None:
    board = after(Board(), *all_well(), brokers("msk-prod", down=2))
    for seconds in range(5, 315, 5):
        at = AT + timedelta(seconds=seconds)
        board = after(board, brokers("msk-prod", at), changed(msk(at), **PATCHED), at=at)
    assert row(board).phase == "over"
    for source, name in (("kafka_brokers", "msk-prod"), ("msk", PLACE)):
        board = after(board, failing(board.snapshots[source, name]), at=AT + timedelta(minutes=6))
        assert row(board).phase == "over" and row(board).under_replicated == 0
    assert row(board).severity is Severity.OK and row(board).state == "ACTIVE"
