"""Open an estate: configuration, clients, clock, and its place for state on this disk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from console import realm
from console.clients import Clients
from console.modes import make
from console.poll import Context

if TYPE_CHECKING:
    from console.config import Configuration

DEMO = "demo"  # the estate's name in a lab, whatever the configuration calls it


@dataclass(frozen=True, slots=True)
class Opened:
    """An estate that is ready to be asked."""

    configuration: Configuration
    context: Context
    realm: realm.Realm
    name: str


def name_of(configuration: Configuration, where: realm.Realm) -> str:
    """What its state is kept under: a lab's is never mixed with that of the world."""
    return DEMO if where.lab else configuration.estate.estate.name


def state_directory(estate: str) -> Path:
    """Where this estate's journal and histories live; made on first use.

    Private, or a group's where ONCALL_STATE names a directory that a group may write to.
    """
    from platformdirs import user_state_path

    root = os.environ.get("ONCALL_STATE")
    directory = (Path(root) if root else user_state_path("oncall")) / estate
    if not directory.is_dir():
        make(directory)
    return directory


def open_estate(directory: Path | None, *, keep_state: bool = True) -> Opened:
    """Read the configuration (blocking: 0.3 s and more) and make the clients, unused yet.

    Raises ConfigMistakes and NoLab, each with the lines for the person.
    """
    from console.config import find, load

    where = realm.enter()
    configuration = load(find(directory))
    name = name_of(configuration, where)
    state = state_directory(name) if keep_state else None
    estate, windows = configuration.estate, configuration.windows.windows
    flows = configuration.flows.flows
    context = Context(estate, Clients(estate), where.clock, state, windows, flows)
    context.clients.aws.metrics.symptoms(symptoms(configuration))
    return Opened(configuration, context, where, name)


def symptoms(configuration: Configuration) -> frozenset[str]:
    """Facts and metric ids that a case's symptom or a flow names: they are always polled."""
    named: set[str] = set()
    for case in configuration.cases.values():
        for condition in (leaf for symptom in case.when for leaf in symptom.leaves()):
            named |= set(condition.where)
            if condition.source == "metrics" and "id" in condition.where:
                named |= {str(value) for value in condition.where["id"].values}
    return frozenset(named | set(_watched(configuration)))


def _watched(configuration: Configuration) -> Iterator[str]:
    """Metric ids that a stage of a flow is judged or counted by."""
    for flow in configuration.flows.flows.values():
        counted = [(one.counts.source, one.counts.where) for one in flow.stages if one.counts]
        probed = [(one.source, one.where) for each in flow.looks.values() for one in each]
        for source, where in (*counted, *probed):
            if source == "metrics" and "id" in where:
                yield from map(str, where["id"].values)
