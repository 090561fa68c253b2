"""Findings on the board: judges each new board, and has what changed written to the journal."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Protocol

from console.clock import Clock, real_now
from console.estates import state_directory
from console.following import Following
from console.issues import registered
from console.journal import Journal, JournalBroken, open_journal
from console.match import Memory, Policy, find, fold, news, remember
from console.model import Board, Draft, Entry, Finding, Kind, Now, plain
from console.poll import in_thread
from console.windows import in_window

if TYPE_CHECKING:
    from console.config import Configuration, Estate
    from console.estates import Opened

log = logging.getLogger(__name__)
RETRY_S = 5.0  # real seconds until a journal that refused is tried again


class Append(Protocol):
    """Writes one entry to the journal; raises OSError when it is not on the disk."""

    def __call__(
        self, kind: Kind, /, *, run: str = ..., by: str = ..., **data: object
    ) -> object: ...


def policy_of(configuration: Configuration) -> Policy:
    """What `find` needs of a configuration besides the cases."""
    estate, windows = configuration.estate, configuration.windows.windows
    metrics = {(one.of, one.fact or one.id): one for one in estate.metrics}
    return Policy(
        partial(in_window, windows),
        zones_of(estate),
        estate.estate.zone,
        # CloudWatch series come on a grid that covers `trend_over`
        {key: one.trend_over for key, one in metrics.items()},
        {key: one.period for key, one in metrics.items()},
    )


def zones_of(estate: Estate) -> dict[str, str]:
    """Scope (and site) → its time zone."""
    zones = {name: cluster.zone for name, cluster in estate.kafka.items()}
    zones |= {name: cluster.zone for name, cluster in estate.kubernetes.items()}
    zones |= {name: system.zone for name, system in estate.ita.items()}
    for name, site in estate.sites.items():
        zones |= {name: site.zone, **{f"{name}/{env}": site.zone for env in site.environments}}
    return zones


class Findings:
    """What recurs on the boards of one estate. Without `append` nothing is written down."""

    def __init__(
        self,
        configuration: Configuration,
        clock: Clock,
        append: Append | None = None,
        entries: Iterable[Entry] = (),
    ) -> None:
        self.cases = tuple(configuration.cases.values())
        self.policy = policy_of(configuration)
        entries = tuple(entries)
        self.memory: Memory = remember(entries)
        self.issues = registered(entries)
        """The register of known issues as these entries told it."""
        self.unwritten: deque[Draft] = deque()
        """What the journal has not taken yet, oldest first."""
        self._clock, self._append = clock, append
        self._writing: asyncio.Task[None] | None = None
        self._turn, self._hurry = asyncio.Lock(), asyncio.Event()
        self._heard: list[Entry] = []
        self._settled = 0

    def on(self, board: Board) -> Board:
        """The board with its findings, at once."""
        before = self.memory
        findings, after = find(self.cases, board, before, self._now(), self.policy)
        self._settle(findings, before, after)
        return replace(board, findings=findings)

    @property
    def pending(self) -> frozenset[str]:
        """Cases that are about to be found: their symptoms hold, but not yet for long enough."""
        return self.memory.pending

    async def judged(self, board: Board) -> tuple[Finding, ...] | None:
        """Its findings, worked out off the loop: many hosts' trends take longer than a frame.

        None where something newer was judged meanwhile.
        """
        before, number = self.memory, self._settled
        found = in_thread(find, self.cases, board, before, self._now(), self.policy)
        self._heard.clear()
        findings, after = await found
        if number != self._settled:
            return None
        for entry in self._heard:
            after = fold(after, entry)
        self._settle(findings, before, after)
        return findings

    def _now(self) -> Now:
        return Now(self._clock.now(), real_now())

    def _settle(self, findings: tuple[Finding, ...], before: Memory, after: Memory) -> None:
        if self._append is not None:
            self.unwritten += news(before, after, findings)
            self._write()
        self.memory = after
        self._settled += 1

    def hear(self, *entries: Entry) -> None:
        """What a person, or another console, wrote of findings: shown with the next board."""
        for entry in entries:
            self.memory = fold(self.memory, entry)
            self._heard.append(entry)

    def _write(self) -> None:
        """In the background, one after the other: a disk may be slow, a screen may not."""
        idle = self._writing is None or self._writing.done()
        if self.unwritten and idle:
            self._writing = asyncio.get_running_loop().create_task(self.written())

    async def written(self) -> None:
        """Until the journal has everything. Beside another call it hurries that one, and waits."""
        self._hurry.set()
        async with self._turn:
            while self.unwritten and self._append is not None:
                self._hurry.clear()
                draft = self.unwritten[0]
                write: Callable[..., object] = partial(self._append, draft.kind, run=draft.run)
                try:
                    await in_thread(write, **draft.data)
                except (OSError, JournalBroken) as error:
                    log.error("the journal took no entry, tried again: %s", error)
                    await self._pause()
                    continue
                self.unwritten.popleft()

    async def _pause(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(RETRY_S):
                await self._hurry.wait()


class Once:
    """Writes of findings what no other console has written meanwhile: all see the same. Blocking.

    Raises what `Journal.append` raises, and OSError where the journal cannot be read.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal, self._following = journal, Following(journal.path)
        self._memory = Memory()
        self._turn = Lock()  # a write that nobody waits for any more may still be on its way

    def __call__(self, kind: Kind, /, *, run: str = "", by: str = "", **data: object) -> object:
        """The entry, or None where the journal says so already."""

        def known() -> bool:
            self._catch_up()
            return says(self._memory, kind, data)

        with self._turn:
            self._catch_up()  # what is long is read before anybody has to wait
            return self._journal.append_unless(known, kind, run=run, by=by, **data)

    def _catch_up(self) -> None:
        if not self._following.grown():
            return
        entries, anew = self._following.read()
        self._memory = Memory() if anew else self._memory
        for entry in entries:
            self._memory = fold(self._memory, entry)


def says(memory: Memory, kind: Kind, data: Mapping[str, object]) -> bool:
    """Whether that is how the journal, by what it tells, has a finding already."""
    one = memory.findings.get(str(data.get("finding")))
    is_live = one is not None and one.since is not None
    match kind:
        case "finding.seen":
            return is_live
        case "finding.cleared":
            return not is_live
        case "finding.deferred":
            return bool(plain(one.deferred_until if one else None) == data.get("until"))
        case "finding.silenced":
            return one is not None and bool(one.silence_ended)
        case _:
            return False


def journal_of(opened: Opened) -> Journal:
    """The estate's journal. Its directory is made on first use."""
    return open_journal(state_directory(opened.name))


def open_findings(opened: Opened, *, write: bool = True) -> Findings:
    """The findings of an estate as its journal remembers them (blocking: it is read whole)."""
    journal = journal_of(opened)
    append = Once(journal) if write else None
    return Findings(opened.configuration, opened.context.clock, append, remembered(journal.path))


def remembered(path: Path) -> tuple[Entry, ...]:
    """What a journal tells. What cannot be read of it is logged and left out.

    What is wrong now must be seen all the same.
    """
    following = Following(path)
    try:
        entries, _ = following.read()
    except OSError as error:
        log.error("what the journal knows of findings is left out: %s", error)
        return ()
    if following.trouble:
        log.error("what the journal knows of findings may be incomplete: %s", following.trouble)
    return entries
