"""The copy that must be whole before anything is deleted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.kafka.backup import Manifest, back_up, manifest_of, sha256_of
from console.kafka.frozen import Frozen, Span
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
        found = await in_thread(sha256_of, path)
    except Failed as error:
        raise Failed(f"the copy cannot be read: {error}") from None
    if found != told["sha256"]:
        raise Failed(f"the copy {path} is not what was written")


async def held(told: Mapping[str, Any], frozen: Frozen) -> Frozen:
    """The frozen ends, and where the copy begins: all that may be deleted.

    Raises Failed unless the copy is whole and holds every record up to these ends.
    """
    await check(told)
    path = Path(str(told["path"]))
    made = await in_thread(manifest_of, path)
    if made is None or made.sha256 != told["sha256"]:
        raise Failed(f"the copy {path} has no manifest of its own: what it holds is not known")
    spans = made.frozen.spans if made.frozen.topic == frozen.topic else {}
    for index, span in frozen.spans.items():
        copied = spans.get(index)
        if copied is None or copied.start > span.start or copied.end < span.end:
            holds = f"{copied.start} to {copied.end}" if copied else "nothing"
            raise Failed(
                f"the copy {path} holds {holds} of {frozen.topic}-{index}, and {span.start} to "
                f"{span.end} would be deleted: nothing is"
            )
    ends = frozen.spans.items()
    return Frozen(frozen.topic, {p: Span(spans[p].start, span.end) for p, span in ends})
