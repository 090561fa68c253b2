"""A night made up and recorded: calm, a hole, a load that climbs, and an act that cures it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from console.clock import Clock
from console.journal import Journal
from console.model import Board, Finding, Severity
from console.model.affairs import Affairs
from console.recording.recorder import Recorder
from console.recording.values import Title
from tests.recording.shift import Ticking
from tests.widgets import boards

TITLE = Title("réseau+製油所", "Europe/Paris", "0.1.0")
AFFAIRS = Affairs()
MINUTE = timedelta(minutes=1)
FINDING = Finding(
    "load-average",
    "Load average",
    "sakai/prod",
    Severity.CRITICAL,
    boards.ago(600),
    why=("load1: 13.2 > 10, rising",),
)


@dataclass(frozen=True)
class Wound(Clock):
    """The estate's clock in the hand that moves the real one."""

    hand: Ticking = field(default_factory=Ticking)

    def now(self) -> datetime:
        return self.hand.at


def ticking() -> Ticking:
    """41 minutes before the night's instant."""
    return Ticking(boards.AT - 41 * MINUTE)


def taken(board: Board, at: datetime) -> Board:
    """All of it was just read."""
    return board.with_(*(replace(one, taken_at=at) for one in board.snapshots.values()))


def calm() -> Board:
    """The night while nothing was wrong."""
    night = boards.night()
    fine = [
        replace(part, rows=tuple(replace(row, severity=Severity.OK) for row in part.rows))
        for part in night.snapshots.values()
    ]
    return night.with_(*fine)


def minutes(now: Ticking) -> Iterator[tuple[int, Board]]:
    """A board a minute; from 15 to 24 nobody looks, from 30 on it is bad."""
    quiet = calm()
    bad = replace(boards.night(), findings=(FINDING,))
    for minute in range(41):
        now.pass_(60)
        if not 15 <= minute < 25:
            yield minute, taken(quiet if minute < 30 else bad, now.at)


def recorded(state: Path) -> list[tuple[datetime, Board]]:
    """Every board that was live, with its moment; the recording of it lies in `state`."""
    now, live = ticking(), []
    journal = Journal(state / "journal.jsonl", now=now)

    def recorder() -> Recorder:
        return Recorder(state, TITLE, Wound(hand=now), journal.path, now=now)

    async def work() -> None:
        recording = recorder()
        for minute, board in minutes(now):
            if minute == 25:  # another one after the hole
                await recording.close()
                recording = recorder()
            live.append((now.at, board))
            recording.see(board)
            _written(journal, minute)
            await recording.flush()
            assert recording.trouble == ""
        await recording.close()

    asyncio.run(work())
    journal.close()
    return live


def _written(journal: Journal, minute: int) -> None:
    told = {"finding": FINDING.id, "title": FINDING.title, "severity": "critical"}
    if minute == 30:
        journal.append("finding.seen", **told)
    elif minute == 34:
        journal.append("remedy.started", by="dana", act="a1", remedy="restart-elasticache")
    elif minute == 36:
        journal.append(
            "remedy.verified", by="dana", act="a1", said="VERIFIED in 1 m 42 s", seconds=102
        )
