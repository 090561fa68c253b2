"""What could be done about a finding, on a row, or as a step; targets come from the evidence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from console.checklist import open_run, order, runs
from console.model import Board, Entry, Finding, Now, Order, Ref, Run
from console.remedy import Remedy

if TYPE_CHECKING:
    from console.config import Configuration
    from console.config.cases import Case
    from console.config.plans import Remedy as Allowance

OF_A_FILE = "kafka-restore"  # no row is a copy on this disk: the command line names it
TRIAL = "trial"  # the run of a finding whose checklist nobody opened


class Aims:
    """Finds orders; it reads the board and the configuration, and nothing else."""

    def __init__(self, configuration: Configuration, remedies: Mapping[str, Remedy]) -> None:
        self.cases = configuration.cases
        self.entries = configuration.remedies.remedies
        self._remedies = remedies

    def of_finding(
        self, finding: Finding, run: Run | None, board: Board, now: Now, every: bool
    ) -> tuple[Order, ...]:
        """The matching remedy of a finding; with `every`, all that may help."""
        case = self.cases.get(finding.case)
        if case is None:
            return ()
        steps = tuple(self._steps(finding, case, run, board, now))
        if steps and not every:
            return self._split(steps[0])
        named = {one.remedy for one in steps}
        offers = (
            replace(one, case=case.id)
            for name in finding.offers
            if name not in named
            for one in self._aimed(name, finding.evidence, finding.scopes, board)
        )
        return tuple(one for each in (*steps, *offers) for one in self._split(each))

    def of_row(self, ref: Ref, scopes: Iterable[str], board: Board) -> tuple[Order, ...]:
        """Every remedy that may act on a row, or on what its scopes have."""
        own = tuple(scopes)
        found = (one for name in self.entries for one in self._aimed(name, (ref,), own, board))
        return tuple(one for each in found for one in self._split(each))

    def of_step(self, run: Run, step: str, board: Board) -> tuple[Order, ...]:
        """What a `run` step does; what sends a `contact` step's message."""
        case = self.cases.get(run.case)
        told = case.step(step) if case else None
        if case is None or told is None:
            return ()
        if told.run:
            return (order(run, case, told, board),)
        one = run.of(step)
        notify = next((name for name, e in self.entries.items() if e.kind == "notify"), "")
        if not told.contact or one is None or not notify:
            return ()
        target = Ref("contact", run.scope, told.contact)
        return (Order(notify, (target,), case.id, run.id, step, {"text": one.message}),)

    def _steps(
        self, finding: Finding, case: Case, run: Run | None, board: Board, now: Now
    ) -> Iterator[Order]:
        """The case's own `run` steps, the next one of an open checklist first."""
        open_ = run or _trial(finding, case, now)
        wanted = [step for step in case.steps if step.run]
        if run is not None:
            done = {step.id for step in run.steps if step.outcome and not run.holds_up(step)}
            wanted.sort(key=lambda step: step.id in done)
        for step in wanted:
            one = order(open_, case, step, board)
            yield one if run is not None else replace(one, run="", step="")

    def _aimed(
        self, name: str, refs: Iterable[Ref], scopes: tuple[str, ...], board: Board
    ) -> Iterator[Order]:
        entry = self.entries.get(name)
        remedy = self._remedies.get(entry.kind) if entry else None
        if entry is None or remedy is None or entry.kind == OF_A_FILE:
            return
        refs = [one for ref in refs for one in (ref, *_topic(ref))]
        own = [ref for ref in refs if ref.kind in remedy.acts_on and allows(entry, ref)]
        if not own:
            own = [
                row.ref
                for snapshot in board.snapshots.values()
                for row in snapshot.rows
                if row.ref.kind in remedy.acts_on
                and not set(row.scopes).isdisjoint(scopes)
                and allows(entry, row.ref)
            ]
        if own:
            yield Order(name, tuple(dict.fromkeys(own)))

    def _split(self, one: Order) -> tuple[Order, ...]:
        """An order for each target, where the allow-list does not take all of them at once."""
        entry = self.entries.get(one.remedy)
        if entry is None or len(one.targets) <= entry.max_targets:
            return (one,)
        return tuple(replace(one, targets=(target,)) for target in one.targets)


def allows(entry: Allowance, ref: Ref) -> bool:
    """Whether an entry could act on a thing at all. Only for what is offered: the guards decide."""
    return entry.on.covers(ref.scope) and not entry.on.outside(ref)


def _topic(ref: Ref) -> Iterator[Ref]:
    """The topic behind a group's lag: it has no row of its own."""
    topic = ref.name.rpartition("/")[2] if ref.kind == "lag" else ""
    if topic:
        yield Ref("topic", ref.scope, topic)


def _trial(finding: Finding, case: Case, now: Now) -> Run:
    """The checklist as it would be opened, written nowhere."""
    (draft,) = open_run(finding, case, TRIAL, now)
    entry = Entry(now.real, draft.kind, TRIAL, "", draft.data)
    (run,) = runs((entry,), {case.id: case})
    return run
