"""`oncall watch`: a maintenance without a screen, a line for each thing that happens."""

from __future__ import annotations

import argparse
import os
import re
import sys
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from console.estates import Opened
    from console.model.affairs import Night
    from console.watch.telling import Wanted

LONGEST = timedelta(hours=6)
"""Until then, where nobody says until when."""
NOT_DONE = 1
ABOUT = """exit codes: 0 the maintenance is over, or probably over where Amazon cannot be asked or
nobody sees the brokers: then the last line says so; nothing unexpected is left (armed: and its
checklist is closed) · 1 not over, or not well, by the deadline, or unattended work stopped and a
person is needed · 3 nothing could be read by then · 64 usage · 78 configuration · 130, 143 told
to end"""


class Usage(Exception):
    """The command line asks for what there is not; `str()` says what."""


def add(parsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    parser = parsers.add_parser(
        "watch", help="watch a maintenance without a screen, until it is over", epilog=ABOUT
    )
    parser.add_argument("cluster", nargs="?", metavar="CLUSTER", help="this cluster only")
    deadline = parser.add_mutually_exclusive_group()
    deadline.add_argument("--until", type=_time, metavar="HH:MM", help="at the latest")
    deadline.add_argument(
        "--for", dest="lasting", type=_span, metavar="TIME", help="such as 4h; 6h if not said"
    )
    parser.add_argument("--json", action="store_true", help="each line as a document")
    arming = parser.add_argument_group("acting, which it never does without all of this")
    arming.add_argument("--arm", action="store_true", help="run marked steps by themselves")
    arming.add_argument("--case", action="append", default=[], metavar="ID", help="of this case")
    arming.add_argument("--reason", default="", metavar="WHY", help="for the journal")
    arming.add_argument("--minutes", type=float, metavar="N", help="until the deadline if not said")
    arming.add_argument(
        "--may-empty-topics", action="store_true", help="also steps that empty a topic"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Watch; see ABOUT for the exit codes. Raises ConfigMistakes (78) and NoLab."""
    import asyncio

    from console.estates import open_estate
    from console.remedy import Refused
    from console.watch.program import watched

    try:
        check(arguments)
        opened = open_estate(arguments.config)
        wanted = wanted_of(arguments, opened)
        return asyncio.run(watched(opened, wanted, arguments.read_only))
    except Usage as error:
        print(f"oncall watch: {error}", file=sys.stderr)
        return os.EX_USAGE
    except Refused as error:
        print(f"oncall watch: not armed, so nothing is watched either: {error}", file=sys.stderr)
        return NOT_DONE


def check(arguments: argparse.Namespace) -> None:
    """Whether the options belong together. Raises Usage."""
    from console.model import Arming

    armed = {"--case": arguments.case, "--reason": arguments.reason, "--minutes": arguments.minutes}
    armed["--may-empty-topics"] = arguments.may_empty_topics
    if not arguments.arm:
        if given := [name for name, value in armed.items() if value]:
            raise Usage(f"{given[0]} means nothing without --arm")
        return
    if not arguments.case:
        raise Usage("--arm needs --case: which case may go on by itself?")
    if not arguments.reason.strip():
        raise Usage("--arm needs --reason: it is written down")
    if arguments.read_only:
        raise Usage("--arm: this console was started with --read-only, which nothing lifts")
    most = Arming.LONGEST
    if arguments.minutes is not None and not Arming.SHORTEST <= arguments.minutes <= most:
        raise Usage(f"--minutes {arguments.minutes:g}: it is between {Arming.SHORTEST} and {most}")


def wanted_of(arguments: argparse.Namespace, opened: Opened) -> Wanted:
    """What to watch, until when, armed for what. Raises Usage."""
    from console.model import Arming
    from console.watch.telling import Wanted

    estate, now = opened.context.estate, opened.context.clock.now()
    cluster = arguments.cluster
    if cluster and cluster not in estate.kafka:
        raise Usage(f"there is no Kafka cluster {cluster}; there are: {', '.join(estate.kafka)}")
    clusters = frozenset([cluster] if cluster else estate.kafka)
    zones = {estate.kafka[one].zone for one in clusters}
    zone = zones.pop() if len(zones) == 1 else estate.estate.zone
    until = deadline(now, zone, arguments.until, arguments.lasting)
    nights = _nights(arguments, opened)
    scopes = dict.fromkeys(scope for night in nights for scope in night.scopes)
    left = (until - now).total_seconds() / 60 / opened.context.clock.speed
    return Wanted(
        clusters=clusters,
        until=until,
        zone=zone,
        cases=tuple(arguments.case),
        scopes=tuple(scopes),
        minutes=arguments.minutes or min(max(left, 1.0), float(Arming.LONGEST)),
        reason=arguments.reason,
        may_empty_topics=arguments.may_empty_topics,
        as_json=arguments.json,
        is_terminal=sys.stdout.isatty() and not arguments.json,
    )


def _nights(arguments: argparse.Namespace, opened: Opened) -> list[Night]:
    from console.clerk.nights import nights
    from console.lookout import scopes_of

    known = {one.case: one for one in nights(opened.configuration, scopes_of(opened.context))}
    for case in arguments.case:
        if case not in known:
            there = ", ".join(known) or "none"
            raise Usage(f"{case} has no act that may go on by itself; cases that have: {there}")
    if arguments.may_empty_topics and not any(known[case].empties for case in arguments.case):
        raise Usage("--may-empty-topics: no step of this case that runs by itself empties a topic")
    return [known[case] for case in arguments.case]


def deadline(
    now: datetime, zone: str, until: tuple[int, int] | None, lasting: timedelta | None
) -> datetime:
    """The moment at which it gives up, by the estate's clock."""
    if until is None:
        return now + (lasting or LONGEST)
    here = now.astimezone(ZoneInfo(zone))
    at = here.replace(hour=until[0], minute=until[1], second=0, microsecond=0)
    return at if at > here else at + timedelta(days=1)


def _time(text: str) -> tuple[int, int]:
    if not (found := re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", text, re.ASCII)):
        raise argparse.ArgumentTypeError(f"{text}: expected a time of day such as 03:30")
    return int(found[1]), int(found[2])


def _span(text: str) -> timedelta:
    found = re.fullmatch(r"(\d{1,5})([smh])", text, re.ASCII)
    units = {"s": "seconds", "m": "minutes", "h": "hours"}
    if not found or not int(found[1]):
        raise argparse.ArgumentTypeError(f"{text}: expected a duration such as 90m or 4h")
    return timedelta(**{units[found[2]]: int(found[1])})
