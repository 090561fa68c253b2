"""Keeps the planned windows of a console: looks into them, reminds, and writes their reports."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from console.acting import Acts
from console.acting.locks import Lock
from console.acting.pen import UNWRITTEN
from console.model import Board, Entry, Kind, Now, Snapshot, plain
from console.model.affairs import Affairs
from console.model.planned import Planned
from console.model.wishes import OfWindows, ReportOut, TickPlanned
from console.planned import kept
from console.planned.report import REPORT
from console.planned.seen import SOURCES, Limits, Memory, attended, look
from console.planned.standing import (
    MISSED,
    REMINDER,
    REPORTED,
    TICKED,
    WRITTEN,
    Told,
    fold,
    stand,
)
from console.planned.stretches import Stretch, overlaps, stretches
from console.poll import in_thread
from console.watch import Watching

if TYPE_CHECKING:
    from console.config import Configuration, Estate
    from console.config.planned import Window

log = logging.getLogger(__name__)
LAST_POINTS = timedelta(minutes=5)
"""After its end, or our first look, a watch waits so long at the most for its last values."""
REACH = timedelta(minutes=30)  # after its end the series still hold what was in it
NEARLY = timedelta(minutes=2)  # a point is as young as that, or it is not the last one
LONG_AGO = timedelta(hours=1)  # what was missed before that rings for nobody any more
KEEP_S = 20.0  # real seconds between two writings of what was seen


class Planning:
    """One for a console; ticks and reports are the journal's, so that every console knows them."""

    def __init__(
        self,
        configuration: Configuration,
        affairs: Affairs,
        acts: Acts,
        watching: Watching,
        catch_up: Callable[[], Awaitable[object]],
    ) -> None:
        self.acts, self.watching, self._catch_up = acts, watching, catch_up
        self._windows, self._scopes = configuration.windows.windows, affairs.scopes
        self._titles, self._spans = affairs.titles, affairs.spans
        self._limits = limits(configuration.estate)
        self._lock = Lock(acts.directory / "windows.lock")
        self._told = Told()
        self._memory: Memory | None = None
        self._looked: tuple[object, ...] = ()
        self._parts: tuple[Snapshot, ...] = ()  # kept, so that none of their ids is used anew
        self._stood: tuple[object, ...] = ()
        self._shown: Memory = {}
        self._since: dict[str, datetime] = {}
        """Since when this console has looked into a stretch."""
        self._kept: tuple[Memory, datetime | None] = ({}, None)
        self._unwritten: frozenset[tuple[str, str]] = frozenset()
        """What rang in this console alone, and why: the journal could not be written."""
        self._day: object = None
        self._stretches: tuple[Stretch, ...] = ()
        self._overlaps: Mapping[str, tuple[str, ...]] = {}
        self.all: tuple[Planned, ...] = ()
        """Two days back and fourteen ahead, in order; those that owe a report fourteen back."""

    @property
    def _world(self) -> str:
        return self.acts.hands.world

    def hear(self, entries: Iterable[Entry], now: Now) -> None:
        """What the journal says, whoever wrote it."""
        before = self._told
        for entry in entries:
            self._told = fold(self._told, entry, self._world)
        if self._told is not before:
            self.restand(now)

    def forget(self) -> None:
        """The journal is read anew."""
        self._told = Told()

    async def go_on(self, board: Board, now: Now) -> None:
        """Look into what is open, remind of what is due, write the report of what is over."""
        await self._prepare(now)
        self._memory = attended(self._memory or {}, self._stretches, now.estate)
        await self._look(board, now)
        self.restand(now)
        if any(self._due(one, now) for one in self.all):
            await self._tell(now)
        await self._keep(now)

    async def _look(self, board: Board, now: Now) -> None:
        """Where something was read anew; off the loop: many machines take longer than a frame."""
        looking = tuple(one for one in self._stretches if self._looks(one, now))
        parts = tuple(part for source in SOURCES for part in board.parts(source))
        new = (looking, *map(id, parts))
        if not looking or new == self._looked:
            return
        for one in looking:
            self._since.setdefault(one.id, now.estate)
        before = self._memory or {}
        after = await in_thread(look, before, board, looking, self._spans, self._limits)
        self._memory, self._looked, self._parts = after, new, parts

    def restand(self, now: Now) -> None:
        """How everything stands now, by what was heard."""
        told, memory = self._told, self._memory or {}
        standing = (self._stretches, told, now.estate.replace(second=0, microsecond=0))
        if standing == self._stood and memory is self._shown:
            return  # a report says minutes, and is long where there are many sites
        self._stood, self._shown = standing, memory
        self.all = stand(self._stretches, told, memory, self._titles, self._overlaps, now)

    async def _prepare(self, now: Now) -> None:
        if self._memory is None:
            self._memory = await in_thread(kept.read, self.acts.directory, self._world)
        if self._day != (day := now.estate.date()):
            found = await in_thread(_around, self._windows, now.estate, self._scopes)
            (self._stretches, self._overlaps), self._day = found, day
            ids = {one.id for one in self._stretches} - self._told.written.keys()
            self._memory = {id: seen for id, seen in self._memory.items() if id in ids}

    def _looks(self, one: Stretch, now: Now) -> bool:
        if not one.window.told or one.id in self._told.written:
            return False
        return one.start <= now.estate < one.end + REACH

    def _due(self, one: Planned, now: Now) -> tuple[str, ...]:
        """What is to be told of a stretch now: its report is written, due soon, or missed."""
        at = now.estate
        told: list[str] = []
        if self._ends(one, at):
            told.append(WRITTEN)
        rang = self._told.rang | self._unwritten
        if one.missed(at):
            fresh = one.report_due is not None and at - one.report_due < LONG_AGO
            told += [MISSED] if fresh and (one.id, MISSED) not in rang else []
        elif one.owed and one.remind_at is not None and one.remind_at <= at:
            told += [REMINDER] if (one.id, REMINDER) not in rang else []
        return tuple(told)

    def _ends(self, one: Planned, at: datetime) -> bool:
        """Whether a watch is over, with everything that was measured in it, and not yet told."""
        if one.kind != "watch" or one.written or not one.report or one.end > at:
            return False
        seen = (self._memory or {}).get(one.id, {}).values()
        whole = {each.scope for each in seen if each.last_at >= one.end - NEARLY}
        late = any(each.last_at < one.end - NEARLY for each in seen)
        begun = max(one.end, self._since.get(one.id, one.end))
        return (whole.issuperset(one.scopes) and not late) or at >= begun + LAST_POINTS

    async def _tell(self, now: Now) -> None:
        """Whoever has the lock writes it, once for all consoles."""
        if self._lock.take(self.acts.pen.by):
            return  # the next look is soon
        try:
            await self._catch_up()
            self.restand(now)
            for one in self.all:
                for what in self._due(one, now):
                    await self._say(what, one, now)
            await self._catch_up()
            self.restand(now)
        except UNWRITTEN as error:
            log.error("a planned window cannot be written down: %s", error)
        finally:
            self._lock.release()

    async def _say(self, what: str, one: Planned, now: Now) -> None:
        if what == WRITTEN:
            seen = (self._memory or {}).get(one.id, {}).values()
            told = {"title": one.title, "report": one.report, "estate": plain(now.estate)}
            remarkable = not seen or any(each.remarkable for each in seen)
            await self._write(WRITTEN, one, remarkable=remarkable, **told)
            return
        text = _rung(one, what, now)
        try:
            await self.watching.ring(one.key, text, why=what, finding=one.id)
        except UNWRITTEN:  # it rings all the same, in this console
            self._unwritten |= {(one.id, what)}

    async def take(self, wish: OfWindows, now: Now) -> None:
        """Write down what a person did. Raises ValueError, Unwritten and JournalBroken."""
        one = next((one for one in self.all if one.id == wish.window), None)
        if one is None:
            raise ValueError("this window is not known any more")
        match wish:
            case TickPlanned():
                await self._tick(one, wish, now)
            case ReportOut():
                await self._reported(one, wish, now)

    async def _tick(self, one: Planned, wish: TickPlanned, now: Now) -> None:
        title = next((each.title for each in one.steps if each.id == wish.step), "")
        if not title:
            raise ValueError(f"{wish.step}: this window has no such step")
        told = {"step": wish.step, "title": title, "estate": plain(now.estate)}
        await self._write(TICKED, one, **told, **({"undone": True} if wish.undone else {}))

    async def _reported(self, one: Planned, wish: ReportOut, now: Now) -> None:
        """The report is out, and nothing of it rings any more; or it is not, after all."""
        if wish.undone is (one.reported_at is None):
            nobody = "nobody said that this report is out"
            raise ValueError(nobody if wish.undone else "this report is out already")
        told = {"title": one.title, "report": one.report, "estate": plain(now.estate)}
        await self._write(REPORTED, one, **told, **({"undone": True} if wish.undone else {}))
        if any(step.id == REPORT and (step.at is None) is not wish.undone for step in one.steps):
            await self._tick(one, TickPlanned(one.id, REPORT, wish.undone), now)
        if not wish.undone and any(ring.scope == one.key for ring in self.watching.rings()):
            await self.acts.pen.write("finding.acknowledged", finding="", cluster=one.key)

    async def _write(self, kind: Kind, one: Planned, **told: Any) -> None:
        told |= {"window": one.id, "world": self._world}
        await self.acts.pen.write(kind, run="", by="", **told)

    async def _keep(self, now: Now) -> None:
        """On the disk every so often; what is lost by a crash is less than that."""
        memory, at = self._kept
        if self._memory is memory or self._memory is None or self._memory == memory:
            return
        if at is not None and (now.real - at).total_seconds() < KEEP_S:
            return
        self._kept = self._memory, now.real
        try:
            await in_thread(kept.write, self.acts.directory, self._memory, self._world)
        except OSError as error:
            log.error("what was seen in planned windows is not kept: %s", error)


def _around(
    windows: Mapping[str, Window], now: datetime, scopes: tuple[str, ...]
) -> tuple[tuple[Stretch, ...], Mapping[str, tuple[str, ...]]]:
    """The stretches of a day, and which lie over one another: many windows take long."""
    found = stretches(windows, now, scopes)
    return found, overlaps(found)


def _rung(one: Planned, what: str, now: Now) -> str:
    """A report that is due or was missed, in a sentence; with its day, where that is another."""
    assert one.report_due is not None
    local = one.report_due.astimezone(ZoneInfo(one.zone))
    day = "" if local.date() == now.estate.astimezone(local.tzinfo).date() else f"{local:%a} "
    day += f"{local.day} {local:%b} " if day else ""
    at = f"{day}{local:%H:%M} {one.zone.rpartition('/')[2].replace('_', ' ')}"
    if what == MISSED:
        return f"{one.title}: the report was due at {at}, and nobody said that it is out"
    return f"{one.title}: the report is due at {at}"


def limits(estate: Estate) -> dict[str, Limits]:
    """Fact, or id of a metric → its usual limits, where high values are the bad ones."""
    return {one.fact or one.id: (one.warn, one.crit) for one in estate.metrics if not one.below}
