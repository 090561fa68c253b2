"""The screen of known issues: what it shows, and what its keys want written down."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from textual.message import Message
from textual.pilot import Pilot

from console.model import Board
from console.model.affairs import Affairs
from console.model.issues import LONGEST, Issue, Place, tidy
from console.model.wishes import ChangeIssue, ExportIssues, ImportIssues, Wish
from tests.widgets import affairs, boards
from tests.widgets.hostile import STEERS, TEXT
from tests.widgets.stage import LARGE, SMALL, Stage, golden, picture, stage
from widgets.issues import IssuesScreen
from widgets.wishes import Wanted

KNOWN = Issue(
    number="500-3",
    site="kawasaki",
    title="帳票が開けない",
    first_seen=date(2026, 10, 2),
    fix_on=date(2026, 12, 8),
    release="R 12.3",
)
LATE = replace(KNOWN, number="500-12", title="CSV の文字化け", fix_on=date(2026, 11, 20))
HAPPENS = Issue(
    number="500-7",
    site="sakai",
    env="prod",
    title="ログイン後に白い画面",
    state="happening",
    note="ask the site first",
)
FIXED = replace(KNOWN, number="404-1", state="fixed", release="")
SITES = {
    "sakai": Place("堺 Sakai", ("prod", "stg"), "Asia/Tokyo"),
    "kawasaki": Place("川崎 Kawasaki", ("prod",), "Asia/Tokyo"),
}
ISSUES = (KNOWN, LATE, FIXED, HAPPENS)
STANDING = replace(affairs.AFFAIRS, issues=ISSUES, sites=SITES)
ROWS = (
    boards.site("sakai", "堺 Sakai", boards.CRIT, http_5xx=12.0, errors="happening"),
    boards.site("kawasaki", "川崎 Kawasaki", boards.WARN, http_5xx=2.0, errors="known_only"),
)


def night() -> Board:
    return boards.night().with_(boards.snapshot("sites", ROWS))


async def shown(app: Stage, pilot: Pilot[int], standing: Affairs = STANDING) -> IssuesScreen:
    app.affairs = standing
    screen = IssuesScreen("kawasaki")
    await app.push_screen(screen)
    await pilot.pause()
    return screen


@pytest.mark.parametrize("size", [LARGE, SMALL], ids=["large", "small"])
async def test_the_register_as_it_stands(size: tuple[int, int]) -> None:
    async with stage(night(), size=size) as (app, pilot):
        await shown(app, pilot)
        await golden(app, f"issues-{size[0]}x{size[1]}")


async def test_fixed_ones_come_by_a_key_and_a_filter_finds_words_of_any_field() -> None:
    async with stage(night()) as (app, pilot):
        screen = await shown(app, pilot)
        assert [row.ref.name for row in screen.table.rows] == ["500-3", "500-12", "500-7"]
        await pilot.press("z", "slash", *"r 12", "enter")
        await pilot.pause()
        assert [row.ref.name for row in screen.table.rows] == ["500-3", "500-12"]
        await pilot.press("escape", "escape")
        assert app.main is not None and app.main.is_current


class Heard:
    """The wishes that a screen sent up."""

    def __init__(self) -> None:
        self.wishes: list[Wish] = []

    def __call__(self, message: Message) -> None:
        if isinstance(message, Wanted) and message.wish not in self.wishes:
            self.wishes.append(message.wish)


async def test_each_key_wants_what_it_says() -> None:
    heard = Heard()
    async with stage(night(), hook=heard) as (app, pilot):
        await shown(app, pilot)
        await pilot.press("d")
        await pilot.press("s", "up", "enter")
        await pilot.press("I", *"/tmp/known.csv", "enter")
        await pilot.press("E", "down", "enter")
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
    assert heard.wishes == [
        ChangeIssue(replace(KNOWN, state="fixed"), KNOWN),
        ChangeIssue(replace(KNOWN, state="happening"), KNOWN),
        ImportIssues("/tmp/known.csv"),
        ExportIssues("markdown"),
    ]


async def test_a_form_keeps_what_was_typed_until_it_is_right() -> None:
    heard = Heard()
    async with stage(night(), hook=heard) as (app, pilot):
        await shown(app, pilot)
        await pilot.press("n", "enter")
        await pilot.pause()
        await pilot.press(*"500-9", "ctrl+s")
        await pilot.pause()
        assert "title: what is wrong has to be said" in picture(app)
        await pilot.press("enter", "enter", "enter", *"slow", "ctrl+s")
        await pilot.pause()
    assert heard.wishes == [
        ChangeIssue(Issue(number="500-9", site="kawasaki", title="slow", state="known"), None)
    ]


async def test_an_issue_that_is_edited_keeps_to_the_letter_what_nobody_touched() -> None:
    heard, note = Heard(), "\u202eабв " + "long " * 100
    long = replace(KNOWN, note=tidy(note))
    async with stage(night(), hook=heard) as (app, pilot):
        await shown(app, pilot, replace(STANDING, issues=(long,)))
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press("up", "enter", "ctrl+s")
        await pilot.pause()
    assert heard.wishes == [ChangeIssue(replace(long, state="happening"), long)]


async def test_an_issue_that_is_edited_says_what_it_was() -> None:
    heard = Heard()
    async with stage(night(), hook=heard) as (app, pilot):
        await shown(app, pilot)
        await pilot.press("enter")
        await pilot.pause()
        assert "known (now)" in picture(app)
        assert "帳票が開けない" in picture(app) and "2026-12-08" in picture(app)
        await pilot.press("enter", "ctrl+s")
        await pilot.pause()
        assert not heard.wishes, "nothing was changed"


@pytest.mark.parametrize("size", [LARGE, SMALL], ids=["large", "small"])
async def test_hostile_text_stays_text(size: tuple[int, int]) -> None:
    text = tidy(TEXT[:LONGEST])
    issue = Issue(number=text[:40], site=text, title=text, env=text, release=text, note=text)
    standing = replace(STANDING, issues=(issue,), sites={text: Place(text)}, issues_said=TEXT)
    async with stage(night(), size=size) as (app, pilot):
        await shown(app, pilot, standing)
        assert not STEERS & set(picture(app))
        await pilot.press("enter")
        await pilot.pause()
        assert not STEERS & set(picture(app))
