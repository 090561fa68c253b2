"""A console killed around a switch: asked once at most, and the platform says how it stands."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from console.config import load
from console.lab.ita import KEYS
from console.model import Changed
from console.remedy import Refused
from tests.acting.killed import order_of
from tests.acting.test_killed import MOMENTS, Nursery, Room
from tests.acting.wire import Laboratory, Wire, laboratory

SWITCH = "^PATCH /api/platform/maintenance-mode-setting"
JOB_STOP, READ_ONLY = "ita-job-stop-on", "ita-read-only-on"
AROUND = frozenset({"remedy.started:synced", "asked", "answered", "told", "remedy.sent:before"})
AROUND |= {"remedy.sent:synced", "look asked", "look told", "remedy.verified:synced"}
KILLS = [(JOB_STOP, *row) for row in MOMENTS if not row[0].startswith("armed")]
KILLS += [(READ_ONLY, *row) for row in MOMENTS if row[0] in AROUND]


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Room, Wire]]:
    with laboratory(tmp_path_factory.mktemp("lab")) as lab, pytest.MonkeyPatch.context() as patch:
        wire = Wire(lab.lab.env["ONCALL_ITA_URL"])
        asyncio.run_coroutine_threadsafe(wire.open(), lab.loop).result(10)
        for name, value in (lab.env | {"ONCALL_ITA_URL": wire.url}).items():
            patch.setenv(name, value)
        nursery = Nursery(lab)
        yield Room(lab, nursery, load(lab.configuration), load(lab.hasty)), wire
        nursery.process.communicate()
        lab.loop.call_soon_threadsafe(wire.close)


def sent(lab: Laboratory) -> int:
    """How often a switch was asked for: the judge."""
    return sum(one["operation"].startswith("PATCH /api/platform") for one in lab.log())


@pytest.mark.parametrize(
    ("entry", "moment", "requests", "left"), KILLS, ids=[f"{e} {m}" for e, m, _, _ in KILLS]
)
async def test_killed_at(
    tmp_path: Path,
    room: tuple[Room, Wire],
    entry: str,
    moment: str,
    requests: int,
    left: bool,
) -> None:
    rooms, wire = room
    lab, server = rooms.lab, rooms.lab.lab.ita
    server.calm()
    if entry == READ_ONLY:
        server.mode = {KEYS[0]: "1", KEYS[1]: "0"}
    key = KEYS[entry == READ_ONLY]
    before = sent(lab)
    told: dict[str, Any] = {"directory": str(tmp_path), "entry": entry, "moment": moment}
    told["target"] = ("ita", "ita", "ita")
    assert rooms.nursery.run(told, wire, SWITCH) == 9, "it was killed, and at that moment"
    assert sent(lab) - before == requests
    assert server.mode[key] == str(requests)
    order = order_of(told)
    async with rooms.next_start(told, patient=bool(requests)) as acts:
        unfinished = await acts.unfinished()
        assert bool(unfinished) == left
        for act in unfinished:
            if not requests:
                proposal = await acts.propose(order)
                assert "its end is open: look at it again first" in str(proposal.refusals)
            verdict = await acts.look_again(act)
            assert verdict.outcome == ("verified" if act.sent is not None else "unknown")
            assert bool(re.search(r"read back 2 times", str(verdict))) == bool(requests)
        assert await acts.unfinished() == ()
        assert sent(lab) - before == requests, "looking again repeats nothing"
    async with rooms.next_start(told, patient=True) as acts:
        with suppress(Refused):
            ended = await acts.fire(await acts.propose(order))
            assert not isinstance(ended, Changed) and ended.outcome == "verified"
            assert not requests, "what is on already is refused"
    assert sent(lab) - before == 1, "once, whoever went on"
    assert server.mode[key] == "1"
