"""How bad everything ever was in a shift, from the recordings on this disk. Blocking."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from console.handover.gaps import Extent, untold
from console.handover.given import Gap, Worst
from console.handover.standing import Tally
from console.recording.file import UNSOUND
from console.recording.ill import ill
from console.recording.recording import Recording
from console.recording.shelf import FOLDER, day_of, recordings, taken
from console.recording.values import moment

DAY = timedelta(days=1)
LATE = timedelta(minutes=1)
"""Real time by which a recorder may be late: so much is read once more."""
Told = tuple[Mapping[str, Worst] | None, tuple[Gap, ...]]


class Recorded:
    """Reads only what is new since it was asked last: it may be asked every few seconds."""

    def __init__(self, state: Path, zone: str) -> None:
        self._state, self._zone = state, ZoneInfo(zone)
        self._begin(None)

    def _begin(self, since: datetime | None) -> None:
        self._since = since
        self._until: dict[Path, datetime] = {}
        self._tallies: defaultdict[Path, Tally] = defaultdict(Tally)
        """Of our own recordings one, for they go on; of another computer's one each."""

    def told(self, since: datetime, until: datetime) -> Told:
        """Scope → its worst from then to then (real time), and what was not recorded.

        None where nothing at all is recorded: that is not the same as nothing bad.
        """
        if since != self._since:
            self._begin(since)
        extents: list[Extent] = []
        for path in self._files(since, until):
            try:
                self._read(path, since, until)
                extents.append(_extent(path))
            except UNSOUND as error:
                why = f"{path.name} cannot be read: {error}"
                extents.append(Extent(None, (Gap(*self._day(path), why),)))
        gaps = untold(since, until, extents) if extents else ()
        return self._worst() or None, gaps

    def _read(self, path: Path, since: datetime, until: datetime) -> None:
        own = path.parent if path.parent.name == FOLDER else path
        for at, snapshot in ill(path, self._until.get(path, since), until):
            self._tallies[own].take(at, snapshot)
        self._until[path] = max(since, until - LATE)

    def _worst(self) -> dict[str, Worst]:
        """Of equals the first one in time counts."""
        every = [told for tally in self._tallies.values() for told in tally.worst.items()]
        every.sort(key=lambda told: (told[1].severity, -told[1].at.real.timestamp()))
        return dict(every)

    def _files(self, since: datetime, until: datetime) -> list[Path]:
        """Our own of these days, then those that came with bundles."""
        first, last = (at.astimezone(self._zone).date() for at in (since, until))
        every = (*recordings(self._state), *taken(self._state))
        return [path for path in every if (day := day_of(path)) and first <= day <= last]

    def _day(self, path: Path) -> tuple[datetime, datetime]:
        """From when until when a recording may be, by its name."""
        day = day_of(path) or date.min
        begin = datetime(day.year, day.month, day.day, tzinfo=self._zone)
        after = day + DAY
        return begin, datetime(after.year, after.month, after.day, tzinfo=self._zone)


def _extent(path: Path) -> Extent:
    with closing(Recording(path)) as recording:
        gaps = tuple(Gap(moment(g.since), moment(g.until), g.why) for g in recording.gaps())
        ends = sorted(recording.now(index).real for index in (0, len(recording) - 1))
    return Extent((ends[0], ends[1]), gaps)
