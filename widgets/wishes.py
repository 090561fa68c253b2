"""What widgets ask of the program: dataclass messages that travel up."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message

from console.model.wishes import Wish


@dataclass
class CopyWanted(Message):
    """A person wants this text outside: on the clipboard and in a file."""

    text: str


@dataclass
class RefreshWanted(Message):
    """A person wants every source asked now, also those that back off."""


@dataclass
class LeaveWanted(Message):
    """A person wants to quit; `sure`: also while something is armed or under way."""

    sure: bool = False


@dataclass
class Wanted(Message):
    """A person wants this done or written down."""

    wish: Wish
