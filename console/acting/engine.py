"""The one place that acts: nothing is sent that was not shown, guarded and written down first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

from console.acting.act import Act, Differs
from console.acting.arming import ANEW, CLOSED, Arms
from console.acting.locks import Aside, Lock, TargetLocks
from console.acting.looking import look_again
from console.acting.pen import UNWRITTEN, Pen
from console.acting.shown import SHOWN, Shown, sound
from console.acting.survey import Survey
from console.begun import Begun
from console.journal import Journal
from console.lookout import scopes_of
from console.model import Arming, Changed, Order, Proposal, Verdict
from console.remedies import REMEDIES
from console.remedy import Hands, Refused, Remedy

T = TypeVar("T")
CLOSING = "the console is closing: nothing new is begun"


class Acts:
    """Arm, propose, fire, look again. One for each console; every console has the same rules."""

    def __init__(
        self,
        hands: Hands,
        journal: Journal,
        directory: Path,
        by: str,
        read_only: bool,
        *,
        remedies: Mapping[str, Remedy] = REMEDIES,
        steady: Callable[[], float] = monotonic,
        aside: bool = False,
    ) -> None:
        """`aside`: the operator's lock is left to consoles."""
        self.hands, self.directory = hands, directory
        self.pen = Pen(journal, by)
        lock = Aside() if aside else Lock(directory / "operator.lock")
        self.arms = Arms(lock, by, read_only, hands.now_real, steady)
        self.survey = Survey(hands, self.arms, journal, directory / "locks", remedies)
        self.shown = Shown(self.survey, self.pen)
        self._flying: set[asyncio.Task[Any]] = set()
        self._acts: set[Act] = set()
        self._closing = False

    @property
    def armed(self) -> Arming | None:
        """What is armed now; it ends by itself."""
        return self.arms.current()

    def barred(self) -> str:
        """Why this console cannot be armed at all, in short; empty when it can."""
        return "" if self._closing else self.arms.barred()  # a place given back is not taken again

    async def arm(
        self,
        scopes: Iterable[str],
        minutes: float,
        reason: str,
        cases: Iterable[str] = (),
        may_empty_topics: bool = False,
    ) -> Arming:
        """Arm these scopes and no others, once that is written down. Raises Refused."""
        if self._closing:
            raise Refused(CLOSING)
        known, cases = scopes_of(self.hands.context), tuple(cases)
        self._may_go_on(cases)
        arming = self.arms.grant(scopes, minutes, reason, cases, may_empty_topics, known)
        self.survey.lockable(arming.scopes)
        self.arms.end(ANEW)
        try:
            await self._write_ends()
            await self.pen.write("armed", arming=arming, console=self.arms.lock.console)
        except UNWRITTEN as error:
            raise Refused(f"{error}; nothing is armed") from error
        self.arms.set(arming)
        return arming

    def _may_go_on(self, cases: Iterable[str]) -> None:
        """Whether there are such cases, with something to do unattended. Raises Refused."""
        known = self.hands.configuration.cases
        for id in cases:
            if id not in known:
                raise Refused(f"{id}: there is no such case")
            if not any(step.acts_alone for step in known[id].steps):
                raise Refused(f"{id}: none of its acts is marked `auto`")

    async def disarm(self, why: str) -> None:
        """Disarm at once; the journal is told after."""
        self.arms.end(why)
        await self.tick()

    async def tick(self) -> None:
        """Once a second: notice an arming that ended, and write it down."""
        self.arms.current()
        with suppress(*UNWRITTEN):  # it is disarmed all the same, and the next tick tries again
            await self._write_ends()

    async def _write_ends(self) -> None:
        """Before anything is armed anew: the last word counts. Raises Unwritten, JournalBroken."""
        while self.arms.ended:
            arming, why = self.arms.ended.pop(0)
            scopes, console = sorted(arming.scopes), self.arms.lock.console
            try:
                await self.pen.write("disarmed", scopes=scopes, why=why, console=console)
            except UNWRITTEN:
                self.arms.ended.insert(0, (arming, why))
                raise

    def resumed(self) -> None:
        """The computer slept: nothing is armed, and no plan that was shown may be fired."""
        self.arms.slept()

    async def propose(self, order: Order) -> Proposal:
        """The plan and what the guards say, to be shown. Raises Refused: no plan can be made."""
        return await self.shown.propose(order)

    async def fire(
        self, proposal: Proposal, typed: str = "", overrides: Iterable[str] = ()
    ) -> Verdict | Changed:
        """Do what was shown, once. Raises Refused; a plan that changed meanwhile is shown again.

        Whoever waits may go away: the act goes on and is written down.
        """
        if self._closing:
            raise Refused(CLOSING)
        self.shown.take(proposal)
        act = Act(self, proposal, typed, frozenset(overrides))
        return await self._fly(self._fire(act, proposal))

    async def _fire(self, act: Act, proposal: Proposal) -> Verdict | Changed:
        locks = TargetLocks(self.survey.locks)
        self._acts.add(act)
        try:
            return await act.run(locks)
        except Differs as differs:
            locks.release()  # else the plan that is shown now would find itself in flight
            await self.shown.note(differs.refused, proposal.order, proposal.act)
            return Changed(await sound(self.shown.show(differs.plan, proposal.order)))
        except Refused as refused:
            await self.shown.note(refused, proposal.order, proposal.act)
            raise
        finally:
            self._acts.discard(act)
            locks.release()

    def over(self, proposal: Proposal) -> str:
        """Why nothing of this plan may be sent any more; it may have slept in its dialog."""
        self.arms.current()
        if self._closing:
            return CLOSING
        if self.arms.slept_at is not None and proposal.at <= self.arms.slept_at:
            return "the computer slept since the plan was shown: look at it again"
        return ""

    def too_late(self, proposal: Proposal) -> str:
        """Why a plan that was shown may not be fired any more."""
        if why := self.over(proposal):
            return why
        if self.hands.now_real() - proposal.at >= SHOWN:
            return "the plan was shown too long ago: look at it again"
        return ""

    async def _fly(self, flight: Coroutine[Any, Any, T]) -> T:
        task = asyncio.create_task(flight)
        self._flying.add(task)
        task.add_done_callback(self._landed)
        return await asyncio.shield(task)

    def _landed(self, task: asyncio.Task[Any]) -> None:
        self._flying.discard(task)
        if not task.cancelled():
            task.exception()  # told to whoever waits; that one may have gone

    async def unfinished(self) -> tuple[Begun, ...]:
        """Acts that were begun, have no end, and that no console is busy with.

        Raises Refused where the journal cannot be read.
        """
        return tuple(a for a in await self.survey.acts() if not a.ended and not self.busy(a))

    def busy(self, act: Begun) -> bool:
        """Whether a console is at work on what an act is about."""
        try:
            return bool(self.survey.in_flight(act.plan))
        except Refused:  # it cannot be locked: nobody knows, so it is shown
            return False

    async def look_again(self, act: Begun) -> Verdict:
        """What the world says now of an act without an end; never repeats it. Raises Refused."""
        if act.unread:
            raise Refused(f"{act}: look at it with the program that wrote it, or update this one")
        return await self._fly(look_again(self, act))

    def progress(self, act: str) -> tuple[str, float] | None:
        """What an act under way is busy with, where it tells."""
        return next((a.progress for a in self._acts if a.proposal.act == act), None)

    @property
    def sending(self) -> tuple[Proposal, ...]:
        """What is being sent, its answer not here yet."""
        return tuple(act.proposal for act in self._acts if act.sending)

    async def close(self, grace: float = 2.0) -> None:
        """No new step; what is being sent gets `grace` seconds for its reply; then the end.

        What was not proved by then stays without an end, and is looked at again at the next start.
        """
        self._closing = True
        if waits := [asyncio.ensure_future(a.sent.wait()) for a in self._acts if a.sending]:
            await asyncio.wait(waits, timeout=grace)
            for wait in waits:
                wait.cancel()
        for task in tuple(self._flying):
            task.cancel()
        await asyncio.gather(*self._flying, return_exceptions=True)
        await self.disarm(CLOSED)
        self.arms.lock.release()
        self.pen.close()
