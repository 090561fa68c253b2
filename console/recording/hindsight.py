"""What was known of acts, checklists and the journal at a moment of the past."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from console import checklist, issues
from console.armed import Armed, armed
from console.begun import Begun, begun
from console.model import Arming, Entry, Order, Proposal
from console.model.affairs import Affairs, Doing
from console.poll import in_thread

if TYPE_CHECKING:
    from console.config.cases import Case


class Hindsight:
    """How affairs stood at a moment; worked out anew only when the journal said more, or less."""

    def __init__(
        self,
        names: Callable[[], Affairs],
        entries: Callable[[], Sequence[Entry]],
        cases: Mapping[str, Case],
    ) -> None:
        self._names, self._entries, self._cases = names, entries, cases
        self._last: tuple[int, Affairs, tuple[Armed, ...]] | None = None

    async def __call__(self, at: datetime) -> Affairs:
        """At this moment, by the real clock."""
        known = self._names(), self._entries()
        return await in_thread(self._settled, *known, at)  # a long journal takes its time

    def _settled(self, names: Affairs, entries: Sequence[Entry], at: datetime) -> Affairs:
        known = [one for one in entries if one.at <= at]
        if self._last is None or self._last[0] != len(known):
            self._last = len(known), affairs_then(names, known, self._cases), armed(known)
        _, affairs, armings = self._last
        return replace(affairs, arming=in_force(armings, at))


def affairs_then(names: Affairs, known: Sequence[Entry], cases: Mapping[str, Case]) -> Affairs:
    """How affairs stood, by the journal's lines until then; what was armed hangs on the moment.

    `names`: what screens call things. What was planned is not told: that hangs on the
    configuration of then.
    """
    return replace(
        names,
        barred="",
        arming=None,
        doings=under_way(known),
        unfinished=(),
        runs=checklist.runs(known, cases),
        mover="",
        entries=tuple(known),
        trouble="",
        issues=issues.registered(known),
        issues_said="",
        windows=(),
    )


def in_force(armings: Iterable[Armed], at: datetime) -> Arming | None:
    """Of these the one that still held then; of several consoles' the last."""
    return next((one.arming for one in reversed((*armings,)) if at < one.arming.until), None)


def under_way(known: Sequence[Entry]) -> dict[str, Doing]:
    """Acts that these lines tell the beginning of and no end, by their names.

    Of several labs only those of the one that was acted on last.
    """
    starts = [one for one in known if one.kind == "remedy.started"]
    world = str(starts[-1].data.get("world", "")) if starts else ""
    return {one.act: _flying(one) for one in begun(known, world) if not one.ended}


def _flying(one: Begun) -> Doing:
    plan = replace(one.plan, title=str(one.plan.title) or one.remedy or "an act")
    order = Order(one.remedy, plan.targets, one.case, one.run, one.step)
    proposal = Proposal(plan, (), order, one.at, one.act)
    return Doing(key=one.act, phase="flying", order=order, proposal=proposal, fired_at=one.at)
