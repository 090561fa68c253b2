"""Words that every room says alike: how long, and what others wrote."""

from __future__ import annotations

import re
import unicodedata

SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-_])")
"""What a terminal obeys, whole: for those who leave it out without a trace."""


def lasting(seconds: float) -> str:
    """A stretch of time in a sentence: `94 s`, `15 min`, `7 h`, `5 d`."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 2 * 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h" if seconds < 2 * 86400 else f"{seconds / 86400:.0f} d"


def harmless(text: str, keep: str = "", sign: str = "\N{REPLACEMENT CHARACTER}") -> str:
    """Foreign text that commands no terminal: a `sign` for each control and line end.

    Every letter and blank of every script stays, as do the controls to `keep` (`\\n\\t`).
    """
    return "".join(c if c in keep or not _commands(c) else sign for c in text)


def _commands(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] == "C" or category in ("Zl", "Zp")
