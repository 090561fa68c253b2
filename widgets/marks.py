"""Marks in a line of sparks: where a release or another change lies among what was measured."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from console.model import Row
from console.model.affairs import Affairs
from console.model.planned import Planned
from widgets.look import Look, zone_of
from widgets.words import clean, clock, sparkline, zone_name

NONE = Affairs()


def sparks(row: Row, fact: str, width: int, affairs: Affairs, look: Look) -> str:
    """The last values as sparks, with a mark before the first one after each change."""
    symbols = look.symbols
    drawn = sparkline(row.series[fact], symbols, width)
    places = {at for _, at in _changes(row, fact, len(drawn), affairs)}
    for at in sorted(places, reverse=True):
        drawn = f"{drawn[:at]}{symbols.mark}{drawn[at:]}"
    return drawn


def notes(row: Row, width: int, affairs: Affairs, look: Look) -> Iterator[str]:
    """What each mark is: `│ 21:00 Tokyo 水島 リリース`; each once."""
    told: dict[str, None] = {}
    for fact, values in row.series.items():
        for one, _ in _changes(row, fact, min(len(values), width), affairs):
            zone = zone_of(one.zone)
            at = f"{clock(one.start, zone, look.now.estate)} {zone_name(zone)}"
            told[f"{look.symbols.mark} {at} {clean(one.title, look.symbols, 60)}"] = None
    yield from told


def _changes(row: Row, fact: str, shown: int, affairs: Affairs) -> Iterator[tuple[Planned, int]]:
    """The changes on a row's scopes among the values shown, and which value is the next one."""
    span = affairs.spans.get(getattr(row, "id", fact) if fact == "value" else fact)
    if span is None or shown < 2:
        return
    end, step = row.ages.get(fact, row.at), timedelta(seconds=span / len(row.series[fact]))
    for one in _mine(row, affairs.windows, end):
        later = (end - one.start) // step + 1
        if later <= shown:
            yield one, shown - later


def _mine(row: Row, windows: Iterable[Planned], end: datetime) -> Iterator[Planned]:
    return (one for one in windows if one.changes and one.start <= end and one.touches(row.scopes))
