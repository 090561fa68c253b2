"""The night's machine: runs a case's `auto` acts under an arming that names it, and lets go early.

The first refusal, and the first act that nobody can tell how it ended, stops it and calls a person.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from console import checklist
from console.acting.arming import BY_A_PERSON
from console.acting.locks import Lock
from console.acting.pen import UNWRITTEN
from console.clerk.aims import Aims
from console.clerk.calling import Calling
from console.clerk.doings import Doings
from console.clerk.firing import Firing
from console.clerk.leftover import Leftover
from console.clerk.rounds import REPLACED, Rounds
from console.clerk.taken import taken_over
from console.journal import JournalBroken
from console.match import Truth
from console.model import Arming, Board, Finding, Now, Run, RunStep
from console.watch import Watching

log = logging.getLogger(__name__)
SAME = timedelta(minutes=10)  # estate's clock: two programs see one finding begin within it
OLD = timedelta(hours=12)  # estate's clock: a checklist of another night


class Unattended:
    """One for each program; of those armed for a case, the one that has the lock drives."""

    def __init__(
        self, aims: Aims, rounds: Rounds, doings: Doings, leftover: Leftover, watching: Watching
    ) -> None:
        self.rounds, self.leftover, self._call = rounds, leftover, Calling(watching)
        self.acts, self._fire = doings.acts, Firing(aims, doings, watching)
        self.stopped = ""
        """Why it stopped, while a person has not armed it anew."""
        self.done: set[str] = set()
        """Checklists that came to their end by themselves."""
        self._lock = Lock(self.acts.directory / "unattended.lock")
        self._arming: Arming | None = None
        self._heard: dict[str, int] = {}
        """Checklists, and how much the journal told of each when it was armed."""
        self._mine: set[str] = set()
        self._left: set[str] = set()
        self._tried: dict[tuple[str, str], str] = {}
        """Steps that were fired under this arming, and how that ended."""
        self._acting: asyncio.Task[None] | None = None

    async def go_on(self, board: Board, now: Now) -> None:
        """As far as the checklists and the arming let it; asked again and again."""
        try:
            if await self._lets():
                await self._drive_all(board, now)
        except UNWRITTEN as error:
            await self._mute(error)

    async def _mute(self, error: OSError | JournalBroken) -> None:
        """What cannot be written down is not done, and cannot even ring."""
        log.error("nothing goes on unattended: %s", error)
        self.stopped = str(error)
        await self.acts.disarm(f"unattended work stopped: {error}")

    def finished(self, board: Board) -> bool:
        """Whether every checklist of what is found, of armed cases, is closed; at least one."""
        if self._arming is None:
            return True
        cases, scopes = self._arming.cases, self._arming.scopes
        found = [f for f in board.findings if f.case in cases and f.scope in scopes]
        runs = [[r for r in self.rounds.all if _same_time(r, one)] for one in found]
        closed = all(each and all(run.closed_at for run in each) for each in runs)
        return closed and bool(found or self.done)

    @property
    def busy(self) -> bool:
        """Whether an act that it began is under way, or what is said of its end."""
        return self._acting is not None and not self._acting.done()

    def close(self) -> None:
        """Another program may drive."""
        self._lock.release()

    async def _lets(self) -> bool:
        """Whether something may be begun now: armed for a case, and nobody else drives."""
        arming = self.acts.armed
        if arming is not self._arming:
            await self._ended(arming)
        if arming is None or not arming.cases:
            return False
        if self._arming is None:
            self._arming, self.stopped = arming, ""
            self._heard = {run.id: len(self.rounds.told(run.id)) for run in self.rounds.all}
            self._left.clear()
            self._call.anew()
            self._forget_lost()
            self._tried.clear()
        if self.busy:
            return False
        return not self._lock.take(self.acts.pen.by)

    async def _ended(self, now: Arming | None) -> None:
        """The arming it had is gone; where nobody wanted that, a person is called."""
        was, self._arming = self._arming, None
        self._lock.release()
        why = self.acts.arms.why
        if was is None or now is not None or why in BY_A_PERSON:
            return
        await self._say_ended(was, why)

    async def _say_ended(self, was: Arming, why: str) -> None:
        self.stopped = why
        going = next((run for run in self._own() if run.closed_at is None), None)
        scopes = sorted(was.scopes, key=lambda one: one not in self.acts.hands.estate.kafka)
        await self._call.ended(was, going, why, scopes[0])

    def _own(self) -> tuple[Run, ...]:
        """The checklists that it drives, as far as the journal still tells of them."""
        return tuple(run for run in self.rounds.all if run.id in self._mine)

    def _forget_lost(self) -> bool:
        """Whether the journal tells no more of checklists that went by themselves.

        They would be opened, and all of their acts done, once more.
        """
        lost = (self._mine | self.done) - {run.id for run in self.rounds.all}
        self._mine -= lost
        self.done -= lost
        return bool(lost)

    async def _drive_all(self, board: Board, now: Now) -> None:
        arming = self._arming
        assert arming is not None
        if self._forget_lost():
            await self._end(REPLACED)
            return await self._say_ended(arming, REPLACED)
        await self._tell_closed()
        found = [
            one
            for one in board.findings
            if one.case in arming.cases and one.scope in arming.scopes
            if not (one.ignored or one.stale)
        ]
        for finding in found:
            await _opened(self.rounds, self._call, finding, now)
        for run in self.rounds.all:
            own = run.id in self._mine or any(_same_time(run, finding) for finding in found)
            if own and run.closed_at is None and run.id not in self._left:
                await self._drive(run)
            if self.busy:
                return None
        return None

    async def _drive(self, run: Run) -> None:
        """One checklist: begin its act where it is at one, call a person where it needs one."""
        if who := self._taken(run):
            return await self._let_go(run, who)
        self._mine.add(run.id)
        step = run.step
        if run.stopped:
            call = f"; call {', '.join(run.call)}" if run.call else ""
            return await self._stop(run, f"{run.stopped}{call}")
        if step is None or step.kind in ("wait", "check") or step.began is None:
            return None
        if step.kind != "run" or not step.auto:
            why = f"{step.title}: this is for a person to do"
            return await self._call.needed(run, step.id, why)
        if step.acting:
            if self.leftover.behind(run.id, step.id):
                await self._stop(run, f"{step.id}: its act was begun before, its end is open")
            return None
        truth, fallen = self._fallen(run)
        if truth is Truth.UNKNOWN:  # it goes on once that is seen again
            return await self._call.needed(run, step.id, fallen)
        if fallen:
            return await self._stop(run, f"{step.id}: {fallen}")
        if (tried := self._tried.get((run.id, step.id))) is not None:
            return await self._stop(run, f"{step.id}: {tried}")
        assert self._arming is not None
        self._acting = asyncio.create_task(self._act(run, step, self._arming))
        return None

    def _taken(self, run: Run) -> str:
        return taken_over(run, self.rounds.told(run.id)[self._heard.get(run.id, 0) :])

    def _fallen(self, run: Run) -> tuple[Truth, str]:
        return self.rounds.fallen(run, self.acts.hands.board(), self.acts.survey.now())

    async def _act(self, run: Run, step: RunStep, arming: Arming) -> None:
        asked = (lambda: self._taken(run), lambda: self._fallen(run)[1])
        try:
            came = await self._fire(run, step, arming, *asked)
            if came.fired is not None:
                self._tried[run.id, step.id] = came.fired  # what was turned down is still to do
            if came.taken_by:
                await self._let_go(run, came.taken_by)
            elif came.against:
                await self._stop(run, f"{step.id}: {came.against}")
        except UNWRITTEN as error:
            await self._mute(error)
        finally:
            await self.rounds.catch_up()  # else the step would still look as if it were to be done

    async def _tell_closed(self) -> None:
        for run in self._own():
            if run.closed_at is None:
                continue
            self._mine.discard(run.id)
            if run.closed_why == checklist.CLOSED:
                self.done.add(run.id)
                await self._call.done(run)

    async def _let_go(self, run: Run, who: str) -> None:
        """A person took over: nothing of this checklist runs by itself any more."""
        self._left.add(run.id)
        self._mine.discard(run.id)
        text = f"{who} took over: nothing of this checklist goes on by itself any more"
        await self.acts.pen.write("note", run=run.id, text=text, unattended=True)

    async def _stop(self, run: Run, why: str) -> None:
        """Nothing more runs by itself: disarm, and call a person."""
        await self._end(why)
        await self._call.stopped(run, why)

    async def _end(self, why: str) -> None:
        self.stopped, self._arming = why, None
        self._lock.release()
        await self.acts.disarm(f"unattended work stopped: {why}")


def _same_time(run: Run, finding: Finding) -> bool:
    """Whether a checklist was opened for this finding as it is now, and not for an earlier one."""
    return run.finding == finding.id and abs(run.since - finding.since) <= SAME


async def _opened(rounds: Rounds, call: Calling, finding: Finding, now: Now) -> None:
    """Open its checklist, once for each time that it is found, and whoever closes it."""
    runs = [run for run in rounds.all if run.finding == finding.id]
    if any(_same_time(run, finding) for run in runs):
        return
    for run in runs:
        if run.closed_at is None and now.estate - run.since < OLD:
            why = "its checklist is of an earlier time, and still open"
            await call.needed(run, "", why)
            return
        if run.closed_at is None:
            why = f"forgotten: it was of {run.since:%Y-%m-%d %H:%M} UTC"
            await rounds.write(checklist.close(run, why))
    await rounds.open_alone(finding, now)
