"""Steps of the shipped cases that look at HTTP answers: where all is well they hold."""

from __future__ import annotations

import pytest

from console.checklist.advance import read
from console.clock import real_now
from console.commands.init import shipped
from console.config import load
from console.derive import derived
from console.match import Policy
from console.model import Board, Now, Run
from console.poll import poll_once
from console.sources.http import Http
from tests.web.test_orders import Seen, noon

STEPS = [("camunda-offre", "offre"), ("orders-lost", "where"), ("orders-lost", "again")]


async def everything(seen: Seen) -> Board:
    """Every address asked, and what follows from that."""
    parts = [await poll_once(part) for part in Http().parts(seen.context)]
    return derived(Board().with_(*parts), seen.context, ["http"])


@pytest.mark.parametrize(("name", "step"), STEPS, ids=[f"{c}-{s}" for c, s in STEPS])
async def test_a_step_holds_where_all_is_well(name: str, step: str) -> None:
    async with noon() as seen:
        case = load(shipped()).cases[name]
        board = await everything(seen)
        now = Now(seen.context.clock.now(), real_now())
        run = Run(
            id="1", case=name, title=name, finding=f"{name}@x", scope="x", since=now.estate,
            opened_at=now.real,
        )  # fmt: skip
        told = case.step(step)
        condition = told and (told.check or told.wait)
        assert condition is not None
        said = read(run, case, board, now, condition, Policy())
        assert said.truth.name == "YES", said.told
