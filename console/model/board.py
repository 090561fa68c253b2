"""What the console sees: rows, snapshots, findings, the board."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from enum import Enum, IntEnum, StrEnum
from math import isfinite
from types import MappingProxyType
from typing import Any, TypeVar

EMPTY: Mapping[str, Any] = MappingProxyType({})
R = TypeVar("R", bound="Row")


class Severity(IntEnum):
    """How bad something is; the worst of several is their `max`, and no data is never OK."""

    OK = 0
    UNKNOWN = 1
    WARNING = 2
    CRITICAL = 3


class Freshness(StrEnum):
    """How far an answer can be trusted by its age, best first."""

    FRESH = "fresh"
    LATE = "late"
    STALE = "stale"
    NO_DATA = "no_data"
    FAILED = "failed"
    AUTH_EXPIRED = "auth_expired"

    @property
    def trusted(self) -> bool:
        """Whether rows so old may be judged by."""
        return self in (Freshness.FRESH, Freshness.LATE)

    @property
    def rank(self) -> int:
        """0 is the best."""
        return tuple(Freshness).index(self)


LATE_AFTER, STALE_AFTER = 2, 5  # intervals
LEAST_S = 1.0  # shorter intervals (a lab that runs fast) count as this: hosts have hitches


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """The name of one thing in the world: what a row is about, what a remedy acts on.

    `scope` is the unit that is armed and locked: `site/env`, a cluster, or a system.
    """

    kind: str
    scope: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.scope}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One observed thing. Each source subclasses this with its own typed facts (None = unknown)."""

    ref: Ref
    at: datetime
    """When this was true, by the estate's clock."""
    owner: str = "ours"
    """The contact who answers for it."""
    severity: Severity = Severity.UNKNOWN
    serves: tuple[str, ...] = ()
    """Further scopes this thing serves, next to `ref.scope`."""
    missing: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    """Why a fact is None, or its value not renewed or not whole: fact name to reason."""
    ages: Mapping[str, datetime] = field(default_factory=lambda: EMPTY)
    """When a fact's value was true, by the estate's clock, where that is not `at`."""
    kept: Mapping[str, datetime] = field(default_factory=lambda: EMPTY)
    """When a fact was last read (real time), where its value stays although a later read failed."""
    because: tuple[str, ...] = ()
    """Why the severity is what it is, a sentence each, the worst first; empty where all is well."""
    series: Mapping[str, tuple[float | None, ...]] = field(default_factory=lambda: EMPTY)
    """Recent values of a fact, oldest first, for a sparkline; not part of the facts."""

    @property
    def scopes(self) -> tuple[str, ...]:
        """Every scope this row belongs to."""
        return (self.ref.scope, *self.serves)


HIDDEN = MappingProxyType({"hidden": True})
"""Metadata of a field that only its source reads: on no screen, in no JSON, in no symptom.

Where its values are of another room, `type` returns their type: a row may not import it so early.
"""
OPTIONAL = MappingProxyType({"optional": True})
"""Metadata of what need not be (a fault, when something happened): null is none, or never, unless
`missing` says why it is not known."""
BASE_FIELDS = frozenset(f.name for f in fields(Row))


def fact_names(row: type[Row]) -> tuple[str, ...]:
    """The names of a row type's own facts, in declaration order; what is `HIDDEN` is none."""
    own = (f for f in fields(row) if f.name not in BASE_FIELDS)
    return tuple(f.name for f in own if not f.metadata.get("hidden"))


def optional_names(row: type[Row]) -> frozenset[str]:
    """The names of a row type's facts that are `OPTIONAL`."""
    return frozenset(f.name for f in fields(row) if f.metadata.get("optional"))


def facts(row: Row) -> Iterator[tuple[str, Any]]:
    """A row's own facts as (name, value)."""
    for name in fact_names(type(row)):
        yield name, getattr(row, name)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a poll failed, since when, and the command or act that cures it."""

    message: str
    since: datetime
    """Real time of the first failure in a row."""
    auth_expired: bool = False
    cure: str = ""
    throttled: bool = False
    """The vendor asks to be asked less."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one part of a source last saw. A failed poll keeps the old rows and the old time."""

    source: str
    part: str
    interval: float
    """Seconds between two polls of this part."""
    taken_at: datetime | None = None
    """Real time of the last good answer; None before the first."""
    rows: tuple[Row, ...] = ()
    trouble: Trouble | None = None
    slept: bool = False
    """The computer slept since: stale until it was asked again."""

    def age(self, now: datetime) -> timedelta | None:
        """Time since the last good answer, or None before the first."""
        return None if self.taken_at is None else max(now - self.taken_at, timedelta(0))

    @property
    def stale_after(self) -> float:
        """Seconds after which an answer is too old to judge by."""
        return STALE_AFTER * max(self.interval, LEAST_S)

    def freshness(self, now: datetime) -> Freshness:
        """LATE after two intervals, STALE after five; trouble outranks both."""
        if self.trouble is not None:
            return Freshness.AUTH_EXPIRED if self.trouble.auth_expired else Freshness.FAILED
        age = self.age(now)
        if age is None:
            return Freshness.NO_DATA
        seconds = age.total_seconds()
        if self.slept or seconds > self.stale_after:
            return Freshness.STALE
        late = seconds > LATE_AFTER * max(self.interval, LEAST_S)
        return Freshness.LATE if late else Freshness.FRESH


