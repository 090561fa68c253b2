"""From a key to the frame that shows it, in a real terminal, with ten thousand live rows."""

from __future__ import annotations

import os
import random
import re
import select
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

from tests.bench.figure import against, percentile
from tests.bench.live_rows import EVERY, ROWS
from tests.terminal import Terminal

GOAL_MS = 50.0
MOVES, PAGES = 300, 100
WORDS = ("group-042", "group-0717", "09999", "トピック.003")
PAUSE = (0.02, 0.25)  # seconds between a frame and the next key: any moment between two boards
PATIENCE = 10.0  # seconds
DOWN, PAGE_DOWN = "\x1b[B", "\x1b[6~"


class Stopwatch(Terminal):
    """Notes when the awaited bytes left the program; no emulator runs meanwhile to slow it."""

    def __init__(self, command: Sequence[str]) -> None:
        self.came = threading.Condition()
        super().__init__(command)

    def _read(self) -> None:
        with suppress(OSError):
            while not self._closing.is_set():
                ready, _, _ = select.select([self._master], [], [], 0.1)
                if ready and not (data := os.read(self._master, 65536)):
                    return
                with self.came:
                    self.raw += data if ready else b""
                    self.came.notify_all()

    def until(self, shown: re.Pattern[bytes], since: int) -> re.Match[bytes]:
        """The first match in what was written after `since` bytes."""
        end = time.perf_counter() + PATIENCE
        with self.came:
            while (found := shown.search(self.raw, since)) is None:
                if not self.came.wait(end - time.perf_counter()):
                    raise TimeoutError(f"{shown.pattern!r} was not painted")
        return found

    def felt(self, keys: str, shown: re.Pattern[bytes]) -> float:
        """Milliseconds from this key's arrival until the frame with `shown` is written."""
        time.sleep(random.uniform(*PAUSE))
        since, began = len(self.raw), time.perf_counter()
        self.press(keys)
        self.until(shown, since)
        return (time.perf_counter() - began) * 1000


def under_cursor(colour: bytes, number: str = r"\d{5}") -> re.Pattern[bytes]:
    """A row's name on the cursor's own background."""
    return re.compile(colour + rb"m[^\x1b]*group-(" + number.encode() + rb")")


def colour_of(terminal: Stopwatch) -> bytes:
    """The cursor's background, which only the row under the cursor has."""
    terminal.press(DOWN)
    time.sleep(4 * EVERY)
    colour = rb"(48;[0-9;]+)m[^\x1b]*group-0000"
    under, beside = (re.findall(colour + row, terminal.raw)[-1] for row in (b"1", b"2"))
    if under == beside:
        raise ValueError(f"the cursor is not to be told from other rows: {under!r}")
    return bytes(under)


def moves(terminal: Stopwatch, colour: bytes) -> list[float]:
    """One row down, again and again."""
    return [
        terminal.felt(DOWN, under_cursor(colour, f"{number:05}")) for number in range(2, 2 + MOVES)
    ]


def pages(terminal: Stopwatch, colour: bytes) -> list[float]:
    """One screen of rows down; the size of a page is what the first one moves by."""
    last = 1 + MOVES
    terminal.felt(PAGE_DOWN, under_cursor(colour, rf"(?!{last:05})\d{{5}}"))
    first = int(under_cursor(colour).findall(terminal.raw)[-1])
    step = first - last
    return [
        terminal.felt(PAGE_DOWN, under_cursor(colour, f"{first + step * number:05}"))
        for number in range(1, 1 + PAGES)
    ]


def typed(terminal: Stopwatch) -> list[float]:
    """Each letter of a filter, until the pane's title tells it and its rows are shown."""
    found = []
    for word in WORDS:
        since = len(terminal.raw)
        terminal.press("/")
        terminal.until(re.compile(b"ords that a row must have"), since)
        for length in range(1, len(word) + 1):
            title = re.compile(re.escape(f"filter: {word[:length]} ".encode()))
            found.append(terminal.felt(word[length - 1], title))
        since = len(terminal.raw)
        terminal.press("\x1b")
        terminal.until(re.compile(f"of {ROWS:,}|of {ROWS}".encode()), since)
        time.sleep(2 * EVERY)
    return found


def said(what: str, felt: Iterable[float]) -> str:
    """Median and 99th percentile of one kind of key."""
    each = list(felt)
    p99 = percentile(each, 0.99)
    told = f"{what}: p50 {statistics.median(each):.0f} ms, p99 {p99:.0f} ms of {len(each)}"
    return against(told, p99, GOAL_MS)


def measure() -> list[str]:
    """Key → paint for moves, pages and the letters of a filter."""
    random.seed(1)
    lines = [
        f"inputs: 160×45 in a pseudo-terminal, all panes, {ROWS:,} rows in one of them, every "
        f"value new each {EVERY * 1000:g} ms; from the byte written to the terminal until the "
        "frame with the moved cursor (the filtered title) is read from it; keys at random moments"
    ]
    with Stopwatch([sys.executable, "-m", "tests.bench.live_rows"]) as terminal:
        terminal.until(re.compile(b"group-00003"), 0)
        time.sleep(2)
        terminal.press("2")
        time.sleep(4 * EVERY)
        colour = colour_of(terminal)
        kinds: tuple[tuple[str, Callable[[], list[float]]], ...] = (
            ("a row down", lambda: moves(terminal, colour)),
            ("page down", lambda: pages(terminal, colour)),
            ("a letter of the filter", lambda: typed(terminal)),
        )
        lines += [said(what, felt()) for what, felt in kinds]
    return [*lines, f"load average {os.getloadavg()[0]:.1f}"]
