"""What befalls the program from below."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from console.machine import SWEEP_EVERY, Sweep, collect_rarely


class Ring:
    """Garbage that only a full collection finds."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def hand() -> Iterator[list[float]]:
    """A monotonic clock of one value, in the test's hand; the collector as the console has it."""
    before = gc.get_threshold()
    collect_rarely()
    yield [100.0]
    gc.set_threshold(*before)
    gc.unfreeze()


def test_what_was_drawn_is_collected_every_ten_seconds(hand: list[float]) -> None:
    sweep = Sweep(lambda: hand[0], settling=0)
    sweep.tick()
    ring = Ring()
    left = weakref.ref(ring)
    gc.collect(1)  # it lives long enough for young collections to pass it by
    del ring
    gc.collect(1)
    hand[0] = sweep.due - 1.0
    sweep.tick()
    assert left() is not None
    hand[0] = sweep.due
    sweep.tick()
    assert left() is None


def test_what_the_opening_made_is_never_looked_at_again(hand: list[float]) -> None:
    sweep = Sweep(lambda: hand[0], settling=2)
    for _ in range(2):
        frozen = gc.get_freeze_count()
        kept = [Ring() for _ in range(1000)]
        sweep.tick()
        assert gc.get_freeze_count() >= frozen + len(kept)
        hand[0] = sweep.due
    frozen = gc.get_freeze_count()
    sweep.tick()
    assert gc.get_freeze_count() <= frozen


def test_the_longer_a_collection_takes_the_later_comes_the_next(hand: list[float]) -> None:
    pauses = []
    heap: list[Ring] = []
    for size in (0, 200_000):
        heap += [Ring() for _ in range(size)]
        sweep = Sweep(lambda: hand[0], settling=0)
        sweep.tick()
        pauses.append(sweep.due - hand[0])
    assert SWEEP_EVERY < pauses[0] < pauses[1]
