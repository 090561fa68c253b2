"""Long loops that let the event loop breathe: nothing may hold it longer than a frame."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import TypeVar

T = TypeVar("T")


async def paced(items: Iterable[T], every: int) -> AsyncIterator[T]:
    """The items, with a breath of the event loop after each `every` of them."""
    for count, item in enumerate(items, 1):
        yield item
        if count % every == 0:
            await asyncio.sleep(0)
