"""Flows stage by stage: where one is broken and what starves after it; derived from the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, cast

from console.model import EMPTY, HIDDEN, Board, Ref, Row, Severity, Snapshot
from console.model.stages import LostThing, StageState
from console.poll import Derived, Given

if TYPE_CHECKING:
    from console.config.flows import Flow, Stage
    from console.config.schema import Estate
    from console.flow import Between, Look, Plan, Rows, Standing

INPUTS = (
    *("instances", "caches", "alarms", "canaries", "metrics", "kafka_brokers", "kafka_lag", "msk"),
    *("workloads", "http", "ita", "targets", "databases", "backups"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowStage(Row):
    """Flows stage by stage: where one is broken and what starves after it."""

    flow: str
    flow_title: str = ""
    stage: str
    title: str = ""
    order: int = 0
    after: tuple[str, ...] = ()
    """The stages it gets things from."""
    state: StageState = "unknown"
    first_broken: bool | None = False
    """Broken, and nothing before it is: look here first. None where its state is not known."""
    since: datetime | None = None
    """Since when it is so; None where that began before anybody looked."""
    depth: int = field(default=0, metadata=HIDDEN)
    """How many forks lie before it."""
    worst: Severity = field(default=Severity.UNKNOWN, metadata=HIDDEN)
    """How bad the flow is as a whole: the worst flow is shown first."""
    rate_per_s: float | None = None
    in_per_s: float | None = None
    out_per_s: float | None = None
    last_seen_at: datetime | None = None
    """When a thing that is due (a robot's, a simulator's) was last seen here."""
    overdue_s: float | None = None
    """How late the next one is by now; 0 = it is not."""
    count: int | None = None
    """How many things passed here since the flow's day began."""
    lost: int | None = None
    """How many that passed the stages before are not here, although their time is up."""
    late: int | None = None
    """How many are not here yet, and have time left."""
    lost_things: tuple[LostThing, ...] = ()
    """The ones that are lost, oldest first."""
    counted: str = field(default="", metadata=HIDDEN)
    """What the lists tell, in a sentence."""
    why: str = ""


@dataclass(slots=True)
class _Plans:
    """The flows of a configuration, made ready once."""

    flows: Mapping[str, Flow] = field(default_factory=lambda: EMPTY)
    plans: Mapping[str, Plan] = field(default_factory=dict)

    def of(self, flows: Mapping[str, Flow]) -> Mapping[str, Plan]:
        from console.flow import ready

        if flows is not self.flows:
            self.flows, self.plans = flows, {name: ready(flow) for name, flow in flows.items()}
        return self.plans


class Flows(Derived):
    """One row a stage, a part a flow; what it remembers are the rows that it published last.

    A part is as old as what can be trusted of the flow's inputs; a stage whose own input cannot
    be trusted is unknown, and says so.
    """

    name = "flows"
    row: type[Row] = FlowStage
    inputs = INPUTS

    def __init__(self) -> None:
        self._plans = _Plans()

    def parts(self, snapshot: Snapshot, given: Given) -> tuple[str, ...]:
        """The flows that look at the snapshot's source."""
        plans = self._plans.of(given.flows)
        return tuple(name for name, plan in plans.items() if snapshot.source in plan.sources)

    def ground(self, own: Sequence[Snapshot], given: Given) -> Sequence[Snapshot]:
        """What may be trusted, else all of it."""
        return [one for one in own if one.freshness(given.now.real).trusted] or own

    def derive(self, board: Board, given: Given) -> tuple[Row, ...]:
        """Every stage of every flow; of a flow that nothing changed for, the rows that it has."""
        from console.flow import Rows

        rows = Rows(board, given.now.real)
        found: list[Row] = []
        for name, plan in self._plans.of(given.flows).items():
            ground = [part for source in sorted(plan.sources) for part in rows.parts(source)]
            last = board.snapshots.get((self.name, name))
            published = cast("tuple[FlowStage, ...]", last.rows if last else ())
            if not plan.same(ground, published):
                plan.ground, plan.made = ground, _made(name, plan, rows, published, given)
            found += plan.made
        return tuple(found)

    def part(self, row: Row, estate: Estate) -> str:
        """The flow."""
        return cast("FlowStage", row).flow


