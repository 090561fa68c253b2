"""Puts right what a scenario did, so that the next one begins in a quiet world."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from console.lab.kafka import BROKERS
from console.lab.kubernetes_store import POD
from console.lab.nights import msk
from console.lab.steps import WELL
from console.lab.stories import hosts, slow_page, targets

if TYPE_CHECKING:
    from console.lab.kubernetes import KubernetesServer
    from console.lab.lab import Lab
    from console.lab.world import World


async def undo(lab: Lab) -> None:
    """Everything at its usual level again; what was stays in the metrics' history.

    Faults that were asked for on demand stay: they are switched off where they came from.
    """
    lab.end_story()
    await asyncio.gather(*lab.acting, return_exceptions=True)
    lab.world.forget()
    _world(lab.world)
    hosts.calm(lab.world)
    slow_page.calm(lab.world)
    targets.calm(lab.world)
    lab.web.calm()
    lab.ita.calm()
    msk("ACTIVE")(lab)
    _kubernetes(lab.kubernetes)
    if hasattr(lab, "traffic"):  # a lab may be without Kafka
        await _kafka(lab)


async def _kafka(lab: Lab) -> None:
    if lab.kafka.faults is not None:
        lab.kafka.faults.coordinators.clear()
    for broker in BROKERS:
        await lab.kafka.start_broker(broker)
    lab.traffic.cure()


def _world(world: World) -> None:
    now = world.clock.now()
    for course in world.courses.values():
        if course.points:
            course.ramp(now, course.base, 0)
    for alarm in world.alarms:
        world.set_alarm(alarm.name, "OK", WELL)
    for canary in world.canaries:
        if canary.turns:
            canary.turns.append((now, "PASSED"))


def _kubernetes(server: KubernetesServer) -> None:
    """Pods that were hurt are replaced by new ones: their past would be told for an hour."""
    server.calm()
    controller = server.controller
    controller.memory.clear()
    controller.looping.clear()
    for pod in [pod for pod in controller.pods if pod.restarts or pod.evicted or not pod.started]:
        controller.pods.remove(pod)
        server.store.delete(POD, pod.key[0], pod.name)
