"""A real pseudo-terminal around a command, read through a terminal emulator (pyte)."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pyte

# A size in the environment would outdo the terminal's own.
OUTSIDE = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
TICK = 0.02  # seconds between two looks at the screen
PATIENCE = 45.0  # seconds for what a person would wait a moment for: two busy cores take their time


class Terminal:
    """Runs a command in a terminal of its own; the screen is what a person would see."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        columns: int = 160,
        rows: int = 45,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._lock = threading.Lock()
        self.raw = bytearray()
        self._master, slave = pty.openpty()
        self._size(columns, rows)
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=cwd,
            env={**OUTSIDE, "TERM": "xterm-256color", "LANG": "C.UTF-8", **(env or {})},
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)
        self._closing = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            while not self._closing.is_set():
                ready, _, _ = select.select([self._master], [], [], 0.1)
                if not ready:
                    continue
                data = os.read(self._master, 65536)
                if not data:
                    return
                # pyte does not know private-mode reports (CSI with < = >) and would print them
                clean = re.sub(rb"\x1b\[[<=>][0-9;]*[a-zA-Z]", b"", data)
                clean = re.sub(rb"\x1b\[\?[0-9;]*\$p", b"", clean)
                with self._lock:
                    self.raw += data
                    self._stream.feed(clean)

    @property
    def lines(self) -> list[str]:
        """The screen as it is now, without the blank cell that follows a wide character."""
        with self._lock:
            return [
                "".join(
                    self._screen.buffer[y][x].data for x in range(self._screen.columns)
                ).rstrip()
                for y in range(self._screen.lines)
            ]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def wait_for(self, *wanted: str, seconds: float = PATIENCE) -> float:
        """Wait until all these regular expressions match at once; the seconds it took."""
        begun = time.perf_counter()
        while True:
            said_all = self.process.poll() is not None and not self._reader.is_alive()
            took, text = time.perf_counter() - begun, self.text
            absent = [pattern for pattern in wanted if not re.search(pattern, text)]
            if not absent:
                return took
            if said_all or took > seconds:
                raise AssertionError(f"not on the screen after {took:.1f} s: {absent}\n{text}")
            time.sleep(TICK)

    def wait_gone(self, unwanted: str, seconds: float = PATIENCE) -> None:
        """Wait until a text (a regular expression) is no longer on the screen."""
        until = time.perf_counter() + seconds
        while re.search(unwanted, self.text):
            if time.perf_counter() > until:
                raise AssertionError(f"still on the screen: {unwanted}\n{self.text}")
            time.sleep(TICK)

    def press(self, keys: str | bytes) -> None:
        """Type these characters (or bytes: escape sequences)."""
        os.write(self._master, keys.encode() if isinstance(keys, str) else keys)

    def resize(self, columns: int, rows: int) -> None:
        """Change the window, as a person dragging its corner."""
        with self._lock:
            self._screen.resize(rows, columns)
        self._size(columns, rows)

    def wait_end(self, seconds: float = 10.0) -> float:
        """Wait until the command has ended; the seconds it took."""
        begun = time.perf_counter()
        self.process.wait(timeout=seconds)
        took = time.perf_counter() - begun
        self._reader.join(1.0)  # until all it printed is read
        return took

    def left_behind(self) -> str:
        """What the command, which has ended, printed after it gave the whole screen back."""
        printed = self.raw.decode(errors="replace").rpartition("\x1b[?1049l")[2]
        return re.sub(r"\x1b\[[?0-9;]*[a-z]", "", printed)

    def hang_up(self) -> None:
        """Close the window: the command loses its terminal."""
        # The reader ends first: it would read from whoever is given this descriptor next.
        self._closing.set()
        self._reader.join()
        if self._master >= 0:
            os.close(self._master)
        self._master = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=8)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.hang_up()
