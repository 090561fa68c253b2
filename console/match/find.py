"""Symptoms → findings: what is raised, what stays, what is put off, worst first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from operator import attrgetter
from typing import TYPE_CHECKING

from console.match.facts import Past, Points, Seen
from console.match.judging import EVERYTHING, Found, Judging
from console.match.memory import Memory, Remembered
from console.match.truth import Truth
from console.match.weeks import waits_until
from console.match.words import why
from console.model import Board, Finding, Now, Ref, Severity

if TYPE_CHECKING:
    from console.config.cases import Case

BLIND = timedelta(hours=1)  # what cannot be seen for so long waits no longer
KEPT = 60  # values of one fact that are kept for its trend


@dataclass(frozen=True, slots=True)
class Policy:
    """What judging needs of the configuration besides the cases."""

    inside: Callable[[str, datetime], bool] = lambda name, now: False
    """Whether an instant lies in a window of windows.yaml."""
    zones: Mapping[str, str] = field(default_factory=dict)
    """Scope → the zone people live in there."""
    zone: str = "UTC"
    """Of every other scope."""
    spans: Mapping[tuple[str, str], float] = field(default_factory=dict)
    """(source, fact or metric id) → seconds that a row's series covers."""
    periods: Mapping[tuple[str, str], float] = field(default_factory=dict)
    """(source, fact or metric id) → seconds from one of its points to the next."""


def find(
    cases: Iterable[Case], board: Board, memory: Memory, now: Now, policy: Policy
) -> tuple[tuple[Finding, ...], Memory]:
    """The findings of a board, worst first, and the memory for the next one."""
    cases = tuple(cases)
    kept = _kept(cases, board, memory, now.estate, policy)
    judging = Judging(
        board,
        now.estate,
        now.real,
        Past(now.estate, policy.spans, kept),
        lambda name: policy.inside(name, now.estate),
        memory.held,
        memory.passed,
    )
    found: list[Finding] = []
    pending: set[str] = set()
    began: dict[tuple[str, str], datetime] = {}
    blind: dict[tuple[str, str], datetime] = {}
    for case in cases:
        found += _Matching(case, judging, memory, policy, began, blind, pending).findings()
    remembered = {name: one.cleared() for name, one in memory.findings.items()}
    for finding in found:
        before = memory.findings.get(finding.id)
        remembered[finding.id] = _remembered(finding, before, now.estate)
    put_by = {name: one for name, one in remembered.items() if one.since or one.silenced_until}
    return tuple(sorted(found, key=attrgetter("order"))), Memory(
        put_by, judging.held, began, blind, kept, judging.passing_now, frozenset(pending)
    )


def _remembered(finding: Finding, before: Remembered | None, now: datetime) -> Remembered:
    before = before or Remembered(finding.case, finding.scope)
    silent = before.silenced_until is not None and before.silenced_until > now
    if silent and (ended := before.worse(finding)):
        before = replace(before, silenced_until=None, silenced_why="", silence_ended=ended)
    return replace(
        before,
        since=finding.since,
        evidence=finding.evidence,
        scopes=finding.scopes,
        why=finding.why,
        deferred_until=finding.deferred_until,
    )


