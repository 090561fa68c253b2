"""Each site and environment at a glance; derived from the other sources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast
from zoneinfo import ZoneInfo

from console.model import HIDDEN, Board, Ref, Row, Severity, Snapshot
from console.model.issues import Issue
from console.poll import Derived, Given
from console.signs import Sign, because, height, sound
from console.trend import Direction

if TYPE_CHECKING:
    from console.config import Estate
    from console.config.schema import Environment, Site
    from console.issues import Known
    from console.sources.alarms import Alarm
    from console.sources.caches import Cache
    from console.sources.instances import Instance
    from console.sources.metrics import Metric

R = TypeVar("R", bound=Row)
INPUTS, BESIDE = ("instances", "caches", "alarms", "metrics"), ("databases", "targets")
HTTP_5XX, OF_5XX = "http_5xx", "5xx"  # in a metric's id, an alarm's name: of server errors
UNKNOWN = Severity.UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteHealth(Row):
    """Each site and environment at a glance; derived from the other sources."""

    site: str
    env: str
    title: str = ""
    instances_ok: int | None = None
    """Running, with every status check passed."""
    instances_total: int | None = None
    load1: float | None = None
    """Of the instance with the highest load per vCPU, as are `vcpus` and the trend."""
    vcpus: int | None = None
    load1_trend: Direction | None = None
    mem_pct: float | None = None
    """Of the worst instance, as is `disk_pct`."""
    disk_pct: float | None = None
    disk_mount: str | None = None
    cache_status: str | None = None
    """Of the worst cache."""
    cache_memory_pct: float | None = None
    evictions: float | None = None
    connections: float | None = None
    http_5xx: float | None = None
    alarms: int | None = None
    """In ALARM and not muted."""
    errors: Literal["none", "known_only", "happening", "new"] | None = None
    """What the server errors mean, by the register of known issues."""
    known_issues: int | None = None
    """Registered and not fixed; `issues` are their numbers."""
    issues: tuple[str, ...] = ()
    late_fixes: int | None = None
    """Of these, whose fix was due and which still happen."""
    explained: tuple[Ref, ...] = field(default=(), metadata=HIDDEN)
    """Rows whose trouble is nothing but known issues."""


class Sites(Derived):
    """One row a site and environment, as bad as its worst input and as old as its oldest."""

    name = "sites"
    row: type[Row] = SiteHealth
    inputs = (*INPUTS, *BESIDE)
    beside = BESIDE

    def derive(self, board: Board, given: Given) -> tuple[Row, ...]:
        """The rows, by what the board holds; a stale or failed input can never look OK."""
        rows: dict[tuple[str, str], list[Row]] = {}
        parts: dict[tuple[str, str], dict[str, Snapshot]] = {}  # source, scope → part → snapshot
        for source in self.inputs:
            for snapshot in board.parts(source):
                for row in snapshot.rows:
                    for scope in row.scopes:
                        rows.setdefault((source, scope), []).append(row)
                        parts.setdefault((source, scope), {})[snapshot.part] = snapshot
        from console.issues import by_site  # not before the first frame

        metrics, known = _metrics_of(given.estate), by_site(given.issues)
        newest = max((s.taken_at for s in board.snapshots.values() if s.taken_at), default=None)
        return tuple(
            _View(board, name, site, env, environment, rows, parts, newest, known(name)).row(
                metrics.get((name, env), ()), given.now.estate
            )
            for name, site in given.estate.sites.items()
            for env, environment in site.environments.items()
        )

    def part(self, row: Row, estate: Estate) -> str:
        """The account × Region a row is read from: its login ages this row and no other's."""
        assert isinstance(row, SiteHealth)
        environment = estate.sites[row.site].environments[row.env]
        return f"{environment.account}/{environment.region}"


def _metrics_of(estate: Estate) -> dict[tuple[str, str], list[str]]:
    """Site and environment → the ids of the metrics that have a row of their own there."""
    named: dict[tuple[str, str], list[str]] = {}
    for metric in estate.metrics:
        if metric.of == "metrics":
            named.setdefault((metric.site, metric.env), []).append(metric.id)
    return named


