"""A bundle from another computer: verified, then put beside what is here. Blocking.

The giver's lines that our journal does not have are written behind its own, each with its own
time, and a note ends them: one journal goes on, nothing in it is changed, and a bundle that is
taken twice adds nothing. Where ours is the beginning of theirs, the chain too is theirs. Their
journal as it came, their document, and their recordings are kept beside ours. Without its journal
nothing of a bundle is taken; any other part that is damaged is left out, and that is said.
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import tarfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from console.adopted import in_time
from console.handover.bundle import (
    FORMAT,
    JOURNAL,
    MANIFEST,
    WHAT,
    Manifest,
    check,
    of_recording,
    sum_of,
)
from console.handover.doubts import brought
from console.handover.hands import folded, under_way
from console.handover.workplace import swept, workplace
from console.journal import Journal, JournalBroken
from console.model import time_of
from console.modes import make, replacing
from console.recording.file import Unreadable
from console.recording.recording import Recording
from console.recording.shelf import FOLDER, SUFFIX, TAKEN

DATE = r"\d{4}-\d\d-\d\d"
KNOWN = re.compile(
    rf"{re.escape(JOURNAL)}|handover\.(md|html|json)|{FOLDER}/{DATE}(-\d)?{SUFFIX}"
    rf"|{FOLDER}/{TAKEN}/{DATE}-[0-9a-f]{{8}}{SUFFIX}"
)
MOST_MANIFEST, CHUNK = 1_000_000, 1 << 20  # bytes
BROKEN = (tarfile.TarError, EOFError, zlib.error, OSError)
"""What reading a damaged file raises; an OSError with a number is the disk's."""
DAMAGED = "this bundle is damaged"
Part = Mapping[str, Any]
"""What the manifest says of one: `bytes` and `sha256`."""


class Unfit(Exception):
    """This bundle is not taken: `str()` says why, for the person who brought it."""


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A bundle: every part that is here is as it was made."""

    place: Path
    """A directory that is gone when the block that opened it ends."""
    manifest: Manifest
    recordings: Sequence[Path]
    left_out: tuple[str, ...] = ()
    """Parts that are damaged, a sentence each."""


@contextmanager
def unpacked(path: Path, state: Path, estate: str) -> Iterator[Unpacked]:
    """A bundle, verified: its journal's chain, its recordings, and that it is of this estate.

    Raises Unfit; and OSError where the file cannot be read, or this disk cannot be written.
    """
    with path.open("rb") as file, workplace(state, "taking") as place:
        try:
            with tarfile.open(fileobj=file, mode="r:*") as tar:
                manifest = _manifest(tar, estate)
                _check_names(manifest)
                left_out = _extract(tar, manifest, place)
        except BROKEN as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise  # the disk, not the bundle
            raise Unfit(f"it is damaged, or no bundle of a handover: {error}") from None
        _check_journal(place / JOURNAL, manifest)
        found, unread = _sound(place)
        yield Unpacked(place, manifest, found, (*left_out, *unread))


def _manifest(tar: tarfile.TarFile, estate: str) -> Manifest:
    first = tar.next()
    if first is None or first.name != MANIFEST or not first.isreg() or first.size > MOST_MANIFEST:
        raise Unfit("this is no bundle of a handover: it does not begin with what is in it")
    file = tar.extractfile(first)
    try:
        told = json.loads(file.read() if file else b"")
    except ValueError:
        raise Unfit(f"{DAMAGED}: what it says of itself cannot be read") from None
    if not isinstance(told, dict) or told.get("what") != WHAT:
        raise Unfit("this is no bundle of a handover")
    if told.get("format") != FORMAT:
        raise Unfit(f"made by a later program (format {told.get('format')}): update this one")
    manifest = _read(told)
    if manifest.estate != estate:
        raise Unfit(f"this bundle is of the estate {manifest.estate}; this one is {estate}")
    return manifest


def _read(told: dict[str, Any]) -> Manifest:
    try:
        return Manifest(
            estate=str(told["estate"]),
            made_at=_moment(told["made_at"]),
            by=str(told["by"]),
            gives=str(told["gives"]),
            takes=str(told["takes"]),
            entries=int(told["entries"]),
            files={str(name): dict(each) for name, each in told["files"].items()},
            left_out=tuple(map(str, told.get("left_out", ()))),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Unfit(f"{DAMAGED}: it does not say what is in it") from None


def _moment(told: object) -> str:
    if (at := time_of(told)) is None:
        raise ValueError(told)
    return at.isoformat()


def _check_names(manifest: Manifest) -> None:
    if JOURNAL not in manifest.files:
        raise Unfit(f"{DAMAGED}: it has no journal")
    for name, told in manifest.files.items():
        if not KNOWN.fullmatch(name) or set(told) != {"bytes", "sha256"}:
            raise Unfit(f"this bundle has something in it that no handover has: {name[:60]}")


def _extract(tar: tarfile.TarFile, manifest: Manifest, place: Path) -> list[str]:
    """Each part under its own name, no longer than it is said to be; what is left out, and why."""
    missing, left_out = set(manifest.files), list[str]()
    for member in tar:
        if member.name == MANIFEST:
            continue
        told = manifest.files.get(member.name)
        if told is None or not member.isreg() or member.name not in missing:
            raise Unfit(f"{DAMAGED}: it does not tell of {member.name[:60]}, which is in it")
        missing.discard(member.name)
        if why := _copied(tar, member, told, place / member.name):
            left_out.append(_without(member.name, why))
    return left_out + [_without(name, "is missing") for name in sorted(missing)]


def _without(name: str, why: str) -> str:
    """What is said of a part that is left out. Raises Unfit where it is the journal."""
    if name == JOURNAL:
        raise Unfit(f"{DAMAGED}: {name} {why}")
    return f"{name} {why}"


def _copied(tar: tarfile.TarFile, member: tarfile.TarInfo, told: Part, to: Path) -> str:
    """Why this part is not as it was made; empty where it is, and stands there now."""
    file = tar.extractfile(member)
    if file is None or member.size != told["bytes"]:
        return "is not as long as it was"
    to.parent.mkdir(parents=True, exist_ok=True)
    with to.open("w+b") as copy:
        shutil.copyfileobj(file, copy, CHUNK)
        copy.seek(0)
        if sum_of(copy) == told["sha256"]:
            return ""
    to.unlink()
    return "is not what it was"


def _sound(place: Path) -> tuple[list[Path], list[str]]:
    """The recordings that are whole and can be read here, and a sentence for each other one."""
    sound, left_out = list[Path](), list[str]()
    for one in sorted((place / FOLDER).rglob(f"*{SUFFIX}")):
        try:
            check(one)
        except Unreadable as error:
            left_out.append(of_recording(one, str(error)))
        else:
            sound.append(one)
    return sound, left_out


def _check_journal(path: Path, manifest: Manifest) -> None:
    try:
        count = Journal(path).verify()
    except JournalBroken as error:
        said = str(error).removeprefix(f"{path}:")
        raise Unfit(f"the journal in this bundle was changed, line {said}") from None
    if count != manifest.entries:
        raise Unfit(f"the journal in this bundle has {count} lines, and had {manifest.entries}")


@dataclass(frozen=True, slots=True)
class Adopted:
    """What of a bundle was new here."""

    entries: int
    recordings: tuple[Path, ...]
    kept: Path
    """The bundle's journal as it came, whose chain is the giver's own."""
    left_out: tuple[str, ...] = ()
    """What is not here, a sentence each: not put in by who made it, or damaged on its way."""


def adopt(bundle: Unpacked, state: Path, journal: Journal, by: str) -> Adopted:
    """Put a verified bundle beside what is here. Raises OSError and JournalBroken.

    The journal comes last: what it says is taken over, is here.
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
    return Adopted(new, shelved, folder / f"{name}-{JOURNAL}", left_out)


