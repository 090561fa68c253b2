"""Which cases may go on by themselves, and what must be armed for that. From the configuration."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from console.acting.guards import EMPTIES
from console.model.affairs import Night

if TYPE_CHECKING:
    from console.config import Configuration
    from console.config.cases import Case, Step


def acts_alone(case: Case) -> tuple[Step, ...]:
    """The acts of a case that may be done unattended."""
    return tuple(step for step in case.steps if step.acts_alone)


def nights(configuration: Configuration, scopes: tuple[str, ...]) -> tuple[Night, ...]:
    """Every case with an act marked `auto`."""
    return tuple(
        _night(case, configuration, scopes)
        for case in configuration.cases.values()
        if acts_alone(case)
    )


def _night(case: Case, configuration: Configuration, scopes: tuple[str, ...]) -> Night:
    entries = configuration.remedies.remedies
    steps = acts_alone(case)
    allowed = [entries[step.run] for step in steps if step.run in entries]
    own = set(_clusters(case))
    wanted = own | {s for one in allowed for s in scopes if one.on.scopes and one.on.covers(s)}
    return Night(
        case.id,
        case.title,
        tuple(sorted((s for s in scopes if s in wanted), key=lambda scope: scope not in own)),
        any(one.kind == EMPTIES for one in allowed),
        tuple(_said(step, configuration) for step in steps),
    )


def _clusters(case: Case) -> Iterator[str]:
    """The clusters that the case speaks of."""
    for condition in case.when:
        for leaf in condition.leaves():
            if test := leaf.where.get("cluster"):
                yield from map(str, test.values)


def _said(step: Step, configuration: Configuration) -> str:
    """`rollout restart: platform/dataenricher-js`."""
    entry = configuration.remedies.remedies.get(step.run)
    title = entry.title if entry and entry.title else step.run
    target = step.target
    topics = ", ".join(entry.on.topics if target.still_bad and entry else target.topics)
    what = "/".join(filter(None, (target.namespace, target.deployment))) or topics or target.title
    return f"{step.title or title}: {what}" if what else step.title or title
