"""A shift as one file, for another computer: its journal, its recordings, its document.

A tar, compressed, whose first member says what else is in it, how long each part is, and its
SHA-256. Blocking. `taking` is the other way round.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sqlite3
import tarfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from io import BufferedIOBase, BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from zstandard import ZstdError

from console.handover.placing import placed
from console.handover.workplace import workplace
from console.journal import JOURNAL, Journal
from console.lines import NoEntry, decode
from console.model.shift import FORMS
from console.recording.file import Unreadable, connect
from console.recording.recording import Recording
from console.recording.shelf import FOLDER, SUFFIX, TAKEN, day_of, recordings, taken
from console.recording.values import moment

FORMAT, WHAT = 1, "oncall handover"
MANIFEST = "manifest.json"
DATE = r"\d{4}-\d\d-\d\d"
KNOWN = re.compile(
    rf"{re.escape(JOURNAL)}|handover\.({'|'.join(FORMS)})|{FOLDER}/{DATE}(-\d)?{SUFFIX}"
    rf"|{FOLDER}/{TAKEN}/{DATE}-[0-9a-f]{{8}}{SUFFIX}"
)
"""What a part may be called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a bundle says of itself."""

    format: int = FORMAT
    what: str = WHAT
    estate: str = ""
    made_at: str = ""
    """Real time, ISO."""
    by: str = ""
    gives: str = ""
    takes: str = ""
    entries: int = 0
    """Lines of the journal."""
    files: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Name → `bytes` and `sha256`."""
    left_out: tuple[str, ...] = ()
    """Recordings that could not be read, a sentence each."""


def pack(
    path: Path,
    state: Path,
    documents: Mapping[str, bytes],
    days: Collection[date],
    manifest: Manifest,
) -> Manifest:
    """Write the bundle, whole or not at all. Raises JournalBroken and OSError.

    `days`: whose recordings are put in, our own and those that came with other bundles;
    `documents` by their names in it. What the manifest says of the parts is found here.
    """
    with workplace(state, "bundle") as place:
        members = {JOURNAL: _journal(state / JOURNAL, place / JOURNAL)}
        entries = Journal(place / JOURNAL).verify()
        for told, content in documents.items():
            members[told] = place / told
            members[told].write_bytes(content)
        left_out = list[str]()
        for told, one in _recorded(state, days):
            try:
                members[told] = _recording(one, place / one.name)
            except (Unreadable, sqlite3.Error) as error:  # the rest is handed over all the same
                left_out.append(of_recording(place / one.name, str(error), one))
        files = {told: _measured(one) for told, one in members.items()}
        manifest = replace(manifest, entries=entries, files=files, left_out=tuple(left_out))
        with placed(path, state, _is_bundle) as file:
            _write(file, manifest, members)
    return manifest


def _is_bundle(file: BinaryIO) -> bool:
    """An earlier one gives way to this one."""
    try:
        with tarfile.open(fileobj=file, mode="r:*") as tar:
            first = tar.next()
            told = tar.extractfile(first) if first and first.name == MANIFEST else None
            return told is not None and WHAT.encode() in told.read()
    except (tarfile.TarError, EOFError, OSError):
        return False


def _write(file: BinaryIO, manifest: Manifest, members: Mapping[str, Path]) -> None:
    content = json.dumps(asdict(manifest), ensure_ascii=False, indent=1).encode()
    head = tarfile.TarInfo(MANIFEST)
    head.size, head.mode = len(content), 0o600
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        tar.addfile(head, BytesIO(content))
        for told, one in members.items():
            tar.add(one, told, recursive=False, filter=_nobody)


def _nobody(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Whose file it is on this computer, nobody needs to know."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o600
    return member


def _journal(path: Path, to: Path) -> Path:
    """Its whole lines as they are now; none where there is no journal."""
    content = path.read_bytes() if path.exists() else b""
    to.write_bytes(content[: content.rfind(b"\n") + 1])
    return to


def _recorded(state: Path, days: Collection[date]) -> Iterator[tuple[str, Path]]:
    """The recordings of these days, by their names in the bundle."""
    for one in (*recordings(state), *taken(state)):
        name = one.relative_to(state).as_posix()
        if day_of(one) in days and KNOWN.fullmatch(name):
            yield name, one


def _recording(path: Path, to: Path) -> Path:
    """A sound copy of one that may be written to just now. Raises Unreadable, sqlite3.Error."""
    if path.parent.name == TAKEN:  # nobody writes to it: it stays the very same file
        shutil.copyfile(path, to)
    else:
        Recording(path).close()
        with closing(connect(path)) as old, closing(sqlite3.connect(to)) as new:
            old.backup(new)
            new.execute("pragma journal_mode = delete")  # one file, with nothing beside it
    check(to)
    return to


def check(path: Path) -> None:
    """A recording is whole, this program reads it, and its lines are a journal's. Unreadable."""
    try:
        with closing(connect(path)) as file:
            if (said := file.execute("pragma integrity_check").fetchone()[0]) != "ok":
                raise Unreadable(f"{path}: it is damaged: {said}")
            for (line,) in file.execute("select line from entry"):
                decode(line)
        with closing(Recording(path)) as recording:
            for index in (0, len(recording) - 1):
                recording.check(index)
            for index in range(len(recording)):
                recording.now(index)  # raises where it is no time
            for gap in recording.gaps():
                moment(gap.since), moment(gap.until)
    except (sqlite3.Error, ZstdError, NoEntry, TypeError, ValueError, OverflowError) as error:
        raise Unreadable(f"{path}: it is damaged: {error}") from error


def of_recording(path: Path, why: str, *also: Path) -> str:
    """What is wrong with a recording, without the places where it stands on this computer."""
    for one in (path, *also):
        why = why.replace(f"{one}: ", "")
    return f"the recording of {day_of(path)}: {why}"


def _measured(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return {"bytes": path.stat().st_size, "sha256": sum_of(file)}


def sum_of(file: BufferedIOBase) -> str:
    """SHA-256 of a file from where it stands to its end, in hexadecimal."""
    return hashlib.file_digest(file, "sha256").hexdigest()
