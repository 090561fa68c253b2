"""A taking that is killed at a named moment: FILE DIRECTORY MOMENT.

A moment is `sync N`: its Nth file (or directory) has just come to the disk; or, of the one write
to the journal, `before`, `half`, `written` or `synced`. Only `os.write` and `os.fsync` are wrapped.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from console.handover.taking import adopt
from console.handover.unpacking import unpacked
from console.journal import Journal
from tests.acting.killed import die, kill_at

ESTATE = "refinery"


def killed_at_sync(number: int) -> None:
    """This process dies when so many files came to the disk."""
    fsync, count = os.fsync, [0]

    def wrapped(fd: int) -> None:
        fsync(fd)
        count[0] += 1
        if count[0] == number:
            die()

    os.fsync = wrapped


def main() -> None:
    file, state, moment = sys.argv[1:]
    what, _, number = moment.partition(" ")
    if number:
        killed_at_sync(int(number))
    else:
        kill_at(lambda data: b'"bundle":' in data, what)
    with unpacked(Path(file), Path(state), ESTATE) as bundle:
        adopt(bundle, Path(state), Journal(Path(state) / "journal.jsonl"), "taker")


if __name__ == "__main__":
    main()
