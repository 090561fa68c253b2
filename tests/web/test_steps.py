"""The shipped cases that look at HTTP answers and flows: walked to their end, opened by a lie."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from console import checklist
from console.clock import real_now
from console.commands.init import shipped
from console.config import load
from console.config.cases import Case
from console.derive import derived
from console.match import Memory, Policy, find
from console.model import Board, Now, Ref, Snapshot
from console.poll import poll_once
from console.sources.alarms import Alarm
from console.sources.http import Http
from console.sources.workloads import Workload
from tests.cases.sheet import Sheet
from tests.web.test_orders import Seen, noon

EKS = "eks-v2-prod"


def shipped_case(name: str) -> Case:
    return load(shipped()).cases[name]


async def everything(seen: Seen) -> Board:
    """Every address asked, what follows from that, and what the walks look at besides: all well."""
    at, real = seen.context.clock.now(), real_now()
    parts = [await poll_once(part) for part in Http().parts(seen.context)]
    alarm = Alarm(ref=Ref("alarm", EKS, "offre-health"), at=at, name="offre-health", state="ok")
    names = {"cluster": EKS, "namespace": "platform", "deployment": "camunda"}
    ref = Ref("deployment", EKS, "platform/camunda")
    camunda = Workload(ref=ref, at=at, ready=2, desired=2, **names)
    others = (
        Snapshot("alarms", "it", 60.0, real, (alarm,)),
        Snapshot("workloads", EKS, 60.0, real, (camunda,)),
    )
    return derived(Board().with_(*others, *parts), seen.context, ["http"])


def aged(board: Board, seconds: float) -> Board:
    """The same answers, read so much later."""
    later = []
    for one in board.snapshots.values():
        rows = tuple(replace(row, at=row.at + timedelta(seconds=seconds)) for row in one.rows)
        later.append(replace(one, rows=rows))
    return board.with_(*later)


def walk(sheet: Sheet, board: Board) -> None:
    """Look again and again, and do what a person does in between."""
    for look in range(40):
        sheet.look(aged(board, look * 10), 10)
        step = sheet.run.step
        if step and step.kind == "do":
            sheet.deed(checklist.tick(sheet.run, step.id, sheet.now))
        elif step and step.kind == "contact":
            sheet.deed(checklist.answered(sheet.run, step.id, "the desk", sheet.now))


@pytest.mark.parametrize(("name", "scope"), [("camunda-offre", EKS), ("orders-lost", "order/prod")])
async def test_a_checklist_is_walked_to_its_end_where_all_is_well_again(
    name: str, scope: str
) -> None:
    async with noon() as seen:
        board, now = await everything(seen), Now(seen.context.clock.now(), real_now())
        sheet = Sheet(shipped_case(name), now, scope=scope)
        walk(sheet, board)
        assert sheet.run.closed_at, sheet.state()
        ends = {step.id: step.outcome for step in sheet.run.steps}
        looked = {step.id for step in sheet.run.steps if step.kind in ("check", "wait")}
        assert {ends[one] for one in looked} == {"verified"}, ends


@pytest.mark.parametrize("polite", [False, True])
async def test_it_is_not_over_while_camunda_itself_is_still_down(polite: bool) -> None:
    async with noon() as seen:
        seen.web.down.add("camunda")
        seen.web.polite |= {"camunda"} if polite else set()
        board, now = await everything(seen), Now(seen.context.clock.now(), real_now())
        sheet = Sheet(shipped_case("camunda-offre"), now, scope=EKS)
        walk(sheet, board)
        assert sheet.run.step and sheet.run.step.id == "over", sheet.state()


def test_robots_prove_nothing_before_they_could_be_late() -> None:
    stage = load(shipped()).flows.flows["alarm"].looks["event"]
    due = max(probe.every for probe in stage if probe.every)
    (robots,) = [step for step in shipped_case("alarm-flow-broken").steps if step.id == "robots"]
    assert robots.grace > 2 * due and robots.timeout > robots.grace


@pytest.mark.parametrize("service", ["offre", "camunda"])
async def test_a_service_that_answers_well_and_says_that_it_is_down_opens_its_case(
    service: str,
) -> None:
    case = shipped_case("camunda-offre")
    async with noon() as seen:
        seen.web.down.add(service)
        seen.web.polite.add(service)
        board, now, memory = await everything(seen), seen.context.clock.now(), Memory()
        for minute in range(4):
            at = Now(now + timedelta(minutes=minute), real_now())
            found, memory = find([case], board, memory, at, Policy())
        assert [one.id for one in found] == [f"camunda-offre@{EKS}"]
        (stage,) = [row for row in board.rows("flows") if row.ref.name == "alarm/camunda"]
        assert stage.severity.name == "CRITICAL" and "DOWN, not UP" in str(stage)


async def test_devices_without_activity_break_the_stage_that_shows_them() -> None:
    async with noon() as seen:
        seen.web.asleep = 400
        board = await everything(seen)
        (stage,) = [row for row in board.rows("flows") if row.ref.name == "heartbeat/devices"]
        assert "inactive: value 400" in str(stage)
