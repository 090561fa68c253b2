"""`oncall config show` and `oncall config schema`: what was configured, what can be."""

from __future__ import annotations

import argparse
import json
import os
import sys

from console.commands import loaded


def add(parsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the commands."""
    parser = parsers.add_parser("config", help="show the configuration, or its JSON Schema")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    show = commands.add_parser("show", help="every value with its file and line, secrets masked")
    show.add_argument("prefix", nargs="?", default="", metavar="KEY", help="only below this key")
    show.set_defaults(run=run)
    schema = commands.add_parser("schema", help="the JSON Schema, for editors")
    schema.add_argument("file", nargs="?", default="", metavar="FILE", help="estate.yaml, cases …")
    schema.set_defaults(run=run_schema)


def run(arguments: argparse.Namespace) -> int:
    """Print the values. Raises ConfigMistakes (78)."""
    from console.config.shown import lines

    for line in lines(loaded(arguments), arguments.prefix):
        print(line)
    return 0


def run_schema(arguments: argparse.Namespace) -> int:
    """Print the schema of one file, or one that takes any of them."""
    from console.config.load import FILES
    from console.config.shown import schema

    try:
        made = schema(arguments.file)
    except KeyError:
        there = ", ".join((*FILES, "cases"))
        print(f"oncall config schema: no such file; there is {there}", file=sys.stderr)
        return os.EX_USAGE
    print(json.dumps(made, ensure_ascii=False, indent=2))
    return 0
