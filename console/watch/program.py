"""`oncall watch`: the console's night without a screen. It acts only if it was armed to."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from console.acting import Acts
from console.acting.opened import open_acts
from console.clerk import Clerk, Granting
from console.clerk.clerk import LOOK_EVERY
from console.clock import real_now
from console.findings import Findings, Once, journal_of, remembered
from console.headless import last_words, on_signals
from console.lookout import Lookout
from console.machine import Sleep
from console.model import Board
from console.model.affairs import Affairs
from console.model.wishes import Heard
from console.model.words import harmless
from console.remedy import WRITE_S
from console.sources.maintenance import ENDED, RUNNING, Maintenance
from console.watch.needs import asked, judged, spoken_of
from console.watch.rings import call, said
from console.watch.telling import Teller, Wanted
from console.watch.watching import MAINTENANCE

if TYPE_CHECKING:
    from console.config import Configuration
    from console.estates import Opened

DONE, MISSED, BLIND = 0, 1, 3


def ended(
    *,
    stopped: bool,
    busy: bool,
    unheard: bool,
    over: bool,
    well: bool,
    done: bool,
    late: bool,
    seen: bool,
) -> int | None:
    """The exit code, once it is decided; None: it goes on.

    Unattended work that stopped is never a success, however well the maintenance ends;
    on a terminal it rings until somebody heard (`unheard`), at the longest to the deadline.
    Nor is an end with anything unexpected left (not `well`).
    """
    if stopped and not busy and not unheard:
        return MISSED
    if over and well and done and not stopped and not busy:
        return DONE
    if late:
        return MISSED if seen or stopped else BLIND
    return None


def why(code: int | None, rows: Iterable[Maintenance], stopped: str, seen: bool) -> str:
    """The last line, where the one before does not say it all."""
    if code == DONE:
        doubted = (row for row in rows if row.phase == "probably_over")
        return "; ".join(f"{row.cluster}: {said(row)}" for row in doubted)
    if code == MISSED and stopped:
        return f"a person is needed, unattended work stopped: {stopped}"
    if code not in (MISSED, BLIND):
        return ""
    left = [call(row, "unexpected") for row in rows if row.phase in ENDED and row.unexpected]
    late = "; ".join(left) or ("not over by then" if seen else "nothing could be read")
    return f"the deadline has come: {late}"


class Watch:
    """The desk of a clerk who has no screen: a line for each thing that happens."""

    def __init__(self, opened: Opened, wanted: Wanted, *, read_only: bool = False) -> None:
        self.opened, self.wanted = opened, wanted
        self.affairs = Affairs()
        self.code: int | None = None
        """What this program ends with, once that is decided."""
        cases = opened.configuration.cases
        sources = asked(cases, wanted.cases)
        own: Configuration = replace(opened.configuration, cases=judged(cases, sources))
        journal = journal_of(opened)
        kept = spoken_of(remembered(journal.path), own.cases)
        self._findings = Findings(own, opened.context.clock, Once(journal), kept)
        self.lookout = Lookout(opened.context, lambda board: None, self._findings, sources)
        self.acts: Acts = open_acts(
            *(opened, self._board, self.lookout.ask_again), read_only=read_only, aside=True
        )
        self.clerk = Clerk(own, self.lookout, self.acts, self)
        self.granting = Granting(own, self.clerk)
        self._sleep = Sleep(real_now(), monotonic())
        self.teller = Teller(wanted, self.clerk)
        self._seen = False
        self._stop = asyncio.Event()

    def _board(self) -> Board:
        return self.lookout.board

    def say(self, text: str, bad: bool = False) -> None:
        """What is no news of the night."""
        print(harmless(text), file=sys.stderr, flush=True)

    async def run(self) -> int:
        """Until it is over, the deadline, or a signal; the exit code. Raises Refused."""
        self._listen()
        looking = asyncio.create_task(self.lookout.run())
        try:
            await self.clerk.catch_up()
            self.teller.skip(self.affairs.entries)
            if self.wanted.cases:
                await self.acts.arm(
                    *(self.wanted.scopes, self.wanted.minutes, self.wanted.reason),
                    *(self.wanted.cases, self.wanted.may_empty_topics),
                )
            self.teller.print(real_now(), self._greeting())
            while self.code is None and not looking.done():
                await self._look()
                await self._pause()
            if looking.done():
                looking.result()
            return self.code or DONE
        finally:
            await self._close(looking)

    def _greeting(self) -> str:
        names, until = ", ".join(sorted(self.wanted.clusters)), self.wanted.until
        at = until.astimezone(ZoneInfo(self.wanted.zone))
        cases = ", ".join(self.wanted.cases)
        acts = f"{cases} may go on by itself" if cases else "nothing is armed, nothing is done"
        return f"watching {names} until {at:%Y-%m-%d %H:%M} ({self.wanted.zone}); {acts}"

    def _listen(self) -> None:
        """Signals end it; on a terminal, Enter says that the ring was heard."""
        on_signals(lambda sign: self.end(128 + sign))
        if self.wanted.is_terminal and sys.stdin.isatty():
            asyncio.get_running_loop().add_reader(sys.stdin.fileno(), self._typed)

    def end(self, code: int) -> None:
        """No new step; what is being sent is waited for."""
        self.code = code
        self._stop.set()

    def _typed(self) -> None:
        if not sys.stdin.readline():
            asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
            return
        for scope in {ring.scope for ring in self.affairs.rings}:
            task = asyncio.ensure_future(self.granting.grant(Heard(scope)))
            task.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(LOOK_EVERY):
                await self._stop.wait()
        except TimeoutError:
            return

    async def _look(self) -> None:
        if self._sleep.ended(real_now(), monotonic()):
            self.acts.resumed()
            self.lookout.resumed()
            self.teller.print(
                real_now(), "the computer slept: everything is asked anew, nothing is armed"
            )
        board = self.lookout.board
        await self.acts.tick()
        await self.clerk.look()
        await self.clerk.catch_up()  # what this look wrote rings in it: it may be the last one
        self.clerk.publish()
        self.teller.news(self.affairs.entries)
        self.teller.unwritten(self.clerk.watching.unwritten)
        self.teller.sight(self.lookout.board)
        self.teller.ring(self.affairs.rings)
        if self.code is None:
            self.code = self._over(board)

    # The end

    def _over(self, board: Board) -> int | None:
        """The exit code, once there is nothing more to watch for."""
        rows = tuple(self._rows(board))
        phases = {row.phase for row in rows} - {None}
        self._seen = self._seen or bool(phases)
        code = ended(
            stopped=bool(self._stopped()),
            busy=self.clerk.unattended.busy,
            unheard=self.wanted.is_terminal and bool(self.affairs.rings),
            over=bool(phases & ENDED) and not phases & RUNNING and self._told(rows),
            well=not any(row.unexpected for row in rows),
            done=self._all_done(),
            late=self.clerk.now().estate >= self.wanted.until,
            seen=self._seen,
        )
        if text := why(code, rows, self._stopped(), self._seen):
            self.teller.print(real_now(), text)
        return code

    def _stopped(self) -> str:
        """Why unattended work stopped."""
        return self.clerk.unattended.stopped if self.wanted.cases else ""

    def _all_done(self) -> bool:
        """Whether what it was armed for is done, by itself or by a person."""
        return not self.wanted.cases or self.clerk.unattended.finished(self.lookout.board)

    def _rows(self, board: Board) -> Iterator[Maintenance]:
        now = real_now()
        for part in board.parts(MAINTENANCE):
            for row in part.rows if part.freshness(now).trusted else ():
                if isinstance(row, Maintenance) and row.cluster in self.wanted.clusters:
                    yield row

    def _told(self, rows: Iterable[Maintenance]) -> bool:
        """Whether all that is seen was told: what has not rung yet is no end."""
        return all(map(self.clerk.watching.has_told, rows))

    async def _close(self, looking: asyncio.Task[None]) -> None:
        """What is being sent gets its time; the journal gets the rest."""
        await self.acts.close(WRITE_S)
        self.clerk.unattended.close()
        looking.cancel()
        await asyncio.wait([looking])
        await last_words(self.say, self._findings.written, self.clerk.catch_up)
        self.teller.news(self.affairs.entries)
        await self.opened.context.clients.close()


async def watched(opened: Opened, wanted: Wanted, read_only: bool) -> int:
    """Watch to the end; the exit code. Raises Refused: it could not be armed."""
    return await Watch(opened, wanted, read_only=read_only).run()
