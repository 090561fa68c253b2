"""How bad everything ever was in a shift, from the recordings on this disk. Blocking."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from console.handover.given import Gap, Worst
from console.handover.standing import Tally
from console.recording.file import Unreadable
from console.recording.ill import ill
from console.recording.recording import Recording
from console.recording.shelf import path_of
from console.recording.values import moment

DAY = timedelta(days=1)
LATE = timedelta(minutes=1)
"""Real time by which a recorder may be late: so much is read once more."""
FAULTS = (Unreadable, sqlite3.Error, OSError)
Told = tuple[Mapping[str, Worst] | None, tuple[Gap, ...]]


class Recorded:
    """Reads only what is new since it was asked last: it may be asked every few seconds."""

    def __init__(self, state: Path, zone: str) -> None:
        self._state, self._zone = state, ZoneInfo(zone)
        self._since: datetime | None = None
        self._until = datetime.min
        self._tally = Tally()

    def told(self, since: datetime, until: datetime) -> Told:
        """Scope → its worst from then to then (real time), and what was not recorded.

        None where nothing at all is recorded: that is not the same as nothing bad.
        """
        if since != self._since:
            self._since, self._until, self._tally = since, since, Tally()
        gaps: list[Gap] = []
        for path in self._files(since, until):
            try:
                self._read(path, until)
                gaps += self._gaps(path, since, until)
            except FAULTS as error:
                gaps.append(Gap(since, until, f"{path.name} cannot be read: {error}"))
        self._until = max(since, until - LATE)
        return dict(self._tally.worst) or None, tuple(gaps)

    def _read(self, path: Path, until: datetime) -> None:
        for at, snapshot in ill(path, self._until, until):
            self._tally.take(at, snapshot)

    def _files(self, since: datetime, until: datetime) -> list[Path]:
        day, last = (at.astimezone(self._zone).date() for at in (since, until))
        days = [day + number * DAY for number in range((last - day).days + 1)]
        return [path for one in days if (path := path_of(self._state, one)).exists()]

    def _gaps(self, path: Path, since: datetime, until: datetime) -> list[Gap]:
        recording = Recording(path)
        try:
            gaps = [Gap(moment(g.since), moment(g.until), g.why) for g in recording.gaps()]
        finally:
            recording.close()
        return [one for one in gaps if max(one.since, one.until) > since and one.since < until]
