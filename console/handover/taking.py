"""A bundle from another computer, verified, is put beside what is here. Blocking.

The giver's lines that our journal does not have are written behind its own, each with its own
time, and a note ends them: one journal goes on, nothing in it is changed, and a bundle that is
taken twice adds nothing. Where ours is the beginning of theirs, and theirs took no bundle since,
the chain too is theirs. Their journal as it came, their document, and their recordings are kept
beside ours.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from console.adopted import in_time
from console.clock import real_now
from console.handover.bundle import DATE
from console.handover.doubts import brought
from console.handover.hands import folded, under_way
from console.handover.unpacking import CHUNK, Unpacked
from console.handover.workplace import swept
from console.journal import JOURNAL, Journal
from console.modes import make, replacing
from console.recording.file import UNSOUND
from console.recording.recording import Recording
from console.recording.shelf import FOLDER, SUFFIX, TAKEN, Keep, day_of, of_day, taken

KEPT = re.compile(rf"{DATE}-[0-9a-f]{{8}}-({re.escape(JOURNAL)}|handover\.\w+)")
"""What a bundle leaves in the folder of those that were taken."""


@dataclass(frozen=True, slots=True)
class Adopted:
    """What of a bundle was new here."""

    entries: int
    recordings: tuple[Path, ...]
    kept: Path
    """The bundle's journal as it came, whose chain is the giver's own."""
    left_out: tuple[str, ...] = ()
    """What is not here, a sentence each: not put in by who made it, or damaged on its way."""
    deleted: int = 0
    """Files of earlier bundles that were older than is kept."""


def adopt(
    bundle: Unpacked,
    state: Path,
    journal: Journal,
    by: str,
    days: int = Keep().days,
    now: Callable[[], datetime] = real_now,
) -> Adopted:
    """Put a verified bundle beside what is here. Raises OSError and JournalBroken.

    The journal comes last: what it says is taken over, is here. What earlier bundles left is kept
    for `days`, as recordings are; their lines stand in our journal in any case.
    """
    told, folder = bundle.manifest, state / TAKEN
    for one in (folder, state / FOLDER / TAKEN):
        swept(one)
    name = f"{told.made_at[:10]}-{str(told.files[JOURNAL]['sha256'])[:8]}"
    shelved = tuple(filter(None, (_shelve(one, bundle, state) for one in bundle.recordings)))
    for part in told.files:
        if not part.startswith(f"{FOLDER}/") and (bundle.place / part).exists():
            _keep(bundle.place / part, folder / f"{name}-{part}")
    left_out = (*told.left_out, *bundle.left_out)
    new = _written(bundle, journal, by, left_out)
    deleted = sum(map(_deleted, _too_old(folder, name, now().date(), days)))
    return Adopted(new, shelved, folder / f"{name}-{JOURNAL}", left_out, deleted)


def _too_old(folder: Path, name: str, today: date, days: int) -> list[Path]:
    """Files of other bundles, made longer ago than is kept: by this clock, and by the newest one.

    A clock that is years ahead must not take all of them.
    """
    made = {one: day_of(one) for one in folder.iterdir() if KEPT.fullmatch(one.name)}
    known = {one: day for one, day in made.items() if day is not None}
    today = min(today, max(known.values()))
    old = (one for one, day in known.items() if (today - day).days > days)
    return sorted(one for one in old if not one.name.startswith(name))


def _deleted(path: Path) -> bool:
    try:
        path.unlink()
    except OSError:
        return False  # the bundle is taken all the same, and the next one tries again
    return True


def _written(bundle: Unpacked, journal: Journal, by: str, left_out: Sequence[str]) -> int:
    """How many lines were new. A later bundle is noted too where none is: so late it is known."""
    told, entries = bundle.manifest, Journal(bundle.place / JOURNAL).entries()
    text = f"taken over from a bundle that {told.by} made at {told.made_at}"
    bundled: dict[str, Any] = {"by": told.by, "made_at": told.made_at, "entries": told.entries}
    bundled["left_out"] = list(left_out)
    if (going_on := under_way(folded(in_time(entries)))) is not None:
        bundled["shift"] = going_on.shift
    new = journal.adopt(entries, by=by, text=text, bundle=bundled)
    if not new:
        known = brought(journal.entries())
        if known is None or known[0] < datetime.fromisoformat(told.made_at):
            journal.append("note", by=by, text=text, bundle=bundled)
    return new


def _shelve(path: Path, bundle: Unpacked, state: Path) -> Path | None:
    """A recording beside our own of that day, which is another one; None: it is here already."""
    day = day_of(path) or date.min
    if any(_holds(one, path) for one in (*of_day(state, day), *taken(state, day))):
        return None
    told = bundle.manifest.files[path.relative_to(bundle.place).as_posix()]
    return _keep(path, state / FOLDER / TAKEN / f"{day}-{str(told['sha256'])[:8]}{SUFFIX}")


def _holds(ours: Path, theirs: Path) -> bool:
    """Whether ours is the same recorder's, and goes on at least as long."""
    try:
        with closing(Recording(ours)) as one, closing(Recording(theirs)) as other:
            last = len(other) - 1
            return last < len(one) and all(one.now(at) == other.now(at) for at in (0, last))
    except UNSOUND:
        return False


def _keep(path: Path, to: Path) -> Path:
    make(to.parent)
    with path.open("rb") as old, replacing(to) as new:
        shutil.copyfileobj(old, new, CHUNK)
    return to
