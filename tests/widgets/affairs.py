"""Literal plans, runs and entries: what the engine might say one night, at a frozen instant."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from console.model import (
    Entry,
    Guarded,
    Order,
    Plan,
    Proposal,
    Ref,
    Request,
    Run,
    RunStep,
    Verdict,
)
from console.model.affairs import Affairs, Card, Doing, Offer
from tests.widgets import boards

REDIS = Ref("cache", "sakai/prod", "sakai-redis")
ORDER = Order("elasticache-reboot", (REDIS,), "load")
PLAN = Plan(
    remedy="elasticache-reboot",
    title="Restart ElastiCache 堺 · sakai-redis",
    targets=(REDIS,),
    scopes=("sakai/prod",),
    where=(
        ("account", "1111-2222-3333 (refinery-prod)"),
        ("region", "ap-northeast-1"),
        ("site", "堺"),
    ),
    will=("reboot node 0001 of sakai-redis (redis 7.1, no replica, cluster mode off)",),
    loses=("everything in the cache: 1.9 GB, 212 sidekiq jobs in 3 queues, 8 in retry",),
    keeps=("logins (database); open screens stay open → consistency check is the next step",),
    takes="about 1.5 to 3 min; the site answers slowly meanwhile",
    requests=(
        Request(
            "elasticache",
            "RebootCacheCluster",
            {"CacheClusterId": "sakai-redis", "CacheNodeIdsToReboot": ["0001"]},
        ),
    ),
    proof='event "Cache node 0001 restarted", then available, then a new run_id',
    typed="sakai-redis",
)
GUARDS = (
    Guarded("armed", True, "sakai/prod armed until 20:44 UTC: load"),
    Guarded("evidence", True, "what decides was read at most 12 s ago"),
    Guarded("in flight", True, "nothing else is in flight on sakai/prod"),
    Guarded("cool-down", True, "nobody is known to have done this before"),
)
PROPOSAL = Proposal(PLAN, GUARDS, ORDER, boards.AT, "act-1")
VERDICT = Verdict(
    "verified",
    "the node restarted and the cache is available",
    ("20:23:51 Cache node 0001 restarted", "run_id a1… → 7f…"),
    102.0,
)
RUN = Run(
    id="7f3a",
    case="load",
    title="Load average",
    finding="load@sakai/prod",
    scope="sakai/prod",
    since=boards.ago(1080),
    opened_at=boards.ago(960),
    by="night-shift",
    steps=(
        RunStep(
            id="look",
            kind="check",
            title="load1 > 10 on both hosts, rising",
            outcome="verified",
            why="13.2, 12.8",
            at=boards.ago(900),
            before=("20:16:00Z instances sakai-prod-web-1: load1=13.2",),
        ),
        RunStep(
            id="tell",
            kind="do",
            title="tell the site's team that a restart is coming",
            outcome="done",
            why="told, ok 21:19",
            at=boards.ago(780),
            by="night-shift",
        ),
        RunStep(
            id="restart",
            kind="run",
            title="elasticache-reboot",
            remedy="elasticache-reboot",
            outcome="verified",
            why="event 21:23:51",
            at=boards.ago(480),
            by="night-shift",
        ),
        RunStep(
            id="fell",
            kind="wait",
            title="load1 < 6 for 5 min",
            say="the queue of permits is worked off first; below 6 nothing is waiting any more.",
            began=boards.ago(130),
            due=boards.ago(-1070),
            now="7.1, falling",
        ),
        RunStep(id="check", kind="do", title="look for inconsistent records since 21:22"),
        RunStep(id="report", kind="contact", title="team", contact="team", message="堺: restarted"),
    ),
)
ENTRIES = (
    Entry(boards.ago(1080), "finding.seen", data={"finding": "load@sakai/prod", "title": "Load"}),
    Entry(
        boards.ago(960),
        "run.opened",
        "7f3a",
        "night-shift",
        {"title": "Load average", "scope": "sakai/prod"},
    ),
    Entry(
        boards.ago(500),
        "armed",
        "",
        "night-shift",
        {"arming": {"scopes": ["sakai/prod"], "reason": "load", "until": "2026-11-24T20:44:00Z"}},
    ),
    Entry(
        boards.ago(495),
        "finding.silenced",
        "",
        "night-shift",
        {"finding": "disk@sakai/stg", "until": "2026-11-30T08:00:00Z", "reason": "known"},
    ),
    Entry(
        boards.ago(490),
        "remedy.started",
        "7f3a",
        "night-shift",
        {"plan": {"title": PLAN.title}, "guards": []},
    ),
    Entry(
        boards.ago(480),
        "remedy.verified",
        "7f3a",
        "night-shift",
        {"said": "the node restarted", "seconds": 102.0},
    ),
    Entry(boards.ago(60), "note", "", "day-shift", {"text": "[b]bold[/b] \x1b[31mred"}),
)
AFFAIRS = Affairs(
    scopes=("sakai/prod", "sakai/stg", "msk-prod"),
    titles=MappingProxyType({"sakai/prod": "堺/prod", "sakai/stg": "堺/stg"}),
    offers={"elasticache-reboot": Offer("restart ElastiCache", "empties the cache")},
    contacts={"team": Card("製油所アプリ担当", "known errors", channels=("chat #refinery",))},
    runs=(RUN,),
    entries=ENTRIES,
)


def doing(key: str, **more: object) -> Affairs:
    """Affairs in which one act is so far."""
    usual: dict[str, object] = {"phase": "shown", "order": ORDER, "proposal": PROPOSAL}
    one = Doing(key=key, **(usual | more))  # type: ignore[arg-type]
    return replace(AFFAIRS, doings={key: one})
