"""Foreign text reaches the screen as text: it commands nothing, breaks nothing, lines up."""

from __future__ import annotations

import unicodedata
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from console.model import Arming, Board, Ref
from console.model.affairs import Affairs
from tests.widgets import boards
from tests.widgets.stage import LARGE, SMALL, picture, stage
from widgets.look import Look
from widgets.standing import standing
from widgets.symbols import ASCII, UNICODE
from widgets.words import age, clean, duration, fit, fit_middle, number, sparkline

HOSTILE = [
    pytest.param("[red]not red[/]", "[red]not red[/]", id="markup stays text"),
    pytest.param("[@click=app.quit]x[/]", "[@click=app.quit]x[/]", id="so do actions"),
    pytest.param("a\x1b[2Jb", "a␦[2Jb", id="an escape sequence is broken"),
    pytest.param("a\x9b2Jb", "a␦2Jb", id="in eight bits too"),
    pytest.param("bell\x07", "bell␦", id="a bell is seen, not heard"),
    pytest.param("ab\u202egnp.exe", "ab␦gnp.exe", id="a bidi override is shown"),
    pytest.param("zero\u200bwidth", "zero␦width", id="so is a zero width space"),
    pytest.param("a\nb\r\nc\u2028d", "a␤b␤c␤d", id="lines become one"),
    pytest.param("a\tb", "a b", id="a tab is a blank"),
    pytest.param("e\u0301" + "\u0301" * 50, "é\u0301\u0301", id="marks do not climb"),
    pytest.param("ガス", "ガス", id="decomposed kana are composed"),
    pytest.param("堺 Sakaï", "堺 Sakaï", id="letters of any script are left alone"),
    pytest.param("x" * 10_000, "x" * 300 + "…", id="10 kB is cut"),
]


@pytest.mark.parametrize(("given_text", "shown"), HOSTILE)
def test_text_from_outside_is_made_harmless(given_text: str, shown: str) -> None:
    assert clean(given_text) == shown


@given(st.text(max_size=400))
def test_nothing_that_could_steer_a_terminal_gets_through(text: str) -> None:
    for symbols in (UNICODE, ASCII):
        for character in clean(text, symbols):
            assert unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Zl", "Zp")


@given(st.text(max_size=60), st.integers(1, 40))
def test_a_cell_is_exactly_as_wide_as_its_column(text: str, width: int) -> None:
    text = clean(text)
    for cell in (fit(text, width), fit(text, width, right=True), fit_middle(text, width)):
        assert cell_len(cell) == width


async def test_hostile_names_leave_the_screen_intact() -> None:
    rows = tuple(boards.workload(str(param.values[0]) + str(n)) for n, param in enumerate(HOSTILE))
    board = Board().with_(boards.snapshot("workloads", rows, part="\x1b]0;x\x07[b]"))
    duty = boards.Duty(estate="\x1b[31m[red]estate", banner="\x1b[2J", starting=("\x1b[1m",))
    for size in (LARGE, SMALL):
        async with stage(board, size, duty) as (app, pilot):
            await pilot.press("3", "enter")
            seen = picture(app)
            assert "\x1b" not in seen and "\u202e" not in seen and "\x07" not in seen
            await pilot.press("q")
            strips = app.screen._compositor.render_strips()
            widths = {sum(cell_len(segment.text) for segment in strip) for strip in strips}
            assert widths == {size[0]}
            assert "[red]not red[/]0" in picture(app)


async def test_japanese_columns_line_up() -> None:
    async with stage(size=SMALL) as (app, _):
        lines = [line for line in picture(app).splitlines() if "prod  " in line]
        assert len({cell_len(line.partition("prod")[0]) for line in lines}) == 1
        assert len(lines) == len(boards.SITES) - 1


SAID = [
    (0.4, "0 s"),
    (59, "59 s"),
    (190, "3 m 10 s"),
    (3 * 3600 + 120, "3 h 02 m"),
    (4 * 86400 + 6 * 3600, "4 d 6 h"),
]


@pytest.mark.parametrize(("seconds", "words"), SAID)
def test_durations_are_said_in_two_units_at_most(seconds: float, words: str) -> None:
    assert duration(seconds) == words
    assert age(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(
    ("value", "words"), [(12403, "12,403"), (40.1, "40.1"), (0.254, "0.25"), (83.0, "83"), (0, "0")]
)
def test_numbers_have_as_many_digits_as_one_can_use(value: float, words: str) -> None:
    assert number(value) == words


def test_a_gap_in_a_series_stays_a_gap() -> None:
    assert sparkline((0.0, None, 7.0), UNICODE) == "▁ █"
    assert sparkline((60.0, 61.0), UNICODE) == "▇█", "a ripple is not a wave"
    assert sparkline((0.0, 0.0), ASCII) == "__"
    assert sparkline((None,), UNICODE) == ""


def test_a_ref_may_be_hostile_too() -> None:
    assert clean(str(Ref("a", "b\n", "c"))) == "a/b␤/c"


ARMED = Arming(frozenset({"sakai/prod", "msk-prod"}), boards.ago(-701), "load", by="t")
STANDING = [
    ({}, "DISARMED"),
    ({"arming": ARMED}, "ARMED msk-prod, 堺/prod 12 min"),
    ({"barred": "flag"}, "READ-ONLY (flag)"),
    ({"barred": "operator is pid 7 (yuki)"}, "READ-ONLY (operator is pid 7 (yuki))"),
    ({"barred": "flag", "arming": ARMED}, "READ-ONLY (flag)"),
]


@pytest.mark.parametrize(("how", "words"), STANDING)
def test_whether_a_console_may_act_is_said_everywhere_alike(
    how: dict[str, Any], words: str
) -> None:
    affairs = Affairs(titles={"sakai/prod": "堺/prod"}, **how)
    assert standing(affairs, Look(now=boards.NOW)) == words
