"""Small cases and boards, written the way a configuration writes them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import yaml

from console.config.cases import Case
from console.examples import row_of
from console.match import Memory, Policy, find
from console.model import Board, Finding, Now, Row, Snapshot
from console.sources import row_types

AT = datetime(2026, 3, 10, 3, 30, tzinfo=UTC)  # a Tuesday, 12:30 in Japan
REAL = datetime(2026, 3, 10, 20, 0, tzinfo=UTC)


def case(text: str, **more: Any) -> Case:
    """A case whose `when` (a list, or one condition) is given as YAML."""
    when = yaml.safe_load(text)
    usual = {"id": "c", "title": "C", "severity": "warning"}
    return Case.model_validate(usual | {"when": when if isinstance(when, list) else [when]} | more)


def row(source: str, at: datetime, **told: Any) -> Row:
    """A row with these facts; what is not said is unknown."""
    return row_of(row_types(), source, told, at)


def instance(at: datetime, scope: str = "sakai/prod", name: str = "web-1", **facts: Any) -> Row:
    """An EC2 instance."""
    site, _, env = scope.partition("/")
    told = {"scope": scope, "site": site, "env": env, "name": name, "instance_id": name}
    return row("instances", at, **(told | facts))


def cache(at: datetime, scope: str = "sakai/prod", **facts: Any) -> Row:
    """An ElastiCache node."""
    site, _, env = scope.partition("/")
    told = {"scope": scope, "site": site, "env": env, "cluster_id": f"{site}-redis"}
    return row("caches", at, **(told | facts))


def workload(at: datetime, name: str = "signaling", **facts: Any) -> Row:
    """A Deployment of version 2."""
    told = {"scope": "eks", "cluster": "eks", "namespace": "platform", "deployment": name}
    return row("workloads", at, **(told | facts))


def lag(at: datetime, topic: str = "beat", **facts: Any) -> Row:
    """A group's lag on a topic."""
    told = {"scope": "msk", "cluster": "msk", "group": "datajs", "topic": topic}
    return row("kafka_lag", at, **(told | facts))


def snapshot(source: str, *rows: Row, old_s: float = 0.0, part: str = "p") -> Snapshot:
    """What a part saw, that many real seconds ago; asked every 60 s."""
    return Snapshot(source, part, 60.0, REAL - timedelta(seconds=old_s), rows)


def board(*snapshots: Snapshot) -> Board:
    """These parts and nothing else."""
    return Board().with_(*snapshots)


@dataclass
class Night:
    """Boards one after the other, judged with one memory."""

    cases: list[Case]
    policy: Policy = field(default_factory=Policy)
    memory: Memory = field(default_factory=Memory)
    now: datetime = AT

    def look(self, board: Board, after_s: float = 0.0) -> tuple[Finding, ...]:
        """The findings of the next board, `after_s` of estate time later."""
        self.now += timedelta(seconds=after_s)
        now = Now(self.now, REAL)
        findings, self.memory = find(self.cases, board, self.memory, now, self.policy)
        return findings


def later(now: Now, seconds: float) -> Now:
    """The estate's clock that much on; no real time passes, so that nothing ages."""
    return replace(now, estate=now.estate + timedelta(seconds=seconds))
