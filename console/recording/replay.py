"""Shows a recording without a living console."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from console.clock import real_now
from console.model import Duty, Now
from console.model.affairs import Affairs
from console.recording.hindsight import Hindsight
from console.recording.player import Player
from console.recording.projector import Projector, Screen
from console.recording.tape import Tape

if TYPE_CHECKING:
    from console.config.cases import Case


class ReplayScreen(Screen, Protocol):
    """A program that shows a recording and nothing else."""

    duty: Duty
    state: Path | None

    def project(self, projector: Projector) -> None:
        """Show what this finds."""
        ...


@dataclass(frozen=True, slots=True)
class Replay:
    """How a program was asked to show a recording: nothing in it can reach the world."""

    tape: Tape
    player: Player
    name: str
    state: Path | None = None
    names: Affairs = field(default_factory=Affairs)
    cases: Mapping[str, Case] | None = None
    now: Callable[[], datetime] = real_now

    async def __call__(self, screen: ReplayScreen) -> None:
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
            Hindsight(lambda: self.names, lambda: self.tape.entries, self.cases or {}),
            lambda: Now(self.player.now.estate, self.now()),
            self.name,
        )
        for one in self.tape.left_out:
            screen.say(f"left out: {one}", bad=True)
        screen.project(projector)
        await projector.run()
