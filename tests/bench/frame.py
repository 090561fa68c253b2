"""First frame of the console against a bare Textual app, both in a real terminal, in turn."""

from __future__ import annotations

import statistics
import sys
import time

from tests.bench.figure import against
from tests.terminal import Terminal

RUNS = 7
BARE = """
from textual.app import App
from textual.widgets import Static
class Bare(App):
    def compose(self):
        yield Static("bare app is here")
Bare().run()
"""


def first_frame(command: list[str], shown: str) -> float:
    """Seconds from the start of the process until its first text stands on the screen."""
    with Terminal(command, env={"PYTHONDONTWRITEBYTECODE": ""}) as terminal:
        while shown.encode() not in bytes(terminal.raw):
            if time.perf_counter() - terminal.started > 30:
                raise TimeoutError(terminal.text)
            time.sleep(0.002)
        return time.perf_counter() - terminal.started


def measure() -> list[str]:
    """Median of each, and the ratio."""
    bare, console = [], []
    for _ in range(RUNS):
        bare.append(first_frame([sys.executable, "-c", BARE], "bare app is here"))
        console.append(first_frame([sys.executable, "-m", "console", "demo"], "oncall"))
    a, b = statistics.median(bare), statistics.median(console)
    return [
        f"inputs: {RUNS} runs each in turn, 160×45, process start to first text on the terminal",
        f"bare Textual app {a * 1000:.0f} ms; console {b * 1000:.0f} ms",
        against(f"ratio {b / a:.2f}", b / a, 1.25),
    ]
