"""The report of a planned window as text, ready to be sent: what was seen, what was done. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from console.model import Now
from console.model.planned import PlannedStep
from console.model.words import lasting
from console.planned.seen import Kept, Seen
from console.planned.stretches import Stretch

REPORT = "report"  # the step that is done with the report itself
MOST = 12  # sites with a line of their own
LATE = timedelta(minutes=5)
"""So much that nobody saw is said: before the first look, and of a site in all."""
UNITS = {"_pct": " %", "_mb": " MB", "_s": " s"}


def report(
    stretch: Stretch,
    seen: Kept,
    steps: Sequence[PlannedStep],
    titles: Mapping[str, str],
    now: Now,
) -> str:
    """All of it; times of day are those of the window's zone."""
    said = _Said(stretch, titles, now)
    lines = [*said.verdict(seen.values()), *said.sites(seen), *said.done(steps)]
    return "\n".join([said.head(), *lines])


class _Said:
    """The lines, by one window's zone and the estate's names."""

    def __init__(self, stretch: Stretch, titles: Mapping[str, str], now: Now) -> None:
        self.stretch, self.titles, self.now = stretch, titles, now
        self.zone = ZoneInfo(stretch.window.zone)

    def clock(self, at: datetime) -> str:
        """A time of day there."""
        return f"{at.astimezone(self.zone):%H:%M}"

    def place(self, scope: str) -> str:
        """A scope as people call it."""
        return self.titles.get(scope, scope)

    def head(self) -> str:
        """What it is about, and when that was."""
        one = self.stretch
        local = one.start.astimezone(self.zone)
        city = one.window.zone.rpartition("/")[2].replace("_", " ")
        utc = f"{one.start.astimezone(UTC):%H:%M} to {one.end.astimezone(UTC):%H:%M} UTC"
        day = f"{local.day} {local:%b %Y}"
        goes_on = "" if one.end <= self.now.estate else f", as of {self.clock(self.now.estate)}"
        return (
            f"{one.window.title}: {day}, {self.clock(one.start)} to {self.clock(one.end)} {city}"
            f" ({utc}){goes_on}"
        )

    def verdict(self, seen: Iterable[Seen]) -> Iterator[str]:
        """Whether there is anything to report."""
        if not self.stretch.window.told:
            return
        every = list(seen)
        over = dict.fromkeys(self.place(one.scope) for one in every if one.over_s > 0)
        rose = dict.fromkeys(self.place(one.scope) for one in every if one.rose_at is not None)
        told = [f"over the limit: {', '.join(over)}"] if over else []
        told += [f"rising: {', '.join(rose)}"] if rose else []
        if not every:
            yield "Nothing was seen: nobody looked, or nothing answered."
        elif told:
            yield f"{'; '.join(told)}."
        elif self._blind(every) or any(map(self._unseen, every)):
            yield "In what was seen nothing rose and nothing was over a limit; not all was seen."
        else:
            yield "Nothing rose and nothing was over a limit."

    def sites(self, seen: Kept) -> Iterator[str]:
        """The highest value of each site, the worst first; many quiet ones in one line."""
        facts = self.stretch.window.told
        highest: dict[tuple[str, str], Seen] = {}
        least: dict[tuple[str, str], Seen] = {}
        for one in seen.values():
            at = one.scope, one.fact
            highest[at] = max(highest.get(at, one), one, key=lambda each: each.high)
            least[at] = min(least.get(at, one), one, key=lambda each: each.seen_s)
        told = sorted(highest.values(), key=lambda one: (not one.remarkable, -one.high))
        for one in told[:MOST]:
            yield self._line(one) + self._share(least[one.scope, one.fact], one)
        if rest := told[MOST:]:
            top = rest[0]
            yield f"{len(rest)} more, the highest of them {_number(top)} ({self.place(top.scope)})"
        blind = self._blind(seen.values())
        if facts and seen and blind:
            yield f"not seen: {', '.join(map(self.place, blind[:MOST]))}{_more(blind)}"
        begun = min((one.since for one in seen.values()), default=None)
        if begun is not None and begun - self.stretch.start > LATE:
            yield f"seen from {self.clock(begun)} on: nobody looked before"

    def _blind(self, seen: Iterable[Seen]) -> list[str]:
        """Scopes of which nothing was seen."""
        known = {one.scope for one in seen}
        return [scope for scope in self.stretch.scopes if scope not in known]

    def _unseen(self, one: Seen) -> bool:
        return self._gone_s - one.seen_s > LATE.total_seconds()

    @property
    def _gone_s(self) -> float:
        one = self.stretch
        return (min(one.end, self.now.estate) - one.start).total_seconds()

    def _share(self, least: Seen, shown: Seen) -> str:
        """`, seen 40 of 180 min (web-2)`: of what was seen least there."""
        if not self._unseen(least):
            return ""
        whose = "" if least.name == shown.name else f" ({least.name})"
        return f", seen {least.seen_s // 60:.0f} of {self._gone_s // 60:.0f} min{whose}"

    def _line(self, one: Seen) -> str:
        """`堺/prod  load1 peak 13.4 at 12:41 (web-1), 12 min at or over 10, last 6.1, falling`."""
        told = [f"{one.fact} peak {_number(one)} at {self.clock(one.high_at)} ({one.name})"]
        if one.over_s > 0 and one.limit is not None:
            told.append(f"{lasting(one.over_s)} at or over {one.limit:g}")
        if one.rose_at is not None:
            told.append(f"rising at {self.clock(one.rose_at)}")
        told.append(f"last {_value(one.last, one.fact)} at {self.clock(one.last_at)}")
        if one.trend and one.trend != "flat":
            told.append(one.trend)
        return f"{self.place(one.scope)}: {', '.join(told)}"

    def done(self, steps: Sequence[PlannedStep]) -> Iterator[str]:
        """The steps with who did them and when; then those that are open."""
        for step in (one for one in steps if one.at is not None):
            assert step.at is not None
            at = self.now.by_estate(step.at)
            late = step.due is not None and at > step.due
            after = (
                f", {lasting((at - step.due).total_seconds())} late" if late and step.due else ""
            )
            yield f"{self.clock(at)} {step.title} ({step.by}{after})"
        yield from (f"not done: {s.title}" for s in steps if s.at is None and s.id != REPORT)


def _value(value: float, fact: str) -> str:
    unit = next((word for end, word in UNITS.items() if fact.endswith(end)), "")
    return f"{value:.1f}{unit}"


def _number(one: Seen) -> str:
    return _value(one.high, one.fact)


def _more(names: Sequence[str]) -> str:
    return f" and {len(names) - MOST} more" if len(names) > MOST else ""
