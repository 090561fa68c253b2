"""A console killed at named moments: at most one request, and the next start says which."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from console.acting import Acts
from console.config import Configuration, load
from console.model import Changed
from console.remedy import Refused
from tests.acting.killed import console_at, order_of
from tests.acting.wire import Laboratory, Wire, laboratory

ROOT = Path(__file__).parents[2]
PLACES = ("before", "half", "written", "synced")
# moment, requests that reached the lab, whether the next start knows of an act without an end
MOMENTS: list[tuple[str, int, bool]] = [
    *((f"armed:{place}", 0, False) for place in PLACES),
    ("plan asked", 0, False),
    ("plan told", 0, False),
    *((f"remedy.planned:{place}", 0, False) for place in PLACES),
    *((f"remedy.started:{place}", 0, place in ("written", "synced")) for place in PLACES),
    ("asked", 0, True),
    ("answered", 1, True),
    ("told", 1, True),
    *((f"remedy.sent:{place}", 1, True) for place in PLACES),
    ("look asked", 1, True),
    ("look told", 1, True),
    *((f"remedy.verified:{place}", 1, place in ("before", "half")) for place in PLACES),
]
AROUND = ("remedy.started:synced", "asked", "answered", "told", "remedy.sent:before")
AROUND += ("remedy.sent:synced", "look told", "remedy.verified:before", "remedy.verified:synced")


@dataclass(frozen=True)
class Case:
    """A remedy, what it acts on, and how the lab's log names its request."""

    entry: str
    kind: str
    scope: str
    name: str
    request: str
    mark: str
    """Of the request's bytes."""
    moments: tuple[str, ...]
    done: str
    """How looking again says that it happened."""
    each: int = 1
    """Requests of one act."""

    def target(self, lab: Laboratory) -> tuple[str, str, str]:
        name = lab.machine(self.name) if self.kind == "instance" else self.name
        return self.kind, self.scope, name

    def wire(self, lab: Laboratory) -> Wire:
        return lab.cluster if self.kind == "deployment" else lab.aws

    def sent(self, lab: Laboratory) -> Counter[str]:
        """Which of its requests the lab has got, and how often."""
        told = [f"{one['operation']} {one.get('params', '')}" for one in lab.log()]
        return Counter(one for one in told if self.request in one)


EVERY = tuple(moment for moment, _, _ in MOMENTS)
PLATFORM = "/apis/apps/v1/namespaces/platform/deployments/signaling"
CASES = (
    Case(
        *("rollout-restart", "deployment", "eks-v2-prod", "platform/signaling"),
        *(f"PATCH {PLATFORM}", f"^PATCH {PLATFORM}", EVERY),
        "restart by this program is done|successfully rolled out",
    ),
    Case(
        *("clean-dumps", "deployment", "eks-v2-prod", "platform/mediator-crow"),
        *("command=find", "/exec[?]command=find", AROUND, " 42 % ", 2),
    ),
    Case(
        *("ec2-reboot", "instance", "mizushima/prod", "mizushima-prod-web-1"),
        *("RebootInstances", "Action=RebootInstances", AROUND, "the boot_id is a new one"),
    ),
    Case(
        *("elasticache-reboot", "cache", "mizushima/prod", "mizushima-prod-redis"),
        *("RebootCacheCluster", "Action=RebootCacheCluster", AROUND, "with a new run_id"),
    ),
)
AGAIN = [("rollout-restart", f"{kind}:half") for kind in ("armed", "remedy.started", "remedy.sent")]
REPLIED = [row[0] for row in MOMENTS[[row[0] for row in MOMENTS].index("look asked") :]]
"""When the last of several requests was answered; the first answer is written down before."""
KILLS = [(case, *row) for case in CASES for row in MOMENTS if row[0] in case.moments]


# of the stop or the start, the moment, stops and starts that reached the lab, whether it is left
STOP, START = "Action=StopInstances", "Action=StartInstances"
HALVES: list[tuple[str, str, int, int, bool]] = [
    (STOP, "remedy.started:synced", 0, 0, True),
    (STOP, "asked", 0, 0, True),
    (STOP, "answered", 1, 0, True),
    (STOP, "told", 1, 0, True),
    (STOP, "remedy.sent:before", 1, 0, True),
    (STOP, "remedy.sent:half", 1, 0, True),
    (STOP, "remedy.sent:synced", 1, 0, True),
    (STOP, "look told", 1, 0, True),
    (START, "asked", 1, 0, True),
    (START, "answered", 1, 1, True),
    (START, "told", 1, 1, True),
    (START, "look told", 1, 1, True),
    (START, "remedy.verified:before", 1, 1, True),
    (START, "remedy.verified:synced", 1, 1, False),
]


class Nursery:
    """Starts consoles that are to be killed."""

    def __init__(self, lab: Laboratory) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.acting.killed", str(lab.configuration)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, told: dict[str, Any], wire: Wire, mark: str) -> int:
        """The signal that a console died of."""
        wire.await_moment(int(self._say(json.dumps(told))), told["moment"], mark)
        status = int(self._say("go").split()[1])
        wire.child = 0
        return status & 0x7F

    def _say(self, line: str) -> str:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        return self.process.stdout.readline()


