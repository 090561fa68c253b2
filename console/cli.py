"""The command line: parse, open, hand over; nothing heavy is imported before it is needed."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from console.realm import for_people

if TYPE_CHECKING:
    from console.opening import Opening
    from console.recording.replay import Replay


STAYS_S = 20.0  # seconds that closing the screen may take where something comes after it
EXIT_S = 3.0  # seconds that the end of this program may take after that


class Parser(argparse.ArgumentParser):
    """An argument parser that exits 64 (EX_USAGE) on bad usage."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(os.EX_USAGE, f"{self.prog}: {message}\n")


class Crash(AbstractContextManager[None]):
    """A programming error ends with 70: Python's own 1 would read as a warning's code."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Let pass what is for people; tell of everything else and end."""
        if isinstance(error, Exception) and not isinstance(error, (BrokenPipeError, *for_people())):
            from traceback import print_exception

            print_exception(error)
            raise SystemExit(os.EX_SOFTWARE)


def parser() -> Parser:
    """Every command and option."""
    from console.commands import (
        case,
        check,
        discover,
        flows,
        handover,
        init,
        issues,
        journal,
        kafka,
        policy,
        record,
        replay,
        show,
        take,
        watch,
        windows,
    )

    top = Parser(prog="oncall", description="The console for the engineer on duty.")
    top.add_argument("--config", type=Path, metavar="DIR", help="the estate's configuration")
    top.add_argument("--read-only", action="store_true", help="nothing can be armed or sent")
    top.set_defaults(run=_console)
    commands = top.add_subparsers(title="commands", metavar="COMMAND", parser_class=Parser)
    status = commands.add_parser("status", help="one look at everything, without a screen")
    status.add_argument("--json", action="store_true", help="the whole board as one document")
    status.add_argument("--wait", type=_seconds, metavar="S", help="sample at most S seconds")
    status.set_defaults(run=_status)
    _add_demo(commands)
    first = (init, discover, check, show, case, flows, handover)
    for command in (*first, issues, journal, policy, kafka, watch, record, take, windows):
        command.add(commands)
    replay.add(commands, _screen)
    return top


def _add_demo(commands: argparse._SubParsersAction[Parser]) -> None:
    demo = commands.add_parser("demo", help="this console on a lab of real local servers")
    story = demo.add_mutually_exclusive_group()
    story.add_argument(
        "--scenario", default="quiet", type=_scenario, metavar="NAME", help="what goes wrong"
    )
    told = "the same to practise: untold, with a debrief at the end; `any` for one of them"
    story.add_argument("--drill", type=_drill, metavar="NAME", help=told)
    demo.add_argument("--speed", type=_speed, default=1.0, metavar="N", help="times real time")
    demo.add_argument("--kafka", choices=("auto", "apache", "stand-in"), default="auto")
    demo.add_argument("--serve", action="store_true", help="the lab alone; prints NAME=value lines")
    demo.add_argument("--leashed", action="store_true", help=argparse.SUPPRESS)
    demo.set_defaults(run=_demo)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    options = parser().parse_args(arguments)
    try:
        run: Callable[[argparse.Namespace], int] = options.run
        with Crash():
            return run(options)
    except for_people() as error:  # evaluated, and so imported, only when something was raised
        print(error, file=sys.stderr)
        return os.EX_CONFIG
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 141


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value <= 86_400:
        raise argparse.ArgumentTypeError(f"{text}: expected seconds between 0 and 86400")
    return value


def _scenario(text: str) -> str:
    from console.lab.names import NAMES

    if text not in NAMES:
        raise argparse.ArgumentTypeError(f"no scenario {text}; there are: {', '.join(NAMES)}")
    return text


def _drill(text: str) -> str:
    from random import choice

    from console.lab.names import NAMES

    return choice(NAMES) if text == "any" else _scenario(text)


def _speed(text: str) -> float:
    value = float(text)
    if not 1 <= value <= 1000:
        raise argparse.ArgumentTypeError(f"{text}: expected a factor between 1 and 1000")
    return value


def _console(options: argparse.Namespace) -> int:
    from console.opening import Opening

    return _screen(options, Opening(options.config))


def _demo(options: argparse.Namespace) -> int:
    from console.commands.init import shipped

    estate, drill = options.config or shipped(), bool(options.drill)
    scenario = options.drill or options.scenario
    if options.serve:
        from console.lab.serving import serve

        rest = (options.speed, options.kafka, estate)
        return serve(scenario, *rest, leashed=options.leashed, drill=drill)
    from console.opening import Opening, lab_command

    command = lab_command(scenario, options.speed, options.kafka, estate, drill)
    opening = Opening(estate, command, drill)
    if not drill:
        return _screen(options, opening)
    from console.commands import drill as practice
    from console.machine import leave_within

    place = practice.set_apart()
    code = _screen(options, opening, stays=True)
    from console.lab.scenarios import SCENARIOS  # half of the lab: not before the first frame

    one = SCENARIOS[scenario]
    told = practice.tell(f"{scenario}: {one.title}", one.goal, estate, place)
    leave_within(EXIT_S, code or told)
    return code or told


def _screen(options: argparse.Namespace, opening: Opening | Replay, stays: bool = False) -> int:
    """The console; `stays`: this program has something to do after it."""
    from console.app import FORCE_AFTER, Console

    force = STAYS_S if stays else FORCE_AFTER
    app = Console(start=opening, read_only=options.read_only, force_after=force)
    app.run()
    if stays:
        app.stay()
    if app.failed is not None:
        raise app.failed
    crashed = app.return_code == 1  # Textual's code of a crash
    return os.EX_SOFTWARE if crashed else app.return_code or 0


def _status(options: argparse.Namespace) -> int:
    from console.clock import real_now
    from console.commands import status
    from console.estates import open_estate
    from console.findings import open_findings

    opened = open_estate(options.config, keep_state=options.wait is not None)
    findings = open_findings(opened, write=False)
    board = status.look(opened.context, options.wait, findings)
    now = real_now()
    if options.json:
        print(json.dumps(status.as_json(board, opened.name, now), ensure_ascii=False, indent=1))
    else:
        from console.model import Now
        from widgets.report import report

        print(
            report(
                board,
                Now(opened.context.clock.now(), now, opened.context.clock.speed),
                opened.context.estate.estate.zone,
            )
        )
    return status.exit_code(board, now)
