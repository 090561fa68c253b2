"""From the first frame to a living screen: start the lab if asked, open the estate, look out."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import Process
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from console.model import Board, Duty
from console.poll import in_thread
from console.realm import READY, VARIABLE, NoLab

if TYPE_CHECKING:
    from console.acting import Acts
    from console.estates import Opened
    from console.lookout import Lookout
    from console.recording.standby import RecorderState

KEPT_LINES = 6  # of what the lab says while it starts
ROOMS = (
    *("console.config", "console.estates", "console.findings", "console.lookout"),
    *("console.acting.opened", "console.clerk", "console.recording.opened"),
    "console.recording.backwards",
)
CLIENTS = (
    *("console.kafka.pool", "console.kafka.verdicts", "console.kubernetes.login"),
    "console.aws.session",
)
JUDGES = (
    *("console.aws.alarms", "console.aws.applications", "console.aws.balancers"),
    *("console.aws.bucket", "console.aws.databases", "console.aws.ec2", "console.aws.elasticache"),
    *("console.aws.hostnames", "console.aws.inside", "console.aws.inside_facts"),
    *("console.aws.insights", "console.flow", "console.kafka.tally"),
    *("console.issues", "console.ita", "console.loss", "console.maintenance.step"),
    *("console.web.facts", "console.web.listing"),
)
"""Rooms that sources import as they read and derive: on the loop it would cost a frame."""


class Screen(Protocol):
    """What the opening needs of the program on the screen."""

    duty: Duty

    def show(self, board: Board) -> None: ...
    def say(self, text: str, bad: bool = False) -> None: ...
    @property
    def read_only(self) -> bool: ...
    def opened(self, opened: Opened, lookout: Lookout, acts: Acts) -> None: ...


@dataclass(frozen=True, slots=True)
class Opening:
    """How this console was asked to start."""

    directory: Path | None = None
    lab: tuple[str, ...] = ()
    """Command that serves a lab, or nothing for the estate as configured."""
    drill: bool = False
    """Somebody practises in it: the journal says when that began."""

    async def __call__(self, screen: Screen) -> None:
        """Open and look out until cancelled; a lab started here ends with us."""
        # off the loop and, in a demo, while the lab starts: the panes live as soon as it answers
        warming = asyncio.create_task(in_thread(warm))
        lab = await start_lab(self.lab, screen) if self.lab else None
        try:
            await warming
            await self._look(screen, lab)
        finally:
            if lab is not None:
                await stop_lab(lab)

    async def _look(self, screen: Screen, lab: Process | None) -> None:
        from console.estates import open_estate  # all these are there: `warm` imported them
        from console.recording.opened import recording_of

        _say(screen, "reading the configuration")
        opened = await in_thread(open_estate, self.directory)
        try:
            async with recording_of(opened, _recording(screen)) as see:
                await self._look_out(screen, lab, opened, see)
        finally:
            await opened.context.clients.close()

    async def _look_out(
        self,
        screen: Screen,
        lab: Process | None,
        opened: Opened,
        see: Callable[[Board], object],
    ) -> None:
        from console.acting.opened import open_acts
        from console.findings import open_findings
        from console.lookout import Lookout

        aws = opened.context.clients.aws

        def show(board: Board) -> None:
            see(board)
            calls, usd = aws.usage()
            seen = any(part.taken_at for part in board.snapshots.values())
            starting = () if seen else screen.duty.starting
            screen.duty = replace(
                screen.duty, calls_per_min=calls, usd_per_month=usd, starting=starting
            )
            screen.show(board)

        findings = await in_thread(open_findings, opened)
        lookout = Lookout(opened.context, show, findings)
        acts = open_acts(
            opened, lambda: lookout.board, lookout.ask_again, read_only=screen.read_only
        )
        estate = opened.context.estate.estate
        screen.duty = replace(
            screen.duty, estate=estate.title, zone=estate.zone, banner=opened.realm.banner
        )
        screen.opened(opened, lookout, acts)
        try:
            if lab is not None:
                # its AWS answers already
                await asyncio.gather(in_thread(aws.log_in), self._ready(lab, screen, acts))
            await lookout.run()
        finally:
            await acts.close()

    async def _ready(self, lab: Process, screen: Screen, acts: Acts) -> None:
        """Its scenario begins now, and with it a drill."""
        await until_ready(lab, screen)
        if self.drill:
            await _begin(acts)


def warm() -> None:
    """Import what the first poll needs; nothing is asked (1 to 2 s of work)."""
    for name in (*ROOMS, *CLIENTS, *JUDGES):
        import_module(name)
    from console.aws.login import warm_models

    warm_models()


def _recording(screen: Screen) -> Callable[[RecorderState], None]:
    """What has the screen say how the recording stands."""
    from console.recording.opened import RecorderNews

    said = RecorderNews(screen.say)

    def tell(standing: RecorderState) -> None:
        screen.duty = replace(screen.duty, unrecorded=standing.trouble, recorder=standing.other)
        said(standing)

    return tell


async def _begin(acts: Acts) -> None:
    """The first line of a drill; where it cannot be written there will be nothing to tell of."""
    from console.acting.pen import UNWRITTEN
    from console.drill import beginning

    clock = acts.hands.clock
    with suppress(*UNWRITTEN):
        await acts.pen.write("note", **beginning(clock.now(), clock.speed))


def _say(screen: Screen, line: str) -> None:
    screen.duty = replace(screen.duty, starting=(*screen.duty.starting, line)[-KEPT_LINES:])


async def start_lab(command: Sequence[str], screen: Screen) -> Process:
    """Run the lab as a child that ends when its standard input closes, that is, with us.

    Returns once its address is known, and is our environment; see `until_ready`.
    """
    _say(screen, "starting the lab")
    lab = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    placed = await _heard(lab, screen, f"{VARIABLE}=")
    os.environ[VARIABLE] = placed.removeprefix(f"{VARIABLE}=")
    return lab


async def until_ready(lab: Process, screen: Screen) -> None:
    """Show what the lab says while its servers start, until all of them answer."""
    _say(screen, await _heard(lab, screen, READY))


async def _heard(lab: Process, screen: Screen, start: str) -> str:
    """The line that starts so; those before it are shown.

    Raises NoLab with what the lab said last when it ends before.
    """
    assert lab.stdout is not None
    said = ""
    async for raw in lab.stdout:
        line = raw.decode(errors="replace").strip()
        if line.startswith(start):
            return line
        if line:
            said = line
            _say(screen, line)
    raise NoLab(f"the lab ended before it was ready (exit {await lab.wait()}): {said}")


async def stop_lab(lab: Process) -> None:
    """Close its input and give it a moment; the leash ends it in any case."""
    if lab.stdin is not None:
        lab.stdin.close()
    try:
        async with asyncio.timeout(1.0):
            await lab.wait()
    except TimeoutError:
        lab.kill()
        await lab.wait()  # else asyncio says on the terminal that nobody waited


def lab_command(
    scenario: str, speed: float, kafka: str, directory: Path | None, drill: bool = False
) -> tuple[str, ...]:
    """The command line that serves a lab for a parent."""
    estate = ("--config", str(directory)) if directory else ()
    return (
        *(sys.executable, "-m", "console", *estate, "demo", "--serve", "--leashed"),
        *("--drill" if drill else "--scenario", scenario),
        *("--speed", f"{speed:g}", "--kafka", kafka),
    )
