"""Orders through shop, CRM and MES on the lab: what is lost, what is late, what nobody knows."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from console.cli import main
from console.clients import Clients
from console.clock import Clock
from console.commands.init import shipped
from console.config import Estate, load
from console.config.flows import Flow
from console.derive import derived
from console.lab.door import Door
from console.lab.requests import RequestLog
from console.lab.stories.orders import NOON, SCENARIOS
from console.lab.web import Web
from console.match import Memory, Policy, find
from console.model import Board, Now, Ref, Severity, Snapshot
from console.poll import Context, Given, poll_once
from console.realm import VARIABLE
from console.sources.flows import Flows, FlowStage
from console.sources.http import Http, HttpCheck
from tests.driving import Story


class Seen:
    """The lab's services at noon, and the flow as it looks from outside."""

    def __init__(self, web: Web, context: Context) -> None:
        self.web, self.context = web, context
        self.last: dict[str, Snapshot] = {}

    async def board(self) -> Board:
        """Poll the lists and derive."""
        parts = [part for part in Http().parts(self.context) if part.name.endswith("orders")]
        self.last = {part.name: await poll_once(part, self.last.get(part.name)) for part in parts}
        return derived(Board().with_(*self.last.values()), self.context, ["http"])

    async def rows(self) -> dict[str, FlowStage]:
        """The flow's stages as they are now."""
        board = await self.board()
        stages = [row for row in board.rows("flows") if isinstance(row, FlowStage)]
        return {row.stage: row for row in stages if row.flow == "orders"}


@asynccontextmanager
async def noon(at: datetime = NOON) -> AsyncIterator[Seen]:
    clock = Clock(at, datetime.now(UTC))
    web = Web(RequestLog(clock), clock)
    door = Door(web.app())
    await door.open()
    env = {
        VARIABLE: door.url,
        "ONCALL_AWS_ENDPOINT": door.url,
        "ONCALL_KAFKA_BOOTSTRAP": "127.0.0.1:9",
    }
    told = load(shipped(), environ=env | web.env(door.url) | {"ONCALL_ITA_URL": door.url})
    context = Context(told.estate, Clients(told.estate), clock, flows=told.flows.flows)
    try:
        yield Seen(web, context)
    finally:
        await context.clients.close()
        await door.close()


def lose(seen: Seen) -> None:
    """What the scenario does."""
    ((_, step),) = SCENARIOS["orders-lost"].steps
    step(seen)  # type: ignore[arg-type]


async def test_seventeen_orders_are_lost_and_three_that_are_slow_are_not() -> None:
    async with noon() as seen:
        lose(seen)
        rows = await seen.rows()
        mes = rows["mes"]
        assert (mes.lost, mes.late) == (17, 3)
        assert len({thing.key for thing in mes.lost_things}) == 17
        assert {thing.seen_in for thing in mes.lost_things} == {"CRM"}
        assert mes.counted.endswith(
            "since 06:00, 17 missing between, 3 on the way (up to 30 min are allowed)"
        )
        assert mes.severity is Severity.CRITICAL and mes.counted in mes.why
        assert mes.why.startswith("17 missing; ")
        read = {one.part: one.rows[0].at for one in seen.last.values()}
        assert mes.at == min(read["crm-orders"], read["mes-orders"])
        crm = rows["crm"]
        assert (crm.lost, crm.late) == (0, 0) and crm.severity is not Severity.CRITICAL
        assert rows["shop"].count and rows["shop"].lost is None


async def test_the_finding_clears_once_every_lost_order_is_there() -> None:
    case = load(shipped(), environ={}).cases["orders-lost"]
    async with noon() as seen:
        lose(seen)
        now = Now(NOON, datetime.now(UTC))
        found, memory = find([case], await seen.board(), Memory(), now, Policy())
        assert [finding.case for finding in found] == ["orders-lost"]
        seen.web.orders.lost.clear()
        assert (await seen.rows())["shop"].lost is None, "nothing before it can tell"
        now = Now(NOON, datetime.now(UTC))
        assert not find([case], await seen.board(), memory, now, Policy())[0]


async def test_an_order_of_the_last_half_hour_before_the_day_begins_is_lost_in_the_new_day() -> (
    None
):
    six = NOON.replace(hour=3, minute=0)  # 06:00 in Moscow
    async with noon(six + timedelta(minutes=12)) as seen:
        gone = seen.web.orders.number(six - timedelta(minutes=20))
        seen.web.orders.lost.add(gone)
        rows = await seen.rows()
        assert [thing.key for thing in rows["mes"].lost_things] == [f"A-{gone}"]
        assert "1 missing between, 1 of them from before" in rows["mes"].counted
        assert rows["shop"].count == 41, "the day is counted from its hour"


