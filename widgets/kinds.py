"""Which panes there are: their sources, their titles, their columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from console.model import Board
from widgets.columns import STATE, Column
from widgets.look import Look
from widgets.orders import Order, by_site, worst_first
from widgets.tuned import ALARMS, CACHES, INSTANCES, KAFKA, SITES, WORKLOADS, kafka_about


@dataclass(frozen=True, slots=True)
class Kind:
    """One pane: the sources whose rows it lists, and those only its title speaks of."""

    id: str
    title: str
    short: str
    sources: tuple[str, ...]
    heads: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    """Empty: they follow from the rows' facts."""
    about: Callable[[Board, Look], str] | None = None
    """What the title says besides."""
    order: Order = worst_first
    main: bool = False
    """Shown with the others where there is room."""
    costs: bool = False
    """Its title shows what AWS is asked and what that costs."""


KINDS = (
    Kind(
        "sites",
        "Sites",
        "Sites",
        ("sites",),
        columns=(STATE, *SITES),
        order=by_site,
        main=True,
        costs=True,
    ),
    Kind(
        "kafka",
        "Kafka",
        "Kafka",
        ("kafka_lag",),
        ("kafka_brokers",),
        columns=KAFKA,
        about=kafka_about,
        main=True,
    ),
    Kind("workloads", "Workloads", "Workloads", ("workloads",), columns=WORKLOADS, main=True),
    Kind(
        "alarms", "Alarms & canaries", "Alarms", ("alarms", "canaries"), columns=ALARMS, main=True
    ),
    Kind("instances", "Instances", "EC2", ("instances",), columns=INSTANCES),
    Kind("caches", "Caches", "Caches", ("caches",), columns=CACHES),
    Kind("metrics", "Metrics", "Metrics", ("metrics",)),
    Kind("msk", "MSK", "MSK", ("msk",)),
    Kind("brokers", "Brokers", "Brokers", ("kafka_brokers",)),
)
