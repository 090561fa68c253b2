"""One fact of one row against one test of the grammar."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from console.match.truth import Truth, of
from console.model import Ref, Row, optional_names
from console.trend import change_pct

if TYPE_CHECKING:
    from console.config.conditions import FactTest

RELATIONS: Mapping[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    "!=": operator.ne,
}
UNTOLD = "unknown"
"""A verdict that says nothing: whoever asks a row about it gets null."""
Points = tuple[tuple[datetime, float | None], ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """One row as one of its scopes sees it: a host that serves two sites is seen twice."""

    source: str
    row: Row
    scope: str
    fresh: bool

    @property
    def site(self) -> str:
        """The site of this scope, or nothing where it is no site's."""
        return self.scope.partition("/")[0] if "/" in self.scope else ""

    def value(self, fact: str) -> Any:
        """A fact; scope, site and env are those of the scope that looks."""
        if fact == "scope":
            return self.scope
        if fact == "severity":
            return self.row.severity.name.lower()
        if fact in ("site", "env") and self.row.serves and self.site:
            return self.scope.split("/", 1)[fact == "env"]
        return None if self.untold(fact) else getattr(self.row, fact, None)

    def untold(self, fact: str) -> bool:
        """Whether a fact is a verdict that says nothing."""
        return fact == "verdict" and getattr(self.row, fact, None) == UNTOLD

    def optional(self, fact: str) -> bool:
        """Whether a fact need not be, so that null may say that there is none."""
        return fact in optional_names(type(self.row))

    @property
    def name(self) -> str:
        """What people call it."""
        return str(
            getattr(self.row, "name", "") or getattr(self.row, "id", "") or self.row.ref.name
        )


@dataclass(frozen=True, slots=True)
class Past:
    """Earlier values, for `rising` and `falling`."""

    now: datetime
    """The estate's clock."""
    spans: Mapping[tuple[str, str], float] = field(default_factory=dict)
    """(source, fact or metric id) → seconds that a row's series covers."""
    kept: Mapping[tuple[Ref, str], Points] = field(default_factory=dict)
    """What the console saw itself, where the row brings no series."""

    def covers(self, source: str, fact: str) -> bool:
        """Whether rows of a source bring a series of this fact."""
        return source == "metrics" or (source, fact) in self.spans

    def points(self, seen: Seen, fact: str) -> Points:
        """The values of a fact over time: the row's own series, else what was seen of it."""
        key = str(getattr(seen.row, "id", "")) if seen.source == "metrics" else fact
        span, values = self.spans.get((seen.source, key)), seen.row.series.get(fact, ())
        if span is None or not values:
            return self.kept.get((seen.row.ref, fact), ())
        step = timedelta(seconds=span / len(values))
        return tuple((seen.row.at - step * ago, v) for ago, v in enumerate(reversed(values)))


def holds(seen: Seen, fact: str, test: FactTest, past: Past) -> Truth:
    """Whether a fact is what the test asks; an unknown fact is neither what is asked nor not."""
    found = _holds(seen, fact, test, past)
    return found.inverse() if test.negated else found


def _holds(seen: Seen, fact: str, test: FactTest, past: Past) -> Truth:
    value = seen.value(fact)
    told = fact not in seen.row.missing
    if test.op == "unknown":
        untold = value is None and not told and seen.optional(fact)
        return Truth.UNKNOWN if untold else of(value is None)
    if value is None and test.op == "within" and told and seen.optional(fact):
        return Truth.NO
    if value is None:
        named = test.op == "one_of" and UNTOLD in test.values  # a case that asks for just that
        return Truth.YES if named and seen.untold(fact) else Truth.UNKNOWN
    if test.op == "one_of":
        return of(_one_of(value, test.values))
    if test.op == "compare":
        return _compared(value, test, seen)
    if test.op in ("within", "older"):
        recent = past.now - value <= timedelta(seconds=test.over_s)
        return of(recent == (test.op == "within"))
    change = change_pct(past.points(seen, fact), test.over_s)
    if change is None:
        return Truth.UNKNOWN
    return of((change if test.op == "rising" else -change) >= test.percent)


def _compared(value: Any, test: FactTest, seen: Seen) -> Truth:
    other = seen.value(test.fact) if test.fact else test.number
    if other is None:
        return Truth.UNKNOWN
    return of(RELATIONS[test.relation](value, other))


def _one_of(value: Any, wanted: Collection[Any]) -> bool:
    if isinstance(value, str):
        return value in wanted or any(
            _pattern(word).fullmatch(value) is not None
            for word in wanted
            if isinstance(word, str) and "*" in word
        )
    return any(
        value == each and isinstance(value, bool) == isinstance(each, bool) for each in wanted
    )


@lru_cache(maxsize=1024)
def _pattern(word: str) -> re.Pattern[str]:
    return re.compile(re.escape(word).replace(r"\*", ".*"), re.DOTALL)
