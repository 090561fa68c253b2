"""A shift as one file, for another computer: its journal, its recordings, its document.

A tar, compressed, whose first member says what else is in it, how long each part is, and its
SHA-256. Blocking. `taking` is the other way round.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import tarfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from io import BufferedIOBase, BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

from console.handover.placing import placed
from console.journal import Journal
from console.modes import make
from console.recording.file import Unreadable, connect
from console.recording.recording import Recording
from console.recording.shelf import FOLDER, recordings

FORMAT, WHAT = 1, "oncall handover"
MANIFEST, JOURNAL = "manifest.json", "journal.jsonl"


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
    path: Path, state: Path, documents: Mapping[str, bytes], first: date, manifest: Manifest
) -> Manifest:
    """Write the bundle, whole or not at all. Raises JournalBroken, sqlite3.Error and OSError.

    `first`: the day from which on recordings are put in; `documents` by their names in it. What
    the manifest says of the parts is found here.
    """
    make(state)
    with TemporaryDirectory(dir=state, prefix=".bundle-") as name:
        place = Path(name)
        members = {JOURNAL: _journal(state / JOURNAL, place / JOURNAL)}
        entries = Journal(place / JOURNAL).verify()
        for told, content in documents.items():
            members[told] = place / told
            members[told].write_bytes(content)
        left_out = list[str]()
        for one in recordings(state):
            if one.stem >= first.isoformat():
                try:
                    members[f"{FOLDER}/{one.name}"] = _recording(one, place / one.name)
                except Unreadable as error:  # the rest of the shift is handed over all the same
                    left_out.append(str(error))
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


def _recording(path: Path, to: Path) -> Path:
    """A copy of one that may be written to just now. Raises Unreadable."""
    Recording(path).close()
    with closing(connect(path)) as old, closing(sqlite3.connect(to)) as new:
        old.backup(new)
        new.execute("pragma journal_mode = delete")  # one file, with nothing beside it
    return to


def _measured(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return {"bytes": path.stat().st_size, "sha256": sum_of(file)}


def sum_of(file: BufferedIOBase) -> str:
    """SHA-256 of a file from where it stands to its end, in hexadecimal."""
    return hashlib.file_digest(file, "sha256").hexdigest()
