"""Job stop of ITA, on or off: whether anything new may start, in all organizations at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.ita.turning import ALL, Switch, already, system_of, turned, wanted
from console.ita.values import JOB_STOP
from console.model import Order, Plan
from console.remedy import Refused

if TYPE_CHECKING:
    from console.remedy import Hands

ORDER = "wrong order: read-only is on without job stop; turn read-only off, then job stop on"
FIRST = "read-only is on: it goes off first, then job stop"
RACE = "a job may still start within seconds: draining looks several times, and not too early"


@dataclass(frozen=True, slots=True)
class ItaJobStop(Switch):
    """Whether anything new starts."""

    kind: str = "ita-job-stop"

    async def plan(self, order: Order, hands: Hands) -> Plan:
        """Read both switches; refused in the wrong order, and where it is so already."""
        api, on = system_of(order, hands), wanted(order, hands)
        mode = await api.mode()
        if mode.job_stop is on:
            raise already(JOB_STOP, on, mode)
        if mode.read_only:
            raise Refused(ORDER if on else FIRST)
        running = await api.running()
        common = turned(JOB_STOP, on, api, mode, order)
        jobs = f"{running.count} running jobs go on to their end"
        if not on:
            return Plan(
                **common,
                will=(f"turn job stop off: jobs start again {ALL}",),
                loses=(),
                keeps=("read-only as it is: off", jobs),
                takes="seconds; what was put in meanwhile starts then",
            )
        return Plan(
            **common,
            will=(f"turn job stop on: nothing new starts {ALL}",),
            loses=("no job of any organization starts until it is off again",),
            keeps=(jobs, "reading and editing: read-only stays off"),
            takes="seconds; the draining after it as long as the longest job",
            warnings=(RACE,),
        )
