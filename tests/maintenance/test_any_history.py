"""Whatever is seen in whatever order: an end is told when it is proven, no start is missed."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from console.maintenance.values import RUNNING, Look
from console.sources.maintenance import Maintenance
from tests.maintenance.nights import Night, moment

UNBROKEN, GAP = timedelta(minutes=5), timedelta(seconds=25)
# How the brokers and Amazon look, for how many looks, so many seconds apart.
STRETCHES = st.tuples(
    st.sampled_from(["ooo", "ooo", "ooo", "oxo", "o~o", "xxo", "oo?", "ooo1", "-"]),
    st.sampled_from(["A", "M", "E", "E", "E", "H", "-", "="]),
    st.sampled_from([1, 2, 12, 61]),
    st.sampled_from([5, 5, 5, 25, 26]),
)


def played(stretches: list[tuple[str, str, int, int]], window: bool) -> Night:
    night, at = Night(window=window), moment("19:50:00")
    for brokers, amazon, count, apart in stretches:
        for _ in range(count):
            at += timedelta(seconds=apart)
            night.look(at, brokers, amazon)
    return night


def proven(look: Look) -> bool:
    """What an end needs, by the look itself and not by what the machine makes of it."""
    api, kafka = look.api, look.kafka
    if api is None or kafka is None or api.state != "ACTIVE":
        return False
    if api.operation is not None and api.ended_at is None:
        return False
    whole = [node.up for node in kafka.nodes] == [True] * 3
    return whole and kafka.under_replicated == 0 and kafka.leaderless == 0


def last_minutes(looks: list[Look]) -> list[Look]:
    """The looks of the last five minutes, with the one that they began with."""
    since = looks[-1].at - UNBROKEN
    first = max((n for n, one in enumerate(looks) if one.at <= since), default=0)
    return looks[first:]


def ends(rows: list[Maintenance]) -> list[int]:
    return [n for n in range(1, len(rows)) if rows[n].phase == "over" != rows[n - 1].phase]


@settings(max_examples=40, deadline=None)
@given(st.lists(STRETCHES, min_size=1, max_size=8), st.booleans())
def test_over_is_told_only_after_five_unbroken_minutes(
    stretches: list[tuple[str, str, int, int]], window: bool
) -> None:
    night = played(stretches, window)
    for number in ends(night.rows):
        looks = last_minutes(night.looks[: number + 1])
        assert looks[-1].at - looks[0].at >= UNBROKEN
        assert all(proven(look) for look in looks)
        times = [look.at for look in looks]
        assert all(b - a <= GAP for a, b in pairwise(times))
        began = night.rows[number].memory.noticed
        assert began is not None and all(one.api and one.api.at >= began for one in looks)


@settings(max_examples=40, deadline=None)
@given(st.lists(STRETCHES, min_size=1, max_size=8), st.booleans())
def test_no_start_is_missed_and_nothing_is_over_while_it_goes_on(
    stretches: list[tuple[str, str, int, int]], window: bool
) -> None:
    night = played(stretches, window)
    for look, row in zip(night.looks, night.rows, strict=True):
        if look.kafka and look.kafka.down:
            assert row.phase == "broker_down" and row.broker in look.kafka.down
        if look.api and look.api.state == "MAINTENANCE":
            assert row.phase in RUNNING
        if row.phase in RUNNING:
            assert row.began is not None and row.since is not None and row.began <= row.since
        if row.phase == "settling":
            assert look.kafka is not None and look.kafka.healthy


def test_the_random_histories_do_come_to_an_end() -> None:
    """Else the first test could not fail."""
    night = played([("ooo", "A", 2, 5), ("oxo", "M", 12, 5), ("ooo", "E", 62, 5)], window=True)
    assert len(ends(night.rows)) == 1
