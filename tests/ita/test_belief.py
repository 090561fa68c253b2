"""When "all is off" is believed: what was on before, who turned it off, how often, how long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from console.ita.belief import Belief
from console.ita.values import JOB_STOP, READ_ONLY, Mode

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)
BOTH, STOPPED, OFF = Mode(True, True), Mode(True, False), Mode(False, False)
# caption, (second, what was read or None for a read that failed), turned off here at, then believed
COURSES: list[tuple[str, list[tuple[float, Mode | None]], dict[str, float], Mode | None]] = [
    ("the first word that is heard", [(0, OFF)], {}, OFF),
    ("off for a moment", [(0, STOPPED), (15, OFF)], {}, STOPPED),
    ("three times within seconds", [(0, STOPPED), (5, OFF), (10, OFF), (15, OFF)], {}, STOPPED),
    ("twice, long apart", [(0, STOPPED), (15, OFF), (200, OFF)], {}, STOPPED),
    ("three times, two minutes", [(0, STOPPED), (15, OFF), (60, OFF), (135, OFF)], {}, OFF),
    (
        "with a failure in between",
        [(0, STOPPED), (15, OFF), (60, OFF), (90, None), (135, OFF), (200, OFF)],
        {},
        STOPPED,
    ),
    (
        "with the truth in between",
        [(0, STOPPED), (15, OFF), (60, OFF), (90, STOPPED), (135, OFF), (200, OFF)],
        {},
        STOPPED,
    ),
    ("turned off here", [(0, STOPPED), (15, OFF)], {JOB_STOP: 10}, OFF),
    ("turned off here, and on since", [(20, STOPPED), (35, OFF)], {JOB_STOP: 10}, STOPPED),
    ("one of two turned off here", [(0, BOTH), (15, OFF)], {READ_ONLY: 10}, BOTH),
    ("one of two goes off", [(0, BOTH), (15, STOPPED)], {}, STOPPED),
]


@pytest.mark.parametrize(
    ("caption", "reads", "turned", "believed"), COURSES, ids=[one[0] for one in COURSES]
)
def test_what_is_believed(
    caption: str,
    reads: list[tuple[float, Mode | None]],
    turned: dict[str, float],
    believed: Mode | None,
) -> None:
    def at(second: float) -> datetime:
        return NOON + timedelta(seconds=second)

    belief, ours = Belief(), {key: at(second) for key, second in turned.items()}
    for second, mode in reads:
        belief = belief.blind() if mode is None else belief.told(mode, at(second), ours)
    assert belief.mode == believed
    assert bool(belief.doubt) is (reads[-1][1] != believed)
