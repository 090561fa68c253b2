"""`oncall windows`: what is planned, what overlaps, which report is due or was missed."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from console.estates import Opened
    from console.model import Entry, Now
    from console.model.planned import Planned

LONGEST = 400  # days
SHOWN = 2  # scopes on a line
MISSED = 1
UNWRITTEN = 2


def add(parsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    parser = parsers.add_parser(
        "windows",
        help="what is planned, in local time and UTC; overlaps and reports that are due",
        epilog="exit codes: 0 fine · 1 a report was missed · 2 the file cannot be written",
    )
    parser.add_argument("--days", type=_days, default=14, metavar="N", help="how far ahead (14)")
    parser.add_argument("--ics", metavar="FILE", help="as an iCalendar file; - prints it")
    parser.add_argument("--json", action="store_true", help="as one document")
    parser.set_defaults(run=run)


def _days(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= LONGEST:
        raise argparse.ArgumentTypeError(f"{text}: expected days from 1 to {LONGEST}")
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """Print what is planned; see the epilog for exit codes. Raises ConfigMistakes (78), NoLab."""
    from console.clock import real_now
    from console.estates import open_estate
    from console.model import Now

    opened = open_estate(arguments.config, keep_state=False)
    clock = opened.context.clock
    now = Now(clock.now(), real_now(), clock.speed)
    titles = titles_of(opened)
    windows = planned(opened, now, arguments.days, titles)
    if arguments.ics is not None:
        return _calendar(arguments.ics, windows, titles, opened, now)
    if arguments.json:
        told = [as_json(one, now.estate) for one in windows]
        document = {"estate": opened.name, "taken_at": now.estate, "windows": told}
        print(json.dumps(document, ensure_ascii=False, indent=1, default=_plain))
    else:
        for line in lines(windows, titles, now.estate):
            print(line)
    return MISSED if any(one.missed(now.estate) for one in windows) else 0


def titles_of(opened: Opened) -> dict[str, str]:
    """Scope → how people call it."""
    from console.lookout import scopes_of
    from console.naming import titles

    return titles(scopes_of(opened.context), opened.context.estate)


def planned(opened: Opened, now: Now, days: int, titles: Mapping[str, str]) -> tuple[Planned, ...]:
    """What has begun or is to come, as the journal and the console's memory know it."""
    from console.estates import state_directory
    from console.planned import Told, fold, kept, overlaps, stand, stretches

    world, directory = opened.realm.lab, state_directory(opened.name)
    windows = opened.configuration.windows.windows
    all_ = stretches(windows, now.estate, tuple(titles), timedelta(days=days))
    told = Told()
    for entry in _entries(directory):
        told = fold(told, entry, world)
    found = stand(all_, told, kept.read(directory, world), titles, overlaps(all_), now)
    return tuple(one for one in found if not one.over(now.estate) or one.owed or one.reported_at)


def _entries(directory: Path) -> tuple[Entry, ...]:
    from console.adopted import in_time
    from console.journal import JournalBroken, open_journal

    try:
        return in_time(open_journal(directory).entries())
    except (OSError, JournalBroken) as error:
        print(f"oncall windows: ticks and reports are not known: {error}", file=sys.stderr)
        return ()


def lines(windows: tuple[Planned, ...], titles: Mapping[str, str], now: datetime) -> Iterator[str]:
    """A line each: local time, UTC, kind, title, where; then what is to be minded."""
    from console.config.mistakes import printable

    if not windows:
        yield "nothing is planned"
    for one in windows:
        zone = ZoneInfo(one.zone)
        start, end = one.start.astimezone(zone), one.end.astimezone(zone)
        city = one.zone.rpartition("/")[2].replace("_", " ")
        utc = f"{one.start.astimezone(UTC):%H:%M}-{one.end.astimezone(UTC):%H:%M} UTC"
        where = ", ".join(titles.get(scope, scope) for scope in one.scopes[:SHOWN])
        where += f" +{len(one.scopes) - SHOWN}" if len(one.scopes) > SHOWN else ""
        mark = "*" if one.open(now) else "!" if one.missed(now) else " "
        yield printable(
            f"{mark} {start:%a %Y-%m-%d} {start:%H:%M}-{end:%H:%M} {city:<8} {utc}  "
            f"{one.kind:<11}  {one.title}{f'  [{where}]' if where else ''}"
        )
        for told in _minded(one, zone, now):
            yield printable(f"      {told}")


def _minded(one: Planned, zone: ZoneInfo, now: datetime) -> Iterator[str]:
    due = one.report_due
    if one.reported_at is not None:
        yield f"reported by {one.reported_by}, {one.reported_at:%Y-%m-%d %H:%M} UTC"
    elif due is not None:
        missed = "REPORT MISSED: it was due" if one.missed(now) else "report due"
        yield f"{missed} {due.astimezone(zone):%H:%M} ({due.astimezone(UTC):%H:%M} UTC)"
    if one.overlaps:
        yield f"OVERLAPS: {', '.join(one.overlaps)}"


def as_json(one: Planned, now: datetime) -> dict[str, Any]:
    """One stretch as a document."""
    from console.model import plain

    names = ["id", "key", "title", "kind", "zone", "scopes", "start", "end", "report_due"]
    names += ["reported_at", "reported_by", "overlaps", "steps", "report", "written"]
    zone = ZoneInfo(one.zone)
    local = {f"{name}_local": getattr(one, name).astimezone(zone) for name in ("start", "end")}
    said = {name: plain(getattr(one, name)) for name in names}
    return (
        said
        | {name: at.isoformat(timespec="seconds") for name, at in local.items()}
        | {"open": one.open(now), "missed": one.missed(now)}
    )


def _plain(value: object) -> Any:
    from console.model import plain

    return plain(value)


def _calendar(
    file: str,
    windows: tuple[Planned, ...],
    titles: dict[str, str],
    opened: Opened,
    now: Now,
) -> int:
    from console.planned.calendar import calendar

    name = opened.configuration.estate.estate.name
    text = calendar((one for one in windows if not one.over(now.estate)), titles, name, now.estate)
    if file == "-":
        sys.stdout.buffer.write(text)
        return 0
    try:
        Path(file).write_bytes(text)
    except OSError as error:
        print(f"oncall windows: {file} cannot be written: {error.strerror}", file=sys.stderr)
        return UNWRITTEN
    return 0
