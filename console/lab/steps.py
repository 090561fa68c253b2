"""What scenarios are told in: a world's steps, each an act that a timetable names."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from console.drill import Goal
from console.lab import nights
from console.lab.estate import metric_keys

if TYPE_CHECKING:
    from console.lab.lab import Lab

Step = Callable[["Lab"], Awaitable[object] | object]
V2, LOGS = "platform", "monitoring"  # namespaces of version 2
WELL = "Threshold not crossed"


@dataclass(frozen=True, slots=True)
class Scenario:
    """Steps by the estate second they happen at; `start` where the hour of the day matters."""

    title: str
    steps: tuple[tuple[float, Step], ...] = ()
    start: datetime | None = None
    scripted: bool = False
    """Real brokers cannot play it: the fault is not to be had on demand."""
    goal: Goal = field(kw_only=True)
    """What it asks of whoever practises it."""


def night(title: str, script: nights.Night, goal: Goal, scripted: bool = False) -> Scenario:
    """A night of maintenance, from the evening on."""
    return Scenario(title, ((0, script),), nights.EVENING, scripted, goal=goal)


def ramp(
    metric: str, to: float, over: float, ago: float = 0, site: str = "", env: str = ""
) -> Step:
    """A metric moves to a level as the console shows it; it may have begun some time ago."""

    def act(lab: Lab) -> None:
        at = lab.clock.now() - timedelta(seconds=ago)
        for one in lab.estate.metrics:
            if one.id == metric:
                for key in metric_keys(lab.estate, lab.world, one, site, env):
                    lab.world.courses[key].ramp(at, to / one.scale, over)

    return act


def alarm(name: str, state: str, reason: str) -> Step:
    """A CloudWatch alarm changes its state."""
    return lambda lab: lab.world.set_alarm(name, state, reason)


def leak(deployment: str, begins: float, seconds: float) -> Step:
    """A Deployment's memory climbs from `begins` percent to its limit; restarted, it stays low."""

    def act(lab: Lab) -> None:
        start = lab.clock.now()

        def percent(age: float) -> float:
            gone = (lab.clock.now() - start).total_seconds()
            if age < gone:  # this container is younger than the leak: restarted
                return min(60.0, 35 + age / 60)
            return begins + (100 - begins) * gone / seconds

        lab.kubernetes.set_memory(V2, deployment, percent)

    return act


def when_full(step: Step) -> Step:
    """Only where nobody cleaned up the dumps in time."""

    def act(lab: Lab) -> Awaitable[object] | object:
        full = any(disk.used() > 90 for disk in lab.kubernetes.api.disks.values())
        return step(lab) if full else None

    return act


def cured(thing: str, *steps: tuple[float, Step]) -> Step:
    """A restart of this host or cache ends the story, and these steps follow it."""

    def act(lab: Lab) -> None:
        lab.world.cures[thing] = lambda: lab.tell(steps)

    return act


def canary(name: str, outcome: str) -> Step:
    """From now on a canary's runs end so."""

    def act(lab: Lab) -> None:
        for one in lab.world.canaries:
            if one.name == name:
                one.turns.append((lab.clock.now(), outcome))

    return act


def down(service: str) -> Step:
    """An HTTP service says itself that it is not well."""
    return lambda lab: lab.web.down.add(service)


def unwell(prefix: str) -> Step:
    """The health alarm of somebody else's service."""
    return alarm(f"{prefix}health", "ALARM", "Threshold Crossed: 5 datapoints < 1.0")
