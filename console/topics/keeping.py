"""The copy that must be whole before anything is deleted."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.kafka.backup import Manifest, back_up
from console.kafka.frozen import Frozen
from console.poll import Failed, in_thread

if TYPE_CHECKING:
    from console.kafka.pool import BrokerPool


async def keep(
    pool: BrokerPool,
    frozen: Frozen,
    configs: Mapping[str, str],
    path: Path,
    now: Callable[[], datetime],
    tell: Callable[[int, int], None],
) -> dict[str, Any]:
    """What the journal keeps of a finished copy. Raises Failed: there is none."""
    made: Manifest = await back_up(pool, frozen, configs, path, now, tell)
    await check({"path": str(path), "sha256": made.sha256})
    counts = {str(index): count for index, count in sorted(made.counts.items())}
    told = {"path": str(path), "sha256": made.sha256, "bytes": made.size}
    return told | {"records": made.records, "counts": counts}


async def check(told: Mapping[str, Any]) -> None:
    """Raises Failed unless the file is there and is, byte for byte, what was written."""
    path = Path(str(told["path"]))
    try:
        found = await in_thread(_sha256, path)
    except OSError as error:
        raise Failed(f"the copy {path} cannot be read: {error.strerror or error}") from None
    if found != told["sha256"]:
        raise Failed(f"the copy {path} is not what was written: nothing is deleted")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
