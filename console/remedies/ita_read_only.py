"""Read-only of ITA, on or off. On only under job stop, and only once nothing runs any more.

In read-only the backyards no longer look after what they started: a job that still runs then
would never be told of its end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from console.ita.draining import APART_S, FIRST_S, GAP, ZEROS, Draining
from console.ita.turning import ALL, Switch, already, named, system_of, turned, wanted
from console.ita.values import AGENTS, JOB_STOP, READ_ONLY
from console.model import Order, Plan, Ref
from console.proof import rest
from console.remedy import Refused

if TYPE_CHECKING:
    from console.begun import Begun
    from console.ita.api import ItaApi
    from console.ita.values import Running
    from console.remedy import Hands

STOP_FIRST = "job stop is off: turn it on first, and wait until nothing runs any more"


@dataclass(frozen=True, slots=True)
class ItaReadOnly(Switch):
    """Whether anything can be changed."""

    kind: str = "ita-read-only"

    async def plan(self, order: Order, hands: Hands) -> Plan:
        """Read both switches; before on, look three times that nothing runs."""
        api, on = system_of(order, hands), wanted(order, hands)
        mode = await api.mode()
        if mode.read_only is on:
            raise already(READ_ONLY, on, mode)
        if not on:
            return Plan(
                **turned(READ_ONLY, on, api, mode, order),
                will=(f"turn read-only off: data can be changed again {ALL}",),
                loses=(),
                keeps=(f"job stop as it is: {'on' if mode.job_stop else 'off'}",),
                takes="seconds; job stop goes off after it",
            )
        if not mode.job_stop:
            raise Refused(STOP_FIRST)
        running = await _drained(api, order.targets[0], hands)
        if (again := await api.mode()) != mode:
            raise Refused(f"it was {mode} and is {again}: somebody else is at it")
        return Plan(
            **turned(READ_ONLY, on, api, mode, order),
            will=(f"turn read-only on: nothing can be created or changed {ALL}",),
            loses=("no data of any organization can be changed until it is off again",),
            keeps=("reading, and job stop: on",),
            takes="seconds",
            warnings=tuple(_warnings(api, running)),
        )


async def _drained(api: ItaApi, target: Ref, hands: Hands) -> Running:
    """The last of three looks that found nothing. Raises Refused with what still runs."""
    since = await _since(target, hands)
    draining = Draining(since, seen=hands.clock.now())
    waited = (hands.clock.now() - since).total_seconds()
    await rest(hands, FIRST_S - waited) if waited < FIRST_S else None
    while True:
        running = await api.running()
        if running.count:
            raise Refused(f"{running.count} running: {named(running.jobs)}; wait until none is")
        draining = draining.looked(hands.clock.now(), True, running.count)
        if draining.zeros >= ZEROS:
            return running
        await rest(hands, APART_S)


async def _since(target: Ref, hands: Hands) -> datetime:
    """Since when job stop is on without a break, as far as is known; now, where nobody knows.

    An act of ours that turned it on says nothing once anybody may have turned it off since.
    """
    now = hands.clock.now()
    row = next((row for row in hands.board().rows("ita") if row.ref == target), None)
    since: datetime | None = getattr(row, "job_stop_since", None)
    if row is None or since is None or not getattr(row, "job_stop", None) or now - row.at > GAP:
        return now
    last = await hands.latest(target, _turned)
    if last is None:
        return min(since, now)
    turned = datetime.fromisoformat(last.started_at)
    if _on(last):
        return min(max(since, turned), now)
    return since if turned < since <= now else now


def _turned(act: Begun) -> bool:
    """Whether it turned job stop, either way."""
    return any(JOB_STOP in request.params for request in act.plan.requests)


def _on(act: Begun) -> bool:
    return any(request.params.get(JOB_STOP) == "1" for request in act.plan.requests)


def _warnings(api: ItaApi, running: Running) -> Iterator[str]:
    if api.settings.agents:
        yield AGENTS
    if running.conductors:
        yield f"{running.conductors} conductors are listed; what they run is counted, they are not"
