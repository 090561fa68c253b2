"""What a backup says of itself, in a file beside it for people and for the restore."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from console.kafka.backup.lines import FORMAT
from console.kafka.backup.sheet import PART, name
from console.kafka.frozen import Frozen, frozen_of
from console.modes import open_in
from console.poll import Failed

SUFFIX = ".manifest.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """One finished backup."""

    path: Path
    cluster: str
    frozen: Frozen
    configs: Mapping[str, str]
    counts: Mapping[int, int]
    """Records per partition: fewer than the span is long where there are gaps."""
    sha256: str
    """Of the file."""
    size: int
    """Bytes of the file."""
    began_at: datetime
    ended_at: datetime
    transactional: int | None = None
    """Batches that were written in transactions, aborted ones too; None: nobody counted."""
    longest: int | None = None
    """Bytes of its longest record's line; None: nobody measured."""

    @property
    def records(self) -> int:
        """In all partitions."""
        return sum(self.counts.values())

    def told(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return {
            "format": FORMAT,
            "file": self.path.name,
            "cluster": self.cluster,
            "topic": self.frozen.topic,
            "frozen": self.frozen.told(),
            "configs": dict(sorted(self.configs.items())),
            "counts": {str(index): count for index, count in sorted(self.counts.items())},
            "records": self.records,
            "transactional": self.transactional,
            "longest": self.longest,
            "sha256": self.sha256,
            "bytes": self.size,
            "began_at": _stamp(self.began_at),
            "ended_at": _stamp(self.ended_at),
        }


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def manifest_path(backup: Path) -> Path:
    """Where the manifest of a backup lies: NAME.manifest.json beside NAME.jsonl.gz."""
    return backup.with_name(backup.name.removesuffix(".jsonl.gz") + SUFFIX)


def keep(manifest: Manifest) -> None:
    """Write it to the disk; raises Failed. It never writes over another. (Blocking.)"""
    path = manifest_path(manifest.path)
    part = path.with_name(path.name + PART)
    try:
        fd = open_in(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        try:
            with os.fdopen(fd, "w", encoding="utf-8") as file:
                file.write(json.dumps(manifest.told(), indent=2, ensure_ascii=False) + "\n")
                file.flush()
                os.fsync(file.fileno())
            name(part, path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise Failed(f"no manifest: {path}: {error.strerror or error}") from None


def manifest_of(backup: Path) -> Manifest | None:
    """The manifest beside a backup, None where there is none; raises Failed. (Blocking.)"""
    path = manifest_path(backup)
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return Manifest(
            backup,
            told["cluster"],
            frozen_of(told["topic"], told["frozen"]),
            told["configs"],
            {int(index): count for index, count in told["counts"].items()},
            told["sha256"],
            told["bytes"],
            datetime.fromisoformat(told["began_at"]),
            datetime.fromisoformat(told["ended_at"]),
            told.get("transactional"),
            told.get("longest"),
        )
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Failed(f"{path}: {error.strerror or error}") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Failed(f"{path} is no manifest of a backup: {error}") from None
