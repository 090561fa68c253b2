"""A console killed while it empties a topic: nothing is gone that no complete copy holds."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.kafka.backup import verify
from console.lab.kafka.standin import StandIn
from console.poll import in_thread
from console.topics import looking
from tests.remedies.kafka.desk import Desk, desk, empty
from tests.remedies.kafka.dying import READS

ROOT = Path(__file__).parents[3]
PRODUCE, FETCH, COMMIT, DELETE = 0, 1, 8, 21
APIS = {"produce": PRODUCE, "fetch": FETCH, "commit": COMMIT, "delete": DELETE}
UNTOUCHED, GONE = [0, 0, 0], [40, 40, 40]

# the moment, where the partitions begin then, whether a copy is complete by then, what the next
# start finds: nothing, an act that failed, one of which nobody knows, one that is proved
MOMENTS: list[tuple[str, list[int] | None, bool, str]] = [
    ("planned:synced", UNTOUCHED, False, ""),
    ("started:before", UNTOUCHED, False, ""),
    ("started:half", UNTOUCHED, False, ""),
    ("started:synced", UNTOUCHED, False, "failed"),
    ("copying:before", UNTOUCHED, False, "failed"),
    ("copying:synced", UNTOUCHED, False, "failed"),
    ("fetch asked 1", UNTOUCHED, False, "failed"),
    ("fetch told 1", UNTOUCHED, False, "failed"),
    ("manifest:before", UNTOUCHED, True, "failed"),
    ("manifest:after", UNTOUCHED, True, "failed"),
    ("copied:before", UNTOUCHED, True, "failed"),
    ("copied:half", UNTOUCHED, True, "failed"),
    ("copied:synced", UNTOUCHED, True, "failed"),
    ("delete asked 1", UNTOUCHED, True, "failed"),
    ("delete told 1", None, True, "failed"),
    ("delete told 2", None, True, "failed"),
    ("delete told 3", GONE, True, "unknown"),
    ("deleted:before", GONE, True, "unknown"),
    ("deleted:synced", GONE, True, "unknown"),
    ("commit asked 1", GONE, True, "unknown"),
    ("commit told 1", GONE, True, "unknown"),
    ("sent:before", GONE, True, "unknown"),
    ("sent:synced", GONE, True, "verified"),
    ("verified:before", GONE, True, "verified"),
    ("verified:synced", GONE, True, ""),
]


class Deadly(StandIn):
    """Kills a process when it asks for something the n-th time, or once it is done: unheard.

    What it had asked of others by then never arrives, so that each moment is the same every time.
    """

    def __init__(self) -> None:
        super().__init__()
        self.victim, self.moment = 0, ""
        self._seen, self._dead = 0, False
        self._turn = asyncio.Lock()

    def await_moment(self, victim: int, moment: str) -> None:
        """From now on this process dies at that moment."""
        self.victim, self.moment = victim, moment

    async def forget(self) -> None:
        """Whoever asks from now on is another: all that it had sent is read by now, and dropped."""
        while any(self._connections.values()):
            await asyncio.sleep(0.01)
        self.victim, self.moment, self._dead = 0, "", False

    async def _answer(self, broker: int, raw: bytes) -> bytes:
        api, how, nth = (*self.moment.split(), "", "", "0")[:3]
        (key,) = struct.unpack(">h", raw[:2])
        if key != APIS.get(api):
            return await super()._answer(broker, raw)
        async with self._turn:
            if self._dead:
                raise ConnectionError("it is dead, and asks no more")
            self._seen += 1
            if (how, self._seen) == ("asked", int(nth)):
                self._kill()
            answer = await super()._answer(broker, raw)
            if (how, self._seen) == ("told", int(nth)):
                self._kill()
            return answer

    def _kill(self) -> None:
        os.kill(self.victim, signal.SIGKILL)
        self._dead = True
        raise ConnectionError("it is dead, and hears no more")

    def done(self) -> bool:
        """All is deleted, and the group stands where it begins."""
        return self.starts() == GONE and {*self.cluster.groups["datajs"].committed.values()} == {40}

    def starts(self) -> list[int]:
        return [int(log.start) for log in self.cluster.topics["beats"].logs]


class Nursery:
    """Starts consoles that are to be killed."""

    def __init__(self, module: str = "tests.remedies.kafka.dying") -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", module],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    async def run(self, kafka: Deadly, directory: Path, moment: str, **more: str) -> int:
        """The signal that a console died of."""
        told = {"bootstrap": kafka.bootstrap, "directory": str(directory), "moment": moment, **more}
        kafka.await_moment(int(await in_thread(self._say, json.dumps(told))), moment)
        status = int((await in_thread(self._say, "go")).split()[1])
        await kafka.forget()
        return status & 0x7F

    def _say(self, line: str) -> str:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        return self.process.stdout.readline()


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    made = Nursery()
    yield made
    made.process.communicate()


def test_there_are_moments_before_and_after_each_step() -> None:
    assert len(MOMENTS) >= 20
    assert {complete for _, starts, complete, _ in MOMENTS if starts != UNTOUCHED} == {True}


@pytest.mark.parametrize(
    ("moment", "starts", "complete", "then"), MOMENTS, ids=[m[0] for m in MOMENTS]
)
async def test_killed_at(
    moment: str,
    starts: list[int] | None,
    complete: bool,
    then: str,
    nursery: Nursery,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(looking, "LOST_S", 0.2)
    kafka = Deadly()
    await kafka.start()
    try:
        await kafka.create_topics({"beats": (3, 3)})
        for log in kafka.cluster.topics["beats"].logs:
            log.end = 40
        kafka.cluster.consume("datajs", ["beats"], members=0)
        assert await nursery.run(kafka, tmp_path, moment) == 9, "it was killed, at that moment"
        assert starts is None or kafka.starts() == starts
        copies = await left_over(tmp_path)
        assert len(copies) == complete
        for path in copies:
            assert verify(path).records == 120
        assert complete or kafka.starts() == UNTOUCHED, "nothing is gone without a copy"
        for log in kafka.cluster.topics["beats"].logs:
            log.end += 5
        async with desk(kafka, tmp_path, READS) as at:
            await next_start(at, kafka, then)
    finally:
        await kafka.close()


async def left_over(directory: Path) -> list[Path]:
    """Finished copies, once the process that wrote has seen that the console is gone."""
    room = directory / "state" / "backups"
    async with asyncio.timeout(10):
        while [*room.glob("*/*.jsonl.gz.part")]:
            await asyncio.sleep(0.02)
    return [*room.glob("*/*.jsonl.gz")]


async def next_start(at: Desk, kafka: Deadly, then: str) -> None:
    """It is looked at again, never repeated by itself; then it is done, to the end."""
    before = kafka.starts()
    unfinished = await at.acts.unfinished()
    assert bool(unfinished) == bool(then)
    for act in unfinished:
        assert any(
            "look at it again first" in s for s in (await at.propose(empty("beats"))).refusals
        )
        assert (await at.acts.look_again(act)).outcome == then
    assert kafka.starts() == before, "looking changes nothing"
    proposal = await at.propose(empty("beats"))
    if kafka.done():
        assert not proposal.plan.finishes, "nothing is left to do: it would be a new act"
        assert any("at the earliest" in said for said in proposal.refusals)
        return
    assert proposal.refusals == (), proposal.refusals
    verdict = await at.fire(proposal)
    assert verdict.outcome == "verified", verdict
    rest = bool(proposal.plan.finishes)
    assert kafka.starts() == ([40] * 3 if rest else [45] * 3), "the ends that were agreed to"
    assert rest or before == UNTOUCHED
