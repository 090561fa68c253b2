"""`oncall case list|show|new|record`: for whoever writes a recurring case down."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.commands import loaded

if TYPE_CHECKING:
    from console.config.cases import Case
    from console.model import Board
    from console.poll import Context

NEW = """\
# What it looks like, in one line; what is done, in another.
id: {id}
title: {id}
severity: warning                         # or critical: somebody must act now
owner: ours                               # a contact of contacts.yaml: ours, or whose
about: >-
  What it looks like and why it happens, for somebody who never saw it.
join: scope                               # what the rows of `when` have in common
when:                                     # all must hold; `oncall config schema cases` has the rest
  - {{source: alarms, where: {{name: "{id}*", state: alarm}}, for: 2m}}
steps:
  - id: look
    do: What to look at first.
    say: Why, and what it means when it is otherwise.
  - id: over
    wait: {{source: alarms, where: {{name: "{id}*", state: ok}}}}
    samples: 3
    timeout: 1h
# `oncall case record --case {id}` prints such rows from what is there now.
examples:
  match:
    - title: it rings
      rows: {{alarms: [{{name: {id}-1, state: alarm}}]}}
  ignore:
    - title: it does not
      rows: {{alarms: [{{name: {id}-1, state: ok}}]}}
"""


def add(parsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the commands."""
    parser = parsers.add_parser("case", help="list, show, begin or record recurring cases")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    commands.add_parser("list", help="every case, its severity and owner").set_defaults(run=listed)
    show = commands.add_parser("show", help="a case as a page to read")
    show.add_argument("id", metavar="ID")
    show.set_defaults(run=shown)
    new = commands.add_parser("new", help="begin a case: a file to fill in")
    new.add_argument("id", metavar="ID")
    new.set_defaults(run=begun)
    record = commands.add_parser("record", help="what is seen now, as an example for a case")
    record.add_argument("--case", default="", metavar="ID", help="only what this case looks at")
    record.add_argument("--title", default="recorded", help="the example's title")
    record.add_argument("--wait", type=float, metavar="S", help="look for S seconds first")
    record.set_defaults(run=recorded)


def listed(arguments: argparse.Namespace) -> int:
    """Print a line a case. Raises ConfigMistakes (78)."""
    cases = loaded(arguments).cases
    width = max(map(len, cases), default=0)
    for case in cases.values():
        what = "ignored" if case.ignore else case.severity
        print(f"{case.id:{width}}  {what:8}  {case.owner:20}  {case.title}")
    return 0


def shown(arguments: argparse.Namespace) -> int:
    """Print a case as a page; exit 64 when there is none of that name."""
    cases = loaded(arguments).cases
    if arguments.id not in cases:
        return _unknown(arguments.id, cases)
    print("\n".join(page(cases[arguments.id])))
    return 0


def _unknown(name: str, cases: Mapping[str, Case]) -> int:
    print(f"oncall case: no case {name}; there is {', '.join(sorted(cases))}", file=sys.stderr)
    return os.EX_USAGE


def page(case: Case) -> Iterator[str]:
    """A case as somebody reads it who has never seen it."""
    from textwrap import wrap

    from console.match.words import rule

    yield f"{case.title}  ({case.id})"
    yield f"{'ignored' if case.ignore else case.severity} · owner: {case.owner}"
    yield from ("", *wrap(case.about, 92)) if case.about else ()
    if case.can_wait:
        yield from ("", f"Can wait from {case.can_wait.from_} until {case.can_wait.until}.")
    for number, step in enumerate(case.steps, 1):
        what = step.do or step.run or step.contact or rule(step.check or step.wait)
        yield from ("", *wrap(f"{number}. {step.kind}: {what}", 92, subsequent_indent="   "))
        yield from wrap(step.say, 92, initial_indent="   ", subsequent_indent="   ")


def begun(arguments: argparse.Namespace) -> int:
    """Write a new case's file; exit 64 when there is one, 78 when it cannot be written."""
    from console.config import find

    path: Path = find(arguments.config) / "cases" / f"{arguments.id}.yaml"
    if Path(arguments.id).name != arguments.id or arguments.id.startswith("."):
        print(f"oncall case new: {arguments.id} is no name for a file", file=sys.stderr)
        return os.EX_USAGE
    try:
        path.parent.mkdir(exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(NEW.format(id=arguments.id))
    except FileExistsError:
        print(f"oncall case new: {path} is there already; nothing was written", file=sys.stderr)
        return os.EX_USAGE
    except OSError as error:
        print(f"oncall case new: {path} cannot be written: {error.strerror}", file=sys.stderr)
        return os.EX_CONFIG
    print(f"{path}: fill it in, then: oncall check")
    return 0


def recorded(arguments: argparse.Namespace) -> int:
    """Print an example block of what is seen. Raises ConfigMistakes (78) and NoLab."""
    from console.commands.status import look
    from console.estates import open_estate
    from console.examples import recorded as rows_of

    opened = open_estate(arguments.config, keep_state=False)
    cases = opened.configuration.cases
    if arguments.case and arguments.case not in cases:
        return _unknown(arguments.case, cases)
    board = asyncio.run(_watched(opened.context, arguments.wait)) if arguments.wait else None
    board = board or look(opened.context, None)
    chosen = [cases[arguments.case]] if arguments.case else list(cases.values())
    at = opened.context.clock.now().replace(microsecond=0)
    print("\n".join(block(arguments.title, at.isoformat(), rows_of(board, chosen))))
    return 0


async def _watched(context: Context, seconds: float) -> Board:
    """The board after looking for a while: verdicts and trends have their history then."""
    from console.lookout import Lookout

    lookout = Lookout(context, lambda board: None)
    looking = asyncio.create_task(lookout.run())
    try:
        await asyncio.wait([looking], timeout=seconds)
        return lookout.board
    finally:
        looking.cancel()
        await asyncio.wait([looking])
        await context.clients.close()


def block(title: str, at: str, rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[str]:
    """An entry of `examples.match`, ready to be pasted: a row a line."""
    yield f"    - title: {_flow(title)}"
    yield f"      at: {at}"
    yield "      rows:" if rows else "      rows: {}"
    for source, each in rows.items():
        yield f"        {source}:"
        yield from (f"          - {_flow(row)}" for row in each)


def _flow(value: object) -> str:
    import yaml

    told = yaml.safe_dump(
        value, default_flow_style=True, allow_unicode=True, sort_keys=False, width=10**6
    )
    return told.removesuffix("...\n").strip()
