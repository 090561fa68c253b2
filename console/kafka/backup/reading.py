"""A backup read back: every line, and at the end the proof that it is all of it. (Blocking.)"""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from console.kafka.backup.lines import FORMAT, Record, record_of
from console.kafka.backup.manifest import Manifest, manifest_of
from console.kafka.frozen import Frozen, frozen_of
from console.poll import Failed

END = b'{"end"'
"""How the last line begins."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that has been read to its end and is what it was."""

    path: Path
    cluster: str
    frozen: Frozen
    configs: Mapping[str, str]
    counts: Mapping[int, int]
    sha256: str
    """Of the file."""
    manifest: Manifest | None
    """None: there is none beside the file, which proves itself all the same."""

    @property
    def topic(self) -> str:
        """Whose records these are."""
        return self.frozen.topic

    @property
    def records(self) -> int:
        """In all partitions."""
        return sum(self.counts.values())


def verify(path: Path) -> Backup:
    """Read all of it; raises Failed with the reason when it is cut off or was altered."""
    sha256, manifest = matched(path)
    counts: Counter[int] = Counter()
    header = _header(path)
    for record in records(path):
        counts[record.partition] += 1
    try:
        frozen = frozen_of(header["topic"], header["frozen"])
        cluster, configs = header["cluster"], header["configs"]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Failed(f"{path}: its first line is not a backup's: {error}") from None
    told = {index: counts[index] for index in frozen.spans}
    return Backup(path, cluster, frozen, configs, told, sha256, manifest)


def matched(path: Path) -> tuple[str, Manifest | None]:
    """The sha256 of the file, and its manifest, if there is one. Raises Failed: it is another's."""
    sha256, manifest = sha256_of(path), manifest_of(path)
    if manifest is not None and manifest.sha256 != sha256:
        raise Failed(f"{path} is not the file its manifest tells of: its sha256 is another")
    return sha256, manifest


def longest(path: Path, least: int) -> Iterator[Record]:
    """Records whose lines have more than `least` bytes, of a file that was verified."""
    for number, line in enumerate(_lines(path)):
        if number and len(line) > least and not line.startswith(END):
            try:
                yield record_of(line)
            except ValueError as error:
                raise Failed(f"{path}: line {number + 1} is no record: {error}") from None


def records(path: Path) -> Iterator[Record]:
    """Every record in the order in which it was written. Raises Failed as `verify` does.

    That the file is whole is known only at its end: verify it before acting on a record.
    """
    content, counts = hashlib.sha256(), Counter[int]()
    trailer: dict[str, Any] | None = None
    for number, line in enumerate(_lines(path), 1):
        if trailer is not None:
            raise Failed(f"{path}: line {number} comes after the last")
        if line.startswith(END):
            trailer = _json(path, number, line)
            continue
        content.update(line)
        if number == 1:
            continue
        try:
            record = record_of(line)
        except ValueError as error:
            raise Failed(f"{path}: line {number} is no record: {error}") from None
        counts[record.partition] += 1
        yield record
    if trailer is None:
        raise Failed(f"{path} is cut off: its last line is missing")
    told = {int(index): count for index, count in trailer.get("counts", {}).items()}
    if trailer.get("sha256") != content.hexdigest() or +Counter(told) != counts:
        raise Failed(f"{path} was altered: its records are not those that its last line tells of")


def _header(path: Path) -> dict[str, Any]:
    first = next(_lines(path), b"")
    header = _json(path, 1, first)
    if header.get("format") != FORMAT:
        raise Failed(f"{path} is no backup of the format {FORMAT}")
    return header


def _json(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        told = json.loads(line)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise Failed(f"{path}: line {number} is not a backup's")
    return told


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with gzip.open(path, "rb") as file:
            yield from file
    except EOFError:
        raise Failed(f"{path} is cut off") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise Failed(f"{path} is damaged: {error}") from None
    except OSError as error:
        raise Failed(f"{path}: {error.strerror or error}") from None


def sha256_of(path: Path) -> str:
    """Of a whole file. Raises Failed."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise Failed(f"{path}: {error.strerror or error}") from None
