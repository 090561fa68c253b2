"""Nights on which MSK restarts its brokers, each as one script: the order matters, not the clock.

The brokers are really stopped and started; the script goes on when they are in sync again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from console.drill import Cure, Goal
from console.kafka.codes import offsets_partition
from console.lab.kafka import BROKERS
from console.lab.kafka.cluster import OFFSETS_PARTITIONS

if TYPE_CHECKING:
    from console.lab.lab import Lab

EVENING = datetime(2026, 11, 24, 20, 58, tzinfo=ZoneInfo("Europe/Paris")).astimezone(UTC)
"""Two minutes before the shipped window of the maintenance opens."""
MINUTE = 60.0
QUIET, NOTICE, AWAY, BETWEEN, CLOSING = 4 * MINUTE, MINUTE, 4 * MINUTE, 2 * MINUTE, 1.5 * MINUTE
GROUP = "datajs"
HARD_TOPIC = "teamusages.dataEnrichement.heartbeatSercomm.send"
EKS = "eks-v2-prod"
RESTART = Cure("rollout-restart", "platform/dataenricher-js", EKS)
FOUND = ("msk-maintenance@msk-prod",)
EASY = Goal(
    good="Watch it, and wait until it is over; then restart dataenricher-js, look until both "
    "heartbeat topics are read again, and close the checklist.",
    findings=FOUND,
    cures=(RESTART,),
    over=True,
    begins=QUIET,
)
HARD = replace(
    EASY,
    good="The same, and where a topic stays unread after the restart: empty that one topic (its "
    "records are copied first), and restart dataenricher-js once more.",
    cures=(RESTART, Cure("empty-topic", HARD_TOPIC), RESTART),
)
FAULT = Goal(
    good="See that the group's coordinator has failed: leave Deployments and topics as they are, "
    "and call AWS with the text that the checklist has ready.",
    findings=("coordinator-fault@msk-prod",),
    answers=("tell",),
    fine=frozenset(FOUND),
    begins=QUIET,
)
ENDLESS = Goal(
    good="Watch it, and send nothing: the brokers are back, but MSK has not said that it is over.",
    findings=FOUND,
    begins=QUIET,
)
Night = Callable[["Lab"], Awaitable[None]]


def msk(state: str, operation: str = "") -> Callable[[Lab], None]:
    """What MSK says of every cluster; ACTIVE ends the operation under way."""

    def act(lab: Lab) -> None:
        for cluster in lab.world.msk:
            cluster.state, now = state, lab.clock.now()
            if operation:
                number = len(cluster.operations) + 1
                arn = cluster.arn.replace(":cluster/", ":cluster-operation/") + f"/{number}"
                told = {"ClusterArn": cluster.arn, "OperationArn": arn, "StartTime": now}
                kind = {"OperationType": operation, "ClusterType": "PROVISIONED"}
                going = {"OperationState": "UPDATE_IN_PROGRESS"}
                cluster.operations.append(told | kind | going)
            elif state == "ACTIVE":
                for each in cluster.operations:
                    if "EndTime" not in each:
                        each |= {"EndTime": now, "OperationState": "UPDATE_COMPLETE"}

    return act


async def maintenance(lab: Lab) -> None:
    """One broker after the other; datajs hangs from the first on, until it is restarted."""
    await _begin(lab)
    for broker in BROKERS:
        await _restart(lab, broker)
    await _end(lab)


async def hard(lab: Lab) -> None:
    """The same, and a record that nobody gets past waits at the head of one topic."""
    await _begin(lab)
    await _leave(lab, BROKERS[0])
    await lab.traffic.poison(HARD_TOPIC)
    await _come_back(lab, BROKERS[0])
    for broker in BROKERS[1:]:
        await _restart(lab, broker)
    await _end(lab)


async def coordinator_fault(lab: Lab) -> None:
    """After the first broker, the coordinator of datajs cannot load its partition any more."""
    await _begin(lab)
    await _restart(lab, BROKERS[0])
    if (faults := lab.kafka.faults) is not None:
        faults.coordinators.add(offsets_partition(GROUP, OFFSETS_PARTITIONS))
    for broker in BROKERS[1:]:
        await _restart(lab, broker)
    await _end(lab)


async def two_down(lab: Lab) -> None:
    """Broker 2 goes while broker 1 is still away: one replica of three is left."""
    first, second, third = BROKERS
    await _begin(lab)
    await _leave(lab, first)
    await lab.later(AWAY / 2)
    await _leave(lab, second)
    await lab.later(AWAY)
    await lab.kafka.start_broker(first)
    await _come_back(lab, second)
    await _restart(lab, third)
    await _end(lab)


async def never_ends(lab: Lab) -> None:
    """All three brokers come back, and MSK stays in MAINTENANCE."""
    await _begin(lab)
    for broker in BROKERS:
        await _restart(lab, broker)


async def _begin(lab: Lab) -> None:
    await lab.later(QUIET)
    msk("MAINTENANCE", "SECURITY_PATCHING")(lab)
    await lab.later(NOTICE)


async def _end(lab: Lab) -> None:
    await lab.later(CLOSING)
    msk("ACTIVE")(lab)


async def _restart(lab: Lab, broker: int) -> None:
    if broker != BROKERS[0]:
        await lab.later(BETWEEN)  # Kafka alone looks healthy here
    await _leave(lab, broker)
    await _come_back(lab, broker)


async def _leave(lab: Lab, broker: int) -> None:
    """Shut down in order. The consumer's fetch loop stops, its heartbeats go on."""
    lab.traffic.stick(GROUP)
    await lab.kafka.stop_broker(broker)


async def _come_back(lab: Lab, broker: int) -> None:
    """Started some minutes later, and in sync; its leaders move back, a second blip."""
    await lab.later(AWAY)
    await lab.kafka.start_broker(broker)
    await lab.kafka.until_in_sync()
    lab.traffic.stick(GROUP)
