"""An evening on which alarms get no further than dataenricher, until somebody restarts it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from console.drill import Cure, Goal
from console.lab.nights import EKS
from console.lab.steps import WELL, Scenario, alarm, ramp

if TYPE_CHECKING:
    from console.lab.lab import Lab

GROUP, AFTER = "dataenricher", "output"
SEEN = ("robots_event_s", "robots_surveillance_s", "robots_camunda_s", "simulator_event_s")
ROBOTS = ("v2-alarm-robot", "v2-flood-robot", "v2-smoke-robot")
LOOK, PATIENCE, USUAL = 5.0, 660.0, 150.0  # estate seconds
LONGEST = 4 * 3600.0  # then somebody else has restarted it
LONG = 86_400.0


async def hangs(lab: Lab) -> None:
    """It stays a member and reads nothing more: nothing comes out, and the robots notice.

    Its restart ends it, somebody's at last: what waited is read, what comes after it flows again.
    """
    from console.lab.lab import PER_S

    if not hasattr(lab, "traffic"):  # a lab may be without Kafka
        return
    lab.traffic.stick(GROUP)
    lab.traffic.produce(AFTER, 0)
    try:
        _seen(lab, USUAL + LONG, LONG)
        began = lab.clock.now()
        while lab.traffic.stuck(GROUP) and (gone := _gone(lab, began)) < LONGEST:
            if gone >= PATIENCE:
                _robots(lab, "ALARM", "Threshold Crossed: no alarm came out for 10 minutes")
            await lab.later(LOOK)
    finally:
        lab.traffic.unstick(GROUP)
        lab.traffic.produce(AFTER, PER_S)
    _seen(lab, USUAL, 60)
    _robots(lab, "OK", WELL)


def _gone(lab: Lab, began: datetime) -> float:
    return (lab.clock.now() - began).total_seconds()


def _seen(lab: Lab, to: float, over: float) -> None:
    for metric in SEEN:
        ramp(metric, to, over)(lab)


def _robots(lab: Lab, state: str, why: str) -> None:
    for name in ROBOTS:
        alarm(name, state, why)(lab)


SCENARIOS: Mapping[str, Scenario] = {
    "alarm-flow-broken": Scenario(
        "dataenricher hangs: alarms wait before it, and all that comes after it starves",
        ((30, hangs),),
        goal=Goal(
            good="The flow is broken first at dataenricher, and its coordinator answers: restart "
            "that Deployment, and look until its output flows and the robots see theirs.",
            findings=("alarm-flow-broken@msk-prod",),
            cures=(Cure("rollout-restart", "platform/dataenricher", EKS),),
            begins=30,
        ),
    ),
}
