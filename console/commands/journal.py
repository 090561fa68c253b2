"""`oncall journal`: what was seen and done; `oncall journal verify`: that nobody changed it."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from console.model import Entry

BROKEN = 2
SHOWN = 12  # facts of an entry on its line
LONGEST = 160  # characters of one fact


def add(parsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the commands."""
    parser = parsers.add_parser("journal", help="what was seen and done, by whom, when")
    parser.add_argument("--estate", metavar="NAME", help="another estate's journal")
    parser.add_argument(
        "--since", type=since, metavar="T", help="ISO time (UTC without zone), or 30m, 8h, 2d ago"
    )
    parser.add_argument("--json", action="store_true", help="JSON lines, as they are on the disk")
    parser.set_defaults(run=run)
    verify = parser.add_subparsers(title="commands", metavar="COMMAND").add_parser(
        "verify", help="whether every line is as it was written"
    )
    # without a default of its own: it would overwrite what stands before `verify`
    verify.add_argument("--estate", metavar="NAME", default=argparse.SUPPRESS)
    verify.set_defaults(run=run_verify)


def since(text: str) -> datetime:
    """A time, or how long ago. Raises ArgumentTypeError."""
    from console.clock import real_now
    from console.model.told import span_of

    if (ago := span_of(text)) is not None:
        return real_now() - ago
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text}: neither a time nor 30m, 8h, 2d") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def journal_path(arguments: argparse.Namespace) -> Path:
    """Where the journal of the estate that was asked for lies. Raises ConfigMistakes."""
    from console.estates import DEMO, state_directory
    from console.journal import JOURNAL
    from console.realm import VARIABLE

    name = arguments.estate or (DEMO if os.environ.get(VARIABLE) else "")
    if not name:
        from console.config import find, load

        name = load(find(arguments.config)).estate.estate.name
    return state_directory(name) / JOURNAL


def run(arguments: argparse.Namespace) -> int:
    """Print the entries, oldest first; 2 where the journal cannot be read as one."""
    from console.journal import Journal, JournalBroken
    from console.lines import encode

    path = journal_path(arguments)
    try:
        entries = Journal(path).entries(arguments.since)
    except (OSError, JournalBroken) as error:
        print(f"oncall journal: {error}", file=sys.stderr)
        return BROKEN
    for entry in entries:
        print(encode(entry).decode().rstrip("\n") if arguments.json else line(entry))
    if not entries:
        print(f"{path}: nothing is written there", file=sys.stderr)
    return 0


def run_verify(arguments: argparse.Namespace) -> int:
    """Say how many entries hold; 2 at the first that does not."""
    from console.journal import Journal, JournalBroken

    path = journal_path(arguments)
    try:
        count = Journal(path).verify()
    except (OSError, JournalBroken) as error:
        print(f"oncall journal verify: {error}", file=sys.stderr)
        return BROKEN
    print(f"{path}: {count} entries, every one as it was written")
    return 0


def line(entry: Entry) -> str:
    """An entry on one line for people; foreign text in it is harmless."""
    from console.config.mistakes import printable

    told = [f"{entry.at:%Y-%m-%d %H:%M:%S}Z", f"{entry.kind:<20}", *filter(None, [entry.run])]
    told += [f"by {entry.by}"] if entry.by else []
    return "  ".join(map(printable, (*told, *_facts(entry.data.items()))))


def _facts(data: Iterable[tuple[str, Any]]) -> list[str]:
    kept = [(name, value) for name, value in data if name not in ("plan", "guards")]
    return [f"{name}={_short(value)}" for name, value in kept[:SHOWN] if value not in ("", [], {})]


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
