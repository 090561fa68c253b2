"""Values in words for people, and foreign text made harmless: the only door to the screen."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import islice

from rich.cells import cell_len as cell_len
from rich.cells import set_cell_size

from console.model.words import commands
from widgets.symbols import UNICODE, Symbols

LONGEST = 300  # characters kept of one foreign text; nobody reads more on one line
MARKS = 2  # combining marks kept on one character: more climb into the lines around it


def _harmless(character: str, bad: str, newline: str) -> str:
    if character in "\r\n\v\f\x85\u2028\u2029":
        return newline
    if character == "\t":
        return " "
    return bad if commands(character) else character


@lru_cache(maxsize=4096)
def _clean(text: str, longest: int, bad: str, newline: str, more: str) -> str:
    kept: list[str] = []
    marks = 0
    text = text[: longest * 4].replace("\r\n", "\n").replace("\ufe0f", "")
    for character in islice(unicodedata.normalize("NFC", text), longest + 1):
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= MARKS:
            kept.append(_harmless(character, bad, newline))
    if len(kept) > longest:
        kept[longest:] = [more]
    return "".join(kept)


def clean(text: str, symbols: Symbols = UNICODE, longest: int = LONGEST) -> str:
    """Text from outside, fit for a terminal: no control codes, no bidi tricks, one line, capped.

    Markup needs no care here: widgets build `Content` and segments, which never parse any.
    """
    if len(text) <= longest and text.isascii() and text.isprintable():
        return text
    return _clean(text[: longest * 8], longest, symbols.bad, symbols.newline, symbols.more)


@lru_cache(maxsize=8192)
def fit(text: str, width: int, right: bool = False, more: str = "…") -> str:
    """Text in exactly `width` cells: padded, or cut with a sign that it goes on."""
    if width <= 0:
        return ""
    length = cell_len(text)
    if length > width:
        return set_cell_size(text, width - 1) + more
    pad = " " * (width - length)
    return pad + text if right else text + pad


@lru_cache(maxsize=8192)
def fit_middle(text: str, width: int, more: str = "…") -> str:
    """Like `fit`, but what is cut is the middle."""
    if width < 5 or cell_len(text) <= width:
        return fit(text, width, more=more)
    tail = text[-1:]
    for character in reversed(text[:-1]):
        if cell_len(character + tail) > (width - 1) // 2:
            break
        tail = character + tail
    return set_cell_size(text, width - 1 - cell_len(tail)) + more + tail


def duration(seconds: float) -> str:
    """`38 s`, `5 m 10 s`, `3 h 02 m`, `4 d 6 h`."""
    whole = max(int(seconds), 0)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} m {whole % 60:02} s"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60:02} m"
    return f"{whole // 86400} d {whole % 86400 // 3600} h"


def age(past: timedelta) -> str:
    """How long ago, in words."""
    return duration(past.total_seconds())


def clock(at: datetime, zone: tzinfo, now: datetime) -> str:
    """`21:07` today, `24 Nov 21:07` on another day, in the estate's zone."""
    local = at.astimezone(zone)
    today = local.date() == now.astimezone(zone).date()
    return f"{local:%H:%M}" if today else f"{local.day} {local:%b %H:%M}"


def moment(at: datetime, zone: tzinfo) -> str:
    """A time in full, in the estate's zone and in UTC."""
    local, utc = at.astimezone(zone), at.astimezone(UTC)
    return f"{local:%Y-%m-%d %H:%M:%S} {zone_name(zone)} ({utc:%H:%M:%S} UTC)"


def zone_name(zone: tzinfo) -> str:
    """The city of a zone: `Paris`."""
    return str(zone).rpartition("/")[2].replace("_", " ")


def number(value: float) -> str:
    """`12,403`, `40.1`, `0.25`: as many digits as a person can use."""
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 1 else f"{value:.2g}"


def sparkline(values: tuple[float | None, ...], symbols: Symbols, width: int = 8) -> str:
    """The last `width` values as blocks from 0 to the highest; a gap stays a gap.

    From 0, since a scale that starts at the lowest makes a ripple look like a wave.
    """
    values = values[-width:]
    known = [value for value in values if value is not None]
    if not known:
        return ""
    low, high = min(0.0, *known), max(known)
    top = len(symbols.sparks) - 1
    step = top / (high - low) if high > low else 0.0
    return "".join(
        " " if value is None else symbols.sparks[int((value - low) * step)] for value in values
    )
