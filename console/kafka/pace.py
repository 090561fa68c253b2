"""Long loops that let the event loop breathe: nothing may hold it longer than a frame."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from time import perf_counter
from typing import TypeVar

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
