"""Literal maintenances: what the console might know of one night, at a frozen instant."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from console.config.schema import MaintenanceBudget
from console.maintenance import budget
from console.maintenance.values import Kafka, Look, Memory, Node
from console.model import Board, Entry, Finding, Ref, Run, RunStep, Severity, Trouble
from console.model.affairs import Affairs, Night, Offer, Ring
from console.sources.maintenance import Happening, Lane, Level, Maintenance, Watched
from tests.widgets import boards
from tests.widgets.boards import ago

REF = Ref("maintenance", "msk-prod", "msk-prod")
SAVE = "teamusages.dataEnrichementCrow.heartbeat.save"
SEND = "teamusages.dataEnrichement.heartbeatSercomm.send"


def minutes(past: float) -> datetime:
    """That many minutes before the night's instant, 21:32."""
    return ago(past * 60)


LANES = (
    Lane(1, ((minutes(60), "up"), (minutes(25), "down"), (minutes(17), "behind"),
             (minutes(15), "up")), 20, 12),
    Lane(2, ((minutes(60), "up"), (ago(245), "down")), 20, 0),
    Lane(3, ((minutes(60), "up"),), 20, 48),
)  # fmt: skip
LEVELS = tuple(
    Level(minutes(at), under, 0)
    for at, under in ((30, 0), (25, 41), (17, 30), (16, 8), (15, 0), (4, 41))
)
HAPPENINGS = (
    Happening(minutes(28), "the maintenance has begun: MAINTENANCE (SECURITY_PATCHING)"),
    Happening(minutes(25), "broker 1 left the metadata"),
    Happening(minutes(17), "broker 1 is back and catches up"),
    Happening(minutes(15), "broker 1 in sync again after 2 min"),
    Happening(ago(245), "broker 2 left the metadata"),
)
WATCHED = (
    Watched("datajs", SAVE, 3, 3, 12403, 40.1, 0.0, "stuck", "committed offset unmoved for 4 min",
            Watched("datajs", SAVE, 3, 3, 12, 40.0, 40.2, "ok")),
    Watched("datajs", SEND, 3, 3, 14, 22.0, 22.1, "ok", "",
            Watched("datajs", SEND, 3, 3, 11, 22.0, 22.0, "ok")),
)  # fmt: skip
USUAL: dict[str, Any] = {
    "ref": REF,
    "at": boards.AT,
    "cluster": "msk-prod",
    "state": "MAINTENANCE",
    "operation": "SECURITY_PATCHING",
    "began": minutes(28),
    "under_replicated": 41,
    "leaderless": 0,
    "preferred_pct": 61.0,
    "brokers_left": 1,
    "lanes": LANES,
    "levels": LEVELS,
    "happenings": HAPPENINGS,
    "watched": WATCHED,
}


def worded(row: Maintenance) -> Maintenance:
    """The row with what would be said of it."""
    nodes = tuple(
        Node(one.broker, one.standing != "down", behind=12 * (one.standing == "behind"))
        for one in row.lanes
    )
    under, without = row.under_replicated or 0, row.leaderless or 0
    seen = Kafka(boards.AT, nodes, 3, under, without, without, row.preferred_pct)
    look = Look(at=boards.AT, budget=MaintenanceBudget(), kafka=seen)
    memory = Memory(planned=True, kafka_at=boards.AT, unexpected=budget.shown(row, look))
    row = replace(row, memory=memory)
    told, not_so = budget.expected(row, look), budget.unexpected(row, look)
    return replace(row, expected=told, unexpected=not_so)


