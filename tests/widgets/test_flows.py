"""Flows on the screen: beside the findings where there is room, and as a pane of their own."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from textual.message import Message

from console.model import Board, Ref
from console.model.stages import LostThing
from console.sources.flows import FlowStage
from tests.widgets import boards
from tests.widgets.boards import CRIT, OK, UNKNOWN, WARN, ago
from tests.widgets.stage import LARGE, SMALL, golden, picture, stage
from widgets.flow_columns import flows_about
from widgets.parts import PartTable
from widgets.wishes import CopyWanted


def row(flow: str, order: int, title: str, state: str = "ok", **facts: Any) -> FlowStage:
    """One stage of a flow, as bad as its state says."""
    bad = {"ok": OK, "broken": CRIT, "starved": WARN, "unknown": UNKNOWN}[state]
    given = {"severity": bad, "rate_per_s": None, "stage": title, "flow_title": f"Life of {flow}"}
    ref = Ref("stage", "msk-prod", f"{flow}/{title}")
    facts = {**given, **facts}
    return FlowStage(
        ref=ref, at=boards.AT, flow=flow, order=order, title=title, state=state, **facts
    )  # type: ignore[arg-type]


NOTHING = "nothing comes from dataenricher"
ALARM = (
    row("alarm", 0, "gateway"),
    row("alarm", 1, "reporter crow"),
    row("alarm", 2, "[crow alarm]", rate_per_s=12.4),
    row(
        "alarm",
        3,
        "dataenricher",
        "broken",
        rate_per_s=0.0,
        first_broken=True,
        since=ago(245),
        why="dataenricher/crow.alarm: verdict stuck; no commit for 4 m 05 s",
    ),
    row("alarm", 4, "[output]", "starved", rate_per_s=0.0, since=ago(240), why=NOTHING),
    row("alarm", 5, "rule chain", "starved", since=ago(240), why=NOTHING),
    row(
        "alarm", 6, "event", "starved", depth=1, last_seen_at=ago(700), overdue_s=400.0, why=NOTHING
    ),
    row("alarm", 7, "遠隔監視", "starved", depth=1, since=ago(240), why=NOTHING),
    row("alarm", 8, "Camunda", "starved", depth=1, since=ago(240), why=NOTHING, owner="offre"),
)
BEAT = (
    row("heartbeat", 0, "[data js]", rate_per_s=40.0),
    row(
        "heartbeat",
        1,
        "deviceManagement",
        "unknown",
        first_broken=None,
        why="no answer from canaries",
    ),
)


def flowing(*flows: tuple[FlowStage, ...]) -> Board:
    """The night with these flows, each with its worst stage's severity on every row."""
    parts = []
    for stages in flows:
        worst = max(one.severity for one in stages)
        rows = tuple(replace(one, worst=worst) for one in stages)
        parts.append(boards.snapshot("flows", rows, part=stages[0].flow))
    return boards.night().with_(*parts)


async def test_a_large_screen_shows_the_worst_flow_beside_the_findings() -> None:
    async with stage(flowing(BEAT, ALARM), LARGE) as (app, pilot):
        seen = picture(app)
        assert "✖ dataenricher  BROKEN 4 min" in seen and "○ [output]" in seen
        assert "? heartbeat" in seen, "the other flow in one line"
        await pilot.press("5")
        await golden(app, "flows-160x45")


async def test_on_a_small_screen_flows_are_the_fifth_pane() -> None:
    async with stage(flowing(BEAT, ALARM), SMALL) as (app, pilot):
        await pilot.press("5")
        await golden(app, "flows-80x24")
        await pilot.press("z")
        await pilot.pause()
        seen = picture(app)
        assert "gateway" not in seen and "▸ BROKEN" in seen


async def test_e_says_why_a_stage_is_broken_and_enter_tells_every_fact() -> None:
    async with stage(flowing(ALARM), LARGE) as (app, pilot):
        await pilot.press("5", "down", "down", "down", "e")
        await pilot.pause()
        assert "verdict stuck; no commit for 4 m 05 s" in picture(app)
        await pilot.press("enter")
        await pilot.pause()
        assert "first broken" in picture(app) and "worst" not in picture(app)


