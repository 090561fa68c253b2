"""A directory to work in beside the state, and what a killed process left of one. Blocking."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from console.modes import make


@contextmanager
def workplace(state: Path, work: str) -> Iterator[Path]:
    """One for this process, gone when the block ends; so is what died with another. OSError."""
    make(state)
    for left in state.glob(f".{work}-*-*"):
        if _is_dead(left.name.split("-")[1]):
            shutil.rmtree(left, ignore_errors=True)
    with TemporaryDirectory(dir=state, prefix=f".{work}-{os.getpid()}-") as name:
        yield Path(name)


def swept(folder: Path) -> None:
    """Take away what `modes.replacing` left half written there when its process was killed."""
    for left in folder.glob(".*.part"):
        if _is_dead(left.name.split(".")[-2]):
            left.unlink(missing_ok=True)


def _is_dead(process: str) -> bool:
    """Whether no process has this number (of this computer)."""
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except (PermissionError, ValueError, OverflowError):
        return False  # another person's, or no number of ours
    return False
