"""Run every figure, or those named: `make bench ARGS="frame keys"`."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

FIGURES = (
    *("frame", "live", "keys", "reading", "aws_calls"),
    *("lag", "flows", "backup", "recording", "watch", "soak"),
)


def machine() -> str:
    """What this was measured on."""
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
    ).stdout.strip()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB, "
        f"Python {platform.python_version()}, commit {commit or 'none'}"
    )


def main(names: Sequence[str]) -> int:
    """Measure and print; a missed goal is printed as missed, and is no error."""
    unknown = set(names) - set(FIGURES)
    if unknown:
        print(f"no such figure: {', '.join(sorted(unknown))}; there are {', '.join(FIGURES)}")
        return 64
    print(machine(), flush=True)
    for name in names or FIGURES:
        measure: Callable[[], list[str]] = import_module(f"tests.bench.{name}").measure
        print(f"\n{name}")
        for line in measure():
            print(f"  {line}", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
