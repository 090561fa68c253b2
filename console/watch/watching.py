"""Watches the maintenances on each board, writes each transition down once, and rings."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from console.acting import Acts
from console.acting.locks import Lock
from console.acting.pen import UNWRITTEN
from console.model import Board, Entry, Now, plain
from console.model.affairs import Ring
from console.model.words import lasting
from console.sources.maintenance import Maintenance
from console.watch.rings import RUNNING, Stood, call, moved, rings, said, same_phase, stood
from console.watch.told import Told, fold, open_rings

if TYPE_CHECKING:
    from console.config.cases import Case

log = logging.getLogger(__name__)
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
        self._started = acts.hands.now_real()
        self._stood: dict[str, Stood] = {}
        self._blind: set[str] = set()
        self._told = Told()

    def hear(self, entries: Iterable[Entry]) -> None:
        """What the journal says, whoever wrote it."""
        for entry in entries:
            self._told = fold(self._told, entry, self.cases, self.acts.hands.world)

    def forget(self) -> None:
        """The journal is read anew."""
        self._told = Told()

    def rings(self) -> tuple[Ring, ...]:
        """What rings now."""
        return tuple(open_rings(self._told, self.acts.hands.now_real(), self._started))

    def has_told(self, row: Maintenance) -> bool:
        """Whether how a row stands was written down, by whomever, and rang."""
        now, before = stood(row), self._stood.get(row.cluster)
        return now is None or (before is not None and not moved(before, now))

    async def go_on(self, board: Board, now: Now) -> None:
        """Write down what moved since the last look. What cannot be written is tried again."""
        await self._look_for_sight(board, now)
        news = tuple(self._news(board, now))
        if not news or self._lock.take(self.acts.pen.by):
            return
        try:
            await self._catch_up()  # another watcher may have written these very lines
            for row, before, after in news:
                if not self._known(row.cluster, before, after, now.real):
                    await self._write(row, before, after, now)
                self._stood[row.cluster] = after
        except UNWRITTEN as error:
            log.error("the watch cannot write: %s", error)
        finally:
            self._lock.release()

    async def _look_for_sight(self, board: Board, now: Now) -> None:
        """A maintenance that goes on and cannot be seen any more calls a person too, once."""
        for part in board.parts("maintenance"):
            cluster, age = part.part, part.age(now.real)
            if age is None or part.freshness(now.real).trusted or age < BLIND:
                self._blind.discard(cluster)
            elif cluster not in self._blind and self._told.stood(cluster).phase in RUNNING:
                why = part.trouble.message if part.trouble else "nothing new was read"
                minutes = lasting(age.total_seconds())
                text = (
                    f"{cluster}: cannot be seen for {minutes}, and the maintenance went on: {why}"
                )
                try:
                    await self.ring(cluster, text, why="blind")
                except UNWRITTEN as error:
                    log.error("the watch cannot ring: %s", error)
                self._blind.add(cluster)

    def _news(self, board: Board, now: Now) -> Iterator[tuple[Maintenance, Stood, Stood]]:
        """Rows that moved, each with how it stood before and how it stands."""
        for part in board.parts("maintenance"):
            if not part.freshness(now.real).trusted:
                continue  # an old light is no news
            for row in part.rows:
                if isinstance(row, Maintenance) and (after := stood(row)) is not None:
                    before = self._stood.get(row.cluster) or self._told.stood(row.cluster)
                    if moved(before, after):
                        yield row, before, after
                    else:
                        self._stood[row.cluster] = after

    def _known(self, cluster: str, before: Stood, after: Stood, now: datetime) -> bool:
        """Whether another watcher, perhaps one that ended, wrote this transition already."""
        if not moved(self._told.stood(cluster), after):
            return True
        latest = [
            seen
            for seen in self._told.seen.get(cluster, ())
            if seen.watcher != self._name and now - seen.at < APART
        ]
        same = [seen for seen in latest if same_phase(seen.stood, after)]
        new = after.unexpected - before.unexpected
        return bool(same) and all(any(one in s.stood.unexpected for s in latest) for one in new)

    async def _write(self, row: Maintenance, before: Stood, after: Stood, now: Now) -> None:
        """The ring first: a crash between the two lines must not swallow it."""
        why = rings(before, after)
        if why is not None:
            await self.ring(row.cluster, call(row, why), why=why, good=why == "over")
        names = ("broker", "since", "state", "expected", "unexpected", "brokers_left", "began")
        told: dict[str, Any] = {"cluster": row.cluster, "from": before.phase, "to": after.phase}
        told |= {name: plain(getattr(row, name)) for name in names}
        told |= {"text": said(row), "estate": plain(now.estate)}
        told |= {"watcher": self._name, "world": self.acts.hands.world}
        await self.acts.pen.write("watch.phase", **told)

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
        """Call a person, until somebody has heard it. Raises Unwritten and JournalBroken."""
        told: dict[str, Any] = {"cluster": cluster, "text": text, "why": why, "good": good}
        told |= ({"finding": finding} if finding else {}) | ({"once": True} if once else {})
        await self.acts.pen.write("watch.rang", run=run, **told, world=self.acts.hands.world)


def speaks_of_maintenance(case: Case) -> bool:
    """Whether a finding of this case is about a maintenance."""
    return any(leaf.source == "maintenance" for one in case.when for leaf in one.leaves())
