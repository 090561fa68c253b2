"""`oncall issues`: the register of known issues, in and out of files."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.config import Configuration
    from console.config.schema import Site
    from console.journal import Journal
    from console.model.issues import Issue

WARNING, BROKEN = 1, 2


def add(parsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the commands."""
    parser = parsers.add_parser("issues", help="the register of known issues, site by site")
    parser.add_argument("--site", default="", metavar="S", help="of this site alone")
    parser.add_argument("--json", action="store_true", help="one document")
    parser.set_defaults(run=run)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    bring = commands.add_parser(
        "import", help="take a CSV or Markdown file in, whole or not at all"
    )
    bring.add_argument("file", type=Path, metavar="FILE")
    bring.add_argument(
        "--encoding", type=_encoding, default="utf-8-sig", metavar="E", help="if not UTF-8: cp932"
    )
    bring.set_defaults(run=run_import)
    export = commands.add_parser("export", help="write the register as a file")
    form = export.add_mutually_exclusive_group(required=True)
    form.add_argument("--csv", dest="form", action="store_const", const="csv")
    form.add_argument("--markdown", dest="form", action="store_const", const="markdown")
    export.add_argument("file", nargs="?", type=Path, metavar="FILE", help="else it is printed")
    export.set_defaults(run=run_export)


def _encoding(name: str) -> str:
    import codecs

    try:
        return codecs.lookup(name).name
    except LookupError:
        raise argparse.ArgumentTypeError(f"{name}: no such encoding is known") from None


class _Opened:
    """The configuration and the journal that a command was called for, and the estate's time."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        """Raises ConfigMistakes and NoLab."""
        from console import realm
        from console.config import find, load
        from console.estates import name_of, state_directory
        from console.journal import open_journal

        where = realm.enter()
        self.configuration: Configuration = load(find(arguments.config))
        name = name_of(self.configuration, where)
        self.journal: Journal = open_journal(state_directory(name))
        self.now = where.clock.now()

    def register(self) -> tuple[Issue, ...]:
        """Every issue, in order. Raises OSError and JournalBroken."""
        from console.adopted import in_time
        from console.issues import registered

        return registered(in_time(self.journal.entries()))


def run(arguments: argparse.Namespace) -> int:
    """Print them by site; 1 while one happens whose fix was due."""
    from console.journal import JournalBroken
    from console.model.issues import told

    opened = _Opened(arguments)
    sites = opened.configuration.estate.sites
    if arguments.site and arguments.site not in sites:
        return _misused(f"there is no site {arguments.site}; there is {', '.join(sites)}")
    try:
        every = opened.register()
    except (OSError, JournalBroken) as error:
        return _broken(error)
    issues = [one for one in every if arguments.site in ("", one.site)]
    if arguments.json:
        print(json.dumps([told(one) for one in issues], ensure_ascii=False, indent=1))
    else:
        print("\n".join(_lines(issues)) or "no known issue is registered")
    return WARNING if any(_is_late(one, sites, opened.now) for one in issues) else 0


def _is_late(issue: Issue, sites: Mapping[str, Site], now: datetime) -> bool:
    """Whether it is said to happen though its fix was due, by its site's own day."""
    from zoneinfo import ZoneInfo

    from console.model.issues import late

    zone = ZoneInfo(sites[issue.site].zone if issue.site in sites else "UTC")
    return late(issue, None, now.astimezone(zone).date()) == "happens"


def _lines(issues: Iterable[Issue]) -> list[str]:
    from console.model.words import harmless

    told = []
    for one in issues:
        fix = " ".join(filter(None, (str(one.fix_on or ""), one.release))) or "-"
        site = f"{one.site}{f'/{one.env}' if one.env else ''}"
        note = f"  ({one.note})" if one.note else ""
        told.append(f"{site:<18}  {one.number:<10}  {one.state:<9}  {fix:<22}  {one.title}{note}")
    return [harmless(line) for line in told]


def run_import(arguments: argparse.Namespace) -> int:
    """Write down what is new in a file; 64 where it is no register, with every wrong line."""
    from console.acting.opened import os_user
    from console.issues import KIND, news, partly
    from console.issues.files import Unread, issues_in
    from console.journal import JournalBroken
    from console.model.issues import Issue, told
    from console.naming import places

    opened = _Opened(arguments)
    sites = places(opened.configuration.estate)
    try:
        given = issues_in(arguments.file, sites, arguments.encoding)
    except Unread as error:
        return _misused("nothing is imported", *error.lines)
    except OSError as error:
        return _misused(f"{arguments.file} cannot be read: {error.strerror}")
    done, new = 0, tuple[Issue, ...]()
    try:
        new = news(opened.register(), given)
        for issue in new:
            opened.journal.append(KIND, by=os_user(), **told(issue))
            done += 1
    except (OSError, JournalBroken) as error:
        if new:
            print(f"{arguments.file}: {partly(done, len(new))}")
        return _broken(error)
    print(f"{arguments.file}: {len(given)} issues read, {len(new)} of them new or changed")
    return 0


def run_export(arguments: argparse.Namespace) -> int:
    """Write the file, or print it."""
    from console.clerk.issues import replace_file
    from console.issues.files import written
    from console.journal import JournalBroken

    opened = _Opened(arguments)
    try:
        issues = opened.register()
        content = written(issues, arguments.form)
        if arguments.file is None:
            sys.stdout.buffer.write(content)
            return 0
        replace_file(arguments.file, content)
    except (OSError, JournalBroken) as error:
        return _broken(error)
    print(f"{len(issues)} issues are in {arguments.file}")
    return 0


def _misused(*lines: str) -> int:
    from console.config.mistakes import printable

    print("\n".join(f"oncall issues: {printable(line)}" for line in lines), file=sys.stderr)
    return os.EX_USAGE


def _broken(error: Exception) -> int:
    print(f"oncall issues: {error}", file=sys.stderr)
    return BROKEN
