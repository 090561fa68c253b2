"""A bundle from another computer: verified, then put beside what is here. Blocking.

The giver's lines that our journal does not have are written behind its own, each with its own
time, and a note ends them: one journal goes on, nothing in it is changed, and a bundle that is
taken twice adds nothing. Where ours is the beginning of theirs, the chain too is theirs. Their
journal as it came, their document, and their recordings are kept beside ours.
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import tarfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from console.handover.bundle import FORMAT, JOURNAL, MANIFEST, WHAT, Manifest, sum_of
from console.journal import Journal, JournalBroken
from console.lines import NoEntry, decode
from console.modes import make, replacing
from console.recording.file import Unreadable, connect
from console.recording.recording import Recording
from console.recording.shelf import FOLDER, SUFFIX, TAKEN

KNOWN = re.compile(
    rf"{re.escape(JOURNAL)}|handover\.(md|html|json)|{FOLDER}/\d{{4}}-\d\d-\d\d{SUFFIX}"
)
MOST_MANIFEST, CHUNK = 1_000_000, 1 << 20  # bytes
BROKEN = (tarfile.TarError, EOFError, zlib.error, OSError)
"""What reading a damaged file raises; an OSError with a number is the disk's."""
DAMAGED = "this bundle is damaged"


class Unfit(Exception):
    """This bundle is not taken: `str()` says why, for the person who brought it."""


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A bundle whose every part is as it was made."""

    place: Path
    """A directory that is gone when the block that opened it ends."""
    manifest: Manifest
    recordings: Sequence[Path]


@contextmanager
def unpacked(path: Path, state: Path, estate: str) -> Iterator[Unpacked]:
    """A bundle, verified: its journal's chain, its recordings, and that it is of this estate.

    Raises Unfit; and OSError where the file cannot be read, or this disk cannot be written.
    """
    make(state)
    with path.open("rb") as file, TemporaryDirectory(dir=state, prefix=".taking-") as name:
        place = Path(name)
        try:
            with tarfile.open(fileobj=file, mode="r:*") as tar:
                manifest = _manifest(tar, estate)
                _check_names(manifest)
                _extract(tar, manifest, place)
        except BROKEN as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise  # the disk, not the bundle
            raise Unfit(f"it is damaged, or no bundle of a handover: {error}") from None
        _check_journal(place / JOURNAL, manifest)
        found = sorted((place / FOLDER).glob(f"*{SUFFIX}"))
        for one in found:
            _check_recording(one)
        yield Unpacked(place, manifest, found)


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
            made_at=datetime.fromisoformat(told["made_at"]).isoformat(),
            by=str(told["by"]),
            gives=str(told["gives"]),
            takes=str(told["takes"]),
            entries=int(told["entries"]),
            files={str(name): dict(each) for name, each in told["files"].items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Unfit(f"{DAMAGED}: it does not say what is in it") from None


def _check_names(manifest: Manifest) -> None:
    if JOURNAL not in manifest.files:
        raise Unfit(f"{DAMAGED}: it has no journal")
    for name, told in manifest.files.items():
        if not KNOWN.fullmatch(name) or set(told) != {"bytes", "sha256"}:
            raise Unfit(f"this bundle has something in it that no handover has: {name[:60]}")


def _extract(tar: tarfile.TarFile, manifest: Manifest, place: Path) -> None:
    """Each part under its own name, no longer than it is said to be."""
    missing = set(manifest.files)
    for member in tar:
        if member.name == MANIFEST:
            continue
        told = manifest.files.get(member.name)
        if told is None or not member.isreg() or member.name not in missing:
            raise Unfit(f"{DAMAGED}: it does not tell of {member.name[:60]}, which is in it")
        missing.discard(member.name)
        file = tar.extractfile(member)
        if file is None or member.size != told["bytes"]:
            raise Unfit(f"{DAMAGED}: {member.name} is not as long as it was")
        to = place / member.name
        to.parent.mkdir(exist_ok=True)
        with to.open("w+b") as copy:
            shutil.copyfileobj(file, copy, CHUNK)
            copy.seek(0)
            if sum_of(copy) != told["sha256"]:
                raise Unfit(f"{DAMAGED}: {member.name} is not what it was")
    if missing:
        raise Unfit(f"{DAMAGED}: {', '.join(sorted(missing))} is missing")


def _check_journal(path: Path, manifest: Manifest) -> None:
    try:
        count = Journal(path).verify()
    except JournalBroken as error:
        said = str(error).removeprefix(f"{path}:")
        raise Unfit(f"the journal in this bundle was changed, line {said}") from None
    if count != manifest.entries:
        raise Unfit(f"the journal in this bundle has {count} lines, and had {manifest.entries}")


def _check_recording(path: Path) -> None:
    """It is whole, is read by this program, and its lines are lines of a journal."""
    try:
        with closing(connect(path)) as file:
            if (said := file.execute("pragma integrity_check").fetchone()[0]) != "ok":
                raise Unfit(f"the recording of {path.stem} in this bundle is damaged: {said}")
            for (line,) in file.execute("select line from entry"):
                decode(line)
        recording = Recording(path)
        with closing(recording):
            for index in (0, len(recording) - 1):
                recording.board(index)
    except (Unreadable, sqlite3.Error, NoEntry, ValueError) as error:
        said = str(error).removeprefix(f"{path}: ")
        raise Unfit(f"the recording of {path.stem} in this bundle: {said}") from None


@dataclass(frozen=True, slots=True)
class Adopted:
    """What of a bundle was new here."""

    entries: int
    recordings: tuple[Path, ...]
    kept: Path
    """The bundle's journal as it came, whose chain is the giver's own."""


def adopt(bundle: Unpacked, state: Path, journal: Journal, by: str) -> Adopted:
    """Put a verified bundle beside what is here. Raises OSError and JournalBroken.

    The journal comes last: what it says is taken over, is here.
    """
    told, folder = bundle.manifest, state / TAKEN
    name = f"{told.made_at[:10]}-{str(told.files[JOURNAL]['sha256'])[:8]}"
    shelved = tuple(_shelve(one, state, told) for one in bundle.recordings)
    for part in told.files:
        if not part.startswith(f"{FOLDER}/"):
            _keep(bundle.place / part, folder / f"{name}-{part}")
    entries = Journal(bundle.place / JOURNAL).entries()
    text = f"taken over from a bundle that {told.by} made at {told.made_at}"
    bundled = {"by": told.by, "made_at": told.made_at, "entries": told.entries}
    new = journal.adopt(entries, by=by, text=text, bundle=bundled)
    return Adopted(new, shelved, folder / f"{name}-{JOURNAL}")


def _shelve(path: Path, state: Path, manifest: Manifest) -> Path:
    """A recording beside our own of that day, which is another one."""
    own = str(manifest.files[f"{FOLDER}/{path.name}"]["sha256"])[:8]
    return _keep(path, state / FOLDER / TAKEN / f"{path.stem}-{own}{SUFFIX}")


def _keep(path: Path, to: Path) -> Path:
    make(to.parent)
    with path.open("rb") as old, replacing(to) as new:
        shutil.copyfileobj(old, new, CHUNK)
    return to
