"""Time and fresh rows move a run: the next step begins, checks and waits tick themselves."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from console.checklist.deeds import said
from console.checklist.fold import fold
from console.checklist.message import filled
from console.checklist.orders import kept, rows_of
from console.match import Past, Policy, Seen, Truth, row_truth
from console.match import said as spoken
from console.model import Board, Draft, Entry, Now, Run, RunStep, Snapshot, plain
from console.model.words import lasting

if TYPE_CHECKING:
    from console.config.cases import Case, Step
    from console.config.conditions import Condition, FactTest

CLOSED = "every step has its outcome"
LONGEST = 300.0  # seconds that a check without a timeout looks for something to judge, at least
SELDOM = 120.0  # seconds: what is asked less often is asked once more for a step that looks
SPARE = 2  # reads beyond those it needs: one that was under way, one that failed


def advance(
    run: Run, case: Case, board: Board, now: Now, policy: Policy | None = None
) -> tuple[Run, tuple[Draft, ...]]:
    """The run as it stands now, and the entries to write; asked anew with each board."""
    moving = _Moving(run, case, board, now, policy or Policy())
    moving.go()
    return moving.run, tuple(moving.drafts)


def read(
    run: Run, case: Case, board: Board, now: Now, condition: Condition, policy: Policy
) -> Read:
    """How a check or wait of this run stands on a board."""
    return _Moving(run, case, board, now, policy).read(condition)


@dataclass(slots=True)
class Read:
    """What a check or wait sees: whether it holds, when that was read, and in words."""

    truth: Truth
    at: datetime | None = None
    told: str = ""


class _Moving:
    """One run on one board."""

    def __init__(self, run: Run, case: Case, board: Board, now: Now, policy: Policy) -> None:
        self.run, self.case, self.board, self.now, self.policy = run, case, board, now, policy
        self.drafts: list[Draft] = []
        self._past = Past(now.estate, policy.spans)

    def go(self) -> None:
        """As far as it goes by itself."""
        for _ in self.case.steps:
            step = self.run.step
            if step is None or self.run.stopped or not self._moves(step):
                break
        run = self.run
        over = run.step is None and run.closed_at is None
        if over and not run.waits_to_be_closed:
            self._write(Draft("run.closed", {"why": CLOSED, "left": []}, self.run.id))

    def _moves(self, step: RunStep) -> bool:
        """Whether the step came to its end, so that the next one is looked at."""
        told = self._told(step)
        if step.began is None and not self._begin(step, told):
            return self._outcome(step.id) == "left_out"
        step = self.run.of(step.id) or step
        if step.kind in ("check", "wait"):
            self._look(step, told)
        elif step.kind == "contact":
            step = self._set(step, message=filled(told.message, self.run, self.board))
            self._waited(step, told)
        return bool(self._outcome(step.id)) and not self.run.stopped

    def _told(self, step: RunStep) -> Step:
        told = self.case.step(step.id)
        assert told is not None, "a run has its case's steps"
        return told

    def _outcome(self, step: str) -> str:
        one = self.run.of(step)
        return one.outcome if one else ""

    def _begin(self, step: RunStep, told: Step) -> bool:
        if told.only_if is not None:
            holds = self._asked(told.only_if)
            if holds is Truth.NO:
                self._end(step, "left_out", "its condition did not hold")
                return False
            if holds is not Truth.YES:
                self._set(step, now="cannot tell yet whether it is needed: no fresh evidence")
                return False
        longest = told.timeout or (self._patience(told) if told.check else 0.0)
        due = self.now.estate + timedelta(seconds=longest) if longest else None
        rows = kept(self.run, self.case, told, self.board)
        more: dict[str, Any] = {"due": plain(due)} | ({"evidence": rows} if rows else {})
        self._write(said(self.run, step.id, "began", self.now, **more))
        return True

    def _patience(self, told: Step) -> float:
        """Seconds that a check without a timeout has: enough for every read that it needs."""
        assert told.check is not None
        pause = max((self._pause(one) for one in told.check.leaves()), default=0.0)
        return told.grace + max(LONGEST, (told.samples + SPARE) * pause)

    def _pause(self, condition: Condition) -> float:
        """Seconds from one read to one that says something new."""
        source, periods = condition.source, self.policy.periods
        facts = [
            *condition.judges,
            *(str(getattr(s.row, "id", "")) for s in self._chosen(condition)),
        ]
        pauses = [periods.get((source, fact), 0.0) for fact in facts]
        # what is asked seldom is asked anew for a checklist: `slow`
        rests = (min(part.interval, SELDOM) for part in self.board.parts(source))
        return max([0.0, *pauses, *rests])

    def _asked(self, condition: Condition) -> Truth:
        """only_if: earlier outcomes, windows, and rows of the run's own unit."""
        if condition.window and not self.policy.inside(condition.window, self.now.estate):
            return Truth.NO
        if condition.step:
            return _was(self.run.of(condition.step), condition.outcome)
        if condition.source:
            return self.read(condition).truth
        if condition.any_:
            return max(self._asked(one) for one in condition.any_)
        if condition.all_:
            return min(self._asked(one) for one in condition.all_)
        return Truth.YES

    def read(self, condition: Condition) -> Read:
        """Every chosen row (at least one) must pass; read as long ago as the oldest of them."""
        if not condition.source:
            return self._several(condition)
        parts = self.board.parts(condition.source)
        fresh = {r.ref for part in parts if self._trusted(part) for r in part.rows}
        rows = self._chosen(condition)
        if not rows:
            return Read(Truth.UNKNOWN, told=f"no row of {condition.source} to look at")
        truth = min(row_truth(seen, condition.judges, self._past) for seen in rows)
        told = _told(rows, condition.judges)
        if any(seen.row.ref not in fresh for seen in rows):
            return Read(Truth.UNKNOWN, told=f"old: {told}")
        return Read(truth, min(seen.row.at for seen in rows), told)

    def _chosen(self, condition: Condition) -> list[Seen]:
        return [
            seen
            for seen in rows_of(self.run, self.case, self.board, condition)
            if row_truth(seen, condition.chooses, self._past) is Truth.YES
            and (not condition.shown or seen.row.ref in self.run.evidence)
        ]

    def _several(self, condition: Condition) -> Read:
        inner = [self.read(one) for one in (*condition.any_, *condition.all_)]
        if not inner:
            return Read(self._asked(condition), self.now.estate)
        pick = max if condition.any_ else min
        truth = pick(one.truth for one in inner)
        times = [one.at for one in inner if one.at is not None]
        told = "; ".join(one.told for one in inner if one.told)
        return Read(truth, min(times, default=None), told)

    def _trusted(self, part: Snapshot) -> bool:
        return part.freshness(self.now.real).trusted

    def _look(self, step: RunStep, told: Step) -> None:
        condition = told.check or told.wait
        assert condition is not None
        read = self.read(condition)
        step = self._counted(self._set(step, now=read.told), told, read)
        held = step.good >= told.samples
        if held and step.held:
            self._end(step, "verified", read.told)
        elif held and told.timeout is None:
            self._end(step, "failed", read.told)
        elif step.due is not None and self.now.estate >= step.due:
            outcome = "failed" if read.truth is Truth.NO else "unknown"
            seen = f" ({step.good} of {told.samples} reads)" if read.truth is Truth.YES else ""
            self._end(step, outcome, f"not in time: {read.told}{seen}")

    def _counted(self, step: RunStep, told: Step, read: Read) -> RunStep:
        """Fresh reads in a row that said the same; one that says nothing begins them anew."""
        assert step.began is not None
        if read.truth in (Truth.UNKNOWN, Truth.PENDING) or read.at is None:
            return self._set(step, good=0)
        earliest = step.began + timedelta(seconds=told.grace)
        if read.at < earliest or (step.read_at is not None and read.at <= step.read_at):
            return step
        held = read.truth is Truth.YES
        good = step.good + 1 if held == step.held and step.good else 1
        return self._set(step, good=good, held=held, read_at=read.at)

    def _waited(self, step: RunStep, told: Step) -> None:
        """Nobody answered in time: that is a failure, whatever was sent."""
        assert step.began is not None
        if told.timeout is None:
            return
        if self.now.estate >= step.began + timedelta(seconds=told.timeout):
            tries = f"{len(step.sent)} sent" if step.sent else "nothing was sent"
            self._end(step, "failed", f"nobody answered in time ({tries})")

    def _end(self, step: RunStep, outcome: str, why: str) -> None:
        told = self._told(step)
        rows = kept(self.run, self.case, told, self.board) if outcome != "left_out" else []
        more: dict[str, Any] = {"evidence": rows} if rows else {}
        self._write(said(self.run, step.id, "ended", self.now, outcome=outcome, why=why, **more))

    def _set(self, step: RunStep, **changes: Any) -> RunStep:
        """What is not written down: it is seen anew after a crash."""
        changed = replace(step, **changes)
        steps = tuple(changed if one.id == step.id else one for one in self.run.steps)
        self.run = replace(self.run, steps=steps)
        return changed

    def _write(self, draft: Draft) -> None:
        self.drafts.append(draft)
        self.run = fold(
            self.run, Entry(self.now.real, draft.kind, draft.run, "", draft.data), self.case
        )


def _was(step: RunStep | None, wanted: Collection[str]) -> Truth:
    """Whether an earlier step ended so. What nobody can prove counts as verified when done."""
    if step is None:
        return Truth.NO
    same = set(wanted)
    if "done" in same:
        same |= {"verified", "by_hand"}
    if "verified" in same:
        same |= {"by_hand", "done"} if step.kind in ("do", "contact") else {"by_hand"}
    return Truth.YES if step.outcome in same else Truth.NO


def _value(fact: str, seen: Seen, test: FactTest) -> str:
    value = seen.value(fact)
    if value is None and test.op == "unknown" and fact not in seen.row.missing:
        return "none"  # what a check asks for must not read like a thing that nobody knows
    span = fact.endswith("_s") and not fact.endswith("_per_s") and isinstance(value, int | float)
    return lasting(value) if span else spoken(value)


def _told(rows: list[Seen], tests: Mapping[str, FactTest]) -> str:
    each = [
        f"{one.name} {', '.join(f'{f} {_value(f, one, test)}' for f, test in tests.items())}"
        for one in rows
    ]
    return "; ".join(one.strip() for one in each[:4]) + (f"; +{len(each) - 4}" if each[4:] else "")
