"""`oncall take FILE`: take over what another computer bundled when its shift was handed over."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.handover.bundle import Manifest
    from console.handover.taking import Adopted

BROKEN = 2


def add(parsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    parser = parsers.add_parser("take", help="take over a shift from another computer's bundle")
    parser.add_argument("file", type=Path, metavar="FILE", help="of oncall handover --bundle FILE")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Verify it, and put it beside what is here; 2 where it is damaged or of another estate."""
    from console import realm
    from console.acting.opened import os_user
    from console.config import find, load
    from console.estates import DEMO, state_directory
    from console.handover.taking import Unfit, adopt, unpacked
    from console.journal import JournalBroken, open_journal

    where = realm.enter()
    name = DEMO if where.lab else load(find(arguments.config)).estate.estate.name
    state = state_directory(name)
    try:
        with unpacked(arguments.file, state, name) as bundle:
            done = adopt(bundle, state, open_journal(state), os_user())
            print("\n".join(told(done, bundle.manifest)))
    except (Unfit, JournalBroken) as error:
        return _refused(str(error), BROKEN)
    except OSError as error:
        return _refused(f"{error.filename or arguments.file}: {error.strerror}", os.EX_USAGE)
    return 0


def told(done: Adopted, manifest: Manifest) -> list[str]:
    """What was taken, and how to go on."""
    from console.config.mistakes import printable

    days = len(done.recordings)
    recorded = f"; the recordings of {days} {'day' if days == 1 else 'days'}" if days else ""
    lines = [
        f"{manifest.entries} lines of the journal, {done.entries} of them new here{recorded}",
        f"their journal as it came: {done.kept}",
        *(f"recording: {path}" for path in done.recordings),
    ]
    if manifest.takes:
        names = f"{manifest.gives} gives the shift to {manifest.takes}"
        lines.append(f"{names}: go on with H in the console")
    return [printable(line) for line in lines]


def _refused(why: str, code: int) -> int:
    from console.config.mistakes import printable

    print(f"oncall take: nothing is taken: {printable(why)}", file=sys.stderr)
    return code
