"""A console that empties a topic and is killed at a named moment: forked, each a process.

Reads lines of JSON (bootstrap, directory, moment) and answers `PID`, then `ended STATUS`. A moment
is `MARK:PLACE`: the journal's line that holds the mark (`before`, `half`, `written`, `synced`), or
`manifest` (`before` and `after` it has its name). A moment on the wire is none of ours. Only
`os.write`, `os.fsync` and `os.link` are wrapped, below the program.
"""

from __future__ import annotations

import asyncio
import os
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from console.lab.kafka import Kafka
from console.model import Verdict
from console.opening import warm
from tests.acting.forked import each_forked
from tests.acting.killed import die, kill_at
from tests.remedies.kafka.desk import desk, empty

MARKS = {
    "planned": '"kind":"remedy.planned"',
    "started": '"kind":"remedy.started"',
    "copying": '"left":"nothing is deleted yet',
    "copied": '"left":"it is copied, and nothing',
    "deleted": '"left":"it is copied and deleted"',
    "verified": '"kind":"remedy.verified"',
}
READS = {"datajs": {"topics": ["beats"], "auto_offset_reset": "latest"}}
link = os.link


def is_there(mark: str, data: bytes) -> bool:
    """Whether these bytes are the line that is meant."""
    if mark == "sent":  # the last answer: it leaves nothing
        return b'"kind":"remedy.sent"' in data and b'"left":' not in data
    return mark in MARKS and MARKS[mark].encode() in data


def kill_at_name(place: str) -> None:
    """From now on this process dies before or after the manifest has its name."""

    def wrapped_link(*names: Any) -> None:
        if place == "before":
            die()
        link(*names)
        die()

    os.link = wrapped_link  # type: ignore[assignment]


async def live(told: dict[str, Any]) -> None:
    """Arm, plan and fire, as a person does who agrees to everything."""
    mark, _, place = told["moment"].partition(":")
    kafka = cast(Kafka, SimpleNamespace(bootstrap=told["bootstrap"]))
    async with desk(kafka, Path(told["directory"]), READS) as at:
        if mark == "manifest":
            kill_at_name(place)
        elif place:
            kill_at(partial(is_there, mark), place)
        verdict = await at.fire(await at.propose(empty("beats")))
        assert isinstance(verdict, Verdict)


def main() -> None:
    warm()
    each_forked(lambda told: asyncio.run(live(told)))


if __name__ == "__main__":
    main()
