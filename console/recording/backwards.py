"""Opens what was recorded, to look back at it: from a living console, or without one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Protocol

from console.armed import Armed, armed
from console.clock import real_now
from console.model import Duty, Entry, Now
from console.model.affairs import Affairs
from console.poll import in_thread
from console.recording.hindsight import affairs_then, in_force
from console.recording.player import Player
from console.recording.projector import FAULTS, Projector, Screen
from console.recording.tape import Tape, newest

if TYPE_CHECKING:
    from console.config.cases import Case
    from console.estates import Opened


class Living(Screen, Protocol):
    """A console that shows now, until it looks back."""

    @property
    def own(self) -> Affairs:
        """How affairs stand now."""
        ...


class Dead(Screen, Protocol):
    """A program that shows a recording and nothing else."""

    duty: Duty
    state: Path | None

    def project(self, projector: Projector) -> None:
        """Show what this finds."""
        ...


class Hindsight:
    """How affairs stood at a moment; worked out anew only when the journal said more, or less."""

    def __init__(
        self,
        words: Callable[[], Affairs],
        entries: Callable[[], Sequence[Entry]],
        cases: Mapping[str, Case],
    ) -> None:
        self._words, self._entries, self._cases = words, entries, cases
        self._last: tuple[int, Affairs, tuple[Armed, ...]] | None = None

    async def __call__(self, at: datetime) -> Affairs:
        """At this moment, by the real clock."""
        known = self._words(), self._entries()
        return await in_thread(self._settled, *known, at)  # a long journal takes its time

    def _settled(self, words: Affairs, entries: Sequence[Entry], at: datetime) -> Affairs:
        known = [one for one in entries if one.at <= at]
        if self._last is None or self._last[0] != len(known):
            self._last = len(known), affairs_then(words, known, self._cases), armed(known)
        _, affairs, armings = self._last
        return replace(affairs, arming=in_force(armings, at))


class Opening:
    """Opens what was recorded, on a thread; a tape that nobody waits for any more is closed."""

    def __init__(self, state: Path | None) -> None:
        self._state, self._turn = state, Lock()
        self._tape: Tape | None = None
        self._unwanted = False

    def open(self) -> Tape:
        """Blocking. Raises what a Tape does."""
        state = self._state
        tape = Tape(newest(state), partial(newest, state)) if state else Tape([])
        with self._turn:
            self._tape = tape
            if self._unwanted:
                tape.close()
        return tape

    def give_up(self) -> None:
        """Nobody waits any more."""
        with self._turn:
            self._unwanted = True
            if self._tape is not None:
                self._tape.close()


async def look_back(opened: Opened, screen: Living) -> Projector | None:
    """What is recorded of this estate; where there is nothing, that is said."""
    context, cases = opened.context, opened.configuration.cases
    clock, zone = context.clock, context.estate.estate.zone

    def now() -> Now:
        return Now(clock.now(), real_now(), clock.speed)

    return await projected(context.state, screen, now, zone, cases)


async def projected(
    state: Path | None,
    screen: Living,
    now: Callable[[], Now],
    zone: str,
    cases: Mapping[str, Case],
) -> Projector | None:
    """What is recorded in this directory, from its end on; see `look_back`."""
    opening = Opening(state)
    try:
        tape = await in_thread(opening.open)
    except asyncio.CancelledError:
        opening.give_up()
        raise
    except FAULTS as error:
        screen.say(f"there is nothing to look back at: {error}", bad=True)
        return None
    for one in tape.left_out:
        screen.say(f"left out: {one}", bad=True)
    return Projector(
        tape,
        Player(tape.track, tape.track.end, zone=zone),
        screen,
        Hindsight(lambda: screen.own, lambda: screen.own.entries, cases),
        now,
    )


@dataclass(frozen=True, slots=True)
class Replay:
    """How a program was asked to show a recording: nothing in it can reach the world."""

    tape: Tape
    player: Player
    name: str
    state: Path | None = None
    words: Affairs = field(default_factory=Affairs)
    cases: Mapping[str, Case] | None = None
    now: Callable[[], datetime] = real_now

    async def __call__(self, screen: Dead) -> None:
        """Show it until cancelled."""
        title = self.tape.title
        screen.state = self.state
        screen.duty = replace(
            screen.duty, estate=title.estate, zone=title.zone, banner=f"REPLAY of {self.name}"
        )
        projector = Projector(
            self.tape,
            self.player,
            screen,
            Hindsight(lambda: self.words, self._entries, self.cases or {}),
            lambda: Now(self.player.now.estate, self.now()),
            self.name,
        )
        for one in self.tape.left_out:
            screen.say(f"left out: {one}", bad=True)
        screen.project(projector)
        await projector.run()

    def _entries(self) -> list[Entry]:
        return [entry for _, entry in self.tape.entries]
