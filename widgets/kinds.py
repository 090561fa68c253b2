"""Which panes there are: their sources, their titles, their columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from console.model import Board, Row, Severity, Snapshot
from widgets.columns import STATE, Column
from widgets.database_columns import DATABASES
from widgets.flow_columns import FLOWS, flow_by_flow, flows_about
from widgets.host_columns import BACKUPS, HOSTS, SIDEKIQ, hosts_about
from widgets.http_columns import HTTP
from widgets.ita_columns import ITA, ita_about, system_first
from widgets.look import Look
from widgets.night_columns import MAINTENANCE
from widgets.orders import Order, by_site, worst_first
from widgets.target_columns import TARGETS
from widgets.tuned import (
    ALARMS,
    CACHES,
    INSTANCES,
    KAFKA,
    METRICS,
    SITES,
    WORKLOADS,
    kafka_about,
)


@dataclass(frozen=True, slots=True)
class Kind:
    """One pane: the sources whose rows it lists, and those only its title speaks of."""

    id: str
    title: str
    short: str
    sources: tuple[str, ...]
    heads: tuple[str, ...] = ()
    guest: str = ""
    """A source of which only homeless rows that are not OK are listed."""
    columns: tuple[Column, ...] = ()
    """Empty: they follow from the rows' facts."""
    about: Callable[[Board, Look], str] | None = None
    """What the title says besides."""
    order: Order = worst_first
    main: bool = False
    """Shown with the others where there is room."""
    costs: bool = False
    """Its title shows what AWS is asked and what that costs."""

    def parts(self, board: Board) -> tuple[Snapshot, ...]:
        """The snapshots whose rows it lists."""
        guests = (p for p in board.parts(self.guest) if any(map(homeless, p.rows)))
        return (*(part for source in self.sources for part in board.parts(source)), *guests)

    def rows(self, parts: Iterable[Snapshot]) -> list[Row]:
        """The rows of these snapshots that it lists."""
        rows: list[Row] = []
        for part in parts:
            if part.source == self.guest:
                rows += (r for r in part.rows if r.severity is not Severity.OK and homeless(r))
            else:
                rows += part.rows
        return rows


def homeless(row: Row) -> bool:
    """Whether a row belongs to no site, so that no row of another pane speaks of it."""
    return not getattr(row, "site", None)


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
        "alarms",
        "Alarms & canaries",
        "Alarms",
        ("alarms", "canaries"),
        guest="metrics",
        columns=ALARMS,
        main=True,
    ),
    Kind(
        "flows",
        "Flows",
        "Flows",
        ("flows",),
        columns=FLOWS,
        about=flows_about,
        order=flow_by_flow,
    ),
    Kind("maintenance", "Maintenance", "Maint", ("maintenance",), columns=MAINTENANCE),
    Kind("ita", "ITA", "ITA", ("ita",), columns=ITA, about=ita_about, order=system_first),
    Kind("instances", "Instances", "EC2", ("instances",), columns=INSTANCES),
    Kind("caches", "Caches", "Caches", ("caches",), columns=CACHES),
    Kind("metrics", "Metrics", "Metrics", ("metrics",), columns=METRICS),
    Kind("brokers", "Brokers", "Brokers", ("kafka_brokers",)),
    Kind("msk", "MSK", "MSK", ("msk",)),
    Kind(
        "hosts",
        "Hosts from the inside",
        "Hosts",
        ("hosts",),
        columns=HOSTS,
        about=hosts_about,
    ),
    Kind("databases", "Databases", "RDS", ("databases",), columns=DATABASES),
    Kind("sidekiq", "Sidekiq", "Sidekiq", ("sidekiq",), columns=SIDEKIQ),
    Kind("backups", "Backups", "Backups", ("backups",), columns=BACKUPS),
    Kind("targets", "Load balancers", "Targets", ("targets",), columns=TARGETS),
    Kind("http", "HTTP", "HTTP", ("http",), columns=HTTP),
)
DIGITS = 9
BY_DIGIT = dict(enumerate(KINDS[:DIGITS], 1))
"""What the digits show; the rest is reached by `tab` and the palette."""


def digit_of(kind: Kind) -> str:
    """The digit of a pane; empty for those beyond the ninth."""
    return next((str(digit) for digit, one in BY_DIGIT.items() if one is kind), "")
