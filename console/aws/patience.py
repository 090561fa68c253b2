"""Questions of one plan or one look: few at once, and a throttled one is put again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from console.poll import Throttled

T = TypeVar("T")
AT_ONCE = 4  # one answer that is refused forbids the act
PAUSES = (8.0, 8.0, 4.0, 4.0, 2.0, 2.0, 1.0, 1.0)  # seconds, from the end, for all questions
SHORT = (4.0, 2.0, 1.0)  # where the same is asked again soon anyway


class Patience:
    """Doors and pauses that several questions share."""

    def __init__(self, pauses: Sequence[float] = PAUSES) -> None:
        self._doors, self.pauses = asyncio.Semaphore(AT_ONCE), list(pauses)

    async def ask(self, question: Callable[[], Awaitable[T]]) -> T:
        """Its answer. Raises Throttled once no pause is left, and whatever else it raises."""
        async with self._doors:
            while True:
                try:
                    return await question()
                except Throttled:
                    if not self.pauses:
                        raise
                    await asyncio.sleep(self.pauses.pop())
