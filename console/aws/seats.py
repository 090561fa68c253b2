"""What a machine must leave before an act on it, and what an earlier act still owes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from console.aws import drain, machines
from console.aws.drain import IN, OUT, Seat, names_of, plain_of, seats_of
from console.aws.targets import well
from console.model import Order, Plan
from console.model.words import lasting, utc
from console.poll import Failed

if TYPE_CHECKING:
    from console.acting.begun import Begun
    from console.aws.balancers import Standing
    from console.aws.targets import Machine
    from console.remedy import Hands

BY_ANOTHER = "somebody else may have taken it out since that act"


@dataclass(frozen=True, slots=True)
class Seats:
    """What a machine must leave before an act, and what an earlier act still owes it."""

    behind: Standing | None = None
    taken: tuple[Seat, ...] = ()
    owed: tuple[Seat, ...] = ()
    begun: Begun | None = None
    """The act that took it out of those."""

    @property
    def names(self) -> str:
        """The target groups that it is in afterwards."""
        return names_of((*self.taken, *self.owed))

    def with_act(self, plan: Plan) -> Plan:
        """The act, with what comes before and after it."""
        every = (*self.taken, *self.owed)
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
    drains = hands.allowance(order.remedy).drain_first
    begun = await hands.latest(order.targets[0], lambda act: bool(act.plan.seen.get("seats")))
    if begun is not None and begun.verified:
        begun = None
    if begun is None and not drains:
        return Seats()
    behind = await machines.standing(target, order, hands)
    if behind.last and not behind.holding:
        raise Failed(behind.last[0])
    owed = drain.missing(seats_of(begun.plan), behind) if begun else ()
    if not drains or target.state != "running" or (owed and well(target.status)):
        return Seats(behind, (), owed, begun)
    left = {seat.arn for seat in owed}
    others = [(group, some) for group, some in behind.holding if group.arn not in left]
    taken = await drain.seated(target, replace(behind, holding=tuple(others)))
    return Seats(behind, taken, owed, begun)
