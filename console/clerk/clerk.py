"""Follows the journal, keeps checklists going, and binds down how affairs stand."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from console.acting import Acts
from console.acting.begun import Begun
from console.acting.locks import Lock
from console.acting.pen import UNWRITTEN
from console.clerk.doings import Doings
from console.clerk.rounds import Rounds
from console.clerk.signs import signs
from console.findings import policy_of
from console.following import Following
from console.journal import JournalBroken
from console.lookout import Lookout
from console.model import Entry, Now, Order
from console.model.affairs import Affairs, OpenAct
from console.poll import in_thread
from console.remedy import Refused

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
        self.doings = Doings(acts, self.publish)
        lock = Lock(acts.arms.lock.path.parent / "checklists.lock")
        policy = policy_of(configuration)
        self.rounds = Rounds(configuration.cases, policy, acts.pen, lock)
        self._following = Following(acts.pen.journal.path)
        self._entries: tuple[Entry, ...] = ()
        self._unfinished: dict[str, tuple[Begun, OpenAct]] = {}
        self._trouble = ""
        self._reading = asyncio.Lock()
        desk.affairs = signs(configuration, acts)

    # The journal and time

    async def run(self) -> None:
        """Until cancelled: what an earlier start left open first, then news and checklists."""
        await self.catch_up()
        await self._left_open()
        while True:
            await self.catch_up()
            await self.rounds.go_on(self.lookout.board, self.now())
            self.publish()
            await asyncio.sleep(LOOK_EVERY)

    async def catch_up(self) -> None:
        """Take in what the journal has new."""
        async with self._reading:
            try:
                if not self._following.grown():
                    return
                new, anew = await in_thread(self._following.read)
            except OSError as error:
                self._troubled(f"the journal cannot be read: {error}")
                return
        self._troubled(self._following.trouble)
        if anew:
            self.rounds.forget()
        if new or anew:
            self._entries = new if anew else (*self._entries, *new)
        self.rounds.hear(new)
        if said := standing(new):
            self.lookout.heard(*said)
        self.publish()

    def _troubled(self, trouble: str) -> None:
        """It stays on the screen for as long as it is; it is said once."""
        if trouble and trouble != self._trouble:
            self.desk.say(trouble, bad=True)
        self._trouble = trouble

    def now(self) -> Now:
        """This instant on both clocks."""
        return self.acts.survey.now()

    def publish(self) -> None:
        """Bind down how affairs stand, if they changed."""
        header = self.acts.header()
        affairs = replace(
            self.desk.affairs,
            barred=header if header.startswith("READ-ONLY") else "",
            arming=self.acts.armed,
            doings=self.doings.all,
            unfinished=tuple(told for _, told in self._unfinished.values()),
            runs=self.rounds.all,
            entries=self._entries,
            trouble=self._trouble,
        )
        if affairs != self.desk.affairs:
            self.desk.affairs = affairs

    # Acts of an earlier start

    async def _left_open(self) -> None:
        try:
            left = await self.acts.unfinished()
        except (OSError, JournalBroken) as error:
            self.desk.say(str(error), bad=True)
            return
        self._unfinished = {one.act: (one, open_act(one)) for one in left}
        self.publish()

    async def look_again(self, act: str) -> None:
        """See how it came out; it is never repeated."""
        begun, told = self._unfinished[act]
        if told.looking or told.verdict is not None:
            return
        self._open(begun, replace(told, looking=True, trouble=""))
        try:
            verdict = await self.acts.look_again(begun)
        except (Refused, *UNWRITTEN) as error:
            self._open(begun, replace(told, trouble=str(error)))
        else:
            self._open(begun, replace(told, verdict=verdict))
        await self.catch_up()

    def _open(self, begun: Begun, told: OpenAct) -> None:
        self._unfinished[begun.act] = begun, told
        self.publish()


def open_act(begun: Begun) -> OpenAct:
    """An act without an end, for the screen."""
    order = Order(begun.remedy, begun.plan.targets, begun.case, begun.run, begun.step)
    return OpenAct(begun.act, str(begun), rest=begun.rest, order=order)


def standing(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """What people said of findings, and what still counts of it: clearing ends a taking."""
    said: dict[tuple[str, str], Entry] = {}
    for entry in entries:
        finding = str(entry.data.get("finding"))
        if entry.kind == CLEARED:
            said.pop((TAKEN, finding), None)
        elif entry.kind in (TAKEN, SILENCED):
            said[entry.kind, finding] = entry
    return tuple(said.values())
