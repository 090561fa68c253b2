"""Records an estate as soon, and for as long, as nobody else does; says how that stands."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from console.model import Board
from console.recording.recorder import EVERY_S, NOT_RECORDED, Recorded, Recorder
from console.recording.values import Gap

log = logging.getLogger(__name__)
AGAIN_S = 5.0  # until it is tried again to be the one that records
LAST_S = 1.0  # for what is not on the disk yet when the program ends


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether what is seen is recorded; all empty: it is."""

    trouble: str = ""
    """Why nothing is written just now."""
    other: str = ""
    """Who records it instead."""
    missed: Gap | None = None
    """What nobody recorded before this program began to."""


class Standby:
    """One for a program that looks. Where another one records, it goes on when that one ends."""

    def __init__(self, make: Callable[[], Recorder], tell: Callable[[Standing], object]) -> None:
        self._make, self._tell = make, tell
        self.standing = Standing()
        self._board = Board()
        self._recorder: Recorder | None = None

    def see(self, board: Board) -> None:
        """A board was published. Never blocks."""
        self._board = board
        if self._recorder is not None:
            self._recorder.see(board)

    async def run(self) -> None:
        """Until cancelled, whatever the disk does."""
        while True:
            recorder = self._make()
            try:
                await recorder.take()
            except Recorded as error:
                self._stand(Standing(other=str(error)))
            except OSError as error:
                self._stand(Standing(f"{NOT_RECORDED}: {error.strerror or error}"))
            else:
                await self._record(recorder)
            await asyncio.sleep(AGAIN_S)

    async def _record(self, recorder: Recorder) -> None:
        recorder.see(self._board)
        self._recorder = recorder
        running = asyncio.create_task(recorder.run())
        try:
            while not running.done():
                self._stand(Standing(recorder.trouble, missed=recorder.missed))
                await asyncio.wait([running], timeout=EVERY_S)
        finally:
            self._recorder = None
            running.cancel()
            await asyncio.wait([running])
            self._stand(Standing(recorder.trouble, missed=recorder.missed))
        if not running.cancelled() and (error := running.exception()):
            log.error("the recorder failed, and begins anew", exc_info=error)
            fault = f"{type(error).__name__}: {error}"
            self._stand(Standing(f"{NOT_RECORDED}: the recorder failed ({fault})"))

    def _stand(self, standing: Standing) -> None:
        if standing != self.standing:
            self.standing = standing
            self._tell(standing)


async def ended(recording: asyncio.Task[None], within: float = LAST_S) -> bool:
    """End it with what can be written within so many seconds; whether it came to its end."""
    recording.cancel()
    done, _ = await asyncio.wait([recording], timeout=within)
    return bool(done)
