"""A copy on this disk, before it is written back. (Blocking.)"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from console.kafka.backup import longest, matched, records, verify
from console.kafka.restoring import takes, too_large

FRAME = 100
"""Bytes of a batch beside its one record: no batch weighs more than the record's line and this."""
A_FEW = 3


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
    transactional: int | None
    """Batches in it that were written in transactions; None: nobody counted."""
    longest: int | None
    """Bytes of its longest record's line; None: nobody measured."""

    @property
    def records(self) -> int:
        """In all partitions."""
        return sum(self.counts.values())


def whole(path: Path, *, every_line: bool = False) -> Whole:
    """By its manifest's sha256; without one, or asked to, by reading every line. Raises Failed."""
    sha256, manifest = ("", None) if every_line else matched(path)
    if manifest is not None:
        cluster, topic, counts = manifest.cluster, manifest.frozen.topic, manifest.counts
    else:
        read = verify(path)
        sha256, cluster, topic, counts = read.sha256, read.cluster, read.topic, read.counts
    first = next(records(path), None)
    seen = (manifest.transactional, manifest.longest) if manifest is not None else (None, None)
    return Whole(path, cluster, topic, counts, sha256, first.at if first else None, *seen)


def unfit(path: Path, configs: Mapping[str, str], most: int | None = None) -> list[str]:
    """The first few records that a topic would not take back, each a sentence. Raises Failed.

    `most`: bytes of the longest line, where that is known: all of a great file takes minutes.
    """
    least = takes(configs) - FRAME
    if most is not None and most <= least:
        return []
    great = longest(path, least)
    return list(islice(too_large(great, configs), A_FEW))
