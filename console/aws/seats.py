"""What a machine must leave before an act on it, and what an earlier act still owes it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from console.aws import drain, machines
from console.aws.balancers import Standing
from console.aws.drain import IN, OUT, Seat, names_of, plain_of, seats_of
from console.aws.targets import well
from console.model import Order, Plan
from console.model.words import lasting, utc
from console.poll import AuthExpired, Failed

if TYPE_CHECKING:
    from console.aws.targets import Machine
    from console.begun import Begun
    from console.remedy import Hands

BY_ANOTHER = "somebody else may have taken it out since that act"
RESTS = Standing((), ("its load balancers were not asked, as it is not running",))
OWED_S = 15.0  # nothing about load balancers keeps a stopped machine from being started


@dataclass(frozen=True, slots=True)
class Seats:
    """What a machine must leave before an act, and what an earlier act still owes it."""

    behind: Standing | None = None
    taken: tuple[Seat, ...] = ()
    owed: tuple[Seat, ...] = ()
    begun: Begun | None = None
    """The act that took it out of those, or of some that it is in again."""
    unread: str = ""
    """Why it is not known of which of them it is still out."""

    @property
    def names(self) -> str:
        """The target groups that it is in afterwards."""
        return names_of((*self.taken, *self.owed))

    def with_act(self, plan: Plan) -> Plan:
        """The act, with what comes before and after it."""
        every = (*self.taken, *self.owed)
        plan = self._noted(plan)
        if not every:
            return plan
        took = _took(self.begun) if self.begun else ""
        out = f"take it out of {names_of(self.taken)}, and wait until it is drained there"
        since = f"{names_of(self.owed)}: it is out of it since {took}"
        will = ((out,) if self.taken else ()) + plan.will
        will += (f"once it is proven and well, register it again in {self.names}",)
        warned = ((since, BY_ANOTHER) if self.owed else ()) + plan.warnings
        longest = lasting(max((seat.delay_s for seat in self.taken), default=0))
        drains = f"up to {longest} to drain, then {plan.takes}" if self.taken else plan.takes
        asked = "requests of its load balancers that end while it drains"
        return replace(
            plan,
            will=will,
            keeps=plan.keeps + ((asked,) if self.taken else ()),
            takes=f"{drains}; then until its load balancers find it healthy",
            requests=(
                *(seat.request(OUT) for seat in self.taken),
                *plan.requests,
                *(seat.request(IN) for seat in every),
            ),
            proof=f"{plan.proof}; then healthy again in {self.names}",
            seen=_seen(plan.seen, every, len(self.taken), len(plan.requests)),
            warnings=warned,
        )

    def _noted(self, plan: Plan) -> Plan:
        """What was seen, or could not be seen, of an earlier act's seats."""
        if self.begun is None or self.owed:
            return plan
        if not self.unread:
            return replace(plan, seen={**plan.seen, "paid": self.begun.act})
        names, took = names_of(seats_of(self.begun.plan)), _took(self.begun)
        doubt = f"it may still be out of {names} since {took}: that cannot be read now"
        then = f"{self.unread}; once it can, the same remedy registers it again"
        return replace(plan, warnings=(f"{doubt} ({then})", *plan.warnings))

    async def back(self, target: Machine, order: Order, hands: Hands) -> Plan | None:
        """Only the end of an act that left a machine out; None where that is not what is left."""
        if self.begun is None or not self.owed or not well(target.status):
            return None
        told = await machines.told(target, order, hands, behind=self.behind)
        told["seen"] = _seen(told["seen"], self.owed, 0, 0)
        return Plan(
            **told,
            title=f"Register {target.sites} · {target.name} again",
            will=(
                f"register {target.name} ({target.id}) again in {self.names}, "
                f"out of it since {_took(self.begun)}",
            ),
            loses=(),
            keeps=("the machine, which runs",),
            takes="until its load balancers find it healthy, 1 to 3 min",
            requests=tuple(seat.request(IN) for seat in self.owed),
            proof=f"healthy in {self.names}",
            finishes=self.begun.act,
            warnings=(BY_ANOTHER,),
        )


def _took(begun: Begun) -> str:
    return f"the act of {utc(datetime.fromisoformat(begun.started_at))}, by {begun.by}"


def _seen(seen: Mapping[str, Any], seats: Sequence[Seat], taken: int, acts: int) -> dict[str, Any]:
    """What a plan keeps for its proof; `groups` are those from which nobody else takes one."""
    groups = sorted({*seen.get("groups", ()), *(seat.arn for seat in seats)})
    each = [plain_of(seat) for seat in seats]
    return {**seen, "groups": groups, "seats": each, "taken": taken, "acts": acts}


async def seats(target: Machine, order: Order, hands: Hands) -> Seats:
    """What is to be taken, where the entry says `drain_first`, and what is owed in any case."""
    begun = await _owing(order, hands)
    if target.state != "running":
        return await _resting(begun, hands)
    drains = hands.allowance(order.remedy).drain_first
    if begun is None and not drains:
        return Seats()
    owed = await _owed(begun, hands) if begun else ()
    behind = await machines.standing(target, order, hands)
    if not drains or (owed and well(target.status)):
        return Seats(behind, (), owed, begun)
    if behind.last and not behind.holding:
        raise Failed(behind.last[0])
    left = {seat.arn for seat in owed}
    others = [(group, some) for group, some in behind.holding if group.arn not in left]
    taken = await drain.seated(target, replace(behind, holding=tuple(others)))
    return Seats(behind, taken, owed, begun)


async def _owing(order: Order, hands: Hands) -> Begun | None:
    """The last act that took it out, unless all of it is known to have been given back since.

    Known is what an act's end saw, or what a later act's plan saw (`paid`).
    """
    words = ("seats", "paid")
    last = await hands.latest(order.targets[0], lambda act: any(map(act.plan.seen.get, words)))
    return last if last and last.plan.seen.get("seats") and not last.settled else None


async def _owed(begun: Begun, hands: Hands) -> tuple[Seat, ...]:
    """Of which it is still out, asked by the journal's ARNs: also where no listener uses one."""
    found = await drain.look(seats_of(begun.plan), begun.plan, hands)
    return tuple(one.seat for one in found if one.is_missing)


async def _resting(begun: Begun | None, hands: Hands) -> Seats:
    """Of a machine that does not run: what is owed, as far as that can be read."""
    if begun is None:
        return Seats(RESTS)
    try:
        async with asyncio.timeout(OWED_S):
            return Seats(RESTS, (), await _owed(begun, hands), begun)
    except AuthExpired:
        raise
    except (Failed, TimeoutError) as error:
        return Seats(RESTS, (), (), begun, str(error) or f"no answer in {OWED_S:g} s")
