"""How an act came out: looked at after the sending, and again where its end is missing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from console.acting.locks import TargetLocks
from console.begun import Begun
from console.model import ENDINGS, Outcome, Plan, Verdict
from console.model.words import lasting
from console.remedy import Refused, Remedy, run

if TYPE_CHECKING:
    from console.acting.engine import Acts

PATIENCE = 30.0  # seconds beyond a remedy's own deadline, should it not end by itself


def said_of(error: Exception) -> str:
    """An error in words, also where it has none."""
    return str(error) or type(error).__name__


def told_of(verdict: Verdict) -> dict[str, Any]:
    """What the last line of an act says of how it ended."""
    told: dict[str, Any] = {
        "said": verdict.said,
        "evidence": verdict.evidence,
        "seconds": verdict.seconds,
    }
    told |= {"sent": False} if verdict.undone else {}
    return told | ({"settled": True} if verdict.settled else {})


def capped(verdict: Verdict, why: str, *, half_done: bool = False) -> Verdict:
    """Unknown, with what the world says: what it shows may be somebody else's doing.

    An act known to be half done, or not begun, and seen to be, has failed.
    """
    if verdict.outcome == "failed":
        if half_done or verdict.undone:
            return verdict
        why = f"{why}; {verdict.said}"
    evidence = (f"the world says now: {verdict.outcome}, {verdict.said}", *verdict.evidence)
    unknown: Outcome = "unknown"
    return Verdict(unknown, why, evidence, verdict.seconds, settled=verdict.settled)


async def look(
    acts: Acts, remedy: Remedy, plan: Plan, sent: Mapping[str, Any], deadline: float
) -> Verdict:
    """How it ended, after looking; unknown where that cannot be found out. Only reads."""
    try:
        async with asyncio.timeout(deadline + PATIENCE):
            verdict = await run(remedy.verify(plan, sent, acts.hands))
    except TimeoutError:
        return Verdict("unknown", f"nothing was proved in {lasting(deadline)}")
    if isinstance(verdict, Exception):
        return Verdict("unknown", f"it could not be looked at: {said_of(verdict)}")
    return verdict


async def look_again(acts: Acts, act: Begun) -> Verdict:
    """Verify an act without an end, and write its end. Raises Refused."""
    locks = TargetLocks(acts.survey.locks)
    if holder := locks.take(acts.survey.names(act.plan), acts.pen.by):
        raise Refused(f"it is still in flight on {holder}")
    try:
        known = {one.act: one for one in await acts.survey.acts() if not one.ended}
        if act.act not in known:
            raise Refused("this act has its end by now")
        act = known[act.act]
        verdict = await _looked(acts, act)
        await acts.pen.write(
            ENDINGS[verdict.outcome],
            run=act.run,
            act=act.act,
            step=act.step,
            again=True,
            **told_of(verdict),
        )
        return verdict
    finally:
        locks.release()


async def _looked(acts: Acts, act: Begun) -> Verdict:
    remedy = acts.survey.remedies.get(act.kind)
    if remedy is None:
        raise Refused(f"{act.kind}: this program has no such remedy")
    allowance = acts.hands.configuration.remedies.remedies.get(act.remedy)
    deadline = allowance.deadline if allowance else PATIENCE
    sent: dict[str, Any] = {"started_at": act.started_at}
    if act.sent is not None:
        return await look(acts, remedy, act.plan, {**sent, **act.sent}, deadline)
    lost = "the console ended before a reply was written down"
    if act.left:
        lost = f"the console ended before more was written down than: {act.left}"
    sent |= {**act.partly, "lost": lost}
    verdict = await look(acts, remedy, act.plan, sent, deadline)
    return capped(verdict, lost, half_done=bool(act.left))
