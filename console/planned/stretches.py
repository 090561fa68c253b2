"""The stretches of planned windows around an instant, and which of them lie over one another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from console.model.planned import stretch_id
from console.windows import days, stretch

if TYPE_CHECKING:
    from console.config.planned import Window

DAY = timedelta(days=1)
AHEAD, BACK = 14 * DAY, 14 * DAY


@dataclass(frozen=True, slots=True)
class Stretch:
    """One time that a window is open."""

    key: str
    window: Window
    start: datetime
    end: datetime
    scopes: tuple[str, ...]
    """Every scope that the window's patterns name."""

    @property
    def id(self) -> str:
        """This one and no other."""
        return stretch_id(self.key, self.start)

    @property
    def watched(self) -> bool:
        """Whether its report is about what is seen in it."""
        return self.window.kind == "watch" and bool(self.window.told or self.window.report_due)

    @property
    def report_due(self) -> datetime | None:
        """When its report is due."""
        due = self.window.report_due
        return None if due is None else self.start + timedelta(seconds=due)


def stretches(
    windows: Mapping[str, Window],
    now: datetime,
    scopes: Iterable[str] = (),
    ahead: timedelta = AHEAD,
    back: timedelta = BACK,
) -> tuple[Stretch, ...]:
    """Every stretch that ends after `now - back` and begins before `now + ahead`, in order.

    `scopes` are all that the patterns of windows may stand for.
    """
    found, known = [], tuple(scopes)
    for key, window in windows.items():
        mine = expanded(window.scopes, known)
        zone = ZoneInfo(window.zone)
        first = (now - back).astimezone(zone).date() - 8 * DAY  # a window lasts a week at most
        last = (now + ahead).astimezone(zone).date()
        for day in days(window, first, last):
            start, end = stretch(window, day)
            if end > now - back and start < now + ahead:
                found.append(Stretch(key, window, start, end, mine))
    return tuple(sorted(found, key=lambda one: (one.start, one.end, one.key)))


def expanded(patterns: Sequence[str], scopes: Iterable[str]) -> tuple[str, ...]:
    """The scopes that these patterns name; a name that is none of them stays."""
    known = tuple(scopes)
    found: dict[str, None] = {}
    for pattern in patterns:
        mine = [scope for scope in known if fnmatchcase(scope, pattern)]
        found |= dict.fromkeys(mine or [pattern])
    return tuple(found)


def overlaps(all_: Sequence[Stretch]) -> dict[str, tuple[str, ...]]:
    """Id of a stretch → titles of those at the same time on the same scopes.

    Where nothing is planned on certain scopes, it meets whatever else is planned then.
    """
    found: dict[str, list[str]] = {}
    for at, one in enumerate(all_):
        for other in all_[at + 1 :]:
            if other.start >= one.end:
                break
            if _meet(one.scopes, other.scopes):
                found.setdefault(one.id, []).append(other.window.title)
                found.setdefault(other.id, []).append(one.window.title)
    return {id: tuple(dict.fromkeys(titles)) for id, titles in found.items()}


def _meet(one: Sequence[str], other: Sequence[str]) -> bool:
    return not one or not other or not set(one).isdisjoint(other)
