"""One act from its firing to its end: cleared, then written down, then sent, then looked at.

Each stage takes what only the stage before it makes, so that none can be left out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from console.acting.guards import refusals, weigh
from console.acting.locks import TargetLocks
from console.acting.looking import capped, look, said_of, told_of
from console.acting.pen import UNWRITTEN, tellable
from console.acting.shown import sound, words
from console.model import EMPTY, ENDINGS, Guarded, Kind, Plan, Proposal, Verdict
from console.remedy import Hands, Refused, Rejected, run

if TYPE_CHECKING:
    from console.acting.engine import Acts


UNHEARD = "the console ended while an answer was awaited: whether the request arrived is not known"
HALFWAY = "the console ended between two requests: {left}"


class Differs(Exception):
    """The plan made at firing is not the one that was shown."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.plan = plan
        self.refused = Refused("the plan changed since it was shown: it is shown again")


@dataclass(frozen=True, slots=True)
class Cleared:
    """A plan that was shown, is the same now, and that no guard is against."""

    plan: Plan
    guards: tuple[Guarded, ...]
    by: str


@dataclass(frozen=True, slots=True)
class Written:
    """A cleared plan whose start is on the disk."""

    plan: Plan
    by: str
    at: datetime
    """Real time."""
    started_at: str


class Act:
    """One firing of one proposal."""

    def __init__(
        self, acts: Acts, proposal: Proposal, typed: str, overrides: frozenset[str]
    ) -> None:
        self.acts, self.proposal, self.typed = acts, proposal, typed
        # a machine never says that it goes on all the same
        self.overrides = frozenset() if proposal.order.unattended else overrides
        self.allowance, self.remedy = acts.survey.remedy(proposal.order)
        self.sending = False
        """Whether an answer is awaited, or being written down."""
        self.sent = asyncio.Event()
        self.partly: Mapping[str, Any] = EMPTY
        """What the latest of several requests was answered, with `left`, while there is more."""
        self.progress: tuple[str, float] | None = None
        """What it is busy with, and how much of that is done (0 to 1)."""
        self._part = 0
        """Of several requests, how many were answered so far."""
        self._unsaid = ""
        """Why one of these answers is not on the disk."""
        self._undone = False
        """The vendor said no to all of it, or nothing went out: no cool-down begins."""

    async def run(self, locks: TargetLocks) -> Verdict:
        """The whole act. Raises Refused or Differs, and then nothing was sent."""
        written = await self._write(await sound(self._clear(locks), Differs))
        sent = await self._send(written)
        if isinstance(sent, Verdict):
            return await self._end(sent, written)
        told = await self._tell("remedy.sent", written.by, reply=sent)
        sent = {"started_at": written.started_at, **sent}
        verdict = await look(self.acts, self.remedy, written.plan, sent, self.allowance.deadline)
        return await self._end(_also(verdict, told), written)

    async def _clear(self, locks: TargetLocks) -> Cleared:
        """Locked, planned again, guarded again."""
        acts, shown, order = self.acts, self.proposal.plan, self.proposal.order
        self._in_time()
        if shown.typed and self.typed != shown.typed:
            raise Refused(f"{shown.typed} must be typed: data is lost")
        if holder := locks.take(acts.survey.names(shown), acts.pen.by):
            raise Refused(f"another act is in flight on {holder}")
        plan = await acts.shown.plan(order, shown)
        circumstances = await acts.survey.circumstances(plan, order, ours=True)
        plan = circumstances.plan
        if all(one.ok for one in circumstances.identities) and not plan.same_act(shown):
            raise Differs(plan)
        guards = weigh(circumstances)
        if against := refusals(guards, self.overrides):
            raise Refused(*against)
        by = next((one.by for one in circumstances.identities if one.by), acts.pen.by)
        return Cleared(plan, guards, by)

    def _in_time(self) -> None:
        if why := self.acts.too_late(self.proposal):
            raise Refused(why)

    async def _write(self, cleared: Cleared) -> Written:
        """On the disk, with the whole plan, before anything is sent."""
        hands, order = self.acts.hands, self.proposal.order
        started_at = hands.clock.now().isoformat()
        self._in_time()
        try:
            entry = await self.acts.pen.write(
                "remedy.started",
                run=order.run,
                by=cleared.by,
                act=self.proposal.act,
                kind=self.allowance.kind,
                **words(order),
                plan=cleared.plan,
                guards=cleared.guards,
                overrides=sorted(self.overrides),
                started_at=started_at,
                world=hands.world,
            )
        except UNWRITTEN as error:
            raise Refused(f"{error}; nothing was sent") from error
        except asyncio.CancelledError:
            self._unsent(cleared.by, "stopped before anything was sent")
            raise
        return Written(cleared.plan, cleared.by, entry.at, started_at)

    def _unsent(self, by: str, said: str) -> None:
        """Its start is on the disk, and it is certain that nothing follows."""
        order, act = self.proposal.order, self.proposal.act
        told = {"act": act, "step": order.step, "said": said, "sent": False}
        self.acts.pen.write_now("remedy.failed", run=order.run, by=by, **told)

    def _still_armed(self, written: Written) -> None:
        """Writing took its time: whoever disarmed meanwhile is obeyed."""
        if why := self.acts.too_late(self.proposal) or self._against(written.plan):
            self._unsent(written.by, f"{why}; nothing was sent")
            raise Refused(f"{why}; nothing was sent")

    def _against(self, plan: Plan) -> str:
        """Why nothing more of this act may be sent now, or nothing."""
        if why := self.acts.over(self.proposal):
            return why
        armed = self.acts.arms.current()
        if armed is None or not armed.scopes >= set(plan.scopes):
            return f"{self.acts.arms.why}, since the act was begun"
        order = self.proposal.order
        if order.unattended and order.case not in armed.cases:
            return f"{order.case} does not go on by itself any more, since the act was begun"
        return ""

    def _hands(self, written: Written) -> Hands:
        """Hands for several requests: each answer is written down, each next one is weighed."""
        plan, by = written.plan, written.by

        async def partly(reply: Mapping[str, Any], left: str, rest: str = "") -> str:
            self._part += 1
            answer = tellable(reply)
            self.partly = {**answer, "left": left}
            part = {**_nth(self._part, plan), "left": left, "rest": rest}
            try:
                told = await self._tell("remedy.sent", by, reply=answer, **part)
            finally:
                self._heard()
            self._unsaid = self._unsaid or told
            return told

        hands, against = self.acts.hands, partial(self._against, plan)
        return replace(hands, partly=partly, go_on=against, sends=self._sends, tell=self._told)

    def _told(self, text: str, done: float) -> None:
        self.progress = text, done

    def _sends(self) -> None:
        """From here on an answer is awaited."""
        self.sending = True
        self.sent.clear()

    def _heard(self) -> None:
        self.sending = False
        self.sent.set()

    async def _send(self, written: Written) -> Mapping[str, Any] | Verdict:
        """What the vendor answered; a verdict where nothing is left to look at."""
        self._still_armed(written)
        self._sends()
        try:
            reply = await run(self.remedy.apply(written.plan, self._hands(written)))
        except asyncio.CancelledError:
            self._unheard(written.by)
            raise
        finally:
            self._heard()
        if isinstance(reply, Refused | Rejected):
            self._undone = not self._part
            done = (
                "nothing was done"
                if self._undone
                else f"after {self._part} of {len(written.plan.requests)} requests"
            )
            return Verdict("failed", f"{done}: {reply}")
        if isinstance(reply, Exception):
            return await self._lost(reply, written)
        told: Mapping[str, Any] = tellable(reply)
        return told

    def _unheard(self, by: str) -> None:
        """The console ends before it was all done: that much is known."""
        order, act = self.proposal.order, self.proposal.act
        text = UNHEARD if self.sending else HALFWAY.format(**self.partly)
        told = {"act": act, "step": order.step, "text": text}
        self.acts.pen.write_now("note", run=order.run, by=by, **told)

    async def _lost(self, error: Exception, written: Written) -> Verdict:
        """Whether the request arrived is not known, whatever the world looks like."""
        lost = f"no reply came: {said_of(error)}"
        sent = {"started_at": written.started_at, **self.partly, "lost": lost}
        deadline = self.allowance.deadline
        verdict = await look(self.acts, self.remedy, written.plan, sent, deadline)
        if self.partly:
            lost = f"half done, by the answers that came: {self.partly['left']}; {lost}"
        return capped(verdict, lost, half_done=bool(self.partly))

    async def _tell(self, kind: Kind, by: str, **data: Any) -> str:
        """A line after the sending; why it is not on the disk, or nothing: the act goes on."""
        order, act = self.proposal.order, self.proposal.act
        try:
            await self.acts.pen.write(kind, run=order.run, by=by, act=act, step=order.step, **data)
        except UNWRITTEN as error:
            return f"not written down: {error}"
        return ""

    async def _end(self, verdict: Verdict, written: Written) -> Verdict:
        seconds = (self.acts.hands.now_real() - written.at).total_seconds()
        verdict = replace(verdict, seconds=verdict.seconds or round(seconds, 3))
        verdict = _also(verdict, self._unsaid)
        told = await self._tell(
            ENDINGS[verdict.outcome],
            written.by,
            **told_of(verdict),
            **({"sent": False} if self._undone else {}),
        )
        return _also(verdict, told)


def _nth(part: int, plan: Plan) -> dict[str, int]:
    """Which request was answered; nothing where one of the plan stands for more that were sent."""
    of = len(plan.requests)
    return {"request": part, "of": of} if part <= of else {}


def _also(verdict: Verdict, evidence: str) -> Verdict:
    return replace(verdict, evidence=(*verdict.evidence, evidence)) if evidence else verdict
