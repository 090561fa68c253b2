"""The recording of an opened estate: where it lies, for how long, and what never stands in it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from console.config.shown import hidden
from console.estates import state_directory
from console.findings import journal_of
from console.poll import in_thread
from console.recording.masking import of_environment
from console.recording.recorder import Recorder
from console.recording.shelf import Keep
from console.recording.standby import RecorderState, Standby, ended, failed
from console.recording.values import DELETED, Title, missed_words

if TYPE_CHECKING:
    from console.estates import Opened
    from console.model import Board

PACKAGE = "oncall-console"
NOT_RECORDED = "not recorded"


def open_standby(opened: Opened, tell: Callable[[RecorderState], object]) -> Standby:
    """What records this estate."""
    estate = opened.configuration.estate
    make = partial(
        Recorder,
        opened.context.state or state_directory(opened.name),
        Title(estate.estate.title, estate.estate.zone, program()),
        opened.context.clock,
        journal_of(opened).path,
        Keep(estate.recording.days, estate.recording.megabytes),
        secrets={*hidden(opened.configuration), *of_environment(os.environ)},
    )
    return Standby(make, tell)


class RecorderNews:
    """Says each trouble of the recording, its end, and what was missed, once."""

    def __init__(self, say: Callable[[str, bool], object]) -> None:
        self._say, self._last = say, RecorderState()

    def __call__(self, now: RecorderState) -> None:
        """How it stands now."""
        last = self._last
        kept = now.missed or last.missed, now.deleted or last.deleted
        self._last = replace(now, missed=kept[0], deleted=kept[1])
        if now.trouble and now.trouble != last.trouble:
            self._say(f"{NOT_RECORDED}: {now.trouble}", True)
        elif last.trouble and not now.trouble and not now.other:
            self._say("recorded again", False)
        if now.other and now.other != last.other:
            self._say(f"recorded by {now.other}; this one goes on when that one ends", False)
        if now.missed and now.missed != last.missed:
            self._say(missed_words(now.missed), now.missed.why == DELETED)
        if now.deleted and now.deleted != last.deleted:
            self._say(now.deleted, False)
        if now.untidy and now.untidy != last.untidy:
            self._say(now.untidy, True)


@asynccontextmanager
async def recording_of(
    opened: Opened, tell: Callable[[RecorderState], object]
) -> AsyncIterator[Callable[[Board], object]]:
    """Record until the end of the block what the function that it yields is given.

    Nothing where the configuration wants no recording.
    """
    if not opened.configuration.estate.recording.enabled:
        yield lambda board: None
        return
    standby = await in_thread(open_standby, opened, tell)
    recording = asyncio.create_task(standby.run())
    recording.add_done_callback(partial(_failed, tell))
    try:
        yield standby.see
    finally:
        await ended(recording)


def _failed(tell: Callable[[RecorderState], object], recording: asyncio.Task[None]) -> None:
    """Nobody waits for it while the program runs: that it ended by itself must be said."""
    if not recording.cancelled() and (error := recording.exception()) is not None:
        tell(failed(error))


def program() -> str:
    """This program's version, for whoever reads a recording of it later."""
    try:
        return version(PACKAGE)
    except PackageNotFoundError:  # run from its sources
        return "unknown"
