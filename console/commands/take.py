"""`oncall take FILE`: take over what another computer bundled when its shift was handed over."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from console.recording.shelf import FOLDER

if TYPE_CHECKING:
    from console.handover.bundle import Manifest
    from console.handover.taking import Adopted

INCOMPLETE, BROKEN = 1, 2


def add(parsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    parser = parsers.add_parser(
        "take",
        help="take over a shift from another computer's bundle",
        epilog="exit codes: 0 taken whole · 1 taken, but not all of it is sound: what is not is "
        "left out, and said · 2 nothing is taken: it is damaged or of another estate, or the "
        "disk fails",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="of oncall handover --bundle FILE")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Verify it, and put it beside what is here; see the epilog for exit codes."""
    from console import realm
    from console.acting.opened import os_user
    from console.clock import real_now
    from console.config import find, load
    from console.config.mistakes import printable
    from console.estates import name_of, state_directory
    from console.handover.taking import adopt
    from console.handover.unpacking import Unfit, unpacked
    from console.journal import JournalBroken, Unwritten, open_journal

    where = realm.enter()
    configuration = load(find(arguments.config))
    name, keep = name_of(configuration, where), configuration.estate.recording.days
    state = state_directory(name)
    try:
        with unpacked(arguments.file, state, name) as bundle:
            done = adopt(bundle, state, open_journal(state), os_user(), keep)
    except (Unfit, JournalBroken, Unwritten) as error:
        return _refused(str(error), BROKEN)
    except OSError as error:
        code = os.EX_USAGE if error.filename == str(arguments.file) else BROKEN
        return _refused(f"{error.filename or arguments.file}: {error.strerror}", code)
    print("\n".join(told(done, bundle.manifest, real_now())))
    for why in done.left_out:
        print(f"oncall take: left out: {printable(why)}", file=sys.stderr)
    if done.deleted:
        kept = f"kept is what the configuration says (recording.days: {keep})"
        print(
            f"oncall take: files of older bundles deleted: {done.deleted}; {kept}", file=sys.stderr
        )
    return INCOMPLETE if done.left_out else 0


def told(done: Adopted, manifest: Manifest, now: datetime) -> list[str]:
    """What was taken, as of when, and how to go on."""
    from console.commands.bundle import counted
    from console.config.mistakes import printable

    days = counted(f"{FOLDER}/{one.name}" for one in done.recordings)
    recorded = f"; new recordings of {days}" if done.recordings else ""
    lines = [
        f"{manifest.entries} lines of the journal, {done.entries} of them new here{recorded}",
        *as_of(manifest, now),
        f"their journal as it came: {done.kept}",
        *(f"recording: {path}" for path in done.recordings),
    ]
    if manifest.takes:
        names = f"{manifest.gives} gives the shift to {manifest.takes}"
        lines.append(f"{names}: go on with H in the console")
    return [printable(line) for line in lines]


def as_of(manifest: Manifest, now: datetime) -> Iterator[str]:
    """How old it is: a bundle is never now."""
    from console.model.words import lasting

    made = datetime.fromisoformat(manifest.made_at)
    age, by = (now - made).total_seconds(), manifest.gives or manifest.by
    ago = f"{lasting(age)} ago" if age >= 0 else "in the future: one of both clocks is wrong"
    yield f"as of {made.astimezone():%Y-%m-%d %H:%M %Z}, {ago}: what {by} did since is not in it"
    if manifest.takes:
        yield "ask for a new bundle, and take it, before T hands the shift over"


def _refused(why: str, code: int) -> int:
    from console.config.mistakes import printable

    print(f"oncall take: nothing is taken: {printable(why)}", file=sys.stderr)
    return code
