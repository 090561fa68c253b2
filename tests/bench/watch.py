"""Memory and CPU of `oncall watch` on the quiet estate, all groups; `SOAK=60` makes it an hour."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from pathlib import Path

from console.commands.init import shipped
from console.realm import VARIABLE
from tests.bench.figure import against
from tests.bench.soak import minutes, soaked, told
from tests.driving import CONSOLE, Served, at

GOAL = 5.0  # percent of a core
SETTLED = 15.0  # seconds until everything is imported and was asked once


def measure() -> list[str]:
    """RSS at the start, at the end and at most; CPU as a share of one core."""
    with tempfile.TemporaryDirectory() as state, Served("quiet", 1, "auto") as lab:
        command = [*CONSOLE, "--config", str(shipped()), "watch", "--for", "8h"]
        env = os.environ | at(Path(state)) | {VARIABLE: lab.url}
        watch = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL)
        try:
            time.sleep(SETTLED)
            memory, cpu = soaked(watch.pid)
            assert watch.poll() is None, f"it ended with {watch.returncode}"
        finally:
            watch.terminate()
            watch.wait()
    return [
        f"inputs: oncall watch, scenario quiet, speed 1, every group, {minutes():g} minutes",
        told(memory),
        against(f"CPU {cpu:.1f} % of a core", cpu, GOAL),
    ]
