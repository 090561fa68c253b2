"""Follows the journal, keeps checklists going, and binds down how affairs stand."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from console.acting import Acts
from console.clerk.aims import Aims
from console.clerk.asking import Asking
from console.clerk.doings import Doings
from console.clerk.issues import Issues
from console.clerk.leftover import Leftover
from console.clerk.making import Making
from console.clerk.rounds import Rounds
from console.clerk.shifts import Shifts
from console.clerk.signs import signs
from console.clerk.unattended import Unattended
from console.findings import policy_of
from console.following import Following
from console.handover.gathering import Known
from console.lookout import Lookout
from console.model import Entry, Now
from console.model.affairs import Affairs, Doing
from console.model.handover import Handover
from console.planned.planning import Planning
from console.poll import in_thread
from console.watch import Watching

if TYPE_CHECKING:
    from console.config import Configuration

LOOK_EVERY = 1.0  # seconds between two looks at the journal and at the checklists
TAKEN, SILENCED, CLEARED = "finding.acknowledged", "finding.silenced", "finding.cleared"


class Desk(Protocol):
    """What the clerk needs of the program on the screen."""

    affairs: Affairs

    def say(self, text: str, bad: bool = False) -> None:
        """Tell the person something, in passing."""
        ...


class Clerk:
    """One for a console: it has the engine, the journal's news and the checklists."""

    def __init__(
        self, configuration: Configuration, lookout: Lookout, acts: Acts, desk: Desk
    ) -> None:
        self.lookout, self.acts, self.desk = lookout, acts, desk
        self.doings, self.leftover = Doings(acts, self.publish), Leftover(acts, self.publish)
        policy = policy_of(configuration)
        self.rounds = Rounds(configuration.cases, policy, acts, self.catch_up)
        self.asking = Asking(lookout)
        self.watching = Watching(configuration.cases, acts, self.catch_up)
        aims = Aims(configuration, acts.survey.remedies)
        self.unattended = Unattended(aims, self.rounds, self.doings, self.leftover, self.watching)
        self._following = Following(acts.pen.journal.path)
        self._entries: tuple[Entry, ...] = ()
        self._trouble = self._mute = ""
        self._reading = asyncio.Lock()
        desk.affairs = signs(configuration)
        self.planning = Planning(configuration, desk.affairs, acts, self.watching, self.catch_up)
        self.issues = Issues(desk.affairs.sites, acts.pen, acts.directory)
        of = desk.affairs, acts.directory, acts.hands.world
        self._making = Making(configuration, *of, lambda: (self.now(), lookout.board))
        self.shifts = Shifts(acts.pen, acts.directory, self._document, self.now, self.catch_up)

    # The journal and time

    async def run(self) -> None:
        """Until cancelled: the journal's news, acts without an end, maintenances, checklists,
        and what of them goes on unattended.

        What moves without news in the journal is bound down with the program's next second.
        """
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY)

    async def look(self) -> None:
        """One round of all that."""
        await self.catch_up()
        await self.leftover.gather()
        await self.watching.go_on(self.lookout.board, self.now())
        self._muted(self.watching.trouble)
        await self.rounds.go_on(self.lookout.board, self.now())
        self.asking.go_on(self.rounds)
        await self.unattended.go_on(self.lookout.board, self.now())
        await self.planning.go_on(self.lookout.board, self.now())

    async def catch_up(self) -> None:
        """Take in what the journal has new."""
        async with self._reading:
            try:
                grown = self._following.grown()
                new, anew = await in_thread(self._following.read) if grown else ((), False)
            except OSError as error:
                self._troubled(f"the journal cannot be read: {error}")
                return
        self._troubled(self._following.trouble)
        if not grown:
            return
        if anew:
            self.rounds.forget()
            self.planning.forget()
        if new or anew:
            self._entries = new if anew else (*self._entries, *new)
        self.shifts.hear(new, anew)
        self.issues.hear(new, anew)
        self.lookout.know(self.issues.all)
        self.rounds.hear(new)
        (self.watching.forget if anew else self.watching.hear)(new)
        self.planning.hear(new, self.now())
        self.leftover.hear(new, anew)
        if said := still_said(new):
            self.lookout.heard(*said)
        self.publish()

    def _troubled(self, trouble: str) -> None:
        """It stays on the screen for as long as it is; it is said once."""
        if trouble and trouble != self._trouble:
            self.desk.say(trouble, bad=True)
        self._trouble = trouble

    def _document(self, since: datetime, lang: str) -> Handover:
        """The handover by what is known just now. Blocking."""
        known = Known(self._entries, self.planning.all, self._trouble)
        return self._making.make(since, lang, known)

    def _muted(self, trouble: str) -> None:
        """Said once: it rings all the same."""
        if trouble and not self._mute:
            self.desk.say(trouble, bad=True)
        self._mute = trouble

    def now(self) -> Now:
        """This instant on both clocks."""
        return self.acts.survey.now()

    def publish(self) -> None:
        """Bind down how affairs stand, if they changed."""
        affairs = replace(
            self.desk.affairs,
            barred=self.acts.barred(),
            arming=self.acts.armed,
            doings={key: self._half_done(one) for key, one in self.doings.all.items()},
            unfinished=self.leftover.all,
            runs=self.rounds.all,
            mover=self.rounds.mover,
            rings=self.watching.rings(),
            windows=self.planning.all,
            issues=self.issues.all,
            issues_said=self.issues.said,
            walk=self.shifts.walk,
            entries=self._entries,
            trouble=self._trouble,
        )
        if affairs != self.desk.affairs:
            self.desk.affairs = affairs

    def _half_done(self, doing: Doing) -> Doing:
        if doing.phase != "flying" or doing.proposal is None:
            return doing
        act = doing.proposal.act
        return replace(doing, left=self.leftover.left(act), progress=self.acts.progress(act))

    async def look_again(self, act: str) -> None:
        """See how an act without an end came out."""
        await self.leftover.look_again(act)
        await self.catch_up()


def still_said(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """What people said of findings, and what still counts of it: clearing ends a taking."""
    said: dict[tuple[str, str], Entry] = {}
    for entry in entries:
        finding = str(entry.data.get("finding"))
        if entry.kind == CLEARED:
            said.pop((TAKEN, finding), None)
        elif entry.kind in (TAKEN, SILENCED):
            said[entry.kind, finding] = entry
    return tuple(said.values())
