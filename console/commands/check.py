"""`oncall check`: is the configuration right, and does the estate hold to its naming rule."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.config import Configuration


def add(parsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    parser = parsers.add_parser("check", help="validate the configuration")
    parser.add_argument("--live", action="store_true", help="ask every vendor what works, too")
    parser.set_defaults(run=run)


def check(configuration: Configuration) -> list[str]:
    """What is wrong with a configuration that could be read, a line each."""
    from console.config.naming import broken

    return broken(configuration)


def run(arguments: argparse.Namespace) -> int:
    """Exit 0, or 1 when a name breaks the rule. Raises ConfigMistakes (78)."""
    from console import realm
    from console.config import find, load
    from console.config.naming import counted

    realm.enter()
    configuration = load(find(arguments.config))
    print(f"{configuration.directory}: {counted(configuration)}")
    wrong = check(configuration)
    for line in wrong:
        print(line)
    named = f"{len(wrong)} wrong" if wrong else "every name holds to the naming rule"
    print(f"every key, value and name points somewhere; {named}")
    if arguments.live:
        from console.commands.live import run_live

        return max(run_live(arguments.config), 1 if wrong else 0)
    return 1 if wrong else 0
