"""A copy on this disk, before it is written back. (Blocking.)"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from console.kafka.backup import manifest_of, records, verify
from console.poll import Failed


@dataclass(frozen=True, slots=True)
class Whole:
    """A copy that is what it was when it was made."""

    path: Path
    cluster: str
    topic: str
    counts: Mapping[int, int]
    sha256: str
    oldest: int | None
    """The first record's time, ms since 1970."""

    @property
    def records(self) -> int:
        """In all partitions."""
        return sum(self.counts.values())


def whole(path: Path, *, every_line: bool = False) -> Whole:
    """By its manifest's sha256; without one, or asked to, by reading every line. Raises Failed."""
    manifest = None if every_line else manifest_of(path)
    if manifest is not None:
        sha256 = _sha256(path)
        if sha256 != manifest.sha256:
            raise Failed(f"{path} is not the file its manifest tells of: its sha256 is another")
        cluster, topic, counts = manifest.cluster, manifest.frozen.topic, manifest.counts
    else:
        read = verify(path)
        sha256, cluster, topic, counts = read.sha256, read.cluster, read.topic, read.counts
    first = next(records(path), None)
    return Whole(path, cluster, topic, counts, sha256, first.at if first else None)


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise Failed(f"{path}: {error.strerror or error}") from None
