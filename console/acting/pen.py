"""Writes the journal for those who must not block, and never leaves a line half decided."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from console.journal import Journal, JournalBroken, Unwritten
from console.model import Entry, Kind, plain

UNWRITTEN = (Unwritten, JournalBroken)
Line = TypeVar("Line", Entry, Entry | None)


class Pen:
    """One thread, so that lines keep their order; it is joined at exit, as no read is."""

    def __init__(self, journal: Journal, by: str) -> None:
        self.journal, self.by = journal, by
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="journal")

    async def write(self, kind: Kind, /, *, run: str = "", by: str = "", **data: Any) -> Entry:
        """One line on the disk. Raises Unwritten or JournalBroken.

        Cancelled meanwhile, it still ends only when the line is written, or is known not to be.
        """
        told = {"run": run, "by": by or self.by} | data
        return await self._written(partial(self.journal.append, kind, **told))

    async def write_unless(
        self, known: Callable[[], bool], kind: Kind, /, **data: Any
    ) -> Entry | None:
        """As `write`; nothing is written where this holds while nobody else can write."""
        write = partial(self.journal.append_unless, known, kind, by=self.by, **data)
        return await self._written(write)

    async def _written(self, write: Callable[[], Line]) -> Line:
        job = asyncio.get_running_loop().run_in_executor(self._thread, write)
        try:
            return await asyncio.shield(job)
        except asyncio.CancelledError:
            with contextlib.suppress(*UNWRITTEN):
                await job
            raise

    def write_now(self, kind: Kind, /, *, run: str = "", by: str = "", **data: Any) -> None:
        """One line, blocking, for who is being cancelled; a full disk is not told any more."""
        with contextlib.suppress(*UNWRITTEN):
            self.journal.append(kind, run=run, by=by or self.by, **data)

    def close(self) -> None:
        """Write what was asked, then end."""
        self._thread.shutdown(wait=True)
        self.journal.close()


def tellable(said: Any) -> Any:
    """What a vendor answered as JSON has it; what JSON has no word for becomes text."""
    return json.loads(json.dumps(plain(said), default=str))
