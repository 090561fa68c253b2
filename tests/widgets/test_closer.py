"""The screen that looks closer: what it asks for, what it shows, and what never gets out of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from textual.message import Message

from console.model.closer import Choice, CloserWish, Line, LookCloser, Reading, ReadIt, ShowMore
from tests.widgets import boards
from tests.widgets.hostile import STEERS, TEXT
from tests.widgets.stage import LARGE, SMALL, Stage, golden, picture, stage
from widgets.closer import CloserScreen
from widgets.log_lines import LogLines
from widgets.wishes import CloserWanted, CopyWanted
from widgets.words import age

LOG = Choice(
    "a/app",
    "signaling-6b7-x2x · app · before it ended: OOMKilled, exit code 137",
    boards.AT - timedelta(minutes=25),
    "the last 1,000 lines at most",
    follows=True,
)
EVENTS = Choice("events", "events of its objects")


def lines(*texts: str) -> tuple[Line, ...]:
    first = boards.AT - timedelta(minutes=26)
    return tuple(Line(text, first + timedelta(seconds=n)) for n, text in enumerate(texts))


def reading(*texts: str, **more: object) -> Reading:
    row = next(
        row
        for part in boards.night().parts("workloads")
        for row in part.rows
        if "signaling" in row.ref.name
    )
    base = Reading(
        row=row,
        choices=(LOG, EVENTS),
        chosen=LOG.id,
        turn=1,
        phase="ended",
        read_at=boards.AT - timedelta(seconds=4),
        lines=lines(*texts),
    )
    return replace(base, **more)  # type: ignore[arg-type]


class Unread:
    """Hears what is wanted and reads nothing."""

    async def grant(self, wish: CloserWish) -> None:
        """Nothing comes."""


def opened(app: Stage, shown: Reading) -> None:
    app.looking = Unread()
    app.push_screen(CloserScreen((shown.row,)))


async def test_l_on_a_row_asks_for_what_can_be_read_about_it() -> None:
    heard: list[Message] = []
    async with stage(hook=heard.append) as (_, pilot):
        await pilot.press("3", "l")
        await pilot.pause()
        wishes = [one.wish for one in heard if isinstance(one, CloserWanted)]
        assert isinstance(wishes[0], LookCloser)
        assert [row.ref.kind for row in wishes[0].rows] == ["deployment"]


@pytest.mark.parametrize("size", [LARGE, SMALL], ids=["160x45", "80x24"])
async def test_a_log_is_shown_with_its_age_its_choices_and_its_times(size: tuple[int, int]) -> None:
    async with stage(size=size) as (app, pilot):
        told = reading(
            "INFO  app starts",
            "WARN  heap 98 %",
            "java.lang.OutOfMemoryError",
            "\tat example.Store.put(Store.java:12)",
            dropped=204,
            cut=1,
        )
        opened(app, told)
        await pilot.pause()
        app.closer = told
        await golden(app, f"closer-{size[0]}x{size[1]}")


async def test_nothing_from_outside_commands_the_terminal() -> None:
    async with stage() as (app, pilot):
        told = reading(
            "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x00 a\x9bb [bold]no markup[/bold]", TEXT
        )
        opened(app, told)
        await pilot.pause()
        app.closer = told
        await pilot.pause(0.1)
        seen = picture(app)
        assert "red" in seen and "[bold]no markup[/bold]" in seen
        assert not STEERS & set(seen)


async def test_the_newest_line_stays_in_sight_until_a_person_goes_up() -> None:
    async with stage() as (app, pilot):
        first = reading(*(f"line {n}" for n in range(500)), phase="following")
        opened(app, first)
        await pilot.pause()
        app.closer = first
        await pilot.pause(0.1)
        assert "line 499" in picture(app)
        app.closer = replace(first, lines=(*first.lines, *lines("line 500")))
        await pilot.pause(0.1)
        assert "line 500" in picture(app)
        await pilot.press("g")
        app.closer = replace(first, dropped=10, lines=(*first.lines[10:], *lines("line 501")))
        await pilot.pause(0.1)
        seen = picture(app)
        assert "line 10\n" in seen and "line 501" not in seen, "what is let go moves the cursor on"


async def test_reading_begins_at_the_line_that_is_marked() -> None:
    async with stage() as (app, pilot):
        first = reading(*(f"line {n}." for n in range(500)))
        told = replace(first, lines=(*first.lines[:20], Line("here", tone="strong"), *first.lines))
        opened(app, told)
        await pilot.pause()
        app.closer = told
        await pilot.pause(0.1)
        current = app.screen.query_one("#lines", LogLines).current
        assert current is not None and current.text == "here"
        assert "here" in picture(app) and "line 499." not in picture(app)


async def test_a_filter_keeps_counting_while_lines_come_and_go() -> None:
    async with stage() as (app, pilot):
        first = reading(*(f"{'odd' if n % 2 else 'even'} {n}" for n in range(100)))
        opened(app, first)
        await pilot.pause()
        app.closer = first
        await pilot.press("slash", *"odd", "enter")
        shown = app.screen.query_one("#lines", LogLines)
        assert shown.shown == 50
        app.closer = replace(first, dropped=50, lines=(*first.lines[50:], *lines("odd 101")))
        await pilot.pause(0.1)
        assert shown.shown == 26
        app.closer = replace(first, turn=2, lines=lines("even", "odd"))
        await pilot.pause(0.1)
        assert shown.shown == 1
        await pilot.press("escape")
        assert shown.shown == 2


async def test_a_filter_over_very_many_letters_lets_others_have_their_turn() -> None:
    async with stage() as (app, pilot):
        told = reading(*(f"{n % 2} {'x' * 1_000}" for n in range(2_000)))
        opened(app, told)
        await pilot.pause()
        app.closer = told
        await pilot.pause(0.1)
        shown = app.screen.query_one("#lines", LogLines)
        shown.seek("1")
        assert shown.looking and shown.found() == "100 so far with: 1"
        for _ in range(200):
            await pilot.pause(0.05)
            if "1,000 with: 1" in picture(app):
                break
        assert "1,000 with: 1" in picture(app) and not shown.looking


async def test_a_long_line_is_whole_when_it_is_wrapped() -> None:
    async with stage(size=SMALL) as (app, pilot):
        told = reading("x" * 70 + "END" + "y" * 200)
        opened(app, told)
        await pilot.pause()
        app.closer = told
        await pilot.pause(0.1)
        assert "END" not in picture(app)
        await pilot.press("w")
        await pilot.pause(0.1)
        assert picture(app).count("y") >= 200
        await pilot.press("w", "right", "right", "right")
        await pilot.pause(0.1)
        assert "END" in picture(app)


async def test_the_keys_ask_to_follow_for_a_value_and_for_another_choice() -> None:
    heard: list[Message] = []
    async with stage(hook=heard.append) as (app, pilot):
        told = reading()
        told = replace(told, lines=(Line("offset 7", more="7"),))
        opened(app, told)
        await pilot.pause()
        app.closer = told
        await pilot.press("f", "v", "tab", "j", "enter")
        app.closer = replace(told, more_of="7", more=(Line('{"alarm": 7}'),))
        await pilot.pause(0.1)
        assert '{"alarm": 7}' in picture(app)
        await pilot.press("escape")
        asked = [one.wish for one in heard if isinstance(one, CloserWanted)]
        assert asked[1:5] == [
            ReadIt(LOG.id, follow=True), ShowMore("7"), ReadIt("events"), ShowMore("")
        ]  # fmt: skip


async def test_a_copy_is_what_is_shown_and_the_newest_where_it_is_too_much() -> None:
    heard: list[Message] = []
    async with stage(hook=heard.append) as (app, pilot):
        told = reading(*(f"{n:04} " + "z" * 995 for n in range(1000)))
        opened(app, told)
        await pilot.pause()
        app.closer = told
        await pilot.press("y")
        await pilot.pause(0.3)
        (copy,) = {id(one): one for one in heard if isinstance(one, CopyWanted)}.values()
        assert len(copy.text) <= 500_100
        assert "older lines left out" in copy.text.split("\n")[0]
        assert "0999 z" in copy.text.split("\n")[-1]


async def test_a_copy_is_of_one_moment_while_lines_come_and_go() -> None:
    async with stage() as (app, pilot):
        first = reading(*(f"line {n}" for n in range(1000)), phase="following")
        opened(app, first)
        await pilot.pause()
        app.closer = first
        await pilot.pause(0.1)
        every = app.screen.query_one("#lines", LogLines).every()
        taken = [next(every).text]
        app.closer = replace(first, dropped=1000, lines=lines("another"))
        await pilot.pause(0.1)
        taken += [line.text for line in every]
        assert taken == [f"line {n}" for n in reversed(range(1000))]


async def test_what_is_copied_is_as_private_as_its_directory(tmp_path: Path) -> None:
    async with stage() as (app, pilot):
        app.state = tmp_path  # pytest's, which is private
        told = reading("password=hunter2")
        opened(app, told)
        await pilot.pause()
        app.closer = told
        await pilot.press("y")
        await app.workers.wait_for_complete()
        await pilot.pause()
        copied = tmp_path / "closer.txt"
        assert "hunter2" in copied.read_text()
        assert copied.stat().st_mode & 0o777 == 0o600


async def test_a_value_is_read_from_its_beginning_with_the_keys_of_a_log() -> None:
    async with stage() as (app, pilot):
        told = replace(reading(), lines=(Line("offset 7", more="7"), Line("offset 8", more="8")))
        opened(app, told)
        await pilot.pause()
        app.closer = told
        await pilot.press("v")
        app.closer = replace(told, more_of="8")
        await pilot.pause(0.1)
        assert "asking" in picture(app)
        app.closer = replace(told, more_of="8", more=lines(*(f"field {n}." for n in range(40))))
        await pilot.pause(0.1)
        assert "field 0." in picture(app) and "field 39." not in picture(app)
        await pilot.press("G")
        await pilot.pause(0.1)
        assert "field 39." in picture(app)
        app.closer = told
        await pilot.pause(0.1)
        assert app.focused is app.screen.query_one("#lines", LogLines)


async def test_a_failure_tells_how_old_the_last_line_is() -> None:
    async with stage() as (app, pilot):
        told = reading("a", phase="failed", trouble="no answer")
        opened(app, told)
        await pilot.pause()
        app.closer = told
        await pilot.pause(0.1)
        assert f"FAILED, last line {age(timedelta(seconds=4))} ago" in picture(app)


async def test_a_failure_is_a_sentence_with_its_cure() -> None:
    async with stage() as (app, pilot):
        told = reading(phase="failed", trouble="no right to get pods/log", cure="have it granted")
        opened(app, told)
        await pilot.pause()
        app.closer = told
        await pilot.pause(0.1)
        assert "FAILED" in picture(app)
        assert "no right to get pods/log" in picture(app) and "have it granted" in picture(app)
