"""An act of several requests: each answer is on the disk, and each next one is weighed again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from console.acting import Acts
from console.journal import Journal
from console.model import Plan, Verdict
from console.poll import in_thread
from console.remedy import Hands
from tests.acting.world import ORDER, Restart, Server, Stage, acting, ask, configuration, no_room


@dataclass(frozen=True)
class Twice(Restart):
    """Restarts twice, unless something is against the second."""

    between: Callable[[], Awaitable[Any]] | None = None
    full: bool = False
    """The disk is full while the first answer is written down."""

    async def apply(self, plan: Plan, hands: Hands) -> Mapping[str, Any]:
        first = dict(await in_thread(ask, f"{self.url}/restart", "POST"))
        with no_room() if self.full else nullcontext():
            await hands.partly(first, "restarted once of twice", "restart it once more")
        if self.between is not None:
            await self.between()
        if why := hands.go_on():
            return {**first, "stopped": why}
        return dict(await in_thread(ask, f"{self.url}/restart", "POST"))


async def disarmed(acts: Acts) -> None:
    await acts.disarm("on request")


async def slept(acts: Acts) -> None:
    acts.resumed()


async def narrower(acts: Acts) -> None:
    await acts.arm(["sakai/stg"], 5, "something else")


async def nothing(acts: Acts) -> None:
    assert acts.armed is not None


AGAINST = [
    (disarmed, "on request, since the act was begun"),
    (slept, "the computer slept since the plan was shown: look at it again"),
    (narrower, "armed anew, since the act was begun"),
    (nothing, ""),
]


@pytest.mark.parametrize(("between", "why"), AGAINST, ids=[one.__name__ for one, _ in AGAINST])
async def test_what_ends_the_arming_stops_the_next_request(
    tmp_path: Path, server: Server, between: Callable[[Acts], Awaitable[None]], why: str
) -> None:
    waits: list[Acts] = []
    remedy = Twice(server.url, between=lambda: between(waits[0]))
    on = Stage(tmp_path, remedy, configuration(server.url))
    async with acting(on, "cluster") as acts:
        waits.append(acts)
        verdict = await acts.fire(await acts.propose(ORDER))
        assert isinstance(verdict, Verdict) and server.writes == (1 if why else 2)
    sent = [e.data for e in Journal(tmp_path / "journal.jsonl").entries() if "reply" in e.data]
    assert [(one.get("request"), one.get("of")) for one in sent] == [(1, 1), (None, None)]
    assert sent[0]["left"] == "restarted once of twice"
    assert sent[1]["reply"].get("stopped", "") == why


async def test_a_full_disk_between_two_requests_is_told_and_stops_nothing(
    tmp_path: Path, server: Server
) -> None:
    on = Stage(tmp_path, Twice(server.url, full=True), configuration(server.url))
    async with acting(on, "cluster") as acts:
        verdict = await acts.fire(await acts.propose(ORDER))
    assert isinstance(verdict, Verdict) and verdict.outcome == "verified" and server.writes == 2
    assert any(line.startswith("not written down:") for line in verdict.evidence)