@pytest.mark.parametrize("size", [SMALL, (160, 30)])
async def test_where_there_is_no_room_beside_the_findings_flows_leave_it(
    size: tuple[int, int],
) -> None:
    async with stage(flowing(ALARM), size) as (app, _):
        assert not app.screen.query_one("#flow").display


ORDERS = (
    row("orders", 0, "CRM", count=1207, lost=0),
    row(
        "orders", 1, "MES", count=1190, lost=17, late=3, severity=CRIT, why="17 missing; orders: …"
    ),
)


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_a_stage_that_lost_things_never_says_ok(size: tuple[int, int]) -> None:
    async with stage(flowing(BEAT, ORDERS), size) as (app, pilot):
        await pilot.press("5")
        await pilot.pause()
        (mes,) = [line for line in picture(app).splitlines() if "orders " in line and "MES" in line]
        assert "17 lost" in mes and "OK" not in mes
        assert flows_about(app.board, app.look) == "Life of orders: 17 lost before MES"


async def test_a_stage_of_which_nobody_knows_what_it_lost_is_not_well_either() -> None:
    blind = row("orders", 1, "MES", lost=None, severity=UNKNOWN, why="not known what is missing")
    async with stage(flowing(BEAT, (ORDERS[0], blind)), LARGE) as (app, pilot):
        await pilot.press("5")
        await pilot.pause()
        assert re.search(r"orders +MES +UNKNOWN", picture(app))


async def test_a_list_that_is_empty_or_unknown_by_now_is_not_saved_over_a_good_one() -> None:
    things = (LostThing("A-1", "CRM", boards.AT),)
    mes = row("orders", 1, "MES", lost=1, lost_things=things, severity=CRIT)
    heard: list[CopyWanted] = []

    def hook(message: Message) -> None:
        if isinstance(message, CopyWanted):
            heard.append(message)

    async with stage(flowing((ORDERS[0], mes)), LARGE, hook=hook) as (app, pilot):
        await pilot.press("5", "down", "enter", "s")
        await pilot.pause()
        assert len(set(map(id, heard))) == 1 and "A-1" in heard[0].text
        heard.clear()
        why = {"lost": "CRM: no answer from crm-orders"}
        for now in (
            replace(mes, lost=None, lost_things=(), missing=why, severity=UNKNOWN),
            replace(mes, lost=0, lost_things=(), severity=OK),
        ):
            app.show(flowing((ORDERS[0], now)))
            await pilot.pause(0.1)
            await pilot.press("s")
            await pilot.pause()
        seen = [one.message for one in app._notifications]
        assert not heard
        assert any("not saved: not known now: CRM: no answer" in one for one in seen)
        assert any("there is none now; what was saved before stays" in one for one in seen)


async def test_of_thousands_the_first_are_shown_and_all_are_saved() -> None:
    things = tuple(LostThing(f"A-{n}", "CRM", boards.AT) for n in range(3000))
    mes = row("orders", 1, "MES", lost=3000, lost_things=things, severity=CRIT)
    heard: list[CopyWanted] = []

    def hook(message: Message) -> None:
        if isinstance(message, CopyWanted):
            heard.append(message)

    async with stage(flowing((ORDERS[0], mes)), LARGE, hook=hook) as (app, pilot):
        await pilot.press("5", "down", "enter")
        await pilot.pause()
        assert "the first 500 of 3,000 are shown; s saves all" in picture(app)
        assert len(app.screen.query_one(PartTable).rows) == 500
        await pilot.press("s")
        await pilot.pause()
        assert len(heard[0].text.splitlines()) == 3001


async def test_without_flows_nothing_stands_beside_the_findings() -> None:
    async with stage(boards.night(), LARGE) as (app, _):
        assert not app.screen.query_one("#flow").display
