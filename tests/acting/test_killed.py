"""A console killed at named moments: at most one request, and the next start says which."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.model import Changed
from console.remedy import Refused
from tests.acting.world import ORDER, Restart, Server, Stage, configuration, serving

ROOT = Path(__file__).parents[2]
PLACES = ("before", "half", "written", "synced")
# moment, requests that reached the server, whether the next start knows of an act without an end
MOMENTS: list[tuple[str, int, bool]] = [
    *((f"armed:{place}", 0, False) for place in PLACES),
    ("asked plan 1", 0, False),
    ("told plan 1", 0, False),
    *((f"remedy.planned:{place}", 0, False) for place in PLACES),
    ("asked plan 2", 0, False),
    ("told plan 2", 0, False),
    *((f"remedy.started:{place}", 0, place in ("written", "synced")) for place in PLACES),
    ("request arrived", 1, True),
    ("reply sent", 1, True),
    *((f"remedy.sent:{place}", 1, True) for place in PLACES),
    ("asked proof 1", 1, True),
    ("told proof 1", 1, True),
    *((f"remedy.verified:{place}", 1, place in ("before", "half")) for place in PLACES),
]


class Nursery:
    """Starts consoles that are to be killed."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.acting.killed"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, directory: Path, server: Server, moment: str) -> int:
        """The signal that a console died of at this moment."""
        server.mood = moment
        server.child = int(self._say(f"{directory}\t{server.url}\t{moment}"))
        return int(self._say("go").split()[1]) & 0x7F

    def _say(self, line: str) -> str:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        return self.process.stdout.readline()


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    made = Nursery()
    yield made
    made.process.communicate()


def test_there_are_moments_with_a_request_and_moments_without() -> None:
    assert len(MOMENTS) >= 20
    assert {requests for _, requests, _ in MOMENTS} == {0, 1}


@pytest.mark.parametrize(("moment", "requests", "left"), MOMENTS, ids=[m for m, _, _ in MOMENTS])
async def test_killed_at(
    tmp_path: Path, nursery: Nursery, moment: str, requests: int, left: bool
) -> None:
    with serving() as server:
        assert nursery.run(tmp_path, server, moment) == 9, "it was killed, and at that moment"
        assert server.writes == requests
        server.mood, server.child = "", 0
        acts = Stage(tmp_path, Restart(server.url), configuration(server.url)).acts()
        unfinished = await acts.unfinished()
        assert bool(unfinished) == left
        await acts.arm(["cluster"], 10, "the next start")
        proposal = await acts.propose(ORDER)
        if left:
            assert "its end is open: look at it again first" in proposal.refusals[0]
            with pytest.raises(Refused):
                await acts.fire(proposal)
            verdict = await acts.look_again(unfinished[0])
            assert f"restarts: {requests}" in verdict.evidence, "it says which"
            replied = unfinished[0].sent is not None
            assert verdict.outcome == ("verified" if replied else "unknown")
            assert await acts.unfinished() == ()
        assert server.writes == requests, "looking again repeats nothing"
        acts.pen.journal.verify()
        again = await acts.fire(await acts.propose(ORDER))
        assert not isinstance(again, Changed) and again.outcome == "verified"
        assert server.writes == requests + 1
        await acts.close()
