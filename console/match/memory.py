"""What outlives one board: since when, who took it, until when it waits; rebuilt from entries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from console.match.facts import Points, Seen
from console.match.truth import Truth
from console.model import Draft, Entry, Finding, Ref, Row, Severity, plain, refs_of, time_of


@dataclass(frozen=True, slots=True)
class Silenced:
    """A finding as it was when somebody silenced it: a silence hides nothing worse."""

    evidence: tuple[Ref, ...] = ()
    severity: Severity = Severity.CRITICAL
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Remembered:
    """One finding between two boards; not live while `since` is None."""

    case: str
    scope: str
    since: datetime | None = None
    """Estate's clock, as are the other times."""
    evidence: tuple[Ref, ...] = ()
    scopes: tuple[str, ...] = ()
    why: tuple[str, ...] = ()
    acknowledged_by: str = ""
    deferred_until: datetime | None = None
    silenced_until: datetime | None = None
    silenced_why: str = ""
    silenced_as: Silenced = Silenced()
    """What the silence was given for."""
    silence_ended: str = ""
    """Why it ended before its time."""

    @property
    def id(self) -> str:
        """As `Finding.id`."""
        return f"{self.case}@{self.scope}"

    def cleared(self) -> Remembered:
        """No longer live. A silence stays until it ends, so that what flaps keeps silent."""
        return Remembered(
            self.case,
            self.scope,
            silenced_until=self.silenced_until,
            silenced_why=self.silenced_why,
            silenced_as=self.silenced_as,
        )

    def worse(self, finding: Finding) -> str:
        """Why the silence does not hold for what the finding is by now; empty while it does."""
        told = self.silenced_as
        if finding.severity > told.severity:
            return f"it is {finding.severity.name.lower()} now"
        if finding.urgent and not told.urgent:
            return "it may not wait any longer"
        fresh = [ref.name for ref in finding.evidence if ref not in told.evidence]
        return f"new evidence: {', '.join(fresh)}" if fresh else ""


@dataclass(frozen=True, slots=True)
class Held:
    """How long a condition has held on fresh evidence, and the instant counted last."""

    seconds: float
    last: datetime | None
    """None while the evidence is not fresh: that time does not count."""


HeldKey = tuple[object, ...]
PassedKey = tuple[int, str, str]


@dataclass(frozen=True, slots=True)
class Passed:
    """Which rows of one part pass a condition; good as long as the part has these very rows."""

    rows: tuple[Row, ...]
    fresh: bool
    each: tuple[tuple[Seen, Truth], ...]


@dataclass(frozen=True, slots=True)
class Memory:
    """Everything `find` must be told of earlier boards."""

    findings: Mapping[str, Remembered] = field(default_factory=dict)
    held: Mapping[HeldKey, Held] = field(default_factory=dict)
    began: Mapping[tuple[str, str], datetime] = field(default_factory=dict)
    """(case, unit) → when its symptoms began."""
    blind: Mapping[tuple[str, str], datetime] = field(default_factory=dict)
    """(case, unit) → since when nobody can see whether it may wait."""
    kept: Mapping[tuple[Ref, str], Points] = field(default_factory=dict)
    """Values of facts whose trend is asked and whose rows bring no series."""
    passed: Mapping[PassedKey, Passed] = field(default_factory=dict, compare=False, repr=False)
    pending: frozenset[str] = frozenset()
    """Cases whose symptoms hold somewhere, but not yet as long as they ask for."""

    def live(self) -> Mapping[str, Remembered]:
        """The findings that are there now."""
        return {name: one for name, one in self.findings.items() if one.since is not None}


def remember(entries: Iterable[Entry]) -> Memory:
    """What the journal knows of findings. Entries of other kinds are passed over."""
    memory = Memory()
    for entry in entries:
        memory = fold(memory, entry)
    return memory


def fold(memory: Memory, entry: Entry) -> Memory:
    """The memory after one more entry; the same entry twice changes nothing."""
    change = FOLDS.get(entry.kind)
    name = entry.data.get("finding")
    if change is None or not isinstance(name, str) or "@" not in name:
        return memory
    case, _, scope = name.partition("@")
    before = memory.findings.get(name, Remembered(case, scope))
    return replace(memory, findings={**memory.findings, name: change(before, entry)})


def _seen(before: Remembered, entry: Entry) -> Remembered:
    data = entry.data
    return replace(
        before,
        since=before.since or time_of(data.get("since")) or entry.at,
        evidence=before.evidence or refs_of(data.get("evidence")),
        scopes=before.scopes or tuple(map(str, data.get("scopes") or ())),
        why=before.why or tuple(map(str, data.get("why") or ())),
    )


def _acknowledged(before: Remembered, entry: Entry) -> Remembered:
    return replace(before, acknowledged_by=str(entry.data.get("by") or entry.by))


def _silenced(before: Remembered, entry: Entry) -> Remembered:
    data = entry.data
    until, why = time_of(data.get("until")), str(data.get("reason") or "")
    severity = Severity.__members__.get(str(data.get("severity", "")).upper(), Severity.CRITICAL)
    told = refs_of(data.get("evidence")) or before.evidence
    return replace(
        before,
        silenced_until=until,
        silenced_why=why if until else "",
        silenced_as=Silenced(told, severity, data.get("urgent") is True),
        silence_ended=str(data.get("ended") or ""),
    )


def _deferred(before: Remembered, entry: Entry) -> Remembered:
    return replace(before, deferred_until=time_of(entry.data.get("until")))


FOLDS = {
    "finding.seen": _seen,
    "finding.cleared": lambda before, entry: before.cleared(),
    "finding.acknowledged": _acknowledged,
    "finding.silenced": _silenced,
    "finding.deferred": _deferred,
}


def news(before: Memory, after: Memory, findings: Iterable[Finding]) -> tuple[Draft, ...]:
    """What the journal must be told: findings that came, went, or were put off (or no longer)."""
    each = (draft for one in findings for draft in _new(before, one))
    return (*_gone(before, after), *each, *_loud(before, after))


def _gone(before: Memory, after: Memory) -> Iterator[Draft]:
    now = after.live()
    for name, one in before.live().items():
        if name not in now:
            yield Draft("finding.cleared", {"finding": name, "since": plain(one.since)})


def _loud(before: Memory, after: Memory) -> Iterator[Draft]:
    """Silences that ended before their time, so that they are over after a restart, too."""
    for name, one in after.findings.items():
        old = before.findings.get(name)
        if one.silence_ended and old is not None and not old.silence_ended:
            told = {"finding": name, "until": None, "reason": one.silence_ended}
            yield Draft("finding.silenced", told | {"ended": one.silence_ended})


def _new(before: Memory, finding: Finding) -> Iterator[Draft]:
    old = before.findings.get(finding.id)
    if old is None or old.since is None:
        names = ("case", "title", "scope", "severity", "since", "evidence", "scopes", "why")
        told = {name: plain(getattr(finding, name)) for name in names}
        yield Draft("finding.seen", {"finding": finding.id, **told})
    if finding.deferred_until != (old.deferred_until if old and old.since else None):
        until = plain(finding.deferred_until)
        yield Draft("finding.deferred", {"finding": finding.id, "until": until})
