"""A case's checklist under way. Pure: rebuilt from entries, ticked by fresh rows and by people."""

from __future__ import annotations

from console.checklist.advance import CLOSED, advance
from console.checklist.deeds import (
    again,
    answered,
    barred,
    close,
    open_run,
    saw,
    sent,
    skip,
    tick,
)
from console.checklist.fold import fold, runs
from console.checklist.orders import order, owns
from console.checklist.standing import fallen

__all__ = [
    "CLOSED",
    "advance",
    "again",
    "answered",
    "barred",
    "close",
    "fallen",
    "fold",
    "open_run",
    "order",
    "owns",
    "runs",
    "saw",
    "sent",
    "skip",
    "tick",
]
