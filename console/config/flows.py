"""The shape of flows.yaml: how something passes through the estate, stage by stage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from typing import Literal, Self

from pydantic import Field, model_validator

from console.config.conditions import Test, parse
from console.config.kinds import Model, Seconds, Span, Words, Zone

READ = {"verdict": parse(["ok", "idle", "catching_up", "slow", "rewound", "silent"])}
"""A group that reads on, or has nothing to read."""
HEARD = {"verdict": parse({"not": "silent"})}
LOUD = ["unknown", "ok", "idle", "catching_up", "slow", "stuck", "rewound", "lost", "ahead"]
SOUNDS = {"verdict": parse(LOUD)}
"""A topic into which something comes, however its readers fare."""


class Probe(Model):
    """One look at rows of any source: what they must be, what must arrive, what they show."""

    title: str = ""
    """What people call it; empty: what the row is called."""
    source: str
    where: Mapping[str, Test] = {}
    """Chooses the rows; every one of them is asked."""
    ok: Mapping[str, Test] = {}
    """What each must be. Where it is not, the stage is broken."""
    arrives: Mapping[str, Test] = {}
    """What each is while something arrives. Where it is not, the stage starves: it is broken only
    if nothing before it is."""
    rate: str = ""
    """The fact that says how many pass here a second; of several rows, their sum."""
    seen: str = ""
    """The fact that says when something was last seen here: a time, or how many seconds ago."""
    every: Span | None = None
    """Something (a robot's, a simulator's) is due here so often; two missed are overdue."""

    @model_validator(mode="after")
    def _one_moment(self) -> Self:
        tests = (*self.where.values(), *self.ok.values(), *self.arrives.values())
        if any(test.op in {"rising", "falling"} for test in tests):
            raise ValueError("a probe knows no earlier values: what rises or falls is for a case")
        if self.every is not None and not self.seen:
            raise ValueError("every needs the fact by which it is seen (seen)")
        return self

    @property
    def judges(self) -> bool:
        """Whether it says itself what its rows must be; else their severity decides."""
        return bool(self.ok or self.arrives or self.rate or self.seen)


class Counts(Model):
    """How many things passed a stage since the flow's day began: a number on a source's row."""

    source: str
    where: Mapping[str, Test] = {}
    fact: str


class Stage(Model):
    """One place something passes on its way; with what the console sees there.

    `topic`, `group`, `deployment` and `canary` are probes in short; `probes` has all others.
    """

    id: str = Field(min_length=1)
    title: str
    owner: str = "ours"
    after: Words | None = None
    """The stages it gets things from; unsaid: the one before. A fork is named by several."""
    kafka: str = ""
    """Cluster of the topic and the group; empty: the flow's. So is `kubernetes`."""
    topic: str = ""
    group: str = ""
    kubernetes: str = ""
    deployment: str = ""
    canary: str = ""
    probes: tuple[Probe, ...] = ()
    allowed: Seconds = 0.0
    """How long a thing may take to come here from the stages before: late is not lost."""
    counts: Counts | None = None
    keys: str = ""
    """The HTTP check that lists what passed here, each with its key and its time."""
    trace: str = ""
    """The HTTP check at whose `trace` address a test alarm shows here."""
    severity: Literal["warning", "critical"] | None = None
    """How bad it is when this stage is broken; unsaid: as the flow says."""


class Flow(Model):
    """The life of an alarm, a heartbeat, an order: its stages in order."""

    title: str
    scope: str = ""
    """Whose rows its stages are; empty: its Kafka or Kubernetes cluster's."""
    kafka: str = ""
    kubernetes: str = ""
    severity: Literal["warning", "critical"] = "critical"
    things: str = "things"
    """What passes, in the plural: `orders`."""
    zone: Zone = "UTC"
    """In which the hour is told from which on things are counted."""
    stages: tuple[Stage, ...] = Field(min_length=1)

    @cached_property
    def before(self) -> Mapping[str, tuple[str, ...]]:
        """Stage → the stages it gets things from."""
        ids = [stage.id for stage in self.stages]
        return {
            stage.id: tuple(ids[max(at - 1, 0) : at] if stage.after is None else stage.after)
            for at, stage in enumerate(self.stages)
        }

    @cached_property
    def depth(self) -> Mapping[str, int]:
        """Stage → how many forks lie before it."""
        forks = Counter(one for earlier in self.before.values() for one in earlier)
        found: dict[str, int] = {}
        for stage, earlier in self.before.items():
            found[stage] = max((found[one] + (forks[one] > 1) for one in earlier), default=0)
        return found

    @cached_property
    def longest(self) -> float:
        """How long a thing may take through all of it at the most, s."""
        return sum(stage.allowed for stage in self.stages)

    @cached_property
    def looks(self) -> Mapping[str, tuple[Probe, ...]]:
        """Stage → all its probes, those written in short first."""
        return {stage.id: (*self._short(stage), *stage.probes) for stage in self.stages}

    def _short(self, stage: Stage) -> list[Probe]:
        kafka, kubernetes = stage.kafka or self.kafka, stage.kubernetes or self.kubernetes
        probes: list[Probe] = []
        read = {"cluster": kafka, "group": stage.group, "topic": stage.topic}
        if stage.group:
            probes.append(_probe("kafka_lag", read, READ, HEARD, "out_per_s"))
        elif stage.topic:
            probes.append(_probe("kafka_lag", read, {}, SOUNDS, "in_per_s"))
        if stage.deployment:
            named = {"cluster": kubernetes, "deployment": stage.deployment}
            probes.append(_probe("workloads", named, {"ready": parse("> 0")}))
        if stage.canary:
            # a canary that is broken itself says nothing of what it looks at
            named = {"name": stage.canary}
            where = {"state": parse({"not": "canary_error"})}
            passed = {"state": parse(["passed", "running"])}
            probes.append(_probe("canaries", named, {}, passed, where=where))
        return probes


def _probe(
    source: str,
    names: Mapping[str, str],
    ok: Mapping[str, object],
    arrives: Mapping[str, object] | None = None,
    rate: str = "",
    where: Mapping[str, object] | None = None,
) -> Probe:
    chosen = {fact: parse(name) for fact, name in names.items() if name}
    return Probe.model_validate(
        {
            "source": source,
            "where": chosen | dict(where or {}),
            "ok": ok,
            "arrives": arrives or {},
            "rate": rate,
        }
    )


class Flows(Model):
    """Everything in flows.yaml."""

    flows: Mapping[str, Flow] = {}
