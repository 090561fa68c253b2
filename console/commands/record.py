"""`oncall record`: the night, recorded without a screen."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.estates import Opened

ABOUT = """It asks and judges as the console does, writes the same journal, and never acts. Where a
console records this estate already it waits, and goes on when that one ends. It ends with SIGTERM,
SIGHUP or ctrl+c; a line on stderr says when a trouble begins and ends. exit codes: 0 all that was
seen is recorded · 1 not all of it could be · 64 usage · 78 configuration"""


def add(parsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    parser = parsers.add_parser(
        "record", help="record what is seen, without a screen, until told to end", epilog=ABOUT
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Record; see ABOUT for the exit codes. Raises ConfigMistakes (78) and NoLab."""
    import asyncio

    from console.estates import open_estate

    opened = open_estate(arguments.config)
    wanted(opened)
    print(greeting(opened), file=sys.stderr, flush=True)
    return asyncio.run(run_record(opened))


async def run_record(opened: Opened) -> int:
    """Record until told to end; its exit code."""
    from console.record import Record

    return await Record(opened).run()


def wanted(opened: Opened) -> None:
    """Whether anything is to be recorded. Raises ConfigMistakes."""
    from console.config import ConfigMistakes
    from console.config.mistakes import Mistake

    configuration, key = opened.configuration, ("recording", "enabled")
    if not configuration.estate.recording.enabled:
        place = configuration.place("estate.yaml", key)
        raise ConfigMistakes([Mistake(place, key, "nothing is to be recorded of this estate")])


def greeting(opened: Opened) -> str:
    """What is recorded, where it lies, and how much of it is kept."""
    from console.recording.shelf import FOLDER

    estate = opened.configuration.estate
    kept = f"{estate.recording.days} days, at most {estate.recording.megabytes} MB"
    return f"recording {estate.estate.title} in {opened.context.state}/{FOLDER} ({kept})"
