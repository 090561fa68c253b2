"""Which recurring cases the board shows. Pure: the same board, memory and instant, the same."""

from __future__ import annotations

from console.match.facts import Past, Seen
from console.match.find import Policy, find
from console.match.judging import EVERYTHING, row_truth, scopes_within, unit_of
from console.match.memory import Memory, Remembered, fold, news, remember
from console.match.truth import Truth
from console.match.words import said

__all__ = [
    "EVERYTHING",
    "Memory",
    "Past",
    "Policy",
    "Remembered",
    "Seen",
    "Truth",
    "find",
    "fold",
    "news",
    "remember",
    "row_truth",
    "said",
    "scopes_within",
    "unit_of",
]
