"""Records an estate as soon, and for as long, as nobody else does; says how that stands."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from console.model import Board
from console.recording.file import cause
from console.recording.recorder import EVERY_S, RecordedElsewhere, Recorder
from console.recording.values import Gap

log = logging.getLogger(__name__)
AGAIN_S = 5.0  # until it is tried again to be the one that records
QUIET_S = 60.0  # in which who records has written nothing, while there is something new to see
IDLE = "records this estate, but nothing of it comes to the disk"
LAST_S = 1.0  # for what is not on the disk yet when the program ends


@dataclass(frozen=True, slots=True)
class RecorderState:
    """Whether what is seen is recorded; all empty: it is."""

    trouble: str = ""
    """Why nothing, or not all, is written just now."""
    other: str = ""
    """Who records it instead."""
    missed: Gap | None = None
    """What is not recorded before this program began to, or began anew."""
    deleted: str = ""
    """What of older recordings had to go the last time, and why."""
    untidy: str = ""
    """Why what is too old, or too much, is still there."""


class Standby:
    """One for a program that looks. Where another one records, it goes on when that one ends."""

    def __init__(
        self, make: Callable[[], Recorder], tell: Callable[[RecorderState], object]
    ) -> None:
        self._make, self._tell = make, tell
        self.state = RecorderState()
        self._board = Board()
        self._news = float("-inf")
        """When (monotonic) there was last something new to see."""
        self._met = ("", 0.0)
        """Who else records, and since when (monotonic) that is known."""
        self._recorder: Recorder | None = None

    def see(self, board: Board) -> None:
        """A board was published. Never blocks."""
        if board.snapshots is not self._board.snapshots:
            self._news = monotonic()
        self._board = board
        if self._recorder is not None:
            self._recorder.see(board)

    async def run(self) -> None:
        """Until cancelled, whatever the disk does."""
        while True:
            recorder = self._make()
            try:
                await recorder.take()
            except RecordedElsewhere as error:
                self._stand(await self._instead(recorder, str(error)))
            except OSError as error:
                self._stand(RecorderState(cause(error)))
            else:
                await self._record(recorder)
            await asyncio.sleep(AGAIN_S)

    async def _instead(self, recorder: Recorder, other: str) -> RecorderState:
        """How it stands where another one records: it may be in trouble, or hang."""
        now, idle = monotonic(), await recorder.idle_s()
        if self._met[0] != other:
            self._met = other, now
        known = now - self._met[1]  # one that has only just begun is in no trouble
        idle = known if idle is None else min(idle, known)
        if idle - (now - self._news) > QUIET_S:
            return RecorderState(f"{other} {IDLE}")
        return RecorderState(other=other)

    async def _record(self, recorder: Recorder) -> None:
        recorder.see(self._board)
        self._recorder = recorder
        running = asyncio.create_task(recorder.run())
        try:
            while not running.done():
                self._stand(state_of(recorder))
                await asyncio.wait([running], timeout=EVERY_S)
        finally:
            self._recorder = None
            running.cancel()
            await asyncio.wait([running])
            self._stand(state_of(recorder))
        error = None if running.cancelled() else running.exception()
        if isinstance(error, RecordedElsewhere):
            self._stand(RecorderState(other=str(error)))
        elif error is not None:
            log.error("the recorder failed, and begins anew", exc_info=error)
            self._stand(failed(error))

    def _stand(self, state: RecorderState) -> None:
        if state != self.state:
            self.state = state
            self._tell(state)


def state_of(recorder: Recorder) -> RecorderState:
    """What a recorder at work says of itself."""
    return RecorderState(
        recorder.trouble,
        missed=recorder.missed,
        deleted=recorder.deleted,
        untidy=recorder.untidy,
    )


def failed(error: BaseException) -> RecorderState:
    """How it stands where a recorder ended by a fault of ours."""
    return RecorderState(f"the recorder failed ({type(error).__name__}: {error})")


async def ended(recording: asyncio.Task[None], within: float = LAST_S) -> bool:
    """End it with what can be written within so many seconds; whether it came to its end."""
    recording.cancel()
    done, _ = await asyncio.wait([recording], timeout=within)
    return bool(done)
