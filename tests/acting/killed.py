"""A console that is killed at a named moment: forked, so that each is a process of its own.

Reads lines of JSON (directory, entry, target, moment) and answers `PID`, then `ended STATUS`. A
moment is `KIND:PLACE`, the place one of `before`, `half`, `written`, `synced` of that journal line;
a moment on the wire is none of ours. Only `os.write` and `os.fsync` are wrapped, below the program.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from console.acting import Acts
from console.acting.opened import open_acts
from console.clients import Clients
from console.clock import Clock, real_now
from console.config import Configuration, load
from console.estates import Opened
from console.model import Board, Changed, Order, Ref, Row, Snapshot
from console.opening import warm
from console.poll import Context
from console.realm import Realm, enter
from console.remedies import REMEDIES
from tests.acting.forked import each_forked

write, fsync = os.write, os.fsync


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def line_of(kind: str) -> Callable[[bytes], bool]:
    """Whether bytes are a journal's line of this kind."""
    return lambda data: f'"kind":"{kind}"'.encode() in data


def kill_at(meant: Callable[[bytes], bool], place: str) -> None:
    """From now on this process dies when the line that is meant is at that place."""
    now = [False]

    def wrapped_write(fd: int, data: bytes) -> int:
        now[0] = False
        if not meant(bytes(data)):
            return write(fd, data)
        if place == "before":
            die()
        if place == "half":
            write(fd, data[: len(data) // 2])
            die()
        count = write(fd, data)
        if place == "written":
            die()
        now[0] = True
        return count

    def wrapped_fsync(fd: int) -> None:
        fsync(fd)
        if now[0]:
            die()

    os.write, os.fsync = wrapped_write, wrapped_fsync


def console_at(
    configuration: Configuration, clock: Clock, lab: str, state: Path, target: Ref
) -> Acts:
    """A console's acting side as the program opens it; its board shows the target, just read."""

    def board() -> Board:
        now = real_now()
        return Board().with_(Snapshot("things", "all", 60.0, now, (Row(ref=target, at=now),)))

    context = Context(configuration.estate, Clients(configuration.estate), clock, state)
    return open_acts(Opened(configuration, context, Realm("DEMO", lab), "demo"), board)


async def act(acts: Acts, order: Order) -> None:
    """Arm, plan and fire, as a person does who agrees to everything."""
    await acts.arm([order.targets[0].scope], 10, "a night")
    proposal = await acts.propose(order)
    name = order.targets[0].name
    ended = await acts.fire(proposal, proposal.plan.typed, [name])
    while isinstance(ended, Changed):  # the act before it is still being cleared away
        ended = await acts.fire(ended.proposal, proposal.plan.typed, [name])
    await acts.close()


def order_of(told: dict[str, Any]) -> Order:
    """What is to be done to what."""
    return Order(told["entry"], (Ref(*told["target"]),))


def live(configuration: Configuration, where: Realm, told: dict[str, Any]) -> None:
    """One console, until its moment comes."""
    kind, _, place = told["moment"].partition(":")
    if place:
        kill_at(line_of(kind), place)
    order, state = order_of(told), Path(told["directory"])
    acts = console_at(configuration, where.clock, where.lab, state, order.targets[0])
    asyncio.run(act(acts, order))


def main() -> None:
    wired = dict(os.environ)
    where = enter()
    os.environ.update(wired)
    configuration = load(Path(sys.argv[1]))
    warm()
    assert REMEDIES
    each_forked(partial(live, configuration, where))


if __name__ == "__main__":
    main()
