"""What is remembered of every partition: bounded, thinned, and kept over a restart.

One file a cluster, JSON lines under gzip. It is a cache: a torn or foreign file costs a
minute of "unknown", so it is dropped with a reason and never repaired.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from types import NoneType
from typing import Any, overload

from console.lag import History, Point, Policy, Sample
from console.modes import replacing
from console.poll import in_thread

FORMAT = "oncall-lag/1"
HORIZON_S = 6 * 3600.0
"""How far back time lag can look."""
FINEST_S = 10.0
COARSEST = 0.12  # of a point's age: the error of a time lag is at most this
THIN_AT = 96  # points; thinning leaves about 55 over the horizon
HABITS = 8  # commits remembered: one stall among them is no habit
PAGE = 40  # partitions encoded at once: 2 to 3 ms

Place = tuple[str, int]
"""(topic, partition)"""
Key = tuple[str, str, int]
"""(group, topic, partition)"""


class Curve(Sequence[Point]):
    """The end offset of one partition over hours; finer the younger it is.

    Of a flat stretch only its first and last point are kept (kafka-lag-exporter does so too).
    """

    __slots__ = ("ends", "times")

    def __init__(self, points: Iterable[Point] = ()) -> None:
        self.times, self.ends = array("d"), array("q")
        for at, end in points:
            self.add(at, end)

    def __len__(self) -> int:
        return len(self.times)

    @overload
    def __getitem__(self, index: int) -> Point: ...
    @overload
    def __getitem__(self, index: slice) -> list[Point]: ...
    def __getitem__(self, index: int | slice) -> Point | list[Point]:
        if isinstance(index, slice):
            return list(zip(self.times[index], self.ends[index], strict=True))
        return self.times[index], self.ends[index]

    def add(self, at: float, end: int) -> None:
        """Take a new last point. An end or a time that went back begins a new curve."""
        times, ends = self.times, self.ends
        if times and (end < ends[-1] or at < times[-1]):
            del times[:], ends[:]
        if len(times) > 1 and end == ends[-1] == ends[-2]:
            times[-1] = at
            return
        times.append(at)
        ends.append(end)
        if len(times) > THIN_AT:
            self._thin()

    def _thin(self) -> None:
        """Drop each point whose neighbours are close enough to each other without it."""
        newest, kept = self.times[-1], [len(self.times) - 1]
        for i in range(len(self.times) - 2, -1, -1):
            age = newest - self.times[i]
            if age > HORIZON_S:
                break
            older = self.times[i - 1] if i else -1.0
            if self.times[kept[-1]] - older > max(FINEST_S, COARSEST * age):
                kept.append(i)
        kept.reverse()
        self.times = array("d", (self.times[i] for i in kept))
        self.ends = array("q", (self.ends[i] for i in kept))


class LagHistory:
    """The histories of one cluster's groups. The sequences it gives out are live, not copies."""

    def __init__(self, policy: Policy | None = None) -> None:
        policy = policy or Policy()
        self.gap_s = policy.gap_s
        self.keep_s = policy.span_s + 2 * policy.gap_s
        self.curves: dict[Place, Curve] = {}
        self.runs: dict[Key, list[Sample]] = {}
        self.waits: dict[Key, array[float]] = {}
        """Seconds that records lay unread before each of the last commits that caught up."""

    def see_end(self, place: Place, at: datetime, end: int) -> None:
        """Remember a partition's end offset, for the time lag: once a look, for all groups."""
        self.curves.setdefault(place, Curve()).add(at.timestamp(), end)

    def see(self, key: Key, sample: Sample) -> None:
        """Remember what one look saw of one partition of one group."""
        run = self.runs.setdefault(key, [])
        if run and _caught_up(run[-1], sample) and _near(run[-1], sample, self.gap_s):
            self.waits[key] = array("f", [*self.waits.get(key, ()), _unread(run)][-HABITS:])
        if run and sample.at < run[-1].at:
            run.clear()  # the clock was set back: ages would be negative
        if run and _same(run[-1], sample) and _near(run[-1], sample, self.gap_s):
            run[-1] = _merged(run[-1], sample)
            return
        run.append(sample)
        self._trim(run)

    def of(self, key: Key) -> History:
        """The history to judge one partition of one group by."""
        waits = sorted(self.waits.get(key, ()))
        habit_s = waits[-2] if len(waits) > 1 else 0.0  # the longest may have been a stall
        return History(self.runs.get(key, ()), self.curves.get(key[1:], ()), habit_s)

    def forget(self, before: datetime) -> None:
        """Drop what was not seen since: deleted topics and groups would stay for ever."""
        self.runs = {key: run for key, run in self.runs.items() if run[-1].at >= before}
        self.waits = {key: waits for key, waits in self.waits.items() if key in self.runs}
        oldest = before.timestamp()
        self.curves = {p: c for p, c in self.curves.items() if c and c.times[-1] >= oldest}

    def _trim(self, run: list[Sample]) -> None:
        """Keep the window; before it, only since when the committed offset is what it is.

        Time without lag is not kept with time that has some: a stall counts from its onset.
        """
        oldest = run[-1].at - timedelta(seconds=self.keep_s)
        while len(run) > 2 and run[1].at < oldest:
            first, second = run[0], run[1]
            still = first.committed == second.committed and None not in (first.end, second.end)
            if still and bool(first.lag) == bool(second.lag) and _near(first, second, self.gap_s):
                # the lower end of the two: what is merged never shows more lag than there was
                run[1] = _merged(first, second)
            del run[0]

    def pages(self) -> Iterator[bytes]:
        """The saved form in slices, each quick enough to be made between two frames."""
        yield _line([FORMAT])
        curves, runs = list(self.curves.items()), list(self.runs.items())
        ends = (["end", *p, [round(t, 3) for t in c.times], list(c.ends)] for p, c in curves)
        seen = (
            ["run", *k, [_saved(s) for s in run if s.end is not None], *self._rounded(k)]
            for k, run in runs
        )
        for lines in (ends, seen):
            while page := b"".join(_line(line) for line in islice(lines, PAGE)):
                yield page
        yield _line(["all", len(curves), len(runs)])

    def _rounded(self, key: Key) -> list[float]:
        return [round(wait, 1) for wait in self.waits.get(key, ())]


