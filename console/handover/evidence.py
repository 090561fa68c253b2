"""The board of a moment of the past, from whichever recording on this disk has it. Blocking."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from console.handover.gaps import CLOSE
from console.model import Now
from console.model.handover import Item
from console.model.shift import AsItWas
from console.recording.file import UNSOUND
from console.recording.recording import Recording
from console.recording.shelf import of_day, taken

DAY = timedelta(days=1)


def as_it_was(state: Path, item: Item, zone: str) -> AsItWas:
    """What is recorded of the moment of an item's evidence; where nothing is, why."""
    if item.at is None:
        return AsItWas(item.id, None, why="this item is of no one moment")
    best: tuple[Now, Path, int] | None = None
    why = "nothing is recorded of that day on this computer"
    for path in _files(state, item.at, zone):
        try:
            found = _before(path, item.at)
        except UNSOUND as error:
            why = f"the recording of that day cannot be read: {error}"
            continue
        why = "nothing is recorded before that moment on this computer"
        if found is not None and (best is None or found[0].real > best[0].real):
            best = found[0], path, found[1]
    if best is None:
        return AsItWas(item.id, item.at, why=why)
    return _shown(item.id, item.at, *best)


def _shown(item: str, sought: Now, at: Now, path: Path, index: int) -> AsItWas:
    try:
        with closing(Recording(path)) as recording:
            board = recording.board(index)
    except UNSOUND as error:
        return AsItWas(item, sought, why=f"the recording cannot be read: {error}")
    why = "nothing was recorded at that very moment; this is the last before it"
    return AsItWas(item, sought, at, board, why if sought.real - at.real > CLOSE else "")


def _before(path: Path, sought: Now) -> tuple[Now, int] | None:
    """The last instant not after a real moment: by the real clock, for a lab's runs twice."""
    with closing(Recording(path)) as recording:
        for index in reversed(range(len(recording))):
            if (at := recording.now(index)).real <= sought.real:
                return at, index
    return None


def _files(state: Path, at: Now, zone: str) -> Iterator[Path]:
    """That day's recordings and those of the day before, our own first."""
    day = at.real.astimezone(ZoneInfo(zone)).date()
    for one in (day, day - DAY):
        yield from of_day(state, one)
        yield from taken(state, one)