@dataclass(slots=True)
class _Matching:
    """One case on one board."""

    case: Case
    judging: Judging
    memory: Memory
    policy: Policy
    began: dict[tuple[str, str], datetime]
    blind: dict[tuple[str, str], datetime]
    pending: set[str]

    def findings(self) -> Iterable[Finding]:
        """A finding for each unit in which the case shows, or showed and cannot be seen now."""
        live: dict[str, Remembered] = {}
        for one in self.memory.live().values():
            if one.case == self.case.id:
                live.setdefault(self._unit(one), one)
        units = {unit for one in self.case.when for unit in self.judging.units(one, self.case.join)}
        units |= {unit for case, unit in self.memory.began if case == self.case.id}
        for unit in sorted(units | set(live)):
            finding = self._finding(unit, live.get(unit))
            if finding is not None:
                yield finding

    def _unit(self, one: Remembered) -> str:
        join = self.case.join
        if join == "none":
            return EVERYTHING
        return one.scope.partition("/")[0] if join == "site" else one.scope

    def _finding(self, unit: str, before: Remembered | None) -> Finding | None:
        within = ((self.case.join, unit),)
        found = self.judging.all_of(self.case.when, (self.case.id,), within)
        if found.truth is Truth.NO:
            return None
        since = before.since if before else None
        if found.truth >= Truth.PENDING or (self.case.id, unit) in self.memory.began:
            key = self.case.id, unit
            since = since or self.memory.began.get(key, self.judging.now)
            self.began[key] = since
        if since is None or (before is None and found.truth is not Truth.YES):
            self.pending |= {self.case.id} if found.truth is Truth.PENDING else set()
            return None
        stale = found.truth is Truth.UNKNOWN
        finding = self._kept(before) if stale and before else self._shown(unit, found, before)
        finding = replace(finding, since=since, stale=stale)
        return self._known(self._waiting(finding, unit, before))

    def _bare(self, scope: str) -> Finding:
        case = self.case
        offers = (*(step.run for step in case.steps if step.run), *case.offers)
        return Finding(
            case.id,
            case.title,
            scope,
            Severity[case.severity.upper()],
            self.judging.now,
            owner=case.owner,
            offers=tuple(dict.fromkeys(offers)),
            ignored=case.ignore,
        )

    def _kept(self, before: Remembered) -> Finding:
        return replace(
            self._bare(before.scope),
            evidence=before.evidence,
            scopes=before.scopes,
            why=before.why,
        )

    def _shown(self, unit: str, found: Found, before: Remembered | None) -> Finding:
        rows = [seen for seen, _ in found.rows]
        own = [seen.scope for seen in rows]
        scope = before.scope if before else next(iter(own), unit)
        scopes = dict.fromkeys([scope, *own, *(name for seen in rows for name in seen.row.scopes)])
        return replace(
            self._bare(scope),
            evidence=tuple(dict.fromkeys(seen.row.ref for seen in rows)),
            scopes=tuple(scopes),
            why=why(found.rows),
        )

    def _waiting(self, finding: Finding, unit: str, before: Remembered | None) -> Finding:
        """Whether it may wait, and until when. Once put off, only what is seen brings it back.

        What cannot be seen for long does so, too: unknown is never good.
        """
        can_wait = self.case.can_wait
        if can_wait is None:
            return finding
        urgent, within = Truth.NO, ((self.case.join, unit),)
        if can_wait.unless is not None:
            path = (self.case.id, "unless")
            urgent = self.judging.judge(can_wait.unless, path, within).truth
        finding = replace(finding, urgent=urgent is Truth.YES)
        scope = before.scope if before else unit
        zone = can_wait.zone or self.policy.zones.get(scope, self.policy.zone)
        until = waits_until(can_wait, zone, self.judging.now)
        if until is None or urgent is Truth.YES:
            return finding
        put_off = before is not None and before.deferred_until is not None
        if urgent is Truth.NO or (urgent is Truth.PENDING and put_off):
            return replace(finding, deferred_until=until)
        if urgent is Truth.UNKNOWN:
            since = self.memory.blind.get((self.case.id, unit), self.judging.now)
            self.blind[self.case.id, unit] = since
            if self.judging.now - since >= BLIND:
                told = f"whether it may wait cannot be seen since {since:%a %H:%M} UTC"
                return replace(finding, mind=(told,))
        return replace(finding, deferred_until=until) if put_off else finding

    def _known(self, finding: Finding) -> Finding:
        """With what people said of it; a silence hides nothing worse than what it was given for."""
        before = self.memory.findings.get(finding.id)
        if before is None:
            return finding
        until = before.silenced_until
        silenced = until if until and until > self.judging.now else None
        ended = before.worse(finding) if silenced else before.silence_ended
        mind = (*finding.mind, f"silenced, but {ended}") if ended else finding.mind
        return replace(
            finding,
            acknowledged_by=before.acknowledged_by,
            silenced_until=None if ended else silenced,
            mind=mind,
        )


def _kept(
    cases: Iterable[Case], board: Board, memory: Memory, now: datetime, policy: Policy
) -> dict[tuple[Ref, str], Points]:
    """Values of facts whose trend is asked and whose rows bring no series, thinned."""
    kept: dict[tuple[Ref, str], Points] = {}
    past = Past(now, policy.spans)
    for leaf in (leaf for case in cases for one in case.when for leaf in one.leaves()):
        for fact, test in leaf.where.items():
            if test.op in ("rising", "falling") and not past.covers(leaf.source, fact):
                for row in board.rows(leaf.source):
                    seen = Seen(leaf.source, row, row.ref.scope, True)
                    before = kept.get((row.ref, fact)) or memory.kept.get((row.ref, fact), ())
                    kept[row.ref, fact] = _longer(before, seen, fact, test.over_s, now)
    return kept


def _longer(before: Points, seen: Seen, fact: str, over_s: float, now: datetime) -> Points:
    at, value = seen.row.at, seen.value(fact)
    oldest = now - timedelta(seconds=max(over_s, 1.0))
    if before and (at - before[-1][0]).total_seconds() < over_s / KEPT:
        return before
    return (*(point for point in before if point[0] >= oldest), (at, value))