def _same(last: Sample, new: Sample) -> bool:
    return (last.committed, last.end, last.start, last.error) == (
        *(new.committed, new.end, new.start),
        new.error,
    )


def _near(last: Sample, new: Sample, gap_s: float) -> bool:
    """Whether nobody looked away between the two."""
    return (new.first - last.at).total_seconds() <= gap_s


def _caught_up(last: Sample, new: Sample) -> bool:
    """A commit that took away half of what was left to read, at least."""
    if None in (last.lag, last.committed, new.lag, new.committed):
        return False
    return (new.committed or 0) > (last.committed or 0) and (new.lag or 0) <= (last.lag or 0) / 2


def _unread(run: Sequence[Sample]) -> float:
    """Seconds that records had been left unread since the last commit, or since they came."""
    last = run[-1]
    first = last.at
    for sample in reversed(run):
        if sample.committed != last.committed or not sample.lag:
            break
        first = sample.first
    return (last.at - first).total_seconds()


def _merged(first: Sample, last: Sample) -> Sample:
    """One sample for two: the first's offsets, from the first's time to the last's."""
    looks = first.looks + last.looks
    return Sample(last.at, first.committed, first.end, first.start, first.first, looks, first.error)


def _saved(sample: Sample) -> list[float | int | None]:
    times = (round(sample.first.timestamp(), 3), round(sample.at.timestamp(), 3))
    return [*times, sample.committed, sample.end, sample.start, sample.looks]


def _line(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


async def save(history: LagHistory, path: Path) -> None:
    """Write the file anew, without holding the loop. Raises OSError."""
    pages = []
    for page in history.pages():
        pages.append(page)
        await asyncio.sleep(0)
    await in_thread(_write, path, pages)


def _write(path: Path, pages: Sequence[bytes]) -> None:
    with (
        replacing(path) as raw,
        gzip.GzipFile("", "wb", compresslevel=1, fileobj=raw) as packed,
    ):
        packed.writelines(pages)


def load(path: Path, now: datetime, policy: Policy | None = None) -> tuple[LagHistory, str]:
    """The saved history, and why it is empty if the file is of no use (blocks: in a thread).

    Whatever is of the future (another clock wrote it) or beyond the horizon is left out.
    """
    history = LagHistory(policy)
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        _fill(history, lines, now.timestamp())
    except FileNotFoundError:
        return history, ""
    except _Foreign as error:
        return LagHistory(policy), f"{path.name}: {error}; the history begins anew"
    except (
        gzip.BadGzipFile,
        EOFError,
        zlib.error,
        ValueError,
        TypeError,
        LookupError,
        OverflowError,
    ):
        return LagHistory(policy), f"{path.name} is damaged; the history begins anew"
    except OSError as error:
        return LagHistory(policy), f"{path.name}: {error.strerror}; the history begins anew"
    return history, ""


class _Foreign(Exception):
    """The file is whole, but not one of ours."""


def _fill(history: LagHistory, lines: list[Any], now: float) -> None:
    if not lines or lines[0] != [FORMAT]:
        raise _Foreign(f"not {FORMAT}")
    for kind, *rest in lines[1:-1]:
        if kind == "end":
            topic, partition, times, ends = rest
            points = [(t, e) for t, e in zip(times, ends, strict=True) if 0 <= now - t <= HORIZON_S]
            if points:
                history.curves[topic, partition] = Curve(points)
        else:
            group, topic, partition, saved, *waits = rest
            run = [_read(*each) for each in saved if 0 <= now - each[1] <= HORIZON_S]
            if run:
                history.runs[group, topic, partition] = run
                history.waits[group, topic, partition] = array("f", waits[-HABITS:])
    if lines[-1][0] != "all" or sum(lines[-1][1:]) != len(lines) - 2:
        raise _Foreign("its end is missing")


def _read(
    first: float, last: float, committed: int | None, end: int, start: int | None, looks: int
) -> Sample:
    if not {type(offset) for offset in (committed, end, start, looks)} <= {int, NoneType}:
        raise TypeError("an offset is no number")
    at = datetime.fromtimestamp(last, UTC)
    since = None if first == last else datetime.fromtimestamp(first, UTC)
    return Sample(at, committed, end, start, since, looks)
