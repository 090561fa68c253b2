"""Checklists under way: rebuilt from the journal, moved on by each board, written down."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from console import checklist
from console.acting import Acts
from console.acting.locks import Lock
from console.acting.pen import UNWRITTEN
from console.match import Policy, Truth
from console.model import Board, Draft, Entry, Finding, Now, Run
from console.sources import DERIVED

if TYPE_CHECKING:
    from console.config.cases import Case

log = logging.getLogger(__name__)
REPLACED = "the journal was replaced: what was done before is not known any more"
READ_ONLY = "another console: this one is read-only"


class Rounds:
    """Every run the journal tells of. One console at a time moves them on; all show them."""

    def __init__(
        self,
        cases: Mapping[str, Case],
        policy: Policy,
        acts: Acts,
        catch_up: Callable[[], Awaitable[object]],
    ) -> None:
        self.cases, self.policy, self.pen = cases, policy, acts.pen
        self.mover = ""
        """Who moves checklists on, while this console does not."""
        self._lock = Lock(acts.directory / "checklists.lock")
        self._read_only, self.catch_up = acts.arms.read_only, catch_up
        self._turn = asyncio.Lock()
        self._runs: dict[str, Run] = {}
        self._told: dict[str, list[Entry]] = {}

    @property
    def all(self) -> tuple[Run, ...]:
        """Every run, oldest first."""
        return tuple(self._runs.values())

    def run(self, id: str) -> Run:
        """A run by its id. Raises ValueError for one that is not known."""
        if id not in self._runs:
            raise ValueError(f"{id}: no such checklist is known here")
        return self._runs[id]

    def told(self, id: str) -> tuple[Entry, ...]:
        """What the journal says of a run, oldest first."""
        return tuple(self._told.get(id, ()))

    def hear(self, entries: Iterable[Entry]) -> None:
        """What the journal says of runs; what is not written down of a run stays as it is."""
        for entry in entries:
            if entry.kind == "run.opened" and entry.run not in self._told:
                self._told[entry.run] = [entry]
                self._rebuild(entry.run)
            elif entry.run in self._told:
                self._told[entry.run].append(entry)
                if run := self._runs.get(entry.run):
                    self._runs[entry.run] = checklist.fold(run, entry, self.cases[run.case])

    def forget(self) -> None:
        """The journal is read anew."""
        self._runs, self._told = {}, {}

    def _rebuild(self, id: str) -> None:
        for run in checklist.runs(self._told[id], self.cases):
            self._runs[id] = run

    async def go_on(self, board: Board, now: Now) -> None:
        """Move every open run on as far as time and fresh rows say."""
        async with self._turn:
            self.mover = ""
            if not self._advance(board, now):
                return
            if self._read_only:
                self.mover = READ_ONLY
                return
            if holder := self._lock.take(self.pen.by):
                self.mover = holder
                return
            try:
                await self.catch_up()  # another console may have written these very lines
                for run, moved, drafts in self._advance(board, now):
                    if self._runs.get(run.id) is not run:
                        continue  # it was heard of meanwhile: the next round starts from that
                    if await self._written(drafts) and self._runs.get(run.id) is run:
                        self._runs[run.id] = moved
            finally:
                self._lock.release()  # nobody waits for a console that was suspended

    def _advance(self, board: Board, now: Now) -> list[tuple[Run, Run, tuple[Draft, ...]]]:
        """Runs that moved so that it must be written, each before and after, with its lines.

        What is not written down is kept at once.
        """
        found = []
        for id, run in tuple(self._runs.items()):
            if run.closed_at is not None:
                continue
            moved, drafts = checklist.advance(run, self.cases[run.case], board, now, self.policy)
            if drafts:
                found.append((run, moved, drafts))
            else:
                self._runs[id] = moved
        return found

    async def _written(self, drafts: Iterable[Draft]) -> bool:
        try:
            await self.write(drafts)
        except UNWRITTEN as error:
            log.error("a checklist cannot go on: %s", error)
            return False
        return True

    def fallen(self, run: Run, board: Board, now: Now) -> tuple[Truth, str]:
        """Whether what a run's next act rests on is so no more, or cannot be seen; why."""
        if run.id not in self._runs:
            return Truth.NO, REPLACED
        case = self.cases[run.case]
        truth, told = checklist.fallen(run, case, board, now, self.policy, DERIVED)
        if truth is Truth.YES:
            return truth, ""
        said = "cannot be seen now" if truth is Truth.UNKNOWN else "not so any more"
        return truth, f"{said}: {told}"

    async def open(self, finding: Finding, now: Now) -> None:
        """Begin the checklist of a finding, unless one is open. Raises ValueError, Unwritten."""
        async with self._turn:
            await self._open(finding, now)

    async def open_alone(self, finding: Finding, now: Now) -> None:
        """The same for a machine: not while another console writes, and what it wrote counts."""
        async with self._turn:
            if self._lock.take(self.pen.by):
                return  # the next look is soon
            try:
                await self.catch_up()
                await self._open(finding, now)
                await self.catch_up()
            finally:
                self._lock.release()

    async def _open(self, finding: Finding, now: Now) -> None:
        if any(run.finding == finding.id and run.closed_at is None for run in self.all):
            return
        case = self.cases.get(finding.case)
        if case is None or not case.steps:
            raise ValueError(f"{finding.title}: this case has no checklist")
        await self.write(checklist.open_run(finding, case, self._name(), now))

    def _name(self) -> str:
        """Of no other checklist, here or on a computer whose bundle is taken some day."""
        while (name := secrets.token_hex(4)) in self._told:
            pass
        return name

    async def write(self, drafts: Iterable[Draft]) -> None:
        """Write entries. Raises Unwritten and JournalBroken."""
        for draft in drafts:
            await self.pen.write(draft.kind, run=draft.run, **draft.data)
