"""What the program says by itself: in passing, on leaving, and of what was left open before."""

from __future__ import annotations

from typing import Literal

from textual.screen import ModalScreen

from widgets.manners import Manners
from widgets.wishes import CopyWanted, LeaveWanted
from widgets.words import clean


class Front(Manners):
    """The desk with its dialogs about the program as a whole."""

    _told_unfinished: frozenset[str] = frozenset()

    def leave(self, code: int) -> None:
        """End the program."""
        raise NotImplementedError

    def say(self, text: str, bad: bool = False) -> None:
        """Tell the person something, in passing."""
        severity: Literal["error", "information"] = "error" if bad else "information"
        self.notify(clean(text, self.symbols), severity=severity, timeout=10, markup=False)

    def take_along(self, text: str, name: str, what: str) -> None:
        """To the clipboard, and to a file of this name; `what` it is, in words."""
        self.post_message(CopyWanted(text, name, what))

    def on_leave_wanted(self, wanted: LeaveWanted) -> None:
        """Quit; sure when it was asked."""
        self.action_leave(wanted.sure)

    def action_leave(self, sure: bool = False) -> None:
        """Quit; while something is armed or under way, ask first."""
        from widgets.leaving import Leaving, reasons_to_stay

        if sure or not any(reasons_to_stay(self.affairs, self.board, self.look)):
            self.leave(0)
        elif not isinstance(self.screen, Leaving):
            self.push_screen(Leaving())

    def watch_affairs(self) -> None:
        """An act without an end is shown once: at once, or when no dialog has the keys any more."""
        super().watch_affairs()
        open_ = {one.act for one in self.affairs.unfinished if one.verdict is None}
        if open_ <= self._told_unfinished:
            return
        from widgets.unfinished import Unfinished

        if not isinstance(self.screen, ModalScreen):
            self.push_screen(Unfinished())
        elif not isinstance(self.screen, Unfinished):
            return
        self._told_unfinished |= open_
