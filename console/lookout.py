"""Keeps the board: builds the sources of an estate, polls them, derives the rest, publishes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from time import monotonic
from types import MappingProxyType
from typing import Protocol

from console.derive import derived
from console.model import Board, Entry, Finding, Snapshot
from console.model.issues import Issue
from console.naming import scopes_in
from console.poll import Context, Part, poll, poll_once
from console.sources import DERIVED, SOURCES
from console.windows import opened, tightening

FIRST_PAGE = 24  # scopes in focus before the screen has said what it shows
FOCUSED = ("instances", "caches", "databases", "metrics")  # they read metrics of what is in focus
ON_DEMAND = frozenset({"hosts"})  # commands are run for them: `ctrl+r` elsewhere leaves them
LOOK_S = 0.05  # between two looks for an answer that somebody waits for
READ_BY_ISSUES = ("sites",)  # derived sources that read the register of known issues
FOCUS_PAUSE = 5.0  # seconds between two polls that only a change of focus caused
PACE_S = 1.0  # real seconds between two looks whether a planned window opened or closed


def parts_of(context: Context, only: Collection[str] = ()) -> tuple[Part, ...]:
    """Every part of every enabled source of this estate; `only`: of these sources.

    As the planned windows want it that are open just now.
    """
    open_ = tuple(opened(context.windows, context.clock.now()).values())
    context = replace(context, open=open_)
    asking = context.estate.sources
    return tuple(
        part
        for name, source in SOURCES.items()
        if (name not in asking or asking[name].enabled) and (not only or name in only)
        for part in source.parts(context)
    )


def read_by(sources: Collection[str]) -> set[str]:
    """These sources, and what the derived ones among them are derived from."""
    inputs = (DERIVED[name].inputs for name in sources if name in DERIVED)
    return {*sources, *(one for some in inputs for one in some)}


def unasked(parts: Iterable[Part]) -> Board:
    """A board on which every part stands as never asked."""
    return Board().with_(*(Snapshot(part.source, part.name, part.interval) for part in parts))


def scopes_of(context: Context) -> tuple[str, ...]:
    """Every scope there is: clusters, systems, accounts, `site/env` (production first)."""
    return scopes_in(context.estate)


class Judge(Protocol):
    """Puts the findings on each board; told what people said of them."""

    issues: tuple[Issue, ...]
    """The register of known issues, as the journal told it at the start."""

    @property
    def pending(self) -> frozenset[str]: ...
    def on(self, board: Board) -> Board: ...
    async def judged(self, board: Board) -> tuple[Finding, ...] | None: ...
    def hear(self, *entries: Entry) -> None: ...


async def look_once(context: Context, judge: Judge | None = None) -> Board:
    """Ask every part once, all at the same time, and derive the rest.

    Machines are left out: a command that is run every minute must not run another on each of them.
    """
    context.clients.aws.metrics.focus(scopes_of(context))
    parts = [part for part in parts_of(context) if part.source not in ON_DEMAND]
    board = Board().with_(*await asyncio.gather(*(poll_once(part) for part in parts)))
    board = derived(board, context, tuple(SOURCES), judge.issues if judge else None)
    return judge.on(board) if judge else board


class Lookout:
    """Polls every part for ever; each change makes a new board and publishes it."""

    def __init__(
        self,
        context: Context,
        publish: Callable[[Board], object],
        findings: Judge | None = None,
        only: Collection[str] = (),
    ) -> None:
        """`only`: ask these sources and no others."""
        self.context, self.only = context, only
        self.publish = publish
        self.findings = findings
        self.issues = findings.issues if findings else None
        self._judging: asyncio.Task[None] | None = None
        self._unjudged = False
        self.board = Board()
        self._wakes: dict[Part, asyncio.Event] = {}
        self._again = asyncio.Event()
        self._focus = frozenset[str]()
        self._focused_at = 0.0
        self.focus(scopes_of(context)[:FIRST_PAGE])

    async def run(self) -> None:
        """Poll until cancelled; after `resumed` every connection and poll is made anew."""
        while True:
            self._again.clear()
            parts = parts_of(self.context, self.only)
            known = self.board.snapshots
            self._show(unasked(part for part in parts if (part.source, part.name) not in known))
            self._wakes = {}
            async with asyncio.TaskGroup() as group:
                polls = {part: self._begin(group, part) for part in parts}
                pacing = group.create_task(self._pace(group, polls))
                await self._again.wait()
                for task in (pacing, *polls.values()):
                    task.cancel()  # an answer that comes later finds nobody waiting
            await self.context.clients.close()

    def _begin(self, group: asyncio.TaskGroup, part: Part) -> asyncio.Task[None]:
        wake = self._wakes[part] = asyncio.Event()
        return group.create_task(poll(part, self._take, wake, self._last(part)))

    async def _pace(self, group: asyncio.TaskGroup, polls: dict[Part, asyncio.Task[None]]) -> None:
        """Ask the sources anew that a planned window tightens when it opens or closes."""
        windows, clock = self.context.windows, self.context.clock
        before = opened(windows, clock.now())
        while True:
            await asyncio.sleep(PACE_S)
            now = opened(windows, clock.now())
            moved = [windows[name] for name in before.keys() ^ now.keys()]
            changed = tightening(moved) & SOURCES.keys()
            wanted = changed.intersection(self.only) if self.only else changed
            before = now
            for part in [one for one in polls if one.source in wanted]:
                polls.pop(part).cancel()
                self._wakes.pop(part, None)
            if wanted:
                polls |= {p: self._begin(group, p) for p in parts_of(self.context, wanted)}

    def refresh(self, sources: Collection[str] = (), scopes: Collection[str] = ()) -> bool:
        """Ask every part at once, also those that back off; what is on demand only by its name.

        Whether it was of on-demand sources alone: then only the parts with rows of `scopes`.
        """
        self.context.clients.again()
        named = read_by(sources).intersection(ON_DEMAND)
        if named:
            self.ask(named, scopes)
        else:
            self.ask(SOURCES.keys() - ON_DEMAND)
        return bool(named)

    def ask(
        self, sources: Collection[str], scopes: Collection[str] = (), slower_than: float = 0.0
    ) -> None:
        """Ask these sources at once: of those asked less often (real s), with rows of `scopes`."""
        for part, wake in self._wakes.items():
            last = self._last(part)
            rows = last.rows if last else ()
            ours = not scopes or not rows or any(not set(scopes).isdisjoint(r.scopes) for r in rows)
            if part.source in sources and part.interval > slower_than and ours:
                wake.set()

    async def ask_again(self, old: Sequence[Snapshot]) -> Board:
        """The board after the parts of these snapshots answered, or failed, once more."""
        keys = {(snapshot.source, snapshot.part): snapshot for snapshot in old}
        waits = [0.0]
        for part, wake in self._wakes.items():
            if (part.source, part.name) in keys:
                waits.append(part.timeout)
                wake.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(max(waits) + LOOK_S):
                while any(self.board.snapshots.get(key) is was for key, was in keys.items()):
                    await asyncio.sleep(LOOK_S)
        return self.board

    def focus(self, scopes: Iterable[str]) -> None:
        """These scopes are on the screen: their metrics are read every minute, new ones soon."""
        wanted = frozenset(scopes)
        if wanted == self._focus or monotonic() - self._focused_at < FOCUS_PAUSE:
            return
        new, self._focus = wanted - self._focus, wanted
        self.context.clients.aws.metrics.focus(wanted)
        if new:
            self._focused_at = monotonic()
            for part, wake in self._wakes.items():
                if part.source in FOCUSED:
                    wake.set()

    def resumed(self) -> None:
        """The computer slept: everything known is stale, every connection is made again."""
        stale = {key: replace(s, slept=True) for key, s in self.board.snapshots.items()}
        board = replace(self.board, snapshots=MappingProxyType(stale))
        # at once: the time that was slept through must not count as time something was seen
        self.board = self.findings.on(board) if self.findings else board
        self.publish(self.board)
        self._again.set()

    def heard(self, *entries: Entry) -> None:
        """Somebody wrote of a finding (took it, silenced it): the board shows it at once."""
        if self.findings:
            self.findings.hear(*entries)
            self.board = self.findings.on(self.board)
            self.publish(self.board)

    def know(self, issues: tuple[Issue, ...]) -> None:
        """The register of known issues changed: what is read by it is derived anew at once."""
        if issues != self.issues:
            self.issues = issues
            self._publish(derived(self.board, self.context, READ_BY_ISSUES, issues))

    def _last(self, part: Part) -> Snapshot | None:
        last = self.board.snapshots.get((part.source, part.name))
        return last and replace(last, interval=part.interval)

    def _show(self, board: Board) -> None:
        self._publish(self.board.with_(*board.snapshots.values()))

    def _take(self, snapshot: Snapshot) -> None:
        board = self.board.with_(snapshot)
        self._publish(derived(board, self.context, (snapshot.source,), self.issues))

    def _publish(self, board: Board) -> None:
        """What was seen at once, what it means as soon as it is worked out."""
        self.board = board
        self.publish(board)
        self._unjudged = True
        if self.findings and (self._judging is None or self._judging.done()):
            self._judging = asyncio.get_running_loop().create_task(self._judge(self.findings))

    async def _judge(self, findings: Judge) -> None:
        while self._unjudged:
            self._unjudged = False
            found = await findings.judged(self.board)
            if found is not None and found != self.board.findings:
                self.board = replace(self.board, findings=found)
                self.publish(self.board)
