"""A console that is killed at a named moment: forked, so that each is a process of its own.

Reads lines `DIRECTORY URL MOMENT` and answers `PID`, then `ended STATUS`. A moment is
`KIND:PLACE`, the place one of `before`, `half`, `written`, `synced` of that journal line; a moment
of the server's is none of ours. Only `os.write` and `os.fsync` are wrapped, below the program.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from tests.acting.world import ORDER, Restart, Stage, configuration

write, fsync = os.write, os.fsync


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def kill_at(kind: str, place: str) -> None:
    """From now on this process dies when that line of the journal is at that place."""
    now = [""]

    def wrapped_write(fd: int, data: bytes) -> int:
        now[0] = ""
        if f'"kind":"{kind}"'.encode() not in data:
            return write(fd, data)
        if place == "before":
            die()
        if place == "half":
            write(fd, data[: len(data) // 2])
            die()
        count = write(fd, data)
        if place == "written":
            die()
        now[0] = kind
        return count

    def wrapped_fsync(fd: int) -> None:
        fsync(fd)
        if now[0]:
            die()

    os.write, os.fsync = wrapped_write, wrapped_fsync


async def act(directory: Path, url: str) -> None:
    acts = Stage(directory, Restart(url), configuration(url)).acts()
    await acts.arm(["cluster"], 10, "a night")
    await acts.fire(await acts.propose(ORDER))
    await acts.close()


def main() -> None:
    for line in sys.stdin:
        directory, url, moment = line.rstrip("\n").split("\t")
        go, told = os.pipe()
        child = os.fork()
        if not child:
            os.read(go, 1)
            kind, _, place = moment.partition(":")
            if place:
                kill_at(kind, place)
            asyncio.run(act(Path(directory), url))
            os._exit(0)
        print(child, flush=True)
        sys.stdin.readline()  # the server knows the child by now
        os.write(told, b"x")
        os.close(told)
        os.close(go)
        print("ended", os.waitpid(child, 0)[1], flush=True)


if __name__ == "__main__":
    main()
