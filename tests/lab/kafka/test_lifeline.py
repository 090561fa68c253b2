"""What the lab starts dies with it, even when it is killed outright."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from console.lab.kafka import jars
from console.lab.kafka.lifeline import Lifeline

BROKERS = """
import asyncio, sys
from pathlib import Path
from console.lab.kafka.apache import ApacheKafka
async def main():
    kafka = ApacheKafka(Path(sys.argv[1]))
    starting = asyncio.create_task(kafka.start())
    while len(kafka.pids) < 4: await asyncio.sleep(0.01)
    print(*kafka.pids.values(), flush=True)
    await starting
    await asyncio.sleep(600)
asyncio.run(main())
"""
SLEEPERS = """
import sys, time
from pathlib import Path
from console.lab.kafka.lifeline import Lifeline
line = Lifeline(kernel=False)
print(*(line.spawn(["sleep", "600"], Path(sys.argv[1])).pid for _ in range(3)), flush=True)
time.sleep(600)
"""


def _alive(pid: int) -> bool:
    """A zombie is dead: in a container nobody may be there to reap it."""
    shown = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, check=False)
    return bool(shown.stdout.strip()) and not shown.stdout.strip().startswith(b"Z")


def _kill_parent(program: str, argument: Path) -> list[int]:
    """The children's pids that outlive their parent's SIGKILL by 5 s."""
    parent = subprocess.Popen(
        [sys.executable, "-c", program, str(argument)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    children = [int(pid) for pid in parent.stdout.readline().split()]
    assert children
    assert all(_alive(pid) for pid in children)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    until = time.monotonic() + 5
    while time.monotonic() < until and any(map(_alive, children)):
        time.sleep(0.05)
    return [pid for pid in children if _alive(pid)]


def test_the_brokers_die_with_a_lab_that_is_killed(tmp_path: Path) -> None:
    if reason := jars.missing_tools():
        pytest.skip(f"Apache Kafka: {reason}")
    jars.fetch()
    assert _kill_parent(BROKERS, tmp_path / "data") == []


def test_without_the_kernels_help_the_watchdog_kills_the_orphans(tmp_path: Path) -> None:
    assert _kill_parent(SLEEPERS, tmp_path / "log") == []


def test_close_kills_a_stopped_child_too(tmp_path: Path) -> None:
    line = Lifeline()
    child = line.spawn(["sh", "-c", "kill -STOP $$; sleep 600"], tmp_path / "log")
    line.close()
    assert not _alive(child.pid)
