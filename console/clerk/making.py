"""Makes the handover's document of what a console knows just now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING

from console.handover import document, words
from console.handover.gathering import Known, gathered
from console.model import Board, Now
from console.model.affairs import Affairs
from console.model.handover import Handover

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
        seen: Callable[[], tuple[Now, Board]],
    ) -> None:
        """`seen`: this instant, and the board as it is then."""
        from console.handover.recorded import Recorded

        self._configuration, self._signs, self._world = configuration, signs, world
        self._recorded = Recorded(directory, configuration.estate.estate.zone)
        self._seen = seen
        self._turn = Lock()

    def make(self, since: datetime, lang: str, known: Known) -> Handover:
        """The document of a shift that began then (real time). Blocking: some 100 ms, and more.

        Raises ValueError: no language of ours.
        """
        with self._turn:
            now, board = self._seen()
            worst, gaps = self._recorded.told(since, now.real)
        given = gathered(
            self._configuration,
            self._signs,
            known,
            now=now,
            since=since,
            world=self._world,
            board=board,
            worst=worst,
            gaps=gaps,
        )
        return document(given, words(lang, given.zone, given.now))
