"""What a watch without a screen has to ask, and which cases it can judge by that. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from console.model import Entry
from console.sources import DERIVED
from console.watch.watching import MAINTENANCE, speaks_of_maintenance

if TYPE_CHECKING:
    from console.config.cases import Case, Step
    from console.config.conditions import Condition


def asked(cases: Mapping[str, Case], armed: Iterable[str]) -> frozenset[str]:
    """The sources to ask: what maintenances, the cases that speak of them, and armed ones need."""
    wanted = set(armed)
    named = {MAINTENANCE}
    for case in cases.values():
        if case.id in wanted or speaks_of_maintenance(case):
            named |= sources(case)
    return frozenset(_polled(named))


def judged(cases: Mapping[str, Case], asked: frozenset[str]) -> dict[str, Case]:
    """The cases all of whose rows are asked; of the others nothing is said, also not that they end.

    A board that lacks a source would clear their findings and fail their checks.
    """
    return {id: case for id, case in cases.items() if set(_polled(sources(case))) <= asked}


def spoken_of(entries: Iterable[Entry], cases: Mapping[str, Case]) -> tuple[Entry, ...]:
    """What the journal says of findings of these cases, and of everything else."""
    return tuple(
        one
        for one in entries
        if not one.kind.startswith("finding.")
        or str(one.data.get("finding", "")).partition("@")[0] in cases
    )


def sources(case: Case) -> frozenset[str]:
    """Every source that its symptoms and steps look at."""
    looked = {leaf.source for one in case.when for leaf in one.leaves()}
    if case.can_wait and case.can_wait.unless:
        looked |= {leaf.source for leaf in case.can_wait.unless.leaves()}
    return frozenset(looked | {one for step in case.steps for one in _of_step(step)})


def _of_step(step: Step) -> Iterator[str]:
    conditions: tuple[Condition | None, ...] = (step.check, step.wait, step.only_if)
    for one in conditions:
        if one is not None:
            yield from (leaf.source for leaf in one.leaves())
    yield from step.evidence
    target = step.target
    if target.topics:
        yield "kafka_lag"
    elif target.deployment or target.namespace:
        yield "workloads"
    elif target.title or target.source:
        yield target.source or "instances"


def _polled(names: Iterable[str]) -> Iterator[str]:
    """Derived sources by what they are derived from."""
    for name in names:
        yield from DERIVED[name].inputs if name in DERIVED else (name,)