def _made(
    name: str, plan: Plan, rows: Rows, published: Sequence[FlowStage], given: Given
) -> list[FlowStage]:
    """Every stage of one flow, in its order."""
    from console.flow import compared, judge, sight

    flow, before = plan.flow, {row.stage: row for row in published}
    looks = {stage: sight(aims, rows, given.now.estate) for stage, aims in plan.aimed.items()}
    standings = judge(flow.before, looks)
    stages = [_Place(name, flow, *each) for each in enumerate(flow.stages)]
    each = [(place, looks[place.stage.id], standings[place.stage.id]) for place in stages]
    bad = [_severity(*one) for one in each]
    worst = max(bad)
    # a stage that nothing looks at is known by the others
    oldest = min((look.at for look in looks.values() if look.at), default=given.now.estate)
    made = [
        _row(*one, (own, worst), before.get(one[0].stage.id), given, oldest)
        for one, own in zip(each, bad, strict=True)
    ]
    return _counted(made, flow, compared(flow, rows, plan.known, given.now.estate))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a stage stands."""

    name: str
    flow: Flow
    order: int
    stage: Stage

    @property
    def ref(self) -> Ref:
        """A stage is of the flow's scope."""
        flow, stage = self.flow, self.stage
        scope = flow.scope or stage.kafka or flow.kafka or flow.kubernetes or self.name
        return Ref("stage", scope, f"{self.name}/{stage.id}")


def _row(
    place: _Place,
    look: Look,
    standing: Standing,
    bad: tuple[Severity, Severity],
    last: FlowStage | None,
    given: Given,
    oldest: datetime,
) -> FlowStage:
    flow, stage = place.flow, place.stage
    return FlowStage(
        ref=last.ref if last else place.ref,
        at=look.at or oldest,
        owner=stage.owner,
        severity=bad[0],
        missing=_missing(look, standing),
        flow=place.name,
        flow_title=flow.title,
        stage=stage.id,
        title=stage.title,
        order=place.order,
        after=flow.before[stage.id],
        state=standing.state,
        first_broken=None if standing.state == "unknown" and look.probed else standing.first,
        depth=flow.depth[stage.id],
        worst=bad[1],
        since=_since(look, standing, last, given.now.estate),
        rate_per_s=look.rate,
        in_per_s=look.in_per_s,
        out_per_s=look.out_per_s,
        last_seen_at=look.seen_at or (last.last_seen_at if last else None),
        overdue_s=look.overdue_s,
        why="; ".join(_why(flow, standing)),
    )


def _why(flow: Flow, standing: Standing) -> tuple[str, ...]:
    if standing.state != "starved":
        return standing.why
    titles = [stage.title for stage in flow.stages if stage.id in standing.roots]
    return (f"nothing comes from {', '.join(titles) or 'the stages before'}", *standing.why)


def _severity(place: _Place, look: Look, standing: Standing) -> Severity:
    """Broken as the flow says; what starves or is late is a warning; unknown is never OK."""
    if standing.state == "broken":
        return Severity[(place.stage.severity or place.flow.severity).upper()]
    if standing.state == "starved" or look.overdue or look.silent:
        return Severity.WARNING
    return Severity.OK if standing.state == "ok" else Severity.UNKNOWN


def _counted(rows: list[FlowStage], flow: Flow, betweens: Mapping[str, Between]) -> list[FlowStage]:
    """The rows with what lists and counts tell; what is lost is as bad as a break of its stage."""
    if not betweens:
        return rows
    found = []
    for row, stage in zip(rows, flow.stages, strict=True):
        between = betweens.get(row.stage)
        if between is not None:
            worse = Severity[(stage.severity or flow.severity).upper()]
            row = replace(
                row,
                at=min(row.at, between.at or row.at),
                count=between.count,
                lost=between.lost,
                late=between.late,
                lost_things=between.things,
                counted=between.said,
                missing={**row.missing, **between.missing},
                severity=max(row.severity, _as_bad(between, worse)),
                why="; ".join(_first_lost(row, between)),
            )
        found.append(row)
    worst = max(row.severity for row in found)
    return [replace(row, worst=worst) for row in found]


def _as_bad(between: Between, worse: Severity) -> Severity:
    """How bad it is what is lost; that nobody knows it is never OK."""
    if between.lost:
        return worse
    return Severity.UNKNOWN if between.gap else Severity.OK


def _first_lost(row: FlowStage, between: Between) -> Iterator[str]:
    """The reasons, what is lost before all else: a narrow screen shows the beginning."""
    if between.lost:
        yield f"{between.lost:,} missing"
    if between.gap:
        yield f"not known what is missing: {between.gap}"
    yield from (one for one in (row.why, between.said) if one)


def _missing(look: Look, standing: Standing) -> Mapping[str, str]:
    if standing.state != "unknown":
        return EMPTY
    return {"state": next(iter(standing.why), "not known")}


def _since(
    look: Look, standing: Standing, last: FlowStage | None, now: datetime
) -> datetime | None:
    """Since when: as the row tells that shows it, else since this console saw it turn."""
    if last is not None and last.state == standing.state:
        return last.since
    if standing.state == "broken" and look.since is not None:
        return look.since
    if last is None:
        return None
    # what was not known in between was not well either: the time counts from there
    return last.since if last.state == "unknown" else now
