"""The axis and the lanes of a night: nothing short is lost, nothing unknown looks known."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.sources.maintenance import Lane, Level, Standing
from tests.widgets import boards, nights
from tests.widgets.boards import ago
from widgets.lanes import Axis, axis_of, clock_line, lane_pieces, lasted, level_strip
from widgets.symbols import ASCII, UNICODE

PARIS = ZoneInfo("Europe/Paris")
TEN = Axis(ago(600), 60, 12)  # ten minutes until the night's instant, and two beyond
Moves = tuple[tuple[datetime, Standing], ...]


def drawn(moves: Moves, until: float = 0) -> str:
    """A lane on the axis of ten minutes, in ASCII."""
    pieces = lane_pieces(Lane(1, moves), TEN, ago(until), boards.AT, ASCII)
    return "".join(cells for cells, _ in pieces)


UP: tuple[datetime, Standing] = (ago(9000), "up")
DRAWN: list[tuple[str, Moves, float, str]] = [
    ("up all the time, and nothing beyond now", (UP,), 0, "=========== "),
    ("away, behind and back", (UP, (ago(480), "down"), (ago(240), "behind"), (ago(120), "up")),
     0, "==.....~~== "),
    ("an absence of a second is seen", (UP, (ago(301), "down"), (ago(300), "up")), 0,
     "====..===== "),
    ("since the last read nobody knows", (UP,), 180, "=======???? "),
    ("what is down when the reads end stays down there", (UP, (ago(240), "down")), 180,
     "======..??? "),
    ("not seen at first", ((ago(240), "up"),), 0, "      ===== "),
    ("never seen", (), 0, "            "),
]  # fmt: skip


@pytest.mark.parametrize(
    ("moves", "until", "seen"), [row[1:] for row in DRAWN], ids=[row[0] for row in DRAWN]
)
def test_a_lane_shows_of_each_cell_the_worst(moves: Moves, until: float, seen: str) -> None:
    assert drawn(moves, until) == seen


SPANS = [(4, 5), (30, 60), (90, 120), (240, 300), (600, 1200), (5000, 1800)]


@pytest.mark.parametrize(("minutes", "most"), SPANS)
def test_the_axis_reaches_from_before_the_beginning_to_now(minutes: float, most: int) -> None:
    row = replace(nights.DOWN, began=ago(minutes * 60))
    axis = axis_of(row, boards.AT, 100)
    assert 0 <= axis.cell(boards.AT) < 100 and axis.scale <= max(most, 30)
    if 5 <= minutes < 5000:
        assert 0 <= axis.cell(ago(minutes * 60)) <= 5


def test_the_axis_stands_still_while_time_goes_on() -> None:
    axes = {axis_of(nights.DOWN, boards.AT + timedelta(seconds=n), 100) for n in range(600)}
    assert len(axes) <= 2, "the world did not move, so nothing moves"


def test_each_clock_time_stands_over_its_cell_also_in_the_night_the_clocks_go_back() -> None:
    for start in (ago(600), datetime(2026, 10, 24, 23, 30, tzinfo=UTC)):
        axis = Axis(start, 60, 120)
        line = clock_line(axis, PARIS)
        assert line.strip() and len(line) <= axis.cells
        for word in set(line.split()):
            at = start + timedelta(seconds=axis.scale * line.index(word))
            assert f"{at.astimezone(PARIS):%H:%M}" == word


@given(st.integers(0, 10**7), st.integers(1, 300), st.integers(0, 10**5))
def test_no_night_breaks_the_axis(span: int, cells: int, quiet: int) -> None:
    row = replace(nights.DOWN, began=ago(span))
    axis = axis_of(row, boards.AT, cells)
    pieces = lane_pieces(nights.LANES[0], axis, ago(quiet), boards.AT, UNICODE)
    assert sum(len(cells) for cells, _ in pieces) == axis.cells
    assert len(clock_line(axis, PARIS)) <= axis.cells


def test_a_strip_shows_the_highest_of_each_cell_and_a_gap_where_nobody_knew() -> None:
    levels = (
        Level(ago(600), 0, 0), Level(ago(430), 8, 0), Level(ago(425), 0, 0),
        Level(ago(240), None, None), Level(ago(120), 4, 0),
    )  # fmt: skip
    assert level_strip(levels, "under_replicated", TEN, boards.AT, ASCII) == "__#____ --- "


def test_durations_count_from_the_beginning_and_end_with_the_last_read() -> None:
    moves: Moves = (UP, (ago(480), "down"), (ago(240), "behind"), (ago(120), "up"))
    whole = lasted(Lane(1, moves), ago(500), boards.AT)
    assert (whole.down, whole.behind, whole.now) == (240, 120, "up")
    early = lasted(Lane(1, moves[:2]), ago(500), ago(400))
    assert (early.down, early.now) == (80, "down")
    later = lasted(Lane(1, moves), ago(300), boards.AT)
    assert later.down == 60, "an absence before this maintenance is another one's"
    assert lasted(Lane(1), None, boards.AT).now == "unknown"
