"""The whole program in a real terminal: `oncall demo`, read and typed as a person would."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.driving import LIVE
from tests.terminal import Terminal

DEMO = [sys.executable, "-m", "console", "demo", "--kafka", "stand-in"]
EVERY_PANE = (
    r"堺 Sakai +prod +2/2",
    r"● OK +datajs +teamusages",
    r"dataenricher-js +platform +2/2",
    r"mizushima\S+ +OK",
)


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Terminal]:
    with Terminal(DEMO, env={"ONCALL_STATE": str(tmp_path), "TMPDIR": str(tmp_path)}) as terminal:
        yield terminal


def children(pid: int) -> set[int]:
    """Every process below this one."""
    found, left = set(), [pid]
    while left:
        for task in Path(f"/proc/{left.pop()}/task").glob("*/children"):
            below = {int(child) for child in task.read_text().split()}
            left += below - found
            found |= below
    return found


def alive(pids: set[int]) -> set[int]:
    return {pid for pid in pids if Path(f"/proc/{pid}/cmdline").exists() and _runs(pid)}


def _runs(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def all_gone(pids: set[int], seconds: float = 5.0) -> bool:
    until = time.monotonic() + seconds
    while alive(pids) and time.monotonic() < until:
        time.sleep(0.05)
    return not alive(pids)


def test_a_person_looks_filters_opens_resizes_and_quits(
    demo: Terminal, record_property: Callable[[str, object], None]
) -> None:
    demo.wait_for("starting the lab")
    demo.wait_for("DEMO", *EVERY_PANE, seconds=LIVE)
    demo.press("/")
    demo.wait_for("words that a row must have")
    demo.press("sakai")
    demo.wait_gone("水島 Mizushima")
    assert "堺 Sakai" in demo.text
    demo.press("\r")  # keeps the filter and leaves its line
    demo.wait_for("z faults only")
    demo.press("\r")
    demo.wait_for("instances ok", "cache status", r"load +[▁▂▃▄▅▆▇█]+")
    demo.press("\x1b")
    demo.wait_for("堺 Sakai")
    demo.resize(80, 24)
    demo.wait_for(r"2 ?Kafka", r"堺 Sakai")
    assert all(len(line) <= 80 for line in demo.lines)
    demo.press("q")
    took = demo.wait_end(5)
    assert demo.process.returncode == 0
    assert demo.left_behind() == ""
    record_property("oncall demo quit in", f"{took:.2f} s")


def test_everything_the_demo_started_dies_with_it_even_on_sigkill(demo: Terminal) -> None:
    demo.wait_for("DEMO", r"堺 Sakai +prod +2/2", seconds=LIVE)
    below = children(demo.process.pid)
    assert below, "the lab is a child process"
    os.kill(demo.process.pid, signal.SIGKILL)
    assert all_gone(below), alive(below)


def test_losing_the_terminal_ends_the_program_within_5_seconds(demo: Terminal) -> None:
    demo.wait_for("DEMO", r"堺 Sakai +prod +2/2", seconds=LIVE)
    below = children(demo.process.pid)
    demo.hang_up()
    demo.wait_end(5)
    assert all_gone(below), alive(below)
