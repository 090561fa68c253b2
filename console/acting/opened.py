"""The acting side of an opened estate: its journal, its operator's lock, its hands."""

from __future__ import annotations

import getpass
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from console.acting.engine import Acts
from console.estates import state_directory
from console.journal import open_journal
from console.model import Board, Snapshot
from console.remedy import Hands

if TYPE_CHECKING:
    from console.estates import Opened

Ask = Callable[[Sequence[Snapshot]], Awaitable[Board]]


def open_acts(
    opened: Opened,
    board: Callable[[], Board],
    ask: Ask | None = None,
    *,
    read_only: bool = False,
    aside: bool = False,
) -> Acts:
    """What this program may do to this estate: nothing, until it is armed."""
    directory = opened.context.state or state_directory(opened.name)
    hands = Hands(opened.context, opened.configuration, board, ask=ask, world=opened.realm.lab)
    return Acts(hands, open_journal(directory), directory, os_user(), read_only, aside=aside)


def os_user() -> str:
    """Who runs this console, where no STS session says it better."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container without a passwd entry
        return "unknown"
