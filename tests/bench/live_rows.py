"""A program for a real terminal: the console with ten thousand rows that all change, four a second.

Both sets of rows are made beforehand, so that what is felt is the screen's work alone.
"""

from __future__ import annotations

import asyncio
import sys
from itertools import cycle

from console.app import Console
from console.clock import real_now
from console.model import Board, Duty, Ref, Row, Severity, Snapshot
from console.sources.kafka_lag import GroupLag

ROWS, EVERY = 10_000, 0.25  # rows; seconds between two boards


def row(number: int, lag: int) -> Row:
    """One group of its own topic."""
    name, topic = f"group-{number:05}", f"トピック.{number:05}"
    return GroupLag(
        ref=Ref("lag", "msk", f"{name}/{topic}"),
        at=real_now(),
        severity=Severity.OK,
        cluster="msk",
        group=name,
        topic=topic,
        lag=lag,
        in_per_s=lag / 7,
        out_per_s=lag / 8,
        behind_s=lag / 9,
        members=2,
        group_state="Stable",
        verdict="ok",
    )


async def live(app: Console) -> None:
    """New values in every row, for ever."""
    app.duty = Duty(estate="bench")
    sets = [tuple(row(n, (n * 7 + turn) % 1000) for n in range(ROWS)) for turn in (0, 1)]
    for rows in cycle(sets):
        app.show(Board().with_(Snapshot("kafka_lag", "msk", 5.0, real_now(), rows)))
        await asyncio.sleep(EVERY)


if __name__ == "__main__":
    app = Console(start=live)
    app.run()
    sys.exit(app.return_code)
