"""Container restarts of the last hour, from what earlier polls saw.

`restartCount` is a Pod's whole history; only its growth tells what happens now.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from console.kubernetes.pods import Key, containers
from console.kubernetes.raw import Json, count, moment, text

RECENT = timedelta(hours=1)
SAVED_EVERY = timedelta(minutes=5)


class Restarts:
    """Remembers the counters of one cluster; in `file`, too, when there is one."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._counts: dict[str, int] = {}
        self._events: list[tuple[datetime, Key, int]] = []
        self._taken_at: datetime | None = None
        self._saved_at: datetime | None = None
        self._unsure: dict[Key, str] = {}
        self._loaded = file is None

    def observe(self, pods: Mapping[Key, list[Json]], now: datetime) -> None:
        """Take in one poll; blocking when there is a file, for a thread then."""
        if not self._loaded:
            self._load()
        gap = now - self._taken_at if self._taken_at else timedelta(0)
        self._unsure = {}
        counts: dict[str, int] = {}
        fresh: list[tuple[datetime, Key, int]] = []
        for key, its in pods.items():
            for pod in its:
                for container in containers(pod):
                    name = f"{text(pod, 'metadata', 'uid')}/{text(container, 'name')}"
                    counts[name] = count(container, "restartCount") or 0
                    before = self._counts.get(name)
                    if gap > RECENT and before is not None:
                        self._doubt(key, counts[name] - before, container, gap, now)
                        before = None  # so long a growth tells nothing of the last hour
                    fresh += [(at, key, n) for at, n in _new(before, pod, container, now)]
        kept = [event for event in self._events if now - event[0] <= RECENT]
        changed = bool(fresh) or counts != self._counts or len(kept) < len(self._events)
        self._counts, self._events, self._taken_at = counts, kept + fresh, now
        due = self._saved_at is None or now - self._saved_at > SAVED_EVERY
        if self._file and (changed or due):
            self._save(self._file)
            self._saved_at = now

    def recent(self, key: Key, now: datetime) -> int | None:
        """Restarts within the last hour, as far as was seen; None while that says nothing."""
        if key in self._unsure:
            return None
        return sum(n for at, its, n in self._events if its == key and now - at <= RECENT)

    def unsure(self, key: Key) -> str:
        """Why `recent` is None; empty where it is not."""
        return self._unsure.get(key, "")

    def _doubt(self, key: Key, grown: int, container: Json, gap: timedelta, now: datetime) -> None:
        """Remember where restarts that nobody watched may or may not be of the last hour."""
        ended = moment(container, "lastState", "terminated", "finishedAt")
        if grown > 1 and (ended is None or now - ended <= RECENT):
            hours = gap.total_seconds() / 3600
            self._unsure[key] = f"{grown} restarts in the {hours:.0f} h since the last look"

    def _load(self) -> None:
        self._loaded = True
        try:
            told = json.loads(self._file.read_bytes()) if self._file else {}
            self._taken_at = datetime.fromisoformat(told["taken_at"])
            self._counts = {str(name): int(n) for name, n in told["counts"].items()}
            self._events = [
                (datetime.fromisoformat(at), (namespace, name), int(n))
                for at, namespace, name, n in told["events"]
            ]
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            # without a memory we start anew
            self._counts, self._events, self._taken_at = {}, [], None

    def _save(self, file: Path) -> None:
        from console.modes import replacing  # not before the first frame

        told = {
            "taken_at": self._taken_at and self._taken_at.isoformat(),
            "counts": self._counts,
            "events": [[at.isoformat(), *key, n] for at, key, n in self._events],
        }
        # a full disk costs the memory of restarts, not the poll
        with suppress(OSError), replacing(file) as new:
            new.write(json.dumps(told).encode())


def _new(
    before: int | None, pod: Json, container: Json, now: datetime
) -> list[tuple[datetime, int]]:
    """The restarts of one container since it was seen before, or those surely of this hour."""
    total = count(container, "restartCount") or 0
    ended = moment(container, "lastState", "terminated", "finishedAt")
    at = ended if ended and ended <= now else now
    if before is not None:
        grown = total - before
        return [(at, grown)] if grown > 0 else []
    born = moment(pod, "metadata", "creationTimestamp")
    if total and born and now - born <= RECENT:
        return [(at, total)]  # all of a young Pod's restarts are recent
    return [(at, 1)] if total and ended and now - ended <= RECENT else []
