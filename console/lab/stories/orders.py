"""A day on which orders get lost between CRM and MES, while others only take long."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from console.drill import Goal
from console.lab.steps import Scenario

if TYPE_CHECKING:
    from console.lab.lab import Lab

NOON = datetime(2026, 3, 11, 12, 0, tzinfo=ZoneInfo("Europe/Moscow")).astimezone(UTC)
MINUTE = 60.0
LOST, FIRST_AGO, EACH_AGO = 17, 70 * MINUTE, 2 * MINUTE
"""The first of them came so long before noon, the others after it."""
SLOW_AGO = (4 * MINUTE, 6 * MINUTE, 9 * MINUTE)
CALCULATION = 28 * MINUTE  # of 30 that are allowed


def lost(lab: Lab) -> None:
    """Some never get to MES; the prices of three more are calculated for long."""
    orders, now = lab.web.orders, lab.web.clock.now()
    first = orders.number(now) - int(FIRST_AGO // orders.each_s)
    apart = int(EACH_AGO // orders.each_s)
    orders.lost |= {first + number * apart for number in range(LOST)}
    for ago in SLOW_AGO:
        orders.slow[orders.number(now) - int(ago // orders.each_s)] = CALCULATION


SCENARIOS: Mapping[str, Scenario] = {
    "orders-lost": Scenario(
        "17 orders never get from CRM to MES, and 3 more take their time",
        ((0, lost),),
        NOON,
        goal=Goal(
            good="Save the list of what is missing (what is only late is not on it), and give it "
            "to the order desk until somebody answered who makes these orders after all.",
            findings=("orders-lost@order/prod",),
            answers=("tell",),
        ),
    ),
}
