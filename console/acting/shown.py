"""The plans that were shown: only what stands here can be fired, and each of them once."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

from console.acting.guards import weigh
from console.acting.pen import UNWRITTEN, Pen
from console.acting.survey import Survey
from console.model import Guarded, Order, Plan, Proposal
from console.poll import Failed
from console.remedy import Hands, Refused, run

log = logging.getLogger(__name__)
T = TypeVar("T")

PLAN_S = 60.0
SHOWN = timedelta(minutes=15)  # a plan shown longer ago is not fired: it must be shown again


class Shown:
    """Makes plans, has them guarded and written down, and remembers which were shown."""

    def __init__(self, survey: Survey, pen: Pen) -> None:
        self.survey, self.pen = survey, pen
        self._shown: dict[str, Proposal] = {}

    async def propose(self, order: Order) -> Proposal:
        """A plan made now, with what the guards say. Raises Refused where none can be made."""
        try:
            return await sound(self._proposed(order))
        except Refused as refused:
            await self.note(refused, order, self._name())
            raise

    async def _proposed(self, order: Order) -> Proposal:
        return await self.show(await self.plan(order), order)

    async def plan(self, order: Order, shown: Plan | None = None) -> Plan:
        """A plan made now, maybe to be fired in place of the one `shown`. Raises Refused."""
        _, remedy = self.survey.remedy(order)
        if not order.targets:
            raise Refused("there is no target; nothing selected never means all")
        try:
            async with asyncio.timeout(PLAN_S):
                return await remedy.plan(order, replace(self._hands(), shown=shown))
        except TimeoutError:
            raise Refused(f"no plan could be made in {PLAN_S:g} s") from None
        except Failed as error:
            cure = f" ({error.cure})" if error.cure else ""
            raise Refused(f"no plan can be made: {error}{cure}") from error

    def _hands(self) -> Hands:
        """Hands that know what was done before."""
        return replace(self.survey.hands, latest=self.survey.latest)

    async def show(self, plan: Plan, order: Order) -> Proposal:
        """This plan, guarded and written down; from now on it can be fired."""
        circumstances = await self.survey.circumstances(plan, order, ours=False)
        guards, plan = weigh(circumstances), circumstances.plan
        act = self._name()
        told: dict[str, Any] = {**words(order), "plan": plan, "guards": guards}
        try:
            await self.pen.write("remedy.planned", run=order.run, act=act, **told)
        except UNWRITTEN as error:
            guards = (*guards, Guarded("journal", False, f"{error}; nothing can be done"))
        at = self.survey.hands.now_real()
        proposal = Proposal(plan, guards, order, at, act)
        self._shown = {key: one for key, one in self._shown.items() if at - one.at < SHOWN}
        self._shown[act] = proposal
        return proposal

    def take(self, proposal: Proposal) -> None:
        """This very proposal, once. Raises Refused for any other, also for an equal one."""
        if self._shown.get(proposal.act) is not proposal:
            raise Refused("this plan was not shown here, or was fired before")
        del self._shown[proposal.act]

    async def note(self, refused: Refused, order: Order, act: str) -> None:
        """Write a refusal down, where that is possible."""
        told: dict[str, Any] = {"reasons": refused.reasons, **words(order)}
        try:
            await self.pen.write("remedy.refused", run=order.run, act=act, **told)
        except UNWRITTEN:
            return

    def _name(self) -> str:
        """An act's name: when it was shown, and something no other console has."""
        return f"{self.survey.hands.now_real():%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


def words(order: Order) -> dict[str, Any]:
    """What the lines of an act say of its order."""
    told: dict[str, Any] = {"remedy": order.remedy, "case": order.case, "step": order.step}
    return told | ({"unattended": True} if order.unattended else {})


async def sound(step: Awaitable[T], *expected: type[Exception]) -> T:
    """What comes before anything is sent. A fault that nobody expected is a refusal too."""
    told = await run(step)
    if not isinstance(told, Exception):
        return told
    if isinstance(told, (Refused, *expected)):
        raise told
    log.error("a plan failed", exc_info=told)
    fault = f"{type(told).__name__}: {told}"
    raise Refused(f"this program failed before anything was sent ({fault})") from told
