"""The board as it stands at the end of the made-up shift."""

from __future__ import annotations

from datetime import datetime, timedelta

from console.model import Board, Finding, Ref, Severity, Snapshot
from console.sources.metrics import Metric
from console.sources.sites import SiteHealth
from tests.handover.named import (
    BEGAN,
    CONFIGURATION,
    CROW,
    DISK,
    ENDED,
    LOAD,
    MEMORY,
    MONDAY,
    PUSH,
)


def board() -> Board:
    """What is there at the end of it."""
    findings = (
        found(LOAD, 60, Severity.CRITICAL, "load1 13.2 (rule: > 10, for 3m)", by="M."),
        found(DISK, 400, Severity.CRITICAL, "disk_pct 93 (rule: > 90, for 10m)"),
        found(PUSH, 200, Severity.WARNING, "value 240 s (rule: > 60, for 5m)", by="M."),
        found(CROW, 300, Severity.WARNING, "value 87 % (rule: > 85, for 5m)", deferred=MONDAY),
        found(MEMORY, 320, Severity.WARNING, "mem_pct 92", silenced=BEGAN + timedelta(minutes=600)),
    )
    sites = tuple(
        health(name, severity, *because)
        for name, severity, *because in (
            ("mizushima", Severity.OK),
            ("kashima", Severity.OK),
            ("sakai", Severity.CRITICAL, "sakai-prod-web-1: load1 13.2"),
            ("kawasaki", Severity.CRITICAL, "kawasaki-prod-web-1: disk_pct 93 on /var"),
            ("negishi", Severity.UNKNOWN, "metrics: no answer yet"),
            ("marifu", Severity.WARNING, "marifu-prod-web-1: mem_pct 88"),
        )
    )
    late = Metric(
        ref=Ref("metric", "eks-v2-prod", "push_delay_s"),
        at=ENDED,
        id="push_delay_s",
        value=240.0,
        unit="s",
        severity=Severity.WARNING,
        because=("push_delay_s 240 s",),
    )
    seen = Snapshot("sites", "", 60.0, ENDED, sites), Snapshot("metrics", "", 60.0, ENDED, (late,))
    return Board(findings=findings).with_(*seen)


def health(name: str, severity: Severity, *because: str) -> SiteHealth:
    ref = Ref("site", f"{name}/prod", name)
    return SiteHealth(ref=ref, at=ENDED, site=name, env="prod", severity=severity, because=because)


def found(
    id: str,
    minutes: float,
    severity: Severity,
    why: str,
    by: str = "",
    deferred: datetime | None = None,
    silenced: datetime | None = None,
) -> Finding:
    case, _, scope = id.partition("@")
    told = CONFIGURATION.cases[case]
    return Finding(
        case,
        told.title,
        scope,
        severity,
        BEGAN + timedelta(minutes=minutes),
        owner=told.owner,
        deferred_until=deferred,
        silenced_until=silenced,
        why=(why,),
        acknowledged_by=by,
        scopes=(scope,),
    )