@dataclass(slots=True)
class _View:
    """What the board says of one site in one environment, gathered into one row."""

    board: Board
    site: str
    of: Site
    env: str
    environment: Environment
    rows: dict[tuple[str, str], list[Row]]
    parts: dict[tuple[str, str], dict[str, Snapshot]]
    asked: datetime | None
    """Real time of the board's newest answer: the derivation has no clock of its own."""
    issues: tuple[Issue, ...] | None
    """The site's known issues, or None where no register is read."""
    missing: dict[str, str] = field(default_factory=dict)
    ages: dict[str, datetime] = field(default_factory=dict)

    def row(self, metrics: Sequence[str], now: datetime) -> SiteHealth:
        named = self.environment
        wanted = (named.instances, named.caches, named.alarm_prefix, metrics)
        expected = [source for source, some in zip(INPUTS, wanted, strict=True) if some]
        used = [row for source in INPUTS for row in self._rows(source)]
        facts: dict[str, Any] = {
            **self._instances(),
            **self._caches(),
            "http_5xx": self._http_5xx(metrics),
            "alarms": self._alarms("alarms" in expected),
        }
        known = self._known(used, facts["http_5xx"], now)
        facts |= known.facts(self.missing)
        behind = [row for row in self._rows("targets") if row.severity > UNKNOWN]
        rows = [*used, *self._rows("databases"), *behind]
        against = [*self._signs(expected), *known.signs(rows)]
        if not used and not against:
            against = [(UNKNOWN, "nothing that could be looked at is configured")]
        return SiteHealth(
            ref=Ref("site", self.scope, self.site),
            # An alarm that is not rung again is told by the others' list: that is its state's age.
            at=min((row.ages.get("state", row.at) for row in used), default=now),
            owner=self.of.owner,
            severity=max((bad for bad, _ in against), default=Severity.OK),
            missing=self.missing,
            ages=self.ages,
            because=because(against),
            site=self.site,
            env=self.env,
            title=self.of.title,
            **facts,
        )

    @property
    def scope(self) -> str:
        return f"{self.site}/{self.env}"

    def _rows(self, source: str) -> list[Row]:
        return [r for r in self.rows.get((source, self.scope), ()) if not getattr(r, "unread", 0)]

    def _signs(self, expected: Sequence[str]) -> Iterator[Sign]:
        """What speaks against the site beside its rows: an input that is absent or not trusted."""
        for source in expected:
            if why := self._untrusted(source):
                yield UNKNOWN, why
            elif source != "alarms" and not self._rows(source):
                yield UNKNOWN, f"{source}: none is found"
        for source in BESIDE:
            if getattr(self.environment, source) and (why := self._untrusted(source)):
                yield UNKNOWN, why

    def _snapshots(self, source: str) -> list[Snapshot]:
        """The parts that this site's rows come from, and the one of its own account × Region."""
        mine = f"{self.environment.account}/{self.environment.region}"
        own = self.board.snapshots.get((source, mine))
        others = self.parts.get((source, self.scope), {})
        return list((({mine: own} if own else {}) | others).values())

    def _untrusted(self, source: str) -> str:
        """Why a source's answers about this site cannot be trusted; empty if they can."""
        snapshots = self._snapshots(source)
        for snapshot in snapshots:
            if snapshot.trouble is not None:
                return f"{source}: {snapshot.trouble.message}"
            if snapshot.taken_at is None or self.asked is None:
                return f"{source}: no answer yet"
            if not snapshot.freshness(self.asked).trusted:
                return f"{source}: the last answer is too old"
        return "" if snapshots else f"{source} are not asked"

    def _none(self, facts: Iterable[str], why: str) -> dict[str, Any]:
        """Facts that cannot be had, and why."""
        self.missing |= dict.fromkeys(facts, why)
        return dict.fromkeys(facts)

    def _worst(self, rows: Sequence[R], own: str, fact: str, name: str) -> R | None:
        """The row with the highest value of its fact `own`; all without one are in `missing`."""
        without = [row for row in rows if getattr(row, own) is None or own in row.missing]
        if without:
            whys = (f"{getattr(r, name)}: {r.missing.get(own, 'no value')}" for r in without)
            self.missing[fact] = "; ".join(whys)
        known = [row for row in rows if getattr(row, own) is not None]
        worst = max(known, key=lambda row: height(row, own), default=None)
        if worst is not None and own in worst.ages:
            self.ages[fact] = worst.ages[own]
        return worst

    def _instances(self) -> dict[str, Any]:
        rows = cast("list[Instance]", self._rows("instances"))
        facts = ("load1", "mem_pct", "disk_pct")
        if not rows:
            why = self._untrusted("instances") or "no instance is found"
            why = why if self.environment.instances else "no instance is configured"
            return self._none(("instances_ok", "instances_total", *facts), why)
        load, mem, disk = (self._worst(rows, fact, fact, "name") for fact in facts)
        return {
            "instances_ok": self._sound(rows),
            "instances_total": len(rows),
            "load1": load and load.load1,
            "vcpus": load and load.vcpus,
            "load1_trend": load and load.load1_trend,
            "series": {"load1": load.series["load1"]} if load and "load1" in load.series else {},
            "mem_pct": mem and mem.mem_pct,
            "disk_pct": disk and disk.disk_pct,
            "disk_mount": disk and disk.disk_mount,
        }

    def _sound(self, rows: Sequence[Instance]) -> int | None:
        """How many run with all checks passed; unknown when that is so of one of them."""
        unknown = [row for row in rows if row.state is None or sound(row) is None]
        if unknown:
            whys = (f"{r.name}: {r.missing.get('state', 'status not known')}" for r in unknown)
            self._none(["instances_ok"], "; ".join(whys))
            return None
        return sum(bool(sound(row)) for row in rows)

    def _caches(self) -> dict[str, Any]:
        rows = cast("list[Cache]", self._rows("caches"))
        facts = ("cache_status", "cache_memory_pct", "evictions", "connections")
        if not rows:
            why = self._untrusted("caches") or "no cache is found"
            why = why if self.environment.caches else "no cache is configured"
            return self._none(facts, why)
        own = {fact: fact.removeprefix("cache_") for fact in facts[1:]}
        worst = {fact: self._worst(rows, mine, fact, "cluster_id") for fact, mine in own.items()}
        known = {fact: row and getattr(row, own[fact]) for fact, row in worst.items()}
        bad = max(rows, key=lambda row: (row.status != "available", row.severity))
        if bad.status is None:
            why = bad.missing.get("status", "unknown")
            self._none(["cache_status"], f"{bad.cluster_id}: {why}")
        return {"cache_status": bad.status, **known}

    def _http_5xx(self, configured: Sequence[str]) -> float | None:
        rows = [r for r in cast("list[Metric]", self._rows("metrics")) if HTTP_5XX in r.id]
        if not rows:
            named = any(HTTP_5XX in metric for metric in configured)
            why = self._untrusted("metrics") or "no answer yet"
            self._none(["http_5xx"], why if named else "no http_5xx metric is configured")
            return None
        worst = self._worst(rows, "value", "http_5xx", "id")
        return worst.value if worst else None

    def _known(self, rows: Sequence[Row], rate: float | None, now: datetime) -> Known:
        """What is registered, against the errors: an old rate, or half of one, explains none."""
        from console.issues import known_of

        why = self.missing.get("http_5xx") or self._untrusted("metrics")
        today = now.astimezone(ZoneInfo(self.of.zone)).date()
        of_errors, first = [*filter(_of_errors, rows)], self.env == next(iter(self.of.environments))
        return known_of(self.issues, self.env, None if why else rate, today, of_errors, why, first)

    def _alarms(self, expected: bool) -> int | None:
        rows = cast("list[Alarm]", self._rows("alarms"))
        if not expected and not rows:
            self._none(["alarms"], "no alarm_prefix is configured")
            return None
        if all(snapshot.taken_at is None for snapshot in self._snapshots("alarms")):
            self._none(["alarms"], self._untrusted("alarms"))
            return None
        if not rows:
            self.missing["alarms"] = f"no alarm begins with {self.environment.alarm_prefix}"
        return sum(row.state == "alarm" and not row.muted for row in rows)


def _of_errors(row: Row) -> bool:
    """Whether a row counts the site's server errors, or rings for them."""
    id, name = getattr(row, "id", ""), getattr(row, "name", "")
    return HTTP_5XX in id or (row.ref.kind == "alarm" and OF_5XX in name.casefold())
