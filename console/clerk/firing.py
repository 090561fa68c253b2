"""One act of the night: planned, rung for, fired; not where any guard has a word against it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from console.acting.guards import EMPTIES
from console.clerk.aims import Aims
from console.clerk.doings import Doings
from console.model import Arming, Proposal, Run, RunStep, Verdict
from console.model.affairs import Doing
from console.watch import Watching

LOOKS = 3  # a plan that changed is looked at again twice


@dataclass(frozen=True, slots=True)
class Came:
    """What became of it."""

    against: str = ""
    """Why a person must take over; empty where it goes on as the checklist says."""
    fired: str | None = None
    """How it ended, where something may have been sent."""
    taken_by: str = ""
    """Who took over before anything was sent."""


class Firing:
    """Fires steps that nobody looks at."""

    def __init__(self, aims: Aims, doings: Doings, watching: Watching) -> None:
        self.aims, self.doings, self.watching = aims, doings, watching

    async def __call__(
        self,
        run: Run,
        step: RunStep,
        arming: Arming,
        taken: Callable[[], str],
        fallen: Callable[[], str],
    ) -> Came:
        """One step, now. Raises Unwritten and JournalBroken: then nothing was sent.

        `taken`, `fallen`: asked at the last moment; who took over, what it rests on no more.
        """
        key = f"unattended {run.id} {step.id}"
        try:
            return await self._fired(key, run, step, arming, taken, fallen)
        finally:
            self.doings.drop(key)

    async def _fired(
        self,
        key: str,
        run: Run,
        step: RunStep,
        arming: Arming,
        taken: Callable[[], str],
        fallen: Callable[[], str],
    ) -> Came:
        acts = self.doings.acts
        (order,) = self.aims.of_step(run, step.id, acts.hands.board())
        await self.doings.plan(key, replace(order, unattended=True))
        doing = self.doings.all[key]
        for look in range(LOOKS):
            if doing.proposal is None or (why := _against(doing)):
                return Came("; ".join(doing.reasons) or why)
            if not look:
                await self._say_begin(run, step, doing.proposal)
            if who := taken():
                return Came(taken_by=who)
            if why := fallen():
                return Came(why)
            fired = await self.doings.fire(key, self._typed(doing.proposal, arming), ())
            if fired is None or fired.phase != "shown":
                return _came(fired)
            doing = fired
        return Came(f"its plan changed {LOOKS} times while it was looked at")

    def _typed(self, proposal: Proposal, arming: Arming) -> str:
        """The name that the arming gave beforehand: of a topic, where it may be emptied."""
        kind = self.doings.acts.hands.allowance(proposal.order.remedy).kind
        return proposal.plan.typed if kind == EMPTIES and arming.may_empty_topics else ""

    async def _say_begin(self, run: Run, step: RunStep, proposal: Proposal) -> None:
        title = proposal.plan.title
        names = ", ".join(r.name for r in proposal.plan.targets if r.name not in title)
        told = f"{title} ({names})" if names else title
        text = f"{run.title}: {step.id} begins by itself: {told}"
        await self.watching.ring(
            run.scope, text, why="begins", once=True, run=run.id, finding=run.finding
        )


def _against(doing: Doing) -> str:
    """Whatever speaks against it: a machine overrides no guard."""
    if doing.phase != "shown" or doing.proposal is None:
        return "; ".join(doing.reasons) or "no plan could be made"
    return "; ".join(one.said for one in doing.proposal.guards if not one.ok)


def _came(fired: Doing | None) -> Came:
    """A failed act is the checklist's to judge; one that nobody can tell about is a person's."""
    if fired is None:
        return Came("its plan was gone before it was fired")
    if fired.phase == "refused":
        return Came("; ".join(fired.reasons))
    verdict = fired.verdict or Verdict("unknown", "this program failed")
    if verdict.outcome == "unknown":
        return Came(f"nobody can tell how it ended: {verdict.said}", verdict.said)
    return Came(fired=verdict.said)
