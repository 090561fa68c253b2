"""The order page is slow: a release dropped an index, and one statement reads the whole table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from console.drill import Goal
from console.lab.aws.rds import ORDERS
from console.lab.steps import Scenario, canary, ramp

if TYPE_CHECKING:
    from console.lab.lab import Lab
    from console.lab.world import World

DATABASE, PAGE = "order-prod-db", "order-page"
SCAN = next(iter(ORDERS))
BEGAN = 600.0  # seconds before somebody looks
SLOW = {"db_cpu_pct": 87, "db_read_ms": 46, "db_connections": 310, "db_queue_depth": 14}
QUICK = {"db_cpu_pct": 24, "db_read_ms": 1.1, "db_connections": 140, "db_queue_depth": 0.3}
SCANNING = ORDERS | {
    SCAN: {"IO:DataFileRead": 4.6, "CPU": 1.7},
    "UPDATE orders SET state = ? WHERE id = ?": {"CPU": 0.2, "Lock:transactionid": 0.3},
}
"""What its sessions do without the index: the statement of the order page reads all orders."""


def scanned(lab: Lab) -> None:
    """The index is gone: the page's statement reads the whole table, over and over."""
    _statements(lab.world, SCANNING)
    for metric, to in SLOW.items():
        ramp(metric, to, 240, ago=BEGAN, site="order", env="prod")(lab)
    for one in lab.world.canaries:
        if one.name == PAGE:
            one.turns.append((lab.clock.now() - timedelta(seconds=BEGAN), "CANARY_FAILURE"))


def indexed(lab: Lab) -> None:
    """A person's deed: the index is there again."""
    _statements(lab.world, {})
    for metric, to in QUICK.items():
        ramp(metric, to, 30, site="order", env="prod")(lab)
    canary(PAGE, "PASSED")(lab)


def calm(world: World) -> None:
    """Every database as usual."""
    for one in world.databases:
        one.status, one.insights = "available", True
        one.statements = {}
        one.pending.clear()
        one.planned.clear()


def _statements(world: World, told: dict[str, dict[str, float]]) -> None:
    for one in world.databases:
        if one.name == DATABASE:
            one.statements = told


SCENARIOS: Mapping[str, Scenario] = {
    "slow-order-page": Scenario(
        "the maker's order page does not answer in time: its statement lost its index",
        ((0, scanned),),
        goal=Goal(
            good="Ask in the fixed order: the database is busy, and one statement is what it is "
            "busy with. Those who own the schema make the index again; warn the order desk.",
            findings=("slow-order-page@rpg-prod",),
            answers=("warn|tell",),
        ),
    ),
}
