"""Long loops that let the event loop breathe: nothing may hold it longer than a frame."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable
from time import perf_counter
from typing import Any, TypeVar

T = TypeVar("T")
HOLD = 0.003  # seconds at a stretch; two or three loops may run in one turn of the event loop


class Breath:
    """Gives the event loop away when a stretch of work has lasted long enough."""

    def __init__(self) -> None:
        self._began = perf_counter()

    async def take(self) -> None:
        """Called in between two pieces of work; mostly it does nothing."""
        if perf_counter() - self._began > HOLD:
            await asyncio.sleep(0)
            self._began = perf_counter()


async def paced(items: Iterable[T], every: int = 1) -> AsyncIterator[T]:
    """The items, with a breath after each `every` of them if it is time for one."""
    breath = Breath()
    for count, item in enumerate(items, 1):
        yield item
        if count % every == 0:
            await breath.take()


async def gathered(calls: Iterable[Coroutine[Any, Any, T]], at_once: int) -> list[T]:
    """As asyncio.gather, but begun a few at a time: 300 first steps in one turn take 20 ms."""
    tasks: list[asyncio.Task[T]] = []
    try:
        for call in calls:
            tasks.append(asyncio.create_task(call))
            if len(tasks) % at_once == 0:
                await asyncio.sleep(0)
        return [await task for task in tasks]
    finally:
        for task in tasks:
            task.cancel()
