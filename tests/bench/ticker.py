"""The longest hold of the event loop: how late a task comes that wants to run every millisecond."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from types import TracebackType

from tests.bench.figure import against

TICK = 0.001  # seconds; also the resolution


class Ticker:
    """Ticks while its block runs: `async with Ticker() as ticker`."""

    def __init__(self) -> None:
        self.wall: list[float] = []
        """By the clock on the wall: what a waiting key feels, other programs' turns included."""
        self.own: list[float] = []
        """By this thread's own CPU time: what this program alone does."""

    async def _tick(self) -> None:
        while True:
            wall, own = time.perf_counter(), time.thread_time()
            await asyncio.sleep(TICK)
            self.wall.append(max(time.perf_counter() - wall - TICK, 0.0))
            self.own.append(time.thread_time() - own)

    async def __aenter__(self) -> Ticker:
        self._task = asyncio.create_task(self._tick())
        await asyncio.sleep(0)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task


def told(ticker: Ticker, goal_ms: float) -> str:
    """The longest hold against its goal, and how much of it was this program's own work."""
    longest = max(ticker.wall) * 1000
    over = sum(hold * 1000 > goal_ms for hold in ticker.wall)
    return (
        against(f"longest hold of the event loop {longest:.1f} ms", longest, goal_ms)
        + f"; {over} of {len(ticker.wall)} ticks over it; longest by this thread's own CPU "
        f"{max(ticker.own) * 1000:.1f} ms; resolution {TICK * 1000:g} ms"
    )
