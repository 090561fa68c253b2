"""Memory and CPU of the console on the quiet demo; `SOAK=60` makes it an hour."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from tests.terminal import Terminal

TICKS = os.sysconf("SC_CLK_TCK")
STEP = 15.0  # seconds between two looks at /proc


def rss_mb(pid: int) -> float:
    """Resident memory of a process, MB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def cpu_s(pid: int) -> float:
    """User and system time a process has used, seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def minutes() -> float:
    """How long a soak lasts: five minutes, or what `SOAK` says."""
    return float(os.environ.get("SOAK", "5"))


def soaked(pid: int) -> tuple[list[float], float]:
    """RSS of a process, MB, from look to look, and the percent of a core that it took."""
    begun, first, memory = time.monotonic(), cpu_s(pid), [rss_mb(pid)]
    while time.monotonic() - begun < minutes() * 60:
        time.sleep(min(STEP, minutes() * 60))
        memory.append(rss_mb(pid))
    return memory, (cpu_s(pid) - first) / (time.monotonic() - begun) * 100


def told(memory: list[float]) -> str:
    """Where memory was, and where it went."""
    first, last, most = memory[0], memory[-1], max(memory)
    return f"RSS {first:.0f} MB first, {last:.0f} MB last, {most:.0f} MB at most"


def measure() -> list[str]:
    """RSS at the start, at the end and at most; CPU as a share of one core."""
    with Terminal([sys.executable, "-m", "console", "demo"]) as terminal:
        terminal.wait_for("Mizushima", "dataenricher", seconds=90)
        time.sleep(5)
        memory, cpu = soaked(terminal.process.pid)
    return [
        f"inputs: oncall demo, scenario quiet, speed 1, 160×45, {minutes():g} minutes",
        told(memory),
        f"CPU {cpu:.1f} % of a core",
    ]
