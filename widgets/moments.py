"""Which moment the screens show: now, or one of the past while what is now goes on unseen."""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import replace
from time import monotonic
from typing import Any, Protocol

from console.model import Board, Now
from console.model.affairs import Affairs
from console.model.past import Changes, Move, Past
from widgets.as_now import as_now
from widgets.closely import Closely

PAINT_EVERY = 0.25  # seconds between two boards on the screen


class Projecting(Protocol):
    """Whatever finds the moments of a recording."""

    def want(self, move: Move) -> None: ...
    def run(self) -> Coroutine[Any, Any, None]: ...
    def close(self) -> Coroutine[Any, Any, None]: ...


class OwnDesk:
    """What a clerk has of the program: how affairs stand now, whatever the screens show."""

    def __init__(self, program: Moments) -> None:
        self._program = program

    @property
    def affairs(self) -> Affairs:
        """As they stand now."""
        return self._program.own

    @affairs.setter
    def affairs(self, affairs: Affairs) -> None:
        self._program.take_affairs(affairs)

    def say(self, text: str, bad: bool = False) -> None:
        """Tell the person something, in passing."""
        self._program.say(text, bad)


class Moments(Closely):
    """The desk that takes in what is now, and shows it unless a moment of the past is shown."""

    projector: Projecting | None = None
    """While the past is looked at."""
    own_board = Board()
    """As it is now."""
    _next: Board | None = None
    _painted = 0.0

    def _instant(self) -> Now:
        """What the clocks say."""
        raise NotImplementedError

    def show(self, board: Board) -> None:
        """Show this board, at most four times a second; the newest wins."""
        waiting, self._next = self._next is not None, board
        if not waiting:  # else a timer is on its way, and it takes the newest
            self._paint()

    def _paint(self) -> None:
        pause = self._painted + PAINT_EVERY - monotonic()
        if pause > 0:
            self.set_timer(pause, self._paint)
        elif self._next is not None:
            self._painted, self.own_board, self._next = monotonic(), self._next, None
            if self.past is None:
                self.now = self._instant()
                self.board = self.own_board
            if self.projector is not None:
                self.as_now = replace(self.as_now, board=self.own_board)

    def take_affairs(self, affairs: Affairs) -> None:
        """So affairs stand now. What rings is heard in the past, too."""
        if self.past is None:
            self.affairs = affairs
        else:
            self.past = replace(self.past, affairs=affairs)
            self.affairs = replace(self.affairs, rings=affairs.rings)

    def take_instant(self) -> None:
        """A second went by."""
        if self.past is None:
            self.now = self._instant()
        else:
            self.past = replace(self.past, here=self._instant())

    def project(self, projector: Projecting) -> None:
        """Show what this finds, from now on."""
        self.projector, self.as_now = projector, as_now(self.own_board)

    def behold(self, past: Past, board: Board, affairs: Affairs) -> None:
        """Show this moment instead of now."""
        if self.projector is None:
            return  # somebody returned to now meanwhile
        own = self.own
        self.past = replace(past, affairs=own)
        self.now = past.now
        self.affairs = replace(affairs, rings=own.rings)
        self.board = board

    def compared(self, changes: Changes) -> None:
        """Show what changed from one moment to another."""
        from widgets.changes import ChangesPage

        if self.projector is not None:
            self.push_screen(ChangesPage(changes))

    def return_to_now(self) -> None:
        """Show now again."""
        own = self.own
        self.projector = self.past = None
        self.now = self._instant()
        self.affairs, self.board = own, self.own_board
