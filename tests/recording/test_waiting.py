"""Where a while of which nothing was seen stands among what was seen around it."""

from __future__ import annotations

import pytest

from console.recording.recorder import SLEPT
from console.recording.values import Change, Gap
from console.recording.waiting import Waiting

LOOKED, AWAKE = 1_000_000, 3_600_000_000


@pytest.mark.parametrize(
    ("caption", "seen", "before", "gap"),
    [
        ("nothing was put aside", [], None, (LOOKED, AWAKE)),
        ("one just before the lid closed", [1_600_000], None, (1_600_000, AWAKE)),
        ("one after it opened", [AWAKE - 5], 0, (LOOKED, AWAKE - 5)),
        ("one before and one after", [1_600_000, AWAKE - 5], 1, (1_600_000, AWAKE - 5)),
        ("several around it", [1_600_000, 1_700_000, AWAKE - 5], 2, (1_700_000, AWAKE - 5)),
        ("one of before the last look", [900_000, AWAKE - 5], 1, (LOOKED, AWAKE - 5)),
    ],
)
def test_a_sleep_lies_between_the_last_that_was_seen_before_it_and_the_first_after(
    caption: str, seen: list[int], before: int | None, gap: tuple[int, int]
) -> None:
    waiting = Waiting()
    for at in seen:
        waiting.add(Change(at, at))
    waiting.missed(Gap(LOOKED, AWAKE, SLEPT))
    told = waiting.gaps if before is None else waiting.changes[before].gaps
    assert [(one.since, one.until, one.why) for one in told] == [(*gap, SLEPT)], caption
    others = [one for number, one in enumerate(waiting.changes) if number != before]
    assert not any(one.gaps for one in others)
