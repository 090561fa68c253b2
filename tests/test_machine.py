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
def collector() -> Iterator[None]:
    """The collector as the console has it, and afterwards as it was."""
    before = gc.get_threshold()
    collect_rarely()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


@pytest.mark.usefixtures("collector")
def test_what_was_drawn_is_collected_every_ten_seconds() -> None:
    sweep = Sweep()
    sweep.tick(100.0)
    ring = Ring()
    left = weakref.ref(ring)
    gc.collect(1)  # it lives long enough for young collections to pass it by
    del ring
    gc.collect(1)
    sweep.tick(99.0 + SWEEP_EVERY)
    assert left() is not None
    sweep.tick(100.0 + SWEEP_EVERY)
    assert left() is None


@pytest.mark.usefixtures("collector")
def test_the_longer_a_collection_takes_the_later_comes_the_next() -> None:
    pauses = []
    heap: list[Ring] = []
    for size in (0, 200_000):
        heap += [Ring() for _ in range(size)]
        sweep = Sweep(due=1.0)
        sweep.tick(1.0)
        pauses.append(sweep.due - 1.0)
    assert SWEEP_EVERY < pauses[0] < pauses[1]
