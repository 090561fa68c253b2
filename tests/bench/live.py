"""From `oncall demo` to a living screen, and from the lab's readiness to every pane."""

from __future__ import annotations

import statistics
import sys
import time

from console.realm import READY
from tests.bench.figure import against
from tests.terminal import Terminal

RUNS = 3
PANES = (r"堺 Sakai +prod +2/2", r"datajs +teamusages", r"dataenricher-js +platform +2/2")
ALARMS = r"mizushima\S+ +OK"


def one_start() -> tuple[float, float]:
    """Seconds from the process's start to all panes, and from the lab's readiness."""
    with Terminal([sys.executable, "-m", "console", "demo"]) as terminal:
        while READY.encode() not in bytes(terminal.raw):
            if time.perf_counter() - terminal.started > 60:
                raise TimeoutError(terminal.text)
            time.sleep(0.005)
        ready = time.perf_counter()
        terminal.wait_for(*PANES, ALARMS, seconds=60)
        live = time.perf_counter()
    return live - terminal.started, live - ready


def measure() -> list[str]:
    """Medians of a few starts."""
    starts = [one_start() for _ in range(RUNS)]
    whole = statistics.median(start for start, _ in starts)
    panes = statistics.median(after for _, after in starts)
    return [
        f"inputs: {RUNS} runs of `oncall demo` at 160×45, Kafka as this machine has it",
        against(f"process start to all panes live {whole:.1f} s", whole, 60),
        against(f"lab ready to all panes live {panes:.1f} s", panes, 2),
    ]
