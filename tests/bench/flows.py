"""Evaluation of 50 flows of 20 stages, and all that comes with it when every row is new."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any

from console.config.flows import Flow
from console.config.schema import Estate
from console.derive import derive
from console.flow import Look, judge
from console.match import Truth
from console.model import Board, Now, Ref, Severity, Snapshot
from console.poll import Given
from console.sources.flows import Flows
from console.sources.kafka_lag import GroupLag
from console.sources.workloads import Workload
from tests.bench.figure import against, percentile

FLOWS, STAGES, ROUNDS, GOAL_MS, FRAME_MS = 50, 20, 60, 5.0, 16.0
AT = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def _stage(flow: int, number: int) -> dict[str, Any]:
    """Deployments and groups in turn; behind the tenth the flow forks."""
    name = f"s{flow}-{number}"
    looks = {"deployment": name} if number % 2 else {"group": name}
    after = {"after": "s10"} if number > 10 else {}
    return {"id": f"s{number}", "title": name, **looks, **after}


def _flows() -> dict[str, Flow]:
    shape = {"title": "F", "kafka": "msk", "kubernetes": "eks"}
    return {
        f"f{flow}": Flow.model_validate(
            {**shape, "stages": [_stage(flow, number) for number in range(STAGES)]}
        )
        for flow in range(FLOWS)
    }


def _board(at: datetime) -> Board:
    names = [f"s{flow}-{number}" for flow in range(FLOWS) for number in range(STAGES)]
    lags = tuple(
        GroupLag(
            ref=Ref("lag", "msk", f"{name}/t"),
            at=at,
            severity=Severity.OK,
            cluster="msk",
            group=name,
            topic="t",
            in_per_s=2.0,
            out_per_s=2.0,
            verdict="stuck" if name.endswith("-4") else "ok",
        )
        for name in names[::2]
    )
    workloads = tuple(
        Workload(
            ref=Ref("deployment", "eks", f"platform/{name}"),
            at=at,
            severity=Severity.OK,
            cluster="eks",
            namespace="platform",
            deployment=name,
            ready=2,
            desired=2,
        )
        for name in names[1::2]
    )
    kafka = Snapshot("kafka_lag", "msk", 5.0, at, lags)
    return Board().with_(kafka, Snapshot("workloads", "eks", 10.0, at, workloads))


def _took(do: Callable[[int], object]) -> tuple[float, float]:
    """Median and 95th percentile of many rounds, ms."""
    took = []
    for round_ in range(ROUNDS):
        began = perf_counter()
        do(round_)
        took.append((perf_counter() - began) * 1000)
    return percentile(took[1:], 0.5), percentile(took[1:], 0.95)


def measure() -> list[str]:
    """The judgement alone, then all of it as the console does it: read, judge, publish."""
    flows, estate, source = _flows(), Estate(estate={"name": "b", "title": "B"}), Flows()  # type: ignore[arg-type]
    broken = {f"s{number}": Look(rate=2.0) for number in range(STAGES)}
    broken["s4"] = Look(holds=Truth.NO, rate=0.0)
    size = f"{FLOWS} flows × {STAGES} stages, a break in each"
    middle, slow = _took(lambda _: [judge(flow.before, broken) for flow in flows.values()])
    told = f"{size}, judged: {middle:.1f} ms, p95 {slow:.1f} ms"
    kept = [_board(AT)]

    def whole(round_: int, board: Board) -> None:
        at = AT + timedelta(seconds=5 * round_)
        made = derive(source, board, Given(estate, Now(at, at), flows=flows))
        assert sum(len(one.rows) for one in made) == FLOWS * STAGES
        kept[0] = board.with_(*made)

    boards = [_board(AT + timedelta(seconds=5 * round_)) for round_ in range(ROUNDS)]
    every, worst = _took(
        lambda round_: whole(
            round_,
            kept[0].with_(*boards[round_].parts("kafka_lag"), *boards[round_].parts("workloads")),
        )
    )
    other = Snapshot("alarms", "a", 60.0, AT, ())
    none, _ = _took(lambda _: whole(ROUNDS, kept[0].with_(other)))
    return [
        against(told, middle, GOAL_MS),
        against(
            f"the whole of it, every row new: {every:.1f} ms, p95 {worst:.1f} ms", every, FRAME_MS
        ),
        f"the whole of it where no flow looks at what is new: {none:.1f} ms",
    ]
