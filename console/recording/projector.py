"""Shows the moments of a recording one after the other, as a person moves through it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from threading import Lock
from time import monotonic
from typing import Protocol, TypeVar

from console.model import Board, Now
from console.model.affairs import Affairs
from console.model.past import Changes, MarkHere, Move, Past
from console.poll import in_thread
from console.recording.changes import differences
from console.recording.file import UNSOUND
from console.recording.player import Nowhere, Player
from console.recording.tape import Tape

FRAME_S = 0.25  # between two pictures while it plays
GROW_S = 30.0  # between two looks for what was recorded meanwhile
HITCH_S = 1.0  # a computer that slept does not skip what was not seen
T = TypeVar("T")
Settle = Callable[[datetime], Awaitable[Affairs]]
"""How affairs stood at a moment (real time); never on the time of the loop."""


class Screen(Protocol):
    """What is needed of the program on the screen."""

    def behold(self, past: Past, board: Board, affairs: Affairs) -> None:
        """Show this moment instead of now."""
        ...

    def compared(self, changes: Changes) -> None:
        """Show what changed from one moment to another."""
        ...

    def say(self, text: str, bad: bool = False) -> None:
        """Tell the person something, in passing."""
        ...


class Projector:
    """One for as long as somebody looks at the past."""

    def __init__(
        self,
        tape: Tape,
        player: Player,
        screen: Screen,
        settle: Settle,
        here: Callable[[], Now],
        replay: str = "",
    ) -> None:
        """`here`: what the clocks really say; `replay`: the name of what is replayed."""
        self.tape, self.player, self.screen = tape, player, screen
        self.settle, self.here, self.replay = settle, here, replay
        self._moved = asyncio.Event()
        self._turn = Lock()  # an answer nobody waits for any more may still be on its way
        self._shown: tuple[int, Board] | None = None
        self._pair: tuple[float, float] | None = None
        self._went, self._looked = monotonic(), monotonic()
        self._told = {f"left out: {one}" for one in tape.left_out}
        """Faults that were said; of those of its opening, whoever opened it says."""

    def want(self, move: Move) -> None:
        """Move; what leads nowhere is said."""
        try:
            before, self.player = self.player, self.player.moved(move)
        except Nowhere as error:
            self.screen.say(str(error))
            return
        if isinstance(move, MarkHere) and before.mark is not None:
            first, last = sorted((before.mark, before.at))
            self._pair = first, last
        self._went = monotonic()
        self._moved.set()

    async def run(self) -> None:
        """Show where it stands, whenever that is another place, until cancelled."""
        try:
            while True:
                self._moved.clear()
                await self._show()
                await self._compare()
                await self._grow()  # after what a person waits for
                await self._rest()
                self._play()
        finally:
            await self.close()

    async def close(self) -> None:
        """No more is read, also where nothing was shown."""
        await asyncio.shield(in_thread(self._close))

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(FRAME_S if self.player.playing else GROW_S):
                await self._moved.wait()

    def _play(self) -> None:
        went, self._went = self._went, monotonic()
        self.player = self.player.played(min(self._went - went, HITCH_S))

    async def _grow(self) -> None:
        if monotonic() - self._looked < GROW_S:
            return
        try:
            if await in_thread(self._read, self.tape.grown):
                self.player = self.player.on(self.tape.track)
                self._moved.set()
        except UNSOUND as error:  # what is known stays known
            self._tell(f"what is recorded meanwhile cannot be read: {error}")
        for one in self.tape.left_out:
            self._tell(f"left out: {one}")
        self._looked = monotonic()

    def _tell(self, fault: str) -> None:
        """Once: it is looked for again and again."""
        if fault not in self._told:
            self._told.add(fault)
            self.screen.say(fault, bad=True)

    async def _show(self) -> None:
        player = self.player
        if self._shown is None or self._shown[0] != player.index:
            self._shown = player.index, await self._board(player.index)
        affairs = await self.settle(player.now.real)
        self.screen.behold(player.shown(self.here(), self.replay), self._shown[1], affairs)

    async def _board(self, index: int) -> Board:
        try:
            return await in_thread(self._read, self.tape.board, index)
        except UNSOUND as error:
            self.screen.say(f"this moment cannot be read, so nothing is shown: {error}", bad=True)
            return Board()

    async def _compare(self) -> None:
        pair, self._pair = self._pair, None
        if pair is None:
            return
        track = self.player.track
        first, last = [await self._board(track.index(at)) for at in pair]
        begin, end = (track.now(at) for at in pair)
        found = await in_thread(differences, first, last)
        self.screen.compared(Changes(begin, end, found))

    def _read(self, read: Callable[..., T], *what: int) -> T:
        with self._turn:
            return read(*what)

    def _close(self) -> None:
        with self._turn:
            self.tape.close()