def _written(bundle: Unpacked, journal: Journal, by: str, left_out: Sequence[str]) -> int:
    """How many lines were new. A later bundle is noted too where none is: so late it is known."""
    told, entries = bundle.manifest, Journal(bundle.place / JOURNAL).entries()
    text = f"taken over from a bundle that {told.by} made at {told.made_at}"
    bundled: dict[str, Any] = {"by": told.by, "made_at": told.made_at, "entries": told.entries}
    going_on = under_way(folded(in_time(entries)))
    if going_on is not None:
        bundled |= {"shift": going_on.shift, "left_out": list(left_out)}
    new = journal.adopt(entries, by=by, text=text, bundle=bundled)
    if not new and going_on is not None:
        known = brought(journal.entries(), going_on.shift)
        if known is None or known[0] < datetime.fromisoformat(told.made_at):
            journal.append("note", by=by, text=text, bundle=bundled)
    return new


def _shelve(path: Path, bundle: Unpacked, state: Path) -> Path | None:
    """A recording beside our own of that day, which is another one; None: it is here already."""
    day, folder = path.stem[:10], state / FOLDER
    for where in (folder, folder / TAKEN):
        if any(_holds(one, path) for one in where.glob(f"{day}*{SUFFIX}")):
            return None
    told = bundle.manifest.files[path.relative_to(bundle.place).as_posix()]
    return _keep(path, folder / TAKEN / f"{day}-{str(told['sha256'])[:8]}{SUFFIX}")


def _holds(ours: Path, theirs: Path) -> bool:
    """Whether ours is the same recorder's, and goes on at least as long."""
    try:
        with closing(Recording(ours)) as one, closing(Recording(theirs)) as other:
            last = len(other) - 1
            return last < len(one) and all(one.now(at) == other.now(at) for at in (0, last))
    except (Unreadable, sqlite3.Error, OSError):
        return False


def _keep(path: Path, to: Path) -> Path:
    make(to.parent)
    with path.open("rb") as old, replacing(to) as new:
        shutil.copyfileobj(old, new, CHUNK)
    return to
