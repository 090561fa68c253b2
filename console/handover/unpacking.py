"""A bundle is opened and verified; nothing of it is used before that. Blocking.

Without its journal nothing of a bundle is taken; any other part that is damaged is left out, and
that is said.
"""

from __future__ import annotations

import json
import lzma
import shutil
import tarfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from console.handover.bundle import (
    FORMAT,
    KNOWN,
    MANIFEST,
    WHAT,
    Manifest,
    check,
    of_recording,
    sum_of,
)
from console.handover.workplace import workplace
from console.journal import JOURNAL, Journal, JournalBroken
from console.model import time_of
from console.recording.file import Unreadable
from console.recording.shelf import FOLDER, SUFFIX

MOST_MANIFEST, CHUNK = 1_000_000, 1 << 20  # bytes
BROKEN = (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError, OSError)
"""What reading a damaged file raises; an OSError with a number is the disk's."""
DAMAGED = "this bundle is damaged"
Measured = Mapping[str, Any]
"""What the manifest says of a part: `bytes` and `sha256`."""


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
            if _is_of_disk(error):
                raise
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
    """Each part under its own name, no longer than it is said to be; what is left out, and why.

    A file that is cut off, as on a stick pulled out too early, keeps what stands before the cut.
    """
    missing, left_out, why = set(manifest.files), list[str](), "is missing"
    try:
        for member in tar:
            if member.name != MANIFEST:
                left_out += _part(tar, member, manifest, missing, place)
    except BROKEN as error:
        if JOURNAL in missing or _is_of_disk(error):
            raise
        why = "is missing: the file ends too early, or is damaged before it"
    for name in missing:
        (place / name).unlink(missing_ok=True)  # the half of it that was read
    return left_out + [_without(name, why) for name in sorted(missing)]


def _part(
    tar: tarfile.TarFile, member: tarfile.TarInfo, manifest: Manifest, missing: set[str], to: Path
) -> Iterator[str]:
    """Put one part there; why it is left out, where it is."""
    told = manifest.files.get(member.name)
    if told is None or not member.isreg() or member.name not in missing:
        raise Unfit(f"{DAMAGED}: it does not tell of {member.name[:60]}, which is in it")
    why = _copied(tar, member, told, to / member.name)
    missing.discard(member.name)
    if why:
        yield _without(member.name, why)


def _is_of_disk(error: BaseException) -> bool:
    """Whether the disk failed, not the bundle."""
    return isinstance(error, OSError) and error.errno is not None


def _without(name: str, why: str) -> str:
    """What is said of a part that is left out. Raises Unfit where it is the journal."""
    if name == JOURNAL:
        raise Unfit(f"{DAMAGED}: {name} {why}")
    return f"{name} {why}"


def _copied(tar: tarfile.TarFile, member: tarfile.TarInfo, told: Measured, to: Path) -> str:
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