@dataclass(frozen=True)
class Room:
    """The lab, the consoles that die in it, and what the next one is configured with."""

    lab: Laboratory
    nursery: Nursery
    patient: Configuration
    hasty: Configuration

    @asynccontextmanager
    async def next_start(self, told: dict[str, Any], *, patient: bool) -> AsyncIterator[Acts]:
        """Another console in the same place, armed for the same scope."""
        (target,) = order_of(told).targets
        clock, place = self.lab.lab.clock, Path(told["directory"])
        configuration = self.patient if patient else self.hasty
        acts = console_at(configuration, clock, self.lab.lab.url, place, target)
        try:
            await acts.arm([target.scope], 10, "the next start")
            yield acts
            acts.pen.journal.verify()
        finally:
            await acts.close()
            await acts.hands.clients.close()


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    with laboratory(tmp_path_factory.mktemp("lab")) as lab, pytest.MonkeyPatch.context() as patch:
        for name, value in lab.env.items():
            patch.setenv(name, value)
        nursery = Nursery(lab)
        yield Room(lab, nursery, load(lab.configuration), load(lab.hasty))
        nursery.process.communicate()


def test_there_are_moments_with_a_request_and_moments_without() -> None:
    assert len(MOMENTS) >= 20
    for case in CASES:
        counts = {requests for moment, requests, _ in MOMENTS if moment in case.moments}
        assert counts == {0, 1}, case.entry


@pytest.mark.parametrize(
    ("case", "moment", "requests", "left"), KILLS, ids=[f"{c.entry} {m}" for c, m, _, _ in KILLS]
)
async def test_killed_at(
    tmp_path: Path, room: Room, case: Case, moment: str, requests: int, left: bool
) -> None:
    lab, before = room.lab, case.sent(room.lab)
    await lab.calm()
    lab.fill()
    told = {"directory": str(tmp_path), "entry": case.entry, "moment": moment}
    told["target"] = case.target(lab)
    died = room.nursery.run(told, case.wire(lab), case.mark)
    assert died == 9, "it was killed, and at that moment"
    sent = case.sent(lab) - before
    assert sent.total() == (case.each if moment in REPLIED else requests)
    assert set(sent.values()) <= {1}, "each once"
    order = order_of(told)
    await lab.calm()
    async with room.next_start(told, patient=bool(requests)) as acts:
        unfinished = await acts.unfinished()
        assert bool(unfinished) == left
        if left:
            proposal = await acts.propose(order)
            assert "its end is open: look at it again first" in str(proposal.refusals)
            with suppress(Refused):  # or, where the world still moves, it is shown again
                ended = await acts.fire(proposal, proposal.plan.typed, [order.targets[0].name])
                assert isinstance(ended, Changed)
            verdict = await acts.look_again(unfinished[0])
            replied = unfinished[0].sent is not None
            assert verdict.outcome == ("verified" if replied else "unknown")
            assert bool(re.search(case.done, str(verdict))) == bool(requests), "it says which"
            assert await acts.unfinished() == ()
        assert case.sent(lab) - before == sent, "looking again repeats nothing"
        if (case.entry, moment) in AGAIN:
            again = await acts.fire(await acts.propose(order))
            while isinstance(again, Changed):
                again = await acts.fire(again.proposal)
            assert (case.sent(lab) - before).total() == sent.total() + 1, again


@pytest.mark.parametrize(
    ("mark", "moment", "stops", "starts", "left"),
    HALVES,
    ids=[f"{a[7:]} {b}" for a, b, *_ in HALVES],
)
async def test_killed_between_two_requests(
    tmp_path: Path, room: Room, mark: str, moment: str, stops: int, starts: int, left: bool
) -> None:
    lab = room.lab
    await lab.calm()
    target = ("instance", "kashima/prod", lab.machine("kashima-prod-web-1"))
    both = Counter(StopInstances=stops, StartInstances=starts)
    before = halves(lab)
    told = {"directory": str(tmp_path), "entry": "ec2-stop-start", "moment": moment}
    told["target"] = target
    assert room.nursery.run(told, lab.aws, mark) == 9, "it was killed, and at that moment"
    assert halves(lab) - before == +both
    order, name = order_of(told), target[2]
    async with room.next_start(told, patient=bool(starts)) as acts:
        unfinished = await acts.unfinished()
        assert bool(unfinished) == left
        for act in unfinished:
            verdict = await acts.look_again(act)
            assert (verdict.outcome == "verified") == (starts == 1 and act.sent is not None)
    assert halves(lab) - before == +both, "looking again repeats nothing"
    async with room.next_start(told, patient=True) as acts:
        proposal = await acts.propose(order)
        offered = [one.operation for one in proposal.plan.requests]
        assert (offered == ["StartInstances"]) == (stops > starts), "what we stopped is started"
        if stops > starts:
            ended = await acts.fire(proposal, proposal.plan.typed, [name])
            assert not isinstance(ended, Changed) and ended.outcome == "verified", ended
            assert halves(lab) - before == Counter(StopInstances=1, StartInstances=1)


def halves(lab: Laboratory) -> Counter[str]:
    """How often a machine was stopped, and started."""
    asked = [one["operation"] for one in lab.log()]
    return Counter(one for one in asked if one in ("StopInstances", "StartInstances"))