DOWN = worded(
    Maintenance(
        **USUAL,
        severity=Severity.WARNING,
        phase="broker_down",
        broker=2,
        since=ago(245),
    )
)
TWO_DOWN = worded(
    replace(
        DOWN,
        severity=Severity.CRITICAL,
        leaderless=7,
        lanes=(*LANES[:2], Lane(3, ((minutes(60), "up"), (ago(90), "down")), 20, 0)),
        levels=(*LEVELS, Level(ago(90), 48, 7)),
        happenings=(*HAPPENINGS, Happening(ago(90), "broker 3 left the metadata", False)),
    )
)
UNSEEN = replace(
    DOWN,
    expected=(),
    under_replicated=None,
    leaderless=None,
    preferred_pct=None,
    lanes=tuple(replace(one, moves=(*one.moves, (ago(115), "unknown"))) for one in LANES),
    levels=(*LEVELS, Level(ago(115), None, None)),
    missing={
        "phase": "as it was last seen: no broker answers",
        **dict.fromkeys(("under_replicated", "leaderless", "lanes"), "no broker answers"),
    },
    ages={"phase": ago(120)},
)
BACK = Lane(
    3,
    ((minutes(120), "up"), (minutes(64), "down"), (minutes(60), "behind"), (minutes(59), "up")),
    20, 20,
)  # fmt: skip
OVER = replace(
    DOWN,
    severity=Severity.OK,
    phase="over",
    broker=None,
    since=minutes(52),
    healthy_since=minutes(57),
    began=minutes(93),
    state="ACTIVE",
    brokers_left=0,
    expected=(),
    under_replicated=0,
    preferred_pct=98.0,
    lanes=(
        Lane(1, ((minutes(120), "up"), (minutes(90), "down"), (minutes(84), "behind"),
                 (minutes(82), "up")), 20, 20),
        Lane(2, ((minutes(120), "up"), (minutes(77), "down"), (minutes(72), "behind"),
                 (minutes(71), "up")), 20, 20),
        BACK,
    ),
    levels=(Level(minutes(90), 41, 0), Level(minutes(59), 0, 0)),
    happenings=(Happening(minutes(59), "broker 3 in sync again after 1 min"),
                Happening(minutes(52), "over: unbroken for 5 min")),
)  # fmt: skip
QUIET = Maintenance(
    ref=REF,
    at=boards.AT,
    cluster="msk-prod",
    severity=Severity.OK,
    phase="quiet",
    state="ACTIVE",
    under_replicated=0,
    leaderless=0,
    preferred_pct=100.0,
    lanes=tuple(Lane(n, ((minutes(600), "up"),), 20, 20) for n in (1, 2, 3)),
)
STAGING = replace(
    QUIET,
    ref=Ref("maintenance", "msk-stg", "msk-stg"),
    cluster="msk-stg",
    phase="started",
    severity=Severity.WARNING,
)
FINDING = Finding(
    case="msk-maintenance",
    title="MSK maintenance",
    scope="msk-prod",
    severity=Severity.WARNING,
    since=minutes(28),
    evidence=(REF,),
    why=("maintenance msk-prod: phase broker_down",),
    offers=("rollout-restart",),
    scopes=("msk-prod",),
)
LOAD = Finding("load", "Load average", "sakai/prod", Severity.CRITICAL, minutes(18))
RUN = Run(
    id="a1b2",
    case="msk-maintenance",
    title="MSK maintenance",
    finding=FINDING.id,
    scope="msk-prod",
    scopes=("msk-prod", "eks-v2-prod"),
    since=minutes(28),
    opened_at=minutes(27),
    steps=(
        RunStep(id="over", kind="wait", title="until it is over", auto=True, began=minutes(27)),
        RunStep(id="restart", kind="run", title="rollout-restart", remedy="rollout-restart"),
        RunStep(id="flows", kind="wait", title="both topics are read", auto=True),
    ),
)
NIGHT = Night(
    "msk-maintenance",
    "MSK maintenance",
    ("msk-prod", "eks-v2-prod"),
    True,
    ("restart dataenricher-js", "empty the topics that are still bad"),
)
AFFAIRS = Affairs(
    scopes=("sakai/prod", "msk-prod", "eks-v2-prod"),
    titles={"sakai/prod": "堺/prod"},
    offers={"rollout-restart": Offer("restart dataenricher-js")},
    able=frozenset({"msk-maintenance"}),
    nights=(NIGHT,),
    runs=(RUN,),
)
RING = Ring("msk-prod", "broker 3 is away, too: two brokers are down at once", ago(90), 2)
MISSED = (
    Entry(ago(400), "finding.seen", data={"finding": "load@sakai/prod", "title": "Load average"}),
    Entry(ago(390), "note", data={"text": "not worth telling"}),
    Entry(
        ago(245),
        "watch.phase",
        data={"cluster": "msk-prod", "from": "between", "to": "broker_down", "broker": 2},
    ),
    Entry(ago(90), "watch.rang", data={"cluster": "msk-prod", "text": RING.text}),
)
DENIED = Trouble("the brokers do not answer", ago(200))


def night(*rows: Maintenance, old: float = 2, trouble: Trouble | None = None) -> Board:
    """The night of the boards with these maintenances, and the finding of the first."""
    rows = tuple(replace(row, at=ago(old)) for row in rows)
    parts = [
        boards.snapshot("maintenance", (row,), part=row.cluster, old=old, interval=5,
                        trouble=trouble)
        for row in rows
    ]  # fmt: skip
    calls = rows[0].phase not in ("quiet", "expected")
    return replace(boards.night().with_(*parts), findings=(LOAD, *([FINDING] * calls)))
