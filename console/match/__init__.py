"""Which recurring cases the board shows. Pure: the same board, memory and instant, the same."""

from __future__ import annotations

from console.match.find import Policy, find
from console.match.memory import Memory, Remembered, fold, news, remember
from console.match.truth import Truth

__all__ = [
    "Memory",
    "Policy",
    "Remembered",
    "Truth",
    "find",
    "fold",
    "news",
    "remember",
]
