"""What the probes of one stage see on the rows of a board."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from console.flow.judge import BLANK, Look
from console.flow.rows import ODD, Aim, Found, Rows
from console.match.facts import RELATIONS, UNTOLD, Past, Seen, holds
from console.match.judging import row_truth
from console.match.truth import Truth
from console.match.words import said
from console.model import Row, Severity

if TYPE_CHECKING:
    from console.config.conditions import FactTest
    from console.config.flows import Probe

MISSED = 2  # of what is due: then it is overdue
BY_SEVERITY = {
    Severity.OK: Truth.YES,
    Severity.WARNING: Truth.YES,  # worse than it should be, and works
    Severity.UNKNOWN: Truth.UNKNOWN,
    Severity.CRITICAL: Truth.NO,
}
BLIND = {"alarms": "insufficient_data", "canaries": "canary_error"}
"""Source → the state by which a watcher says that it knows nothing itself."""
DOWN = {"http": frozenset({"failed", "wrong", "unreachable"})}
"""Source → states in which nothing works, however little the estate minds."""
Aimed = tuple["Probe", Aim]


@dataclass(slots=True)
class _Stage:
    """What is gathered of one stage, probe by probe."""

    past: Past
    holds: Truth = Truth.YES
    arrives: Truth | None = None
    rates: list[float | None] = field(default_factory=list)
    streams: dict[str, dict[object, float | None]] = field(default_factory=dict)
    """`in_per_s`, `out_per_s` → what of → how many a second."""
    seen: list[datetime] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    since: datetime | None = None
    at: datetime | None = None
    no: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    def look(self, probe: Probe, aim: Aim, rows: Rows) -> None:
        """One probe more."""
        found = [(row, fresh, truth) for row, fresh, truth in self._chosen(aim, rows.find(aim))]
        if not found:
            known = rows.asked(aim.source)
            why = f"nothing of {aim.source} is {aim}" if known else f"no answer from {aim.source}"
            self._doubt(probe, why)
            return
        values: dict[object, float | None] = {}
        for row, fresh, truth in found:
            if not fresh:
                self._doubt(probe, f"{_name(probe, row)}: the values of {aim.source} are old")
                continue
            self.at = min(self.at or row.at, row.at)
            if truth is Truth.YES:
                self._ask(probe, Seen(aim.source, row, row.ref.scope, True))
            else:
                self._doubt(probe, f"{_name(probe, row)}: {_untold(row, aim.rest)}")
            self._count(row)
            if probe.rate:
                values[_stream(row, probe.rate)] = getattr(row, probe.rate)
        if probe.rate:
            self.rates.append(total(values))

    def _chosen(self, aim: Aim, found: Iterable[Found]) -> Iterator[tuple[Row, bool, Truth]]:
        for row, fresh in found:
            truth = Truth.YES
            if aim.rest:
                truth = row_truth(Seen(aim.source, row, row.ref.scope, fresh), aim.rest, self.past)
            if truth is not Truth.NO:
                yield row, fresh, truth

    def _ask(self, probe: Probe, seen: Seen) -> None:
        if not probe.judges:
            truth = _works(seen.source, seen.row)
            self._note(probe, seen, truth, {})
            self.holds = min(self.holds, truth)
            return
        for fact, test in probe.ok.items():
            truth = self._truth(seen, fact, test)
            self._note(probe, seen, truth, {fact: test})
            self.holds = min(self.holds, truth)
        for fact, test in probe.arrives.items():
            truth = self._truth(seen, fact, test)
            self._note(probe, seen, truth, {fact: test})
            self.arrives = truth if self.arrives is None else min(self.arrives, truth)
        if probe.seen:
            self._last(probe, seen)

    def _truth(self, seen: Seen, fact: str, test: FactTest) -> Truth:
        """Whether a row is what it must be; one that says it cannot tell speaks against nobody."""
        truth = holds(seen, fact, test, self.past)
        blind = seen.value("state") == BLIND.get(seen.source, "")
        return Truth.UNKNOWN if blind and truth is Truth.NO else truth

    def _note(self, probe: Probe, seen: Seen, truth: Truth, tests: Mapping[str, FactTest]) -> None:
        if truth is Truth.YES:
            return
        row = seen.row
        if truth is Truth.NO:
            self.since = self.since or getattr(row, "since", None)
        facts = ", ".join(f"{fact} {said(seen.value(fact))}" for fact in tests)
        reason = next(iter(row.because), "") or getattr(row, "why", "")
        told = "; ".join(part for part in (facts, reason) if part)
        (self.no if truth is Truth.NO else self.unknown).append(f"{_name(probe, row)}: {told}")

    def _last(self, probe: Probe, seen: Seen) -> None:
        """When something was last seen, and whether the next is late."""
        value = seen.value(probe.seen)
        if value is None:
            self._doubt(probe, f"{_name(probe, seen.row)}: {_gap(seen.row, probe.seen)}")
            return
        at = value
        if not isinstance(value, datetime):
            at = seen.row.ages.get(probe.seen, seen.row.at) - timedelta(seconds=value)
        self.seen.append(at)
        if probe.every is None:
            return
        gone = (self.past.now - at).total_seconds()
        late = gone - probe.every if gone > MISSED * probe.every else 0.0
        self.late.append(late)
        if late:
            name = probe.title or seen.name
            self.unknown.append(f"{name}: last seen {at:%H:%M:%S} UTC, due every {probe.every:g} s")

    def _count(self, row: Row) -> None:
        for fact in ("in_per_s", "out_per_s"):
            if hasattr(row, fact):
                self.streams.setdefault(fact, {})[_stream(row, fact)] = getattr(row, fact)

    def _doubt(self, probe: Probe, why: str) -> None:
        self.holds = min(self.holds, Truth.UNKNOWN)
        self.unknown.append(why)

    def done(self) -> Look:
        """All of it."""
        known = [rate for rate in self.rates if rate is not None]
        return Look(
            holds=self.holds,
            arrives=self.arrives,
            rate=sum(known) if known and len(known) == len(self.rates) else None,
            in_per_s=total(self.streams.get("in_per_s", {})),
            out_per_s=total(self.streams.get("out_per_s", {})),
            seen_at=min(self.seen, default=None),
            overdue_s=max(self.late, default=None),
            since=self.since,
            at=self.at,
            why=tuple(dict.fromkeys((*self.no, *self.unknown))),
        )


def sight(probes: Sequence[Aimed], rows: Rows, now: datetime) -> Look:
    """What the probes of one stage see, all of them together."""
    if not probes:
        return BLANK
    if (look := well(probes, rows)) is not None:
        return look
    stage = _Stage(Past(now))
    for probe, aim in probes:
        stage.look(probe, aim, rows)
    return stage.done()


def well(probes: Sequence[Aimed], rows: Rows) -> Look | None:
    """The look at a stage of which everything plainly holds, on one row a probe; else None.

    Nearly all stages are so nearly always, and hundreds are looked at with each answer.
    """
    arrives = rate = into = out = oldest = None
    for probe, aim in probes:
        found = rows.find(aim)
        if aim.rest or probe.seen or len(found) != 1 or not found[0][1]:
            return None
        row = found[0][0]
        oldest = row.at if oldest is None or row.at < oldest else oldest
        for fact, test in (*probe.ok.items(), *probe.arrives.items()):
            if not plainly(row, fact, test):
                return None
        if not probe.judges and _works(aim.source, row) is not Truth.YES:
            return None
        if probe.arrives:
            arrives = Truth.YES
        if probe.rate and (rate is not None or (rate := getattr(row, probe.rate)) is None):
            return None
        if aim.source == "kafka_lag":
            into, out = getattr(row, "in_per_s", None), getattr(row, "out_per_s", None)
    return Look(arrives=arrives, rate=rate, in_per_s=into, out_per_s=out, at=oldest)


def _works(source: str, row: Row) -> Truth:
    """Whether a row that no probe judges works, by its state and how bad it is."""
    down = source in DOWN and getattr(row, "state", None) in DOWN[source]
    return Truth.NO if down else BY_SEVERITY[row.severity]


def plainly(row: Row, fact: str, test: FactTest) -> bool:
    """Whether a test holds beyond doubt, told at once: its words, or a number it compares with."""
    if fact in ODD:
        return False
    value = getattr(row, fact, None)
    if test.op == "one_of" and isinstance(value, str) and value != UNTOLD:
        if test.negated:
            return value not in test.values and "*" not in test.text
        return value in test.values
    if test.op == "compare" and not test.fact and isinstance(value, int | float):
        return RELATIONS[test.relation](value, test.number) and not test.negated
    return False


def total(values: Mapping[object, float | None]) -> float | None:
    """The sum of rates, or None where one of them is not known."""
    known = [value for value in values.values() if value is not None]
    return sum(known) if known and len(known) == len(values) else None


def _stream(row: Row, fact: str) -> object:
    """What a rate is of: several groups that read one topic see the same records come in."""
    return getattr(row, "topic", "") if fact == "in_per_s" and hasattr(row, "topic") else row.ref


def _name(probe: Probe, row: Row) -> str:
    own = str(getattr(row, "name", "") or getattr(row, "id", "") or row.ref.name)
    return f"{probe.title}: {own}" if probe.title and probe.title not in own else own


def _gap(row: Row, fact: str) -> str:
    return row.missing.get(fact, "") or f"{fact} unknown"


def _untold(row: Row, tests: Mapping[str, Any]) -> str:
    return "; ".join(_gap(row, fact) for fact in tests if getattr(row, fact, None) is None)
