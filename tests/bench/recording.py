"""What recording costs for 8 hours of the demo estate, and how long a seek in them takes.

Two minutes of the lab are watched live, with what is really published and when. They are played
240 times, one after the other: every time is moved on, every measured value and every count follows
a wave of its own over the shift, and offsets grow, so that no two hours are alike. The journal gets
20,000 lines meanwhile, and the shift goes through midnight. Judged is what the recorder does by
itself: the CPU of this process around `see` and `flush`, one flush a second; and the seeks of a
replay, in both days' files as one tape.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from math import sin, tau
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import Any
from unittest.mock import patch
from zlib import crc32

from console.clock import Clock
from console.commands.init import shipped
from console.estates import Opened, open_estate
from console.findings import open_findings
from console.lookout import Lookout
from console.machine import collect_rarely
from console.model import Board, Row, Snapshot
from console.realm import VARIABLE
from console.recording.recorder import Recorder
from console.recording.recording import Recording
from console.recording.shelf import MB, recordings, size
from console.recording.tape import Tape
from console.recording.values import Title
from tests.bench.figure import against, percentile
from tests.bench.written import Written
from tests.driving import Served

HOURS = 8
STRETCH_S, SETTLED_S = 120.0, 20.0
SEEKS = 200
GRID_S = 60.0  # between two points of a series
CPU_GOAL, MB_GOAL, SEEK_GOAL = 2.0, 50.0, 200.0  # % of a core, MB, ms
START = datetime(2026, 3, 28, 10, 0, tzinfo=UTC)  # 19:00 in Tokyo: five hours to midnight
LINES = 20_000
GROWING = ("start", "end", "committed")
"""Of a partition: offsets."""
COUNTED = frozenset(
    {
        *("lag", "count", "lost", "late", "jobs", "zeros", "busy", "waiting", "unserved_jobs"),
        *("retry", "schedule", "dead", "objects", "killed_recent", "restarts_recent"),
    }
)
"""What is counted anew with each look; others, as the cores of a machine, stay."""
Published = tuple[float, Board]
"""Seconds since the stretch began, and what was published."""


async def watched(opened: Opened) -> list[Published]:
    """Two minutes of a lab, once everything was asked for the first time."""
    seen: list[Published] = []
    begun = time.monotonic() + SETTLED_S
    lookout = Lookout(
        opened.context,
        lambda board: seen.append((time.monotonic() - begun, board)),
        open_findings(opened),
    )
    looking = asyncio.create_task(lookout.run())
    await asyncio.wait([looking], timeout=SETTLED_S + STRETCH_S)
    looking.cancel()
    await asyncio.wait([looking])
    await opened.context.clients.close()
    known = [board for at, board in seen if at <= 0]
    return [(0.0, known[-1]), *((at, board) for at, board in seen if 0 < at <= STRETCH_S)]


def stretch() -> list[Published]:
    """What the demo's console publishes in two minutes, on the lab itself."""
    with tempfile.TemporaryDirectory() as state, Served("load-sakai", 1, "stand-in") as lab:
        told = {"ONCALL_STATE": state, VARIABLE: lab.url}
        with patch.dict(os.environ, told):
            return asyncio.run(watched(open_estate(shipped())))


BASES: dict[tuple[object, str], float] = {}


@lru_cache(100_000)
def factor(of: str, grid: float) -> float:
    """How far a fact is from what it was: ± 30 % over some hours, ± 5 % in each minute."""
    phase = crc32(of.encode()) / 2**32
    noise = crc32(f"{of} {grid}".encode()) / 2**32 - 0.5
    return 1 + 0.3 * sin(tau * (grid * GRID_S / (3600 * (1 + 5 * phase)) + phase)) + 0.1 * noise


@dataclass(frozen=True, slots=True)
class Wave:
    """How the measured values of a row move."""

    row: Row | None
    grid: float = 0.0
    """Minutes since 1970."""

    def at(self, name: str, ago: float = 0.0) -> float:
        """What a fact is multiplied by, so many minutes ago."""
        return factor(f"{self.row.ref} {name}", self.grid - ago) if self.row else 1.0

    def passed(self, value: int) -> int:
        """An offset so much later: up to 30 a second."""
        rate = crc32(str(self.row and self.row.ref).encode()) % 30
        return value + round(rate * self.grid % 1e6 * GRID_S) if self.row else value

    def based(self, name: str, value: float) -> float:
        """The value that was first seen: a series keeps its points."""
        return BASES.setdefault((self.row and self.row.ref, name), value)


def as_told(value: float, like: float) -> float:
    """It, with no more digits behind the point than the source told."""
    return round(value, min(len(repr(like).partition(".")[2]), 6))


def points(told: tuple[float | None, ...], wave: Wave, name: str) -> tuple[float | None, ...]:
    """A series on its wave: from look to look it moves on by a point, the others stay."""
    last = next((one for one in reversed(told) if one is not None), 0.0)
    last = wave.based(name, last)
    ages = range(len(told) - 1, -1, -1)
    return tuple(
        None if one is None else as_told(last * wave.at(name, age), last)
        for one, age in zip(told, ages, strict=True)
    )


@cache
def names(kind: type[Any]) -> tuple[str, ...]:
    """Of the fields of a type."""
    return tuple(one.name for one in fields(kind))


