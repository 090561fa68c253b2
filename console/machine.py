"""What befalls the program from below: a sleeping laptop, a lost terminal, a crash."""

from __future__ import annotations

import contextlib
import gc
import os
import select
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import monotonic, thread_time
from typing import Any

SLEPT = 10.0  # seconds by which wall time must outrun the monotonic clock
COLLECT = (500, 3, 1_000_000)  # new objects, young collections, older ones before a full one
SWEEP_EVERY, SWEEP_SHARE = 10.0, 200  # seconds; of the time, one part in so many
SETTLING = 4  # turns
HANGUP = 129  # 128 + SIGHUP, as shells say it
# What a terminal must hear when the driver had no time to say it: keyboard protocol, mouse, paste
# and focus reports off, line wrap and cursor on, main screen.
RESTORE = b"\x1b[<u" + b"".join(
    b"\x1b[?" + mode for mode in b"1000l 1003l 1015l 1006l 2004l 1004l 7h 1049l 25h".split()
)


@dataclass(slots=True)
class Sweep:
    """Full collections for half a percent of the time: what was drawn is cyclic and lives long.

    Half a minute's garbage alone takes longer than a frame.
    """

    steady: Callable[[], float] = monotonic
    """Seconds of a monotonic clock."""
    settling: int = SETTLING
    """How often what there is has still to be frozen: the opening makes what stays for good."""
    due: float = 0.0

    def tick(self) -> None:
        """Collect when it is due; the longer that took, the later the next one."""
        if (now := self.steady()) < self.due:
            return
        took = 0.0
        if self.settling:
            self.settling -= 1
            gc.freeze()
        else:
            began = thread_time()
            gc.collect()
            took = thread_time() - began
        self.due = now + SWEEP_EVERY + took * SWEEP_SHARE


def collect_rarely() -> Sweep:
    """Keep the garbage collector's pauses below a frame: most garbage dies young.

    A full collection visits everything that is known: 0.3 s with 30,000 partitions, and by default
    it comes with every refresh. Here they come when the sweep is told the time.
    """
    gc.freeze()
    gc.set_threshold(*COLLECT)
    return Sweep()


@dataclass(slots=True)
class Sleep:
    """Notices that the machine slept: wall time went on, the monotonic clock did not."""

    wall: datetime
    steady: float
    """Seconds of a monotonic clock."""

    def ended(self, wall: datetime, steady: float) -> bool:
        """Whether it slept since the last look."""
        slept = (wall - self.wall).total_seconds() - (steady - self.steady)
        self.wall, self.steady = wall, steady
        return slept > SLEPT


def terminal_gone(stdin: int = 0) -> bool:
    """Whether standard input was a terminal whose other end has closed."""
    try:
        watch = select.poll()
        watch.register(stdin, select.POLLIN)
        events = watch.poll(0)
    except (OSError, ValueError):
        return True
    return any(event & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, event in events)


def leave_within(seconds: float, code: int) -> Callable[[], None]:
    """End this process by force unless the returned function is called in time.

    Closing waits for threads we cannot end: a name look-up that hangs is joined by the loop.
    """
    saved = _terminal_attributes()

    def leave() -> None:
        with contextlib.suppress(OSError):
            os.set_blocking(2, False)
            os.write(2, RESTORE)
        _put_back(saved)
        os._exit(code)

    timer = threading.Timer(seconds, leave)
    timer.daemon = True
    timer.start()
    return timer.cancel


def _terminal_attributes() -> list[Any] | None:
    """The terminal's modes with echo and lines on; None where there is no terminal (any more)."""
    try:
        import termios
        import tty
    except ImportError:  # Windows
        return None
    try:
        attributes: list[Any] = termios.tcgetattr(0)
    except termios.error:
        return None
    attributes[tty.LFLAG] |= termios.ECHO | termios.ICANON | termios.IEXTEN | termios.ISIG
    attributes[tty.IFLAG] |= termios.ICRNL | termios.IXON
    return attributes


def _put_back(attributes: list[Any] | None) -> None:
    if attributes is not None:
        import termios

        with contextlib.suppress(termios.error):
            termios.tcsetattr(0, termios.TCSANOW, attributes)


def write_crash(error: BaseException, directory: Path, at: datetime) -> Path:
    """A report of a crash for the people who mend it; no local variables, they hold tokens."""
    path = directory / f"crash-{at:%Y%m%dT%H%M%SZ}.txt"
    told = traceback.TracebackException.from_exception(error, capture_locals=False)
    path.write_text("".join(told.format()), encoding="utf-8")
    path.chmod(0o600)
    return path
