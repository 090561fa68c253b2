"""What a watch prints: a line for each thing that happens, and the terminal's bell."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from console.clerk import Clerk
from console.model import Board, Entry
from console.model.affairs import Ring
from console.model.bell import ringing
from console.model.words import commands, harmless
from console.watch.lines import document, line
from console.watch.needs import spoken_of
from console.watch.watching import MAINTENANCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What this watch was asked to do."""

    clusters: frozenset[str]
    until: datetime
    """Estate's clock."""
    zone: str
    """Of the clock times that are printed."""
    cases: tuple[str, ...] = ()
    """Armed for these; nothing is ever done without."""
    scopes: tuple[str, ...] = ()
    minutes: float = 0.0
    reason: str = ""
    may_empty_topics: bool = False
    as_json: bool = False
    write: Callable[[str], object] = sys.stdout.write
    is_terminal: bool = False


class Teller:
    """Prints what the journal has new, whoever wrote it."""

    def __init__(self, wanted: Wanted, clerk: Clerk) -> None:
        self.wanted, self.clerk = wanted, clerk
        self._told = self._alone = 0
        self._rung: frozenset[Ring] = frozenset()
        self._trouble: dict[str, str] = {}

    def skip(self, entries: Sequence[Entry]) -> None:
        """What was written before is no news."""
        self._told = len(entries)

    def news(self, entries: Sequence[Entry]) -> None:
        """What was written since."""
        if len(entries) < self._told:  # the journal is another file by now
            self.skip(entries)
        for entry in entries[self._told :]:
            if self._is_ours(entry) and (text := line(entry)):
                self.print(entry.at, text, entry)
        self.skip(entries)

    def unwritten(self, entries: Sequence[Entry]) -> None:
        """What this program saw and could not write down."""
        for entry in entries[self._alone :]:
            if self._is_ours(entry) and (text := line(entry)):
                self.print(entry.at, text, entry)
        self._alone = len(entries)

    def _is_ours(self, entry: Entry) -> bool:
        """Of the night: not what is done meanwhile on other sites."""
        if entry.kind.startswith("watch."):
            world = self.clerk.acts.hands.world
            mine = str(entry.data.get("cluster", "")) in self.wanted.clusters or bool(entry.run)
            return mine and str(entry.data.get("world", "")) == world
        rounds = self.clerk.rounds
        if entry.kind.startswith("finding."):
            return bool(entry.data.get("cluster")) or bool(spoken_of((entry,), rounds.cases))
        own = any(run.id == entry.run for run in rounds.all)
        return own or entry.kind in ("armed", "disarmed")

    def sight(self, board: Board) -> None:
        """Why a cluster cannot be seen, once; and that it is seen again."""
        now = self.clerk.now()
        for part in board.parts(MAINTENANCE):
            if part.part not in self.wanted.clusters:
                continue
            why = ""
            if part.taken_at and not part.freshness(now.real).trusted:
                why = part.trouble.message if part.trouble else "nothing new was read for long"
            if why != self._trouble.get(part.part, ""):
                said = f"cannot be seen any more: {why}" if why else "is seen again"
                self.print(now.real, f"{part.part}: {said}")
                self._trouble[part.part] = why

    def ring(self, rings: Iterable[Ring]) -> None:
        """The bell and a notice, with each ring and each time that it rings again."""
        now = frozenset(rings)
        new, self._rung = now - self._rung, now
        texts = tuple(ring.text for ring in sorted(new, key=lambda ring: ring.since))
        if self.wanted.is_terminal and (sound := ringing(texts)):
            self.wanted.write(sound)
            sys.stdout.flush()

    def print(self, at: datetime, text: str, entry: Entry | None = None) -> None:
        """One line (real time), at the estate's time."""
        estate = self.clerk.now().by_estate(at)
        if self.wanted.as_json:
            entry = entry or Entry(at, "", data={})
            told = document(entry, estate) | {"text": text}
            self.wanted.write(escaped(json.dumps(told, ensure_ascii=False)) + "\n")
        else:
            clock = estate.astimezone(ZoneInfo(self.wanted.zone))
            self.wanted.write(f"{clock:%H:%M:%S}  {harmless(text)}\n")
        sys.stdout.flush()


def escaped(document: str) -> str:
    """A document that commands no terminal; it says the same to whoever reads it as JSON."""
    return "".join(_escape(one) if commands(one) else one for one in document)


def _escape(character: str) -> str:
    """What JSON leaves as it is: DEL and the second set of controls, among others."""
    code = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{code[at : at + 4]}" for at in range(0, len(code), 4))
