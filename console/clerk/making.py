"""Makes the handover's document of what a console knows just now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING

from console.findings import zones_of
from console.handover import LANGUAGES, Given, Language, document, story, words
from console.model import Board, Entry, Now
from console.model.affairs import Affairs
from console.model.handover import Handover
from console.model.planned import Planned

if TYPE_CHECKING:
    from pathlib import Path

    from console.config import Configuration


class Making:
    """Takes what is there at one instant; on a thread, one document after the other."""

    def __init__(
        self,
        configuration: Configuration,
        signs: Affairs,
        directory: Path,
        world: str,
        now: Callable[[], Now],
        board: Callable[[], Board],
    ) -> None:
        from console.handover.recorded import Recorded

        self._configuration, self._signs, self._world = configuration, signs, world
        self._recorded = Recorded(directory, configuration.estate.estate.zone)
        self._now, self._board = now, board
        self._turn = Lock()
        self.entries: tuple[Entry, ...] = ()
        """The whole journal, oldest first."""
        self.windows: tuple[Planned, ...] = ()
        self.trouble = ""
        """Why the journal is not read whole."""

    def make(self, since: datetime, lang: str) -> Handover:
        """The document of a shift that began then (real time). Blocking: some 100 ms."""
        with self._turn:
            given = self._given(since, self._now())
        told: Language = next((one for one in LANGUAGES if one == lang), "en")
        return document(given, words(told, given.zone, given.now))

    def _given(self, since: datetime, now: Now) -> Given:
        configured = self._configuration
        worst, gaps = self._recorded.told(since, now.real)
        return Given(
            estate=configured.estate.estate.title,
            zone=configured.estate.estate.zone,
            now=now,
            since=since,
            story=story(self.entries, since, configured.cases, self._world),
            board=self._board(),
            cases=configured.cases,
            remedies=configured.remedies.remedies,
            contacts=self._signs.contacts,
            scopes=self._signs.scopes,
            titles=self._signs.titles,
            zones=zones_of(configured.estate),
            windows=self.windows,
            worst=worst,
            gaps=gaps,
            trouble=self.trouble,
        )
