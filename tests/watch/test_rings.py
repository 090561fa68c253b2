"""What of a maintenance is a transition, and which of them calls a person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from console.config.schema import MaintenanceBudget
from console.maintenance.budget import shown
from console.maintenance.values import Kafka, Look, Memory, Node
from console.model import Ref
from console.sources.maintenance import Lane, Maintenance
from console.watch.rings import Stood, call, moved, rings, stood

AT = datetime(2026, 11, 24, 20, 4, tzinfo=UTC)


def unexpected(*down: int, since: datetime = AT, leaderless: int = 0) -> str:
    """What would be said with these brokers down since then."""
    nodes = tuple(Node(number, number not in down) for number in (1, 2, 3))
    seen = Kafka(AT, nodes, 3, 12 * bool(down), leaderless, leaderless)
    look = Look(at=AT, budget=MaintenanceBudget(), kafka=seen)
    lanes = tuple(Lane(number, ((since, "down"),)) for number in down)
    now = row(phase="broker_down", lanes=lanes)
    return "; ".join(shown(now, look))


def row(**facts: Any) -> Maintenance:
    return Maintenance(
        ref=Ref("maintenance", "msk-prod", "msk-prod"), at=AT, cluster="msk-prod", **facts
    )


LONG = AT - timedelta(minutes=16)
TWO, LATE_1, LATE_2 = unexpected(1, 2), unexpected(1, since=LONG), unexpected(2, since=LONG)
LEADERLESS = unexpected(1, leaderless=5)


def look(told: str) -> Stood:
    """`broker_down 2 ! sentence`."""
    phase, _, unexpected = told.partition(" ! ")
    word, _, broker = phase.partition(" ")
    sentences = frozenset(filter(None, unexpected.split("; ")))
    return Stood(phase=word, broker=int(broker) if broker else None, unexpected=sentences)


# before, now, a transition, why it rings
TABLE = [
    # nothing begins, nothing is said
    ("quiet", "quiet", False, None),
    ("quiet", "expected", True, None),
    ("expected", "quiet", True, None),
    # it begins, in whatever phase it is seen first
    ("expected", "started", True, "started"),
    ("quiet", "started", True, "started"),
    ("quiet", "catching_up", True, "started"),
    ("quiet", "broker_down 1", True, "broker_down"),
    # it goes on, or gets better
    ("started", "started", False, None),
    ("broker_down 1", "broker_down 1", False, None),
    ("broker_down 1", "catching_up 1", True, None),
    ("catching_up 1", "between", True, None),
    ("catching_up 1", "catching_up 2", False, None),
    ("between", "settling", True, None),
    # the next broker, or the same once more
    ("started", "broker_down 1", True, "broker_down"),
    ("between", "broker_down 2", True, "broker_down"),
    ("broker_down 1", "broker_down 2", True, "broker_down"),
    ("catching_up 1", "broker_down 1", True, "broker_down"),
    # what does not belong to it, once for each
    ("broker_down 1", f"broker_down 1 ! {TWO}", True, "unexpected"),
    ("quiet", f"broker_down 1 ! {TWO}", True, "unexpected"),
    (f"broker_down 1 ! {TWO}", f"broker_down 1 ! {TWO}", False, None),
    (f"broker_down 1 ! {TWO}", "broker_down 1", False, None),
    (f"broker_down 1 ! {TWO}", f"catching_up 1 ! {TWO}", True, None),
    (f"between ! {LATE_1}", f"between ! {LATE_2}", True, "unexpected"),
    (f"between ! {LEADERLESS}", f"between ! {LEADERLESS}; {LATE_1}", True, "unexpected"),
    ("over", f"over ! {TWO}", True, "unexpected"),
    # the good news, once
    ("settling", "over", True, "over"),
    ("settling", "probably_over", True, "over"),
    ("broker_down 3", "over", True, "over"),
    ("probably_over", "over", True, None),
    ("over", "probably_over", True, None),
    ("over", "quiet", True, None),
    ("quiet", "over", True, None),
    # it was over, or nearly, and is not
    ("over", "started", True, "again"),
    ("over", "broker_down 1", True, "again"),
    ("probably_over", "started", True, "again"),
    ("settling", "catching_up 3", True, "again"),
    ("settling", "between", True, "again"),
    ("over", "settling", True, None),
]


@pytest.mark.parametrize(("before", "now", "is_one", "why"), TABLE)
def test_what_rings(before: str, now: str, is_one: bool, why: str | None) -> None:
    assert moved(look(before), look(now)) is is_one
    assert rings(look(before), look(now)) == why


def test_a_phase_that_nobody_can_tell_is_no_transition() -> None:
    assert stood(row()) is None
    assert stood(row(phase="quiet")) == Stood()


@pytest.mark.parametrize(
    ("facts", "why", "words"),
    [
        (
            {"phase": "broker_down", "broker": 2, "brokers_left": 1},
            "broker_down",
            "msk-prod: broker 2 left, 1 not done yet",
        ),
        (
            {"phase": "broker_down", "broker": 1, "unexpected": (TWO,)},
            "unexpected",
            f"msk-prod: broker 1 left. UNEXPECTED: {TWO}",
        ),
        ({"phase": "over"}, "over", "msk-prod: the maintenance is over"),
        (
            {"phase": "probably_over"},
            "over",
            "msk-prod: the maintenance is probably over; Amazon cannot be asked",
        ),
        (
            {"phase": "probably_over", "state": "ACTIVE", "memory": Memory(announced=True)},
            "over",
            "msk-prod: the maintenance is probably over; Amazon has ended it,"
            " and nobody has seen the brokers well since",
        ),
        (
            {"phase": "started"},
            "again",
            "msk-prod: not over after all: the maintenance has begun",
        ),
        (
            {"phase": "between", "missing": {"lanes": "broker 3 is listed and does not answer us"}},
            "again",
            "msk-prod: not over after all: it cannot settle unseen:"
            " broker 3 is listed and does not answer us",
        ),
        (
            {"phase": "between"},
            "again",
            "msk-prod: not over after all: all brokers are in sync; the maintenance goes on",
        ),
    ],
)
def test_a_ring_says_all_that_a_woken_person_needs(
    facts: dict[str, Any], why: Any, words: str
) -> None:
    assert call(row(**facts), why) == words