def moved(value: Any, by: timedelta, wave: Wave, name: str = "") -> Any:
    """A value of the model, its times moved on and its measured values on their waves."""
    if isinstance(value, datetime):
        return value + by
    if isinstance(value, float):
        return as_told(value * wave.at(name), value)
    if type(value) is int and name in GROWING:
        return wave.passed(value)
    if type(value) is int and name in COUNTED:
        return round(value * wave.at(name))
    if name == "series":
        return MappingProxyType({k: points(one, wave, str(k)) for k, one in value.items()})
    if isinstance(value, tuple):
        return tuple(moved(one, by, wave, name) for one in value)
    if isinstance(value, MappingProxyType | dict):
        return MappingProxyType({k: moved(one, by, wave, str(k)) for k, one in value.items()})
    if is_dataclass(value) and not isinstance(value, type):
        told = {name: getattr(value, name) for name in names(type(value))}
        new = {name: moved(one, by, wave, name) for name, one in told.items()}
        changed = {name: one for name, one in new.items() if one is not told[name]}
        return replace(value, **changed) if changed else value
    return value


def shifted(one: Snapshot, by: timedelta) -> Snapshot:
    """The same part so much later."""
    rows = tuple(moved(row, by, Wave(row, (row.at + by).timestamp() // GRID_S)) for row in one.rows)
    trouble = one.trouble and moved(one.trouble, by, Wave(None))
    return replace(one, rows=rows, trouble=trouble, taken_at=one.taken_at and one.taken_at + by)


def shift(told: list[Published]) -> Iterator[Published]:
    """Eight hours of it; seconds since their begin."""
    for turn in range(round(HOURS * 3600 / STRETCH_S)):
        by = timedelta(seconds=turn * STRETCH_S)
        made: dict[int, Snapshot] = {}
        for at, board in told:
            for one in board.snapshots.values():
                if id(one) not in made:
                    made[id(one)] = shifted(one, by)
            parts = {key: made[id(one)] for key, one in board.snapshots.items()}
            findings = tuple(replace(one, since=one.since + by) for one in board.findings)
            yield turn * STRETCH_S + at, Board(MappingProxyType(parts), findings)


async def recorded(state: Path, told: list[Published]) -> float:
    """Record them; the CPU seconds that took, without what it took to make them up."""
    at = START

    def now() -> datetime:
        return at

    title, path = Title("demo", "Asia/Tokyo", "bench"), state / "journal.jsonl"
    recorder, journal = (
        Recorder(state, title, Clock(), path, now=now),
        Written(path, START, LINES / HOURS / 3600),
    )
    used, due, hour = 0.0, 1.0, 1
    for seconds, board in shift(told):
        at = START + timedelta(seconds=seconds)
        journal.until(seconds)
        begun = time.process_time()
        recorder.see(board)
        while seconds >= due:  # also where nothing was published: it looks for the journal
            await recorder.flush()
            due += 1.0
        used += time.process_time() - begun
        if seconds >= hour * 3600:
            print(f"  {hour} h: {used:.1f} s of CPU", file=sys.stderr, flush=True)
            hour += 1
    journal.close()
    await recorder.flush()
    assert not recorder.trouble, recorder.trouble
    await recorder.close()
    return used


def sought(paths: Sequence[Path]) -> tuple[float, list[float]]:
    """Milliseconds to open them with a first board, and for each seek: a time typed, its board.

    Garbage is collected as the console does it: when the sweep is told the time, not in between.
    """
    collect_rarely()
    begun = time.perf_counter()
    tape = Tape(paths)
    tape.board(len(tape.track.instants) - 1)
    opened = (time.perf_counter() - begun) * 1000
    track, took = tape.track, []
    first, last = track.now(0).estate, track.now(track.end).estate
    random = Random(1)
    for share in [random.random() for _ in range(SEEKS)]:
        begun = time.perf_counter()
        tape.board(track.index(track.at(first + (last - first) * share)))
        took.append((time.perf_counter() - begun) * 1000)
    tape.close()
    return opened, took


def instants(path: Path) -> int:
    """How many moments are recorded."""
    recording = Recording(path)
    recording.close()
    return len(recording)


def measure() -> list[str]:
    """CPU and size of the recording, then the seeks in it."""
    told = stretch()
    with tempfile.TemporaryDirectory() as directory:
        state = Path(directory)
        used = asyncio.run(recorded(state, told))
        paths = recordings(state)
        megabytes, (opened, took) = sum(map(size, paths)) / MB, sought(paths)
        count = sum(map(instants, paths))
    cpu, worst = used / (HOURS * 3600) * 100, max(took)
    rows = sum(len(part.rows) for part in told[-1][1].snapshots.values())
    parts = len(told[-1][1].snapshots)
    return [
        f"inputs: {STRETCH_S:.0f} s of oncall demo live (load-sakai, speed 1, stand-in: {parts} "
        f"parts, {rows} rows, {len(told)} boards), played on for {HOURS} h with times and values "
        f"moving, and {LINES:,} lines of the journal: {count:,} moments in {len(paths)} days",
        against(f"CPU {cpu:.2f} % of a core", cpu, CPU_GOAL),
        against(f"{megabytes:.1f} MB for {HOURS} h", megabytes, MB_GOAL),
        f"opening both days as a tape, and its first board {opened:.0f} ms",
        against(
            f"{SEEKS} seeks anywhere: p50 {percentile(took, 0.5):.0f} ms, at most {worst:.0f} ms",
            worst,
            SEEK_GOAL,
        ),
    ]
