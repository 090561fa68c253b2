"""`oncall replay`: a recording on the screens that showed it; nothing in it can be done."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from console.model.affairs import Affairs
    from console.recording.player import Player
    from console.recording.replay import Replay
    from console.recording.tape import Tape

Show = Callable[[argparse.Namespace, Any], int]
ABOUT = """keys: space plays and stops, + and - change the pace, comma and full stop go 10 s back
and on, < and > 5 min, [ and ] to where something got worse, ( and ) to a finding, { and } to an
act, t to a time, m marks: twice, and it says what changed between · exit codes: 0 · 64 usage, and
a time that is not in it · 78 there is no recording, or none that this program can read"""


def add(parsers: argparse._SubParsersAction[Any], show: Show) -> None:
    """Register the command; `show` runs the program with a start of its own."""
    parser = parsers.add_parser("replay", help="a recording, as it was seen", epilog=ABOUT)
    parser.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", help="the last two days if not said"
    )
    parser.add_argument("--estate", metavar="NAME", help="another estate's recordings")
    parser.add_argument(
        "--at", default="", metavar="TIME", help="02:14, or 2026-11-24T02:14:30, of the estate"
    )
    parser.set_defaults(run=lambda arguments: run(arguments, show))


def run(arguments: argparse.Namespace, show: Show) -> int:
    """Open it and show it; see ABOUT for the exit codes. Raises ConfigMistakes (78)."""
    from functools import partial

    from console.recording.file import FAULTS, UNSOUND
    from console.recording.player import Nowhere
    from console.recording.replay import Replay
    from console.recording.tape import Tape, newest

    state = None if arguments.file else _state(arguments)
    try:
        if state is None:
            tape = Tape([arguments.file], lines=True)
        else:
            tape = Tape(newest(state), partial(newest, state), lines=True)
    except UNSOUND as error:
        why = error if isinstance(error, FAULTS) else f"{arguments.file or state}: damaged: {error}"
        print(f"oncall replay: {why}", file=sys.stderr)
        return os.EX_CONFIG
    try:
        player = player_of(tape, arguments.at)
    except Nowhere as error:
        tape.close()
        print(f"oncall replay: --at {error}", file=sys.stderr)
        return os.EX_USAGE
    name = tape.recordings[-1].path.name
    return show(arguments, _with_names(Replay(tape, player, name, state), arguments.config))


def player_of(tape: Tape, at: str) -> Player:
    """At a time of the recording, or at its beginning. Raises Nowhere."""
    from console.model.past import GoTo
    from console.recording.player import Player

    player = Player(tape.track, zone=tape.title.zone)
    return player.moved(GoTo(at)) if at else player


def _state(arguments: argparse.Namespace) -> Path:
    """Where the estate's recordings lie. Raises ConfigMistakes."""
    from console.commands.journal import journal_path

    return journal_path(arguments).parent


def _with_names(replay: Replay, directory: Path | None) -> Replay:
    """With what the configuration calls things, where it is the recorded estate's."""
    from dataclasses import replace

    from console.config import ConfigMistakes, find, load
    from console.naming import named_affairs

    try:
        configuration = load(find(directory))
    except ConfigMistakes:
        return replay  # names as they stand in the rows will do
    if configuration.estate.estate.title != replay.tape.title.estate:
        return replay
    said: Affairs = named_affairs(configuration)
    return replace(replay, names=said, cases=configuration.cases)
