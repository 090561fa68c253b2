"""Whether what a checklist waited for before an act is still so: it may be armed hours later."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from console.checklist.advance import read
from console.match import Policy, Truth
from console.model import Board, Now, Run

if TYPE_CHECKING:
    from console.config.cases import Case, Step


def fallen(
    run: Run, case: Case, board: Board, now: Now, policy: Policy, derived: Collection[str]
) -> tuple[Truth, str]:
    """How far what the run's next act rests on stands now, and what of it does not."""
    worst, told = Truth.YES, ""
    for step in _rests_on(run, case, derived):
        condition = step.check or step.wait
        assert condition is not None
        seen = read(run, case, board, now, condition, policy)
        if seen.truth < worst:
            worst, told = seen.truth, f"{step.title or step.id}: {seen.told}"
    return worst, told


def _rests_on(run: Run, case: Case, derived: Collection[str]) -> Iterator[Step]:
    """What was proved since the act before; of a derived source, what was proved last at all.

    An act changes what is asked, so that what was read before it proves nothing any more.
    """
    known: set[str] = set()
    acted = False
    for step in reversed(case.steps[: run.steps.index(run.step)] if run.step else ()):
        ended = run.of(step.id)
        outcome = ended.outcome if ended else ""
        acted = acted or (step.kind == "run" and outcome != "left_out")
        condition = step.check or step.wait
        if condition is None or outcome != "verified":
            continue
        sources = {leaf.source for leaf in condition.leaves()}
        if not sources <= known and (not acted or sources & set(derived)):
            known |= sources
            yield step
