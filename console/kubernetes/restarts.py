"""Container restarts of the last hour, from what earlier polls saw.

`restartCount` is a Pod's whole history; only its growth tells what happens now.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from console.kubernetes.pods import Key, containers
from console.kubernetes.raw import Json, count, moment, text

RECENT = timedelta(hours=1)


class Restarts:
    """Remembers the counters of one cluster; in `file`, too, when there is one."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._counts: dict[str, int] = {}
        self._events: list[tuple[datetime, Key, int]] = []
        self._loaded = file is None

    def observe(self, pods: Mapping[Key, list[Json]], now: datetime) -> None:
        """Take in one poll; blocking when there is a file, for a thread then."""
        if not self._loaded:
            self._load()
        counts: dict[str, int] = {}
        fresh: list[tuple[datetime, Key, int]] = []
        for key, its in pods.items():
            for pod in its:
                for container in containers(pod):
                    name = f"{text(pod, 'metadata', 'uid')}/{text(container, 'name')}"
                    counts[name] = count(container, "restartCount") or 0
                    fresh += [(at, key, n) for at, n in self._new(name, pod, container, now)]
        kept = [event for event in self._events if now - event[0] <= RECENT]
        changed = bool(fresh) or counts != self._counts or len(kept) < len(self._events)
        self._counts, self._events = counts, kept + fresh
        if changed and self._file:
            self._save(self._file)

    def recent(self, key: Key, now: datetime) -> int:
        """Restarts within the last hour, as far as was seen."""
        return sum(n for at, its, n in self._events if its == key and now - at <= RECENT)

    def _new(
        self, name: str, pod: Json, container: Json, now: datetime
    ) -> list[tuple[datetime, int]]:
        total, ended = (
            count(container, "restartCount") or 0,
            moment(container, "lastState", "terminated", "finishedAt"),
        )
        at = ended if ended and ended <= now else now
        if name in self._counts:
            grown = total - self._counts[name]
            return [(at, grown)] if grown > 0 else []
        born = moment(pod, "metadata", "creationTimestamp")
        if total and born and now - born <= RECENT:
            return [(at, total)]  # all of a young Pod's restarts are recent
        return [(at, 1)] if total and ended and now - ended <= RECENT else []

    def _load(self) -> None:
        self._loaded = True
        try:
            told = json.loads(self._file.read_bytes()) if self._file else {}
            self._counts = {str(name): int(n) for name, n in told["counts"].items()}
            self._events = [
                (datetime.fromisoformat(at), (namespace, name), int(n))
                for at, namespace, name, n in told["events"]
            ]
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            self._counts, self._events = {}, []  # without a memory we start anew

    def _save(self, file: Path) -> None:
        told = {
            "counts": self._counts,
            "events": [[at.isoformat(), *key, n] for at, key, n in self._events],
        }
        new = file.with_suffix(f".{os.getpid()}")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            new.write_text(json.dumps(told))
            new.replace(file)
        except OSError:  # a full disk costs the memory of restarts, not the poll
            new.unlink(missing_ok=True)
