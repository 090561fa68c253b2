"""What each scenario asks of whoever practises it: things that there are."""

from __future__ import annotations

from functools import cache

import aiohttp
import pytest

from console.commands.init import shipped
from console.config import Configuration, load
from console.lab.lab import Lab
from console.lab.scenarios import SCENARIOS
from tests.cases.test_scenarios import FOUND


@cache
def configuration() -> Configuration:
    return load(shipped(), environ={})


def case_of(finding: str) -> str:
    return finding.partition("@")[0]


@pytest.mark.parametrize("name", SCENARIOS)
def test_what_a_drill_asks_for_is_in_the_configuration(name: str) -> None:
    goal, told = SCENARIOS[name].goal, configuration()
    cases = [told.cases[case_of(finding)] for finding in goal.findings]
    offered = {step.run for case in cases for step in case.steps if step.run}
    offered |= {offer for case in cases for offer in case.offers}
    by_hand = {"ec2-reboot"}  # target-ill: at the row of the ill machine
    assert {cure.remedy for cure in goal.cures} <= offered | by_hand
    contacts = {step.id for case in cases for step in case.steps if step.contact}
    assert {step for steps in goal.answers for step in steps.split("|")} <= contacts
    assert goal.good
    assert not goal.report or goal.report in told.windows.windows
    steps = {step.id for case in cases for step in case.steps}
    others = {one for one in goal.fine if "@" not in one}
    assert others <= steps | set(told.remedies.remedies)
    assert {case_of(one) for one in goal.fine if "@" in one} <= set(told.cases)


@pytest.mark.parametrize("name", FOUND)
def test_what_a_scenario_shows_is_asked_for_or_known_to_come_along(name: str) -> None:
    goal = SCENARIOS[name].goal
    assert set(goal.findings) <= FOUND[name] <= {*goal.findings, *goal.fine}


async def test_a_lab_for_a_drill_says_so_and_does_not_say_which() -> None:
    async with (
        Lab("load-sakai", kafka="off", drill=True) as lab,
        aiohttp.ClientSession() as session,
        session.get(f"{lab.url}/lab") as answer,
    ):
        told = await answer.json()
    assert told["banner"].startswith("DRILL") and told["scenario"] == ""
