"""CloudWatch Synthetics canaries and their last run."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from console.aws.places import SLOW, Place, grouped, part
from console.clock import real_now
from console.model import Ref, Row, Severity
from console.model.words import lasting
from console.poll import Context, Part, optional

if TYPE_CHECKING:
    from console.aws.session import Aws
    from console.config.schema import Canaries as Ours

State = Literal["passed", "failed", "canary_error", "running"]
"""`canary_error`: the canary itself broke."""
PAGE = 100
LATE_AFTER = 3  # schedules without a run
SEVERITY = {
    "passed": Severity.OK,
    "failed": Severity.CRITICAL,
    "canary_error": Severity.WARNING,  # the canary is broken, not what it looks at
}
STATES: dict[str, State] = {"PASSED": "passed", "RUNNING": "running"}
UNITS = {"minute": 60.0, "hour": 3600.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary(Row):
    """CloudWatch Synthetics canaries and their last run."""

    name: str
    state: State | None = None
    since: datetime | None = None
    last_run_at: datetime | None = None


def state_of(run: dict[str, Any]) -> State | None:
    """The state of a run, as the rows say it."""
    status = run.get("Status") or {}
    if status.get("State") == "FAILED":
        broken = status.get("StateReasonCode") == "EXECUTION_FAILURE"
        return "canary_error" if broken else "failed"
    return STATES.get(status.get("State", ""))


def every_s(canary: dict[str, Any]) -> float | None:
    """Seconds between two runs; None for a cron schedule or a single run."""
    expression = (canary.get("Schedule") or {}).get("Expression", "")
    rate = re.fullmatch(r"rate\(([\d.]+) (minute|hour)s?\)", expression)
    return float(rate[1]) * UNITS[rate[2]] or None if rate else None


@dataclass(slots=True)
class _Seen:
    """The last finished state of a canary, and since when it is so."""

    state: str
    since: datetime | None


@dataclass(slots=True)
class _Look:
    """One place's canaries."""

    context: Context
    place: Place
    ours: tuple[Ours, ...]
    described: dict[str, dict[str, Any]] = field(default_factory=dict)
    described_missing: str = ""
    seen: dict[str, _Seen] = field(default_factory=dict)
    at: datetime | None = None

    async def rows(self) -> tuple[Row, ...]:
        """A row a canary whose name is ours by prefix."""
        aws = self.context.clients.aws
        if self.at is None or real_now() - self.at > timedelta(seconds=SLOW):
            await self._describe(aws)
            self.at = real_now()
        operation, key = "describe_canaries_last_run", "CanariesLastRun"
        runs = await self._pages(aws, operation, key, MaxResults=PAGE)
        last = {run["CanaryName"]: run.get("LastRun") or {} for run in runs}
        rows = []
        for name in dict.fromkeys([*last, *self.described]):
            ours = next((one for one in self.ours if name.startswith(one.prefix)), None)
            if ours is not None:
                await self._follow(aws, name, last.get(name, {}))
                rows.append(self._row(name, ours, last.get(name, {})))
        self.seen = {row.name: self.seen[row.name] for row in rows if row.name in self.seen}
        return tuple(rows)

    async def _describe(self, aws: Aws) -> None:
        found, self.described_missing = await optional(
            self._pages(aws, "describe_canaries", "Canaries", MaxResults=20)
        )
        if found is not None:  # else it costs the judgement of late runs alone
            self.described = {each["Name"]: each for each in found}

    async def _pages(self, aws: Aws, operation: str, key: str, **params: Any) -> list[Any]:
        account, region = self.place.account, self.place.region
        return await aws.pages(account, region, "synthetics", operation, key, **params)

    async def _follow(self, aws: Aws, name: str, run: dict[str, Any]) -> None:
        """Remember since when a canary is as it is; a failing one's earlier runs tell it."""
        state = state_of(run)
        known = self.seen.get(name)
        if state in (None, "running") or (known and known.state == state):
            return
        since = (run.get("Timeline") or {}).get("Completed")
        if state != "passed" and known is None:
            since = await self._began(aws, name, state) or since
        self.seen[name] = _Seen(str(state), since)

    async def _began(self, aws: Aws, name: str, state: str | None) -> datetime | None:
        account, region = self.place.account, self.place.region
        answer, _ = await optional(
            aws.call(account, region, "synthetics", "get_canary_runs", Name=name, MaxResults=PAGE)
        )
        since = None  # unanswered: then it is as old as the run that we saw
        for run in (answer or {}).get("CanaryRuns") or ():
            if state_of(run) not in (state, "running"):
                break
            since = (run.get("Timeline") or {}).get("Completed") or since
        return since

    def _row(self, name: str, ours: Ours, run: dict[str, Any]) -> Canary:
        timeline = run.get("Timeline") or {}
        last_run_at = timeline.get("Completed") or timeline.get("Started")
        state, why = self._judged(name, ours, run, last_run_at)
        seen = self.seen.get(name)
        judged = seen.state if seen and state == "running" else state
        return Canary(
            ref=Ref("canary", self.place.account, name),
            at=self.context.clock.now(),
            owner=ours.owner,
            severity=SEVERITY.get(judged or "", Severity.UNKNOWN),
            missing=self._missing(why),
            name=name,
            state=state,
            since=seen.since if seen and state else None,
            last_run_at=last_run_at,
        )

    def _missing(self, why: str) -> dict[str, str]:
        said = {"state": why} if why else {}
        return said | ({"schedule": self.described_missing} if self.described_missing else {})

    def _judged(
        self, name: str, ours: Ours, run: dict[str, Any], last_run_at: datetime | None
    ) -> tuple[State | None, str]:
        """The state, or why it is not known: a stopped or late canary says nothing of today."""
        canary = self.described.get(name, {})
        status = (canary.get("Status") or {}).get("State", "")
        if status in ("STOPPED", "STOPPING", "ERROR"):
            return None, f"the canary is {status.lower()}"
        if last_run_at is None:
            return None, "it never ran"
        why = self._late(every_s(canary), ours.max_age, last_run_at)
        why = why or ("" if state_of(run) else "the run has no result")
        return (None if why else state_of(run)), why

    def _late(self, every: float | None, max_age: float, last_run_at: datetime) -> str:
        """Why the last run is too old to count; a cron schedule does not say when one is due."""
        late = self.context.clock.now() - last_run_at
        if every is not None:
            due = late > timedelta(seconds=LATE_AFTER * every)
            said = f"no run for {lasting(late.total_seconds())}, due every {lasting(every)}"
            return said if due else ""
        if late <= timedelta(seconds=max_age):
            return ""
        why = "its schedule is not readable" if self.described_missing else "it has no rate"
        return f"last run {lasting(late.total_seconds())} ago; {why}, so {lasting(max_age)} counts"


class Canaries:
    """The Synthetics canaries that the estate claims by prefix."""

    name = "canaries"
    row: type[Row] = Canary

    def parts(self, context: Context) -> Sequence[Part]:
        """One part an account × Region."""
        places = grouped(context.estate.canaries, lambda one: Place(one.account, one.region))
        return [
            part(context, self.name, place, _Look(context, place, some).rows)
            for place, some in places.items()
        ]
