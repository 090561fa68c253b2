"""A journal for a bench."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from console.lines import GENESIS, digest, encode
from console.model import Entry, Kind


class Written:
    """A journal that grows as a busy shift's does."""

    def __init__(self, path: Path, begin: datetime, lines_per_s: float) -> None:
        self._file, self._prev, self._count = path.open("ab"), GENESIS, 0
        self._begin, self._pace, self._random = begin, lines_per_s, Random(7)

    def until(self, seconds: float) -> None:
        """Write what is due."""
        due = round(self._pace * seconds)
        while self._count < due:
            self._count += 1
            line = encode(self._entry(self._begin + timedelta(seconds=seconds)))
            self._prev = digest(line)
            self._file.write(line)
        self._file.flush()

    def _entry(self, at: datetime) -> Entry:
        number = self._random.randrange(300)
        kind: Kind = "finding.cleared" if self._count % 2 else "finding.seen"
        data = {
            "finding": f"load-average@site-{number}/prod",
            "case": "load-average",
            "title": "Load average",
            "severity": "critical",
            "why": [f"load1: {self._random.random() * 20:.2f} > 10, rising"],
            "evidence": [{"kind": "instance", "scope": f"site-{number}/prod", "name": "web-1"}],
        }
        return Entry(at, kind, by="demo", data=data, prev=self._prev)

    def close(self) -> None:
        """It is the end of the shift."""
        self._file.close()