@dataclass(frozen=True, slots=True)
class Finding:
    """A case recognised in one scope, with the rows that show it."""

    case: str
    title: str
    scope: str
    severity: Severity
    since: datetime
    evidence: tuple[Ref, ...] = ()
    owner: str = ""
    deferred_until: datetime | None = None
    silenced_until: datetime | None = None
    why: tuple[str, ...] = ()
    """Which rule holds, by which values: a sentence each."""
    offers: tuple[str, ...] = ()
    """Entries of the allow-list that may help."""
    acknowledged_by: str = ""
    ignored: bool = False
    stale: bool = False
    """Its evidence is too old to raise or to clear it."""
    scopes: tuple[str, ...] = ()
    """Every scope its evidence serves: a shared host is more than this scope's."""
    urgent: bool = False
    """It may not wait: the `unless` of its case holds."""
    mind: tuple[str, ...] = ()
    """Why it is loud again before the time it was put off to: a sentence each."""

    @property
    def id(self) -> str:
        """The same case in another scope is another finding."""
        return f"{self.case}@{self.scope}"

    @property
    def put_off(self) -> bool:
        """Whether nobody is called for it now: silenced, deferred, or not ours."""
        return bool(self.ignored or self.deferred_until or self.silenced_until)

    @property
    def order(self) -> tuple[object, ...]:
        """Worst first; what is not ours or was put off comes last."""
        return (self.put_off, -self.severity, self.since, self.id)


@dataclass(frozen=True, slots=True)
class Now:
    """One instant on both clocks, UTC."""

    estate: datetime
    real: datetime
    speed: float = 1.0
    """How many seconds go by on the estate's clock in a real one."""

    def by_estate(self, real: datetime) -> datetime:
        """What the estate's clock said at a real moment."""
        return self.estate - (self.real - real) * self.speed


@dataclass(frozen=True, slots=True)
class Board:
    """The latest snapshot of every part of every source: the only state a screen sees."""

    snapshots: Mapping[tuple[str, str], Snapshot] = field(
        default_factory=lambda: MappingProxyType({})
    )
    findings: tuple[Finding, ...] = ()

    def with_(self, *snapshots: Snapshot) -> Board:
        """A board on which these snapshots replace their parts."""
        new = {(snapshot.source, snapshot.part): snapshot for snapshot in snapshots}
        return replace(self, snapshots=MappingProxyType({**self.snapshots, **new}))

    def parts(self, source: str) -> tuple[Snapshot, ...]:
        """The snapshots of one source, in the order they first appeared."""
        return tuple(s for (name, _), s in self.snapshots.items() if name == source)

    def rows(self, source: str) -> tuple[Row, ...]:
        """All rows of one source."""
        return tuple(row for snapshot in self.parts(source) for row in snapshot.rows)

    def of(self, source: str, row: type[R]) -> tuple[R, ...]:
        """The rows of one source, as the type that they are."""
        return tuple(one for one in self.rows(source) if isinstance(one, row))

    def freshness(self, source: str, now: datetime) -> Freshness:
        """A source is as fresh as its worst part."""
        return worst_freshness(self.parts(source), now)


def worst_freshness(parts: Iterable[Snapshot], now: datetime) -> Freshness:
    """Several parts are as fresh as the worst of them (real time)."""
    each = (part.freshness(now) for part in parts)
    return max(each, key=lambda fresh: fresh.rank, default=Freshness.NO_DATA)


def plain(value: Any) -> Any:
    """A value of the model as JSON has it: enums by name, times in ISO 8601 with Z, None kept."""
    if isinstance(value, Severity):
        return value.name.lower()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, float) and not isfinite(value):
        return None  # JSON has no word for it
    if isinstance(value, Row):
        row = {n: plain(getattr(value, n)) for n in ("ref", "at", "owner", "severity")}
        row |= {name: plain(fact) for name, fact in facts(value)}
        return row | {n: plain(getattr(value, n)) for n in ("serves", "missing", "ages", "because")}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list | frozenset):
        return [plain(item) for item in value]
    if hasattr(value, "__dataclass_fields__"):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    return value
