"""What a value needs to become words: signs, the time and the zone; and facts in general."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import Any

from console.model import Now, Row, Severity
from widgets.symbols import UNICODE, Symbols
from widgets.words import clean, clock, duration, moment, number


@dataclass(frozen=True, slots=True)
class Look:
    """How values look at one instant: which signs, which time, which zone."""

    symbols: Symbols = UNICODE
    now: Now = field(default_factory=lambda: Now(datetime.now(UTC), datetime.now(UTC)))
    zone: tzinfo = UTC

    def clock_of(self, real: datetime) -> str:
        """A real moment as the clock in the header showed it."""
        return clock(self.now.by_estate(real), self.zone, self.now.estate)


@dataclass(frozen=True, slots=True)
class Cell:
    """A piece of text and what it means; colours follow from the tone."""

    text: str
    tone: str = ""
    """Empty, dim, ok, unknown, warning or critical."""


@lru_cache(maxsize=64)
def zone_of(name: str) -> tzinfo:
    """The zone of that name, or UTC where this machine does not know it."""
    if name == "UTC":
        return UTC
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # not for the first frame

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


AT_LEAST = "at least"  # how a source begins the reason of a sum that is a lower bound
SAYING = ("why", "reason")  # facts that are themselves a reason
UNITS = (("_per_s", "/s"), ("_per_min", "/min"), ("_pct", " %"), ("_mb", " MB"))
LABELS = {
    "http_5xx": "5xx/min",
    "load1": "load",
    "mem_pct": "memory",
    "disk_pct": "disk",
    "in_per_s": "in/s",
    "out_per_s": "out/s",
    "lag": "lag",
    "behind_s": "behind",
    "eta_s": "ETA",
    "ebs_check": "EBS check",
    "oom_killed_at": "OOM killed",
}


def label(fact: str) -> str:
    """A fact's name for people: `engine_cpu_pct` → `engine cpu`."""
    if fact in LABELS:
        return LABELS[fact]
    for suffix in ("_pct", "_mb", "_s", "_at"):
        if fact.endswith(suffix) and not fact.endswith("_per_s"):
            fact = fact.removesuffix(suffix)
            break
    return fact.replace("_per_s", "/s").replace("_", " ")


def unit(fact: str) -> str:
    """The unit a fact's name tells, with the space before it."""
    return next((text for suffix, text in UNITS if fact.endswith(suffix)), "")


def in_words(fact: str, value: Any, look: Look, full: bool = False) -> str:
    """Any fact as text with its unit; `full` gives times as absolute moments."""
    if value is None or value == "":
        return look.symbols.none
    if isinstance(value, Severity):
        return value.name.lower()
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        if full:
            return moment(value, look.zone)
        return clock(value, look.zone, look.now.estate)
    if isinstance(value, int | float):
        if fact.endswith("_s") and not fact.endswith("_per_s"):
            return duration(value)
        if fact.endswith("_pct") and abs(value) >= 10:
            value = round(value)
        return number(value) + unit(fact)
    if isinstance(value, tuple | list | frozenset):
        return ", ".join(in_words(fact, item, look, full) for item in value) or look.symbols.none
    return clean(str(value), look.symbols)


def of_row(row: Row, fact: str, look: Look, full: bool = False) -> str:
    """A row's fact in words; a sum with holes is a lower bound, and is shown as one."""
    value = getattr(row, fact)
    text = in_words(fact, value, look, full)
    bound = value is not None and row.missing.get(fact, "").startswith(AT_LEAST)
    return f"{look.symbols.at_least} {text}" if bound else text


def why_missing(row: Row, fact: str, symbols: Symbols) -> str:
    """Why a fact is unknown or in doubt, when the source said so."""
    return clean(str(row.missing.get(fact, "")), symbols)


def reasons(row: Row, symbols: Symbols) -> list[str]:
    """Why a row is as bad as it is, a sentence each, whichever way its source says it."""
    said = list(row.because)
    for name in SAYING:
        text = str(getattr(row, name, ""))
        said += [text] if text and not any(text in one for one in said) else []
    if row.severity is Severity.UNKNOWN and not said:
        said = list(dict.fromkeys(row.missing.values()))
    return [clean(text, symbols) for text in said]
