"""Night manners: what rings, how a terminal is made to ring, and what one is told who was away."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from textual.events import MouseDown
from textual.message import Message
from textual.pilot import Pilot

from console.model import Entry
from console.model.affairs import Affairs, Ring
from console.model.bell import BYTES, ringing
from console.model.wishes import Acknowledge, Heard
from tests.widgets import boards, nights
from tests.widgets.boards import ago
from tests.widgets.hostile import STEERS, TEXT
from tests.widgets.stage import LARGE, SMALL, Stage, golden, picture, stage
from widgets.away import Away, since_then
from widgets.main import MainScreen
from widgets.wishes import Wanted

PLAIN = "\a\x1b]9;oncall: it rings\x07"
SOUNDS = [
    ("a terminal", {"TERM": "xterm-256color"}, PLAIN),
    ("tmux", {"TERM": "screen-256color", "TMUX": "/tmp/tmux-0/default,1,0"},
     "\a\x1bPtmux;\x1b\x1b]9;oncall: it rings\x07\x1b\\"),
    ("GNU screen", {"TERM": "screen.xterm"}, "\a\x1bP\x1b]9;oncall: it rings\x07\x1b\\"),
    ("nobody wants to hear it", {"ONCALL_BELL": "0", "TERM": "xterm"}, ""),
    ("nothing is said of it", {}, PLAIN),
]  # fmt: skip


@pytest.mark.parametrize(
    ("env", "sound"), [row[1:] for row in SOUNDS], ids=[row[0] for row in SOUNDS]
)
def test_a_terminal_rings_by_bell_and_notice_also_through_what_it_runs_in(
    env: dict[str, str], sound: str
) -> None:
    assert ringing(("it rings",), env) == sound


def test_what_rings_commands_nothing_and_is_short_enough_for_any_terminal() -> None:
    for env in ({}, {"TMUX": "x"}, {"TERM": "screen"}):
        sound = ringing((TEXT, "4;3;50"), env)
        inside = sound.removeprefix("\a").replace("\x1bPtmux;", "").replace("\x1b\x1b", "\x1b")
        inside = inside.replace("\x1bP", "").replace("\x1b\\", "")
        first, second, rest = inside.split("\x07")
        told = first.removeprefix("\x1b]9;")
        assert not STEERS & set(told) and len(told.encode()) <= BYTES
        assert second == "\x1b]9;oncall: 4;3;50", "no progress bar"
        assert not rest


@asynccontextmanager
async def listening(
    size: tuple[int, int] = SMALL, hook: Callable[[Message], None] | None = None
) -> AsyncIterator[tuple[Stage, Pilot[int], Callable[[], int]]]:
    """A console, and how often its terminal has rung."""
    async with stage(nights.night(nights.DOWN), size, hook=hook) as (app, pilot):
        written: list[str] = []
        assert app._driver is not None
        app._driver.write = written.append  # type: ignore[method-assign]
        yield app, pilot, lambda: sum(one.startswith("\a") for one in written)


def rung(*rings: Ring, entries: tuple[Entry, ...] = ()) -> Affairs:
    """Affairs in which these ring."""
    return replace(nights.AFFAIRS, rings=rings, entries=entries)


async def test_each_ring_rings_once_again_when_it_is_repeated_and_not_once_it_is_heard() -> None:
    async with listening() as (app, pilot, bells):
        once = replace(nights.RING, count=1)
        for affairs, times, why in (
            (rung(), 0, "nothing rings"),
            (rung(once), 1, "it got worse"),
            (rung(once, entries=nights.MISSED), 1, "other news"),
            (rung(replace(once, count=2)), 2, "nobody heard it"),
            (rung(replace(once, count=2), replace(once, scope="msk-stg")), 3, "another cluster"),
            (rung(), 3, "it was heard"),
            (rung(replace(once, since=ago(5))), 4, "it got worse again"),
        ):
            app.affairs = affairs
            app.later(1)
            await pilot.pause()
            assert bells() == times, why


async def test_a_console_that_is_told_to_be_quiet_shows_what_rings_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ONCALL_BELL", "0")
    async with listening() as (app, pilot, bells):
        app.affairs = rung(nights.RING)
        await pilot.pause()
        assert not bells() and "■ 21:30 msk-prod: broker 3 is away" in picture(app)


async def test_after_a_while_the_first_key_tells_what_one_missed_and_does_nothing_else() -> None:
    heard: list[Message] = []
    async with listening(LARGE, heard.append) as (app, pilot, _):
        app.affairs = replace(nights.AFFAIRS, rings=(nights.RING,))
        await pilot.press("down")
        app.later(420)
        missed = tuple(
            replace(one, at=one.at + (app.now.real - boards.AT)) for one in nights.MISSED
        )
        app.affairs = rung(nights.RING, entries=missed)
        await pilot.press("x")
        await pilot.pause()
        assert isinstance(app.screen, Away)
        assert not [one for one in heard if isinstance(one, Wanted)], "x was not acknowledged"
        await golden(app, "away-160x45")
        app.screen._hears = float("inf")  # a slow machine changes nothing
        await pilot.press("x", "q")
        assert isinstance(app.screen, Away), "deaf at first"
        app.screen._hears = 0.0
        await pilot.press("escape", "x")
        await pilot.pause()
        asked = {type(one.wish) for one in heard if isinstance(one, Wanted)}
        assert isinstance(app.screen, MainScreen) and asked == {Acknowledge}


async def test_after_a_while_a_click_too_only_tells_what_one_missed() -> None:
    async with listening() as (app, pilot, _):
        app.affairs = rung()
        app.later(600)
        news = Entry(app.now.real, "watch.rang", data={"cluster": "msk-prod", "text": "down"})
        app.affairs = rung(entries=(news,))
        app.post_message(MouseDown(None, 5, 5, 0, 0, 1, False, False, False))  # as a driver does
        await pilot.pause()
        assert isinstance(app.screen, Away)


async def test_a_short_while_or_one_without_news_leaves_the_key_its_meaning() -> None:
    old = tuple(replace(one, at=ago(4000)) for one in nights.MISSED)
    note = Entry(boards.AT, "note", data={"text": "x"})
    for seconds, entries in ((250, nights.MISSED), (900, old), (900, (*old, note))):
        heard: list[Message] = []
        async with listening(hook=heard.append) as (app, pilot, _):
            app.affairs = nights.AFFAIRS
            await pilot.press("down")
            app.later(seconds)
            moved = app.now.real - boards.AT if entries is nights.MISSED else boards.AT - boards.AT
            fresh = tuple(replace(one, at=one.at + moved) for one in entries)
            app.affairs = rung(nights.RING, entries=fresh)
            await pilot.press("w", "x")
            await pilot.pause()
            assert not isinstance(app.screen, Away), seconds
            assert Heard("msk-prod") in {one.wish for one in heard if isinstance(one, Wanted)}


async def test_who_never_pressed_a_key_was_away_since_the_estate_opened() -> None:
    async with listening(SMALL) as (app, pilot, _):
        app.affairs = rung()
        app.later(600)
        news = Entry(app.now.real, "watch.rang", data={"cluster": "msk-prod", "text": TEXT})
        app.affairs = rung(entries=(news,) * 60)
        await pilot.press("down")
        await pilot.pause()
        assert isinstance(app.screen, Away)
        seen = picture(app)
        assert "While you were away (10 m 00 s)" in seen and "[ Close ]" in seen
        assert not STEERS & set(seen)


TOLD = [
    ("watch.phase", True), ("watch.rang", True), ("remedy.sent", True), ("run.step", True),
    ("finding.seen", True), ("finding.cleared", True), ("finding.acknowledged", False),
    ("armed", False), ("note", False), ("contact.sent", False),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "told"), TOLD)
def test_only_what_happened_is_told(kind: str, told: bool) -> None:
    entries = (Entry(ago(100), kind), Entry(ago(50), kind), Entry(ago(10), kind))
    assert since_then(entries, ago(60)) == (entries[1:] if told else ())
