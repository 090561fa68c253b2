"""`oncall handover --bundle FILE`: the shift as one file, for `oncall take` on another computer."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from console.recording.shelf import FOLDER, day_of

if TYPE_CHECKING:
    from console.handover.bundle import Manifest
    from console.model.handover import Handover

INCOMPLETE, DAMAGED = 1, 2


def bundle(path: Path, estate: str, document: Handover) -> int:
    """Write it; 1 where a recording is left out of it, 2 where none is written."""
    from console.config.mistakes import printable
    from console.estates import state_directory
    from console.handover.bundle import pack
    from console.handover.exports import written
    from console.journal import JournalBroken
    from console.model.shift import FORMS

    documents = {f"handover.{form}": written(document, form).encode() for form in FORMS}
    state = state_directory(estate)
    try:
        made = pack(path, state, documents, days(document), _told(estate, state, document))
    except JournalBroken as error:
        return _said(f"no bundle is made: {printable(str(error))}")
    except OSError as error:
        return _said(f"{path} cannot be written: {error.strerror or error}")
    recorded = f"the recordings of {counted(made.files)}"
    print(f"{path}: {made.entries} lines of the journal, {recorded}, the document")
    print(f"on the other computer: oncall take {path.name}")
    for why in made.left_out:
        _said(f"left out: {printable(why)}")
    return INCOMPLETE if made.left_out else 0


def days(document: Handover) -> frozenset[date]:
    """Every day of the shift, and those of which an item has its evidence."""
    from console.handover.gaps import CLOSE

    zone = ZoneInfo(document.zone)
    first, last = (at.real.astimezone(zone).date() for at in (document.since, document.until))
    shift = {first + timedelta(days=number) for number in range((last - first).days + 1)}
    moments = [item.at.real for item in document.items if item.at is not None]
    # just after midnight the last board before it is in the recording of the day before
    older = {at.astimezone(zone).date() for one in moments for at in (one, one - CLOSE)}
    return frozenset(shift | older)


def counted(recordings: Iterable[str]) -> str:
    """Of how many days there are recordings, by their names."""
    told = {day_of(Path(name)) for name in recordings if name.startswith(FOLDER)}
    return f"{len(told)} {'day' if len(told) == 1 else 'days'}"


def _told(estate: str, state: Path, document: Handover) -> Manifest:
    """Whose it is, and who gives the shift to whom. Raises JournalBroken and OSError."""
    from console.acting.opened import os_user
    from console.adopted import in_time
    from console.handover.bundle import Manifest
    from console.handover.hands import folded, under_way
    from console.journal import open_journal

    hands = under_way(folded(in_time(open_journal(state).entries())))
    return Manifest(
        estate=estate,
        made_at=document.until.real.isoformat(),
        by=os_user(),
        gives=hands.gives if hands else "",
        takes=hands.takes if hands else "",
    )


def _said(why: str) -> int:
    print(f"oncall handover: {why}", file=sys.stderr)
    return DAMAGED
