"""Watches the maintenances on each board, writes each transition down once, and rings."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from console.acting import Acts
from console.acting.locks import Lock
from console.acting.pen import UNWRITTEN
from console.model import Board, Entry, Kind, Now, Snapshot, plain
from console.model.affairs import Ring
from console.model.words import lasting
from console.sources.maintenance import RUNNING, Maintenance
from console.watch.rings import Stood, call, moved, rings, said, same_phase, stood
from console.watch.told import Told, fold, open_rings, with_unwritten

if TYPE_CHECKING:
    from console.config.cases import Case

log = logging.getLogger(__name__)
MAINTENANCE = "maintenance"
News = tuple[Maintenance, Stood, Stood]
"""A row that moved, how it stood before, and how it stands."""
Line = tuple[Kind, dict[str, Any]]
BLIND = timedelta(minutes=5)
"""Real time that a maintenance may go on unseen before that rings."""
APART = timedelta(seconds=120)
"""Real time by which two watchers may see the same thing: each asks Amazon once a minute."""


class Watching:
    """One for each program that looks; the journal is what they have in common.

    Every watcher sees every transition; whoever is first writes it, under the lock.
    """

    def __init__(
        self, cases: Mapping[str, Case], acts: Acts, catch_up: Callable[[], Awaitable[object]]
    ) -> None:
        self.acts, self._catch_up = acts, catch_up
        self.cases = frozenset(case.id for case in cases.values() if speaks_of_maintenance(case))
        self._lock = Lock(acts.directory / "watch.lock")
        self._name = secrets.token_hex(3)
        self._old: frozenset[str] | None = None
        """The places in the journal of what had rung when this program began to look."""
        self._stood: dict[str, Stood] = {}
        self._owed: dict[str, Stood] = {}
        """How clusters stood before what could not be written yet."""
        self._met: dict[str, datetime] = {}
        """Up to when transitions of other watchers were seen here too: each counts once."""
        self.unwritten: tuple[Entry, ...] = ()
        """What was seen and rings, and is in no journal."""
        self.trouble = ""
        """Why the journal takes nothing now."""
        self._blind: set[str] = set()
        self._told = Told()

    def hear(self, entries: Iterable[Entry]) -> None:
        """What the journal says, whoever wrote it."""
        for entry in entries:
            self._told = fold(self._told, entry, self.cases, self.acts.hands.world)
        self._begin()

    def _begin(self) -> None:
        if self._old is None:
            self._old = frozenset(one.prev for one in self._told.rang)

    def forget(self, entries: Iterable[Entry]) -> None:
        """The journal is read anew; what rings and is not in it rings on."""
        entries = with_unwritten(entries, self._told, self.unwritten)
        self._told = Told()
        self.hear(entries)

    def rings(self) -> tuple[Ring, ...]:
        """What rings now."""
        return tuple(open_rings(self._told, self.acts.hands.now_real(), self._old or ()))

    def has_told(self, row: Maintenance) -> bool:
        """Whether how a row stands was written down, by whomever, and rang."""
        now, before = stood(row), self._stood.get(row.cluster)
        return now is None or (before is not None and not moved(before, now))

    async def go_on(self, board: Board, now: Now) -> None:
        """Tell what moved since the last look. What cannot be written rings, and is tried again."""
        self._begin()  # where there was no journal yet to be heard
        await self._look_for_sight(board, now)
        news = tuple(self._news(board, now))
        if not news:
            return
        if self._lock.take(self.acts.pen.by):
            if self._lock.trouble:
                self._tell_alone(news, now, self._lock.trouble)
            return
        try:
            await self._catch_up()  # another watcher may have written these very lines
            for row, before, after in news:
                if not self._known(row.cluster, before, after, now.real):
                    for kind, told in self._lines(row, before, after, now):
                        await self.acts.pen.write(kind, **told)
                    self._met[row.cluster] = now.real
                self._stood[row.cluster] = after
                self._owed.pop(row.cluster, None)
            self.trouble = ""
        except UNWRITTEN as error:
            self._tell_alone(news, now, str(error))
        finally:
            self._lock.release()

    def _tell_alone(self, news: Iterable[News], now: Now, why: str) -> None:
        """A full disk silences nobody: this program rings by itself."""
        self._muted(why)
        for row, before, after in news:
            last = self._stood.get(row.cluster, before)
            if moved(last, after):
                for kind, told in self._lines(row, last, after, now):
                    self._keep(kind, told, now.real)
                self._owed.setdefault(row.cluster, before)
                self._stood[row.cluster] = after

    def _muted(self, why: str) -> None:
        if not self.trouble:
            log.error("the watch cannot write: %s", why)
        self.trouble = f"what the watch sees is not written down: {why}"

    def _keep(self, kind: Kind, told: Mapping[str, Any], at: datetime, run: str = "") -> None:
        text = f"not written down: {told['text']}"
        entry = Entry(at, kind, run, self.acts.pen.by, {**told, "text": text})
        self.unwritten = (*self.unwritten, entry)
        if kind == "watch.rang":
            self.hear((entry,))

    async def _look_for_sight(self, board: Board, now: Now) -> None:
        """A maintenance that goes on and cannot be seen any more calls a person too, once."""
        for part in board.parts(MAINTENANCE):
            cluster, (age, why) = part.part, unseen(part, now)
            if age is None or age < BLIND:
                self._blind.discard(cluster)
            elif cluster not in self._blind and self._goes_on(cluster, now):
                self._blind.add(cluster)
                text = f"{cluster}: {lost_sight(age, why)}"
                with suppress(*UNWRITTEN):  # it rings all the same
                    await self.ring(cluster, text, why="blind")

    def _goes_on(self, cluster: str, now: Now) -> bool:
        before = self._stood.get(cluster) or self._told.stood(cluster, now.real)
        return before.phase in RUNNING

    def _news(self, board: Board, now: Now) -> Iterator[News]:
        """Rows that moved, each with how it stood before and how it stands."""
        for part in board.parts(MAINTENANCE):
            if not part.freshness(now.real).trusted:
                continue  # an old light is no news
            for row in part.rows:
                if isinstance(row, Maintenance) and (after := stood(row)) is not None:
                    before = self._before(row.cluster, now)
                    if moved(before, after):
                        yield row, before, after
                    else:
                        self._stood[row.cluster] = after
                        self._owed.pop(row.cluster, None)

    def _before(self, cluster: str, now: Now) -> Stood:
        """How it stood when that was written last; at the first look the journal knows it."""
        if cluster in self._owed:
            return self._owed[cluster]
        if cluster not in self._stood:
            self._catch_up_with(cluster)
            return self._told.stood(cluster, now.real)
        return self._stood[cluster]

    def _catch_up_with(self, cluster: str) -> None:
        if seen := self._told.seen.get(cluster):
            self._met[cluster] = seen[-1].at

    def _known(self, cluster: str, before: Stood, after: Stood, now: datetime) -> bool:
        """Whether another watcher, perhaps one that ended, wrote this transition already."""
        if not moved(self._told.stood(cluster, now), after):
            self._catch_up_with(cluster)
            return True
        new, met = after.unexpected - before.unexpected, self._met.get(cluster)
        for seen in self._told.seen.get(cluster, ()):
            if seen.watcher == self._name or now - seen.at >= APART:
                continue
            later = met is None or seen.at > met
            if later and same_phase(seen.stood, after) and new <= seen.stood.unexpected:
                self._met[cluster] = seen.at
                return True
        return False

    def _lines(self, row: Maintenance, before: Stood, after: Stood, now: Now) -> Iterator[Line]:
        """The ring first: a crash between the two lines must not swallow it."""
        why = rings(before, after)
        if why is not None:
            good = why == "over" and not row.unexpected
            yield "watch.rang", self._ring_of(row.cluster, call(row, why), why, good)
        names = ("broker", "since", "state", "expected", "unexpected", "brokers_left", "began")
        told: dict[str, Any] = {"cluster": row.cluster, "from": before.phase, "to": after.phase}
        told |= {name: plain(getattr(row, name)) for name in names}
        told |= {"text": said(row), "estate": plain(now.estate)}
        yield "watch.phase", told | {"watcher": self._name, "world": self.acts.hands.world}

    def _ring_of(self, cluster: str, text: str, why: str, good: bool = False) -> dict[str, Any]:
        told = {"cluster": cluster, "text": text, "why": why, "good": good}
        return told | {"world": self.acts.hands.world}

    async def ring(
        self,
        cluster: str,
        text: str,
        *,
        why: str,
        good: bool = False,
        once: bool = False,
        run: str = "",
        finding: str = "",
    ) -> None:
        """Call a person, until somebody has heard it. Raises Unwritten and JournalBroken.

        What could not be written rings in this program alone.
        """
        told = self._ring_of(cluster, text, why, good)
        told |= ({"finding": finding} if finding else {}) | ({"once": True} if once else {})
        try:
            await self.acts.pen.write("watch.rang", run=run, **told)
            self.trouble = ""
        except UNWRITTEN as error:
            self._muted(str(error))
            self._keep("watch.rang", told, self.acts.hands.now_real(), run)
            raise


def unseen(part: Snapshot, now: Now) -> tuple[timedelta | None, str]:
    """For how long (real time) nobody saw a maintenance, and why; None while it is seen.

    Amazon's word alone keeps the row young: its phase is as old as the look at Kafka.
    """
    age = part.age(now.real)
    if age is not None and not part.freshness(now.real).trusted:
        return age, part.trouble.message if part.trouble else "nothing new was read"
    for row in part.rows:
        if (seen := row.ages.get("phase")) is not None:
            return (now.estate - seen) / now.speed, row.missing.get("phase", "it is old")
    return None, ""


def lost_sight(age: timedelta, why: str) -> str:
    """What is said when a maintenance cannot be seen any more."""
    minutes = lasting(age.total_seconds())
    return f"cannot be seen for {minutes}, and the maintenance went on: {why}"


def speaks_of_maintenance(case: Case) -> bool:
    """Whether a finding of this case is about a maintenance."""
    return any(leaf.source == MAINTENANCE for one in case.when for leaf in one.leaves())
