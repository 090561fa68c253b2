"""Flows made ready to be looked at, and what is kept of each from one look to the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from console.flow.between import Known
from console.flow.rows import Aim
from console.model import Row, Snapshot

if TYPE_CHECKING:
    from console.config.flows import Flow, Probe

BY_THE_CLOCK = frozenset({"within", "older"})
Ground = Sequence[tuple[Snapshot, bool]]
"""What a flow looks at: each part, and whether it may be judged by."""


@dataclass(slots=True)
class Plan:
    """One flow as it is asked: its probes with the rows they aim at."""

    flow: Flow
    aimed: Mapping[str, tuple[tuple[Probe, Aim], ...]]
    sources: frozenset[str]
    timed: bool
    """Time alone changes it: something is due, or its counts are of so long ago."""
    known: Known = field(default_factory=Known)
    ground: Ground = ()
    made: Sequence[Row] = ()

    def same(self, ground: Ground, published: Sequence[Row]) -> bool:
        """Whether nothing that it looks at changed since these rows of it were made."""
        return (
            not self.timed
            and len(ground) == len(self.ground)
            and len(published) == len(self.made) > 0
            and all(a[0] is b[0] and a[1] == b[1] for a, b in zip(ground, self.ground, strict=True))
            and all(a is b for a, b in zip(published, self.made, strict=True))
        )


def ready(flow: Flow) -> Plan:
    """A flow of a configuration, once."""
    probes = [probe for several in flow.looks.values() for probe in several]
    aimed = {
        stage: tuple((probe, Aim.at(probe.source, probe.where)) for probe in several)
        for stage, several in flow.looks.items()
    }
    asked = {probe.source for probe in probes}
    if any(stage.keys for stage in flow.stages):
        asked.add("http")
    asked |= {stage.counts.source for stage in flow.stages if stage.counts}
    timed = any(stage.counts for stage in flow.stages) or any(map(_timed, probes))
    return Plan(flow, aimed, frozenset(asked), timed)


def _timed(probe: Probe) -> bool:
    tests = (*probe.where.values(), *probe.ok.values(), *probe.arrives.values())
    return bool(probe.seen) or any(test.op in BY_THE_CLOCK for test in tests)
