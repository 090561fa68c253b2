"""What widgets ask of the program: dataclass messages that travel up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from console.model.closer import CloserWish
    from console.model.wishes import Wish  # thirty classes that the first frame does not need


@dataclass
class CopyWanted(Message):
    """A person wants this text outside: on the clipboard and in a file."""

    text: str
    name: str = "copied.txt"
    """Of the file."""
    what: str = ""
    """What it is, where that is to be said."""

    @property
    def about(self) -> str:
        """The end of the sentence that says it is copied."""
        return f": {self.what}" if self.what else ""

    @property
    def encoding(self) -> str:
        """Of the file: without the mark, Excel takes a CSV for Latin-1."""
        return "utf-8-sig" if self.name.endswith(".csv") else "utf-8"


@dataclass
class RefreshWanted(Message):
    """A person wants every source asked now, also those that back off.

    `sources`: of the pane that has the keys; `scopes`: of the rows it shows.
    """

    sources: tuple[str, ...] = ()
    scopes: frozenset[str] = frozenset()


@dataclass
class LeaveWanted(Message):
    """A person wants to quit; `sure`: also while something is armed or under way."""

    sure: bool = False


@dataclass
class Wanted(Message):
    """A person wants this done or written down."""

    wish: Wish


@dataclass
class CloserWanted(Message):
    """A person looks closer at a row, or no longer does."""

    wish: CloserWish
    group: str = "closer"
    """Of these only the last is granted; another one stands beside them."""
