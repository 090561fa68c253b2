"""The shift made up, as a recorder saw it: eight hours of boards, two days' files, one hole."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from console.clock import Clock, real_now
from console.handover.recorded import Recorded
from console.model import Board, Finding, Row, Severity, Snapshot
from console.model.handover import Handover
from console.recording.recorder import Recorder
from console.recording.recording import Recording
from console.recording.shelf import recordings
from console.recording.values import Title
from tests.handover.last_look import board, found, health
from tests.handover.named import BEGAN, CONFIGURATION, ENDED, NOW
from tests.handover.shift import made, moment
from tests.recording.shift import Ticking

ZONE = CONFIGURATION.estate.estate.zone
STEP, MINUTES, FLUSHED = 30, 480, 60  # seconds between boards, of the shift, boards at a time
HOLE = (250.0, 262.0)
"""Minutes of the shift in which no recorder ran."""
BAD: dict[str, tuple[float, float]] = {
    "sakai": (60, MINUTES),
    "kawasaki": (400, MINUTES),
    "negishi": (470, MINUTES),
    "marifu": (460, MINUTES),
}
"""From when until when a site stood as it stands on the last board; before it was well."""
CLEARED = (30.0, 90.0, "mizushima-prod-web-1: disk_pct 96")
"""What came and went within the shift."""


@dataclass(frozen=True, slots=True)
class Estate(Clock):
    """The estate's clock, which here agrees with the real one."""

    real: Callable[[], datetime] = real_now

    def now(self) -> datetime:
        return self.real()


def boards() -> Iterator[tuple[float, Board]]:
    """Each with its minute; the last one is the shift's."""
    last = board()
    for number in range(1, MINUTES * 60 // STEP + 1):
        minute = number * STEP / 60
        if not HOLE[0] < minute < HOLE[1]:
            yield minute, as_of(minute, last)


def as_of(minute: float, last: Board) -> Board:
    """What the board was at that minute."""
    at = moment(minute).real
    each = ((row.ref.name, row) for row in last.rows("sites"))
    rows = tuple(replace(_site(name, minute, row), at=at) for name, row in each)
    late = tuple(
        replace(
            row,
            at=at,
            severity=row.severity if minute >= 200 else Severity.OK,
            because=row.because if minute >= 200 else (),
        )
        for row in last.rows("metrics")
    )
    seen = (
        Snapshot("sites", "", 60.0, at, rows),
        Snapshot("metrics", "", 60.0, at, late),
    )
    there = tuple(one for one in last.findings if one.since <= at)
    return Board(findings=(*there, *_cleared(minute))).with_(*seen)


def _site(name: str, minute: float, row: Row) -> Row:
    begin, end = BAD.get(name, (0.0, 0.0))
    if name == "mizushima" and CLEARED[0] <= minute < CLEARED[1]:
        return health(name, Severity.CRITICAL, CLEARED[2])
    return row if begin <= minute <= end or not row.severity else health(name, Severity.OK)


def _cleared(minute: float) -> Iterator[Finding]:
    if CLEARED[0] <= minute < CLEARED[1]:
        yield found("disk-full-site@mizushima/prod", 30, Severity.CRITICAL, CLEARED[2])


def record(state: Path) -> None:
    """All of it, by two sittings of the real recorder; the journal must be there."""
    asyncio.run(_record(state))


async def _record(state: Path) -> None:
    now, recorder = Ticking(BEGAN), None
    title = Title(CONFIGURATION.estate.estate.title, ZONE, "1")
    for number, (minute, one) in enumerate(boards()):
        if recorder is not None and now.at < moment(HOLE[1]).real <= moment(minute).real:
            await recorder.close()  # it is begun anew after the hole
            recorder = None
        now.at = moment(minute).real
        if recorder is None:
            clock = Estate(real=now)
            recorder = Recorder(state, title, clock, state / "journal.jsonl", now=now)
        recorder.see(one)
        if number % FLUSHED == 0:
            await recorder.flush()
    assert recorder is not None
    await recorder.close()
    assert recorder.trouble == "" and now.at == ENDED


def told(state: Path) -> dict[str, Any]:
    """What the recording says of the shift, for `made`: the last board, the worst, the holes."""
    worst, gaps = Recorded(state, ZONE).told(BEGAN, ENDED)
    recording = Recording(recordings(state)[-1])
    try:
        last = recording.board(len(recording) - 1)
    finally:
        recording.close()
    return {"board": last, "worst": worst, "gaps": gaps, "now": NOW}


def document(state: Path, lang: str = "en") -> Handover:
    """The document of this shift, by its journal and its recording."""
    return made(state / "journal.jsonl", lang, **told(state))
