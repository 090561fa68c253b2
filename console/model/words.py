"""Words that every room says alike: how long, when, and what others wrote."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime

_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-_])")
"""What a terminal obeys, whole."""


def lasting(seconds: float) -> str:
    """A stretch of time in a sentence: `94 s`, `15 min`, `7 h`, `5 d`."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 2 * 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h" if seconds < 2 * 86400 else f"{seconds / 86400:.0f} d"


def utc(at: datetime, clock: str = "%H:%M:%S") -> str:
    """A moment in a sentence or as evidence: `2026-11-22 09:30:15 UTC`."""
    return f"{at.astimezone(UTC):%Y-%m-%d {clock}} UTC"


def harmless(text: str) -> str:
    """Foreign text that commands no terminal: a sign for each control and line end.

    Every letter and blank of every script stays.
    """
    return "".join("\N{REPLACEMENT CHARACTER}" if commands(c) else c for c in text)


def printed(text: str, keep: str = "") -> str:
    """What a program printed, without a trace of its colours and controls but those to `keep`."""
    return "".join(c for c in _SEQUENCE.sub("", text) if c in keep or not commands(c))


def uncoloured(text: str) -> str:
    """Without the sequences that a terminal obeys; single controls stay, to be shown as such."""
    return _SEQUENCE.sub("", text)


def commands(character: str) -> bool:
    """Whether a terminal may obey it: control, format (bidi, zero width), surrogate, line end."""
    category = unicodedata.category(character)
    return category[0] == "C" or category in ("Zl", "Zp")