async def test_a_night_of_lost_orders_is_not_forgotten_at_six() -> None:
    six = NOON.replace(hour=3, minute=0)  # 06:00 in Moscow
    for after in (-60, 10, 5 * 3600):
        async with noon(six + timedelta(seconds=after)) as seen:
            first = seen.web.orders.number(six - timedelta(hours=5))
            seen.web.orders.lost |= set(range(first, first + 17))
            mes = (await seen.rows())["mes"]
            assert (mes.lost, mes.severity) == (17, Severity.CRITICAL), after
            assert len(mes.lost_things) == 17


async def test_a_list_that_lies_empty_upstream_leaves_the_loss_unknown() -> None:
    async with noon() as seen:
        seen.web.faults["shop"] = "empty"
        crm = (await seen.rows())["crm"]
        assert (crm.lost, crm.late, crm.severity) == (None, None, Severity.UNKNOWN)
        assert re.fullmatch(r"[\d,]+ in CRM that Shop never listed", crm.missing["lost"])
        assert crm.missing["lost"] in crm.why


async def test_a_list_that_fails_or_lies_leaves_the_loss_unknown_and_never_none() -> None:
    async with noon() as seen:
        lose(seen)
        for fault, why in (
            ("500", "HTTP 500"),
            ("lie", "web page"),
            ("types", "no list at /orders"),
        ):
            seen.web.faults["mes"] = fault
            mes = (await seen.rows())["mes"]
            assert (mes.lost, mes.late, mes.count) == (None, None, None)
            assert why in mes.missing["lost"]
        seen.web.faults = {"crm": "500"}
        mes = (await seen.rows())["mes"]
        assert mes.lost is None and mes.count and "CRM" in mes.missing["lost"]
        assert mes.severity.name == "UNKNOWN", "what nobody knows is not OK"
        assert mes.why.startswith("not known what is missing: CRM")


def test_the_command_exports_what_is_missing_for_the_business(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    story = Story("orders-lost", 1, kafka="off")
    try:
        for name, value in story.lab.env.items():
            monkeypatch.setenv(name, value)
        file = tmp_path / "missing.csv"
        told = ["--config", str(shipped()), "flows", "missing", "orders"]
        assert main([*told, "--csv", str(file)]) == 2
        said = capsys.readouterr().out
        assert "17 missing between, 3 on the way" in said and str(file) in said
        with file.open(encoding="utf-8-sig", newline="") as opened:
            rows = list(csv.DictReader(opened))
        assert len(rows) == 17 and {row["missing_in"] for row in rows} == {"MES"}
        assert main([*told, "--json"]) == 2
        stages = json.loads(capsys.readouterr().out)["stages"]
        assert [stage["lost"] for stage in stages] == [None, 0, 17]
        story.lab.web.faults["mes"] = "500"
        before = file.read_bytes()
        assert main([*told, "--csv", str(file)]) == 3
        said = capsys.readouterr().out
        assert "not known what is missing" in said and "not written" in said
        assert file.read_bytes() == before, "no empty list takes the place of a good one"
        story.lab.web.faults = dict.fromkeys(("shop", "crm", "mes"), "deny")
        assert main([*told, "--csv", str(file)]) == 3
        said = capsys.readouterr().out
        assert "none of the lists" in said and "not written" in said
        assert file.read_bytes() == before, "nor where every list is refused"
        assert main([*told, "--json"]) == 3
        assert json.loads(capsys.readouterr().out)["known"] is False
        assert main([*told[:-1], "alarm"]) == 64
        assert "with keys: orders" in capsys.readouterr().err
    finally:
        story.close()


async def test_counts_alone_tell_what_is_missing_once_they_were_watched_long_enough() -> None:
    stages = [
        {"id": one, "title": one, "allowed": "10m", "counts": {"source": "http",
         "where": {"check": one, "fact": "many"}, "fact": "value"}}
        for one in ("crm", "mes")
    ]  # fmt: skip
    flow = Flow.model_validate({"title": "orders", "stages": stages, "things": "orders"})
    named, clock = {"orders": flow}, [NOON]
    flows, lasts = Flows(), Board()
    estate = Estate.model_validate({"estate": {"name": "e", "title": "E"}})

    def look(minutes: float, crm: float, mes: float) -> FlowStage:
        clock[0] += timedelta(minutes=minutes)
        rows = [
            HttpCheck(ref=Ref("http", "o", name), at=clock[0], check=name, fact="many", value=value)
            for name, value in (("crm", crm), ("mes", mes))
        ]
        nonlocal lasts
        now = datetime.now(UTC)
        lasts = lasts.with_(Snapshot("http", "orders", 30.0, now, tuple(rows)))
        given = Given(estate, Now(clock[0], now), flows=named)
        (_, row) = flows.derive(lasts, given)
        assert isinstance(row, FlowStage)
        return row

    first = look(0, 100, 90)
    assert first.count == 90 and first.lost is None and "not watched" in first.missing["lost"]
    assert (look(11, 120, 98).lost, look(0, 120, 98).late) == (2, 20)
    assert look(11, 120, 120).lost == 0
    assert look(1, 3, 1).lost is None, "a new day began"
