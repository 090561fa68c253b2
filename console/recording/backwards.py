"""Opens what was recorded, to look back at it from a living console."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Protocol

from console.clock import real_now
from console.model import Now
from console.model.affairs import Affairs
from console.poll import in_thread
from console.recording.file import UNSOUND
from console.recording.hindsight import Hindsight
from console.recording.player import Player
from console.recording.projector import Projector, Screen
from console.recording.tape import Tape, newest

if TYPE_CHECKING:
    from console.config.cases import Case
    from console.estates import Opened


class LookBackScreen(Screen, Protocol):
    """A console that shows now, until it looks back."""

    @property
    def own(self) -> Affairs:
        """How affairs stand now."""
        ...


class TapeOpening:
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


async def look_back(opened: Opened, screen: LookBackScreen) -> Projector | None:
    """What is recorded of this estate; where there is nothing, that is said."""
    context, cases = opened.context, opened.configuration.cases
    clock, zone = context.clock, context.estate.estate.zone

    def now() -> Now:
        return Now(clock.now(), real_now(), clock.speed)

    return await projected(context.state, screen, now, zone, cases)


async def projected(
    state: Path | None,
    screen: LookBackScreen,
    now: Callable[[], Now],
    zone: str,
    cases: Mapping[str, Case],
) -> Projector | None:
    """What is recorded in this directory, from its end on; see `look_back`."""
    opening = TapeOpening(state)
    try:
        tape = await in_thread(opening.open)
    except asyncio.CancelledError:
        opening.give_up()
        raise
    except UNSOUND as error:
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
