"""The composition root: it shows boards calmly, wakes from sleep, and asks nothing of them."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import timedelta
from time import monotonic

import pytest

from console.app import Console
from console.clients import Clients
from console.config.schema import Estate
from console.lookout import Lookout
from console.machine import Sleep
from console.model import Board
from console.poll import Context
from console.realm import NoLab
from tests.widgets import boards
from tests.widgets.stage import Stage, picture, stage
from widgets.main import MainScreen
from widgets.moments import PAINT_EVERY
from widgets.pane import Pane
from widgets.probe import heard, silence
from widgets.symbols import ASCII, UNICODE


def context() -> Context:
    estate = Estate.model_validate({"estate": {"name": "test", "title": "test"}})
    return Context(estate, Clients(estate))


def test_nothing_heavy_is_imported_for_the_first_frame() -> None:
    code = "import console.app, sys; print(*sys.modules)"
    modules = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    heavy = {"yaml", "pydantic", "boto3", "botocore", "aiokafka", "kubernetes", "aiohttp"}
    assert not heavy & set(modules)


async def test_boards_are_painted_four_times_a_second_at_most_and_the_newest_wins() -> None:
    painted: list[Board] = []
    async with stage(Board()) as (app, pilot):
        app.watch(app, "board", lambda board: painted.append(board), init=False)
        await pilot.pause(PAINT_EVERY)
        began = monotonic()
        for old in range(50, 0, -1):
            app.show(Board().with_(boards.snapshot("sites", boards.SITES, old=old)))
            await asyncio.sleep(0.01)
        await pilot.pause(PAINT_EVERY + 0.1)
        most = (monotonic() - began) / PAINT_EVERY + 1  # a busy machine takes its time
        assert 2 <= len(painted) <= most
        assert "● 1 s" in picture(app)


async def test_a_tick_repaints_no_row_while_nothing_grows_old() -> None:
    async with stage() as (app, pilot):
        drawn: list[int] = []
        table = app.screen.query_one(Pane).table
        render = table.render_line

        def count(y: int) -> object:
            drawn.append(y)
            return render(y)

        table.render_line = count  # type: ignore[assignment,method-assign]
        app.later(1)
        await pilot.pause()
        assert "● 13 s" in picture(app)
        asked_by_the_picture = table.size.height
        assert len(drawn) <= asked_by_the_picture


async def test_after_a_sleep_everything_is_stale_at_once() -> None:
    async with stage() as (app, pilot):
        lookout = Lookout(context(), app.show)
        lookout.board, app.lookout = app.board, lookout
        await pilot.pause(PAINT_EVERY)
        app._sleep.wall -= timedelta(seconds=40)
        app.tick()
        await pilot.pause(PAINT_EVERY + 0.1)
        rows = sum(len(part.rows) for part in app.board.snapshots.values())
        assert rows and picture(app).count("STALE") >= 4
        assert "2/2" in picture(app) and picture(app).count("(old values)") > 10


async def test_the_scopes_on_the_screen_are_those_of_its_rows() -> None:
    async with stage(size=(80, 24)) as (app, pilot):
        assert isinstance(app.screen, MainScreen)
        assert app.screen.scopes >= {"sakai/prod", "marifu/stg"}
        await pilot.press("2")
        assert app.screen.scopes == {"msk-prod"}


SLEPT = [
    pytest.param(1.0, 1.0, False, id="a second is a second"),
    pytest.param(9.0, 1.0, False, id="a clock set right is not a sleep"),
    pytest.param(60.0, 60.0, False, id="a busy minute is not a sleep"),
    pytest.param(3600.0, 1.0, True, id="an hour in a bag is"),
]


@pytest.mark.parametrize(("wall", "steady", "slept"), SLEPT)
def test_sleep_is_wall_time_that_the_monotonic_clock_did_not_see(
    wall: float, steady: float, slept: bool
) -> None:
    sleep = Sleep(boards.AT, 100.0)
    then = boards.AT + timedelta(seconds=wall)
    assert sleep.ended(then, 100.0 + steady) is slept
    assert not sleep.ended(then, 100.0 + steady), "it is told once"


async def test_a_mistake_of_a_person_ends_the_program_without_a_crash() -> None:
    async def start(app: object) -> None:
        raise NoLab("no lab answers there")

    app = Stage(start=start)
    async with app.run_test() as pilot:
        await pilot.pause(0.2)
    assert isinstance(app.failed, NoLab) and app.return_code == 1


ANSWERS = [((1, 0), UNICODE), ((2, 0), ASCII), ((7, 0), None), ((1, 3), None)]


@pytest.mark.parametrize(("at", "symbols"), ANSWERS)
def test_a_cursor_report_tells_how_wide_a_sign_is(at: tuple[int, int], symbols: object) -> None:
    from textual.events import CursorPosition

    assert heard(CursorPosition(*at)) is symbols


@pytest.mark.parametrize(
    ("locale", "symbols"), [("ja_JP.UTF-8", ASCII), ("zh_TW", ASCII), ("fr_FR.UTF-8", UNICODE)]
)
def test_silence_means_ascii_where_cjk_is_written(
    monkeypatch: pytest.MonkeyPatch, locale: str, symbols: object
) -> None:
    monkeypatch.setenv("LC_ALL", locale)
    assert silence() is symbols


async def test_the_program_ends_after_its_data_side_has_hung_up() -> None:
    """Textual cancels it and does not wait, and the end of the loop cancels it once more."""
    told = []

    async def start(_: Console) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            told.append("hanging up")
            await asyncio.sleep(0.1)
            told.append(app.return_code)

    app = Stage(start=start)
    async with app.run_test() as pilot:
        await pilot.pause()
        app.leave(0)
        while app.return_code is None:
            await pilot.pause(0.01)
    assert told == ["hanging up", None]
