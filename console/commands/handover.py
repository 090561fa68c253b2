"""`oncall handover`: the shift as a document to hand over; it writes a file and sends nothing."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from console.commands.journal import since

if TYPE_CHECKING:
    from console.estates import Opened
    from console.handover import Given
    from console.model import Board, Entry
    from console.model.handover import Handover

DAMAGED, UNWRITTEN = 2, 2


def add(parsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    from console.model.handover import LANGUAGES
    from console.model.shift import FORMS

    parser = parsers.add_parser(
        "handover",
        help="the shift as a document: what is open, what was done, what comes, whom to call",
        epilog="exit codes: 0 written · 1 a recording is left out of the bundle: it is damaged · "
        "2 the journal is damaged, or the file cannot be written",
    )
    parser.add_argument(
        "--since",
        type=since,
        metavar="WHEN",
        help="ISO time (UTC without zone), or 30m, 8h, 2d ago; else since the shift was taken",
    )
    words = "language of headings and fixed phrases; what people wrote stays as it is"
    parser.add_argument("--lang", choices=LANGUAGES, default="en", help=words)
    parser.add_argument("--format", choices=FORMS, default="md")
    parser.add_argument("--out", type=Path, metavar="FILE", help="else it is printed")
    parser.add_argument(
        "--no-look", action="store_true", help="by the journal and the recording alone: ask nothing"
    )
    parser.add_argument(
        "--bundle", type=Path, metavar="FILE", help="all of it as one file, for oncall take FILE"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Make it and write it; see the epilog for exit codes. Raises ConfigMistakes (78), NoLab."""
    from console.commands.bundle import bundle
    from console.estates import open_estate, state_directory
    from console.handover.exports import written
    from console.handover.placing import like, placed

    opened = open_estate(arguments.config)
    document, trouble = made(opened, arguments)
    if trouble:
        print(f"oncall handover: {trouble}", file=sys.stderr)
    if arguments.bundle is not None:
        return bundle(arguments.bundle, opened.name, document)
    text = written(document, arguments.format)
    if arguments.out is None:
        sys.stdout.buffer.write(text.encode("utf-8", "replace"))
        return DAMAGED if trouble else 0
    try:
        ours = like(text, arguments.format)
        with placed(arguments.out, state_directory(opened.name), ours) as file:
            file.write(text.encode("utf-8", "replace"))
    except OSError as error:
        said = error.strerror or str(error)
        print(f"oncall handover: {arguments.out} cannot be written: {said}", file=sys.stderr)
        return UNWRITTEN
    print(f"the handover is in {arguments.out}")
    return DAMAGED if trouble else 0


def made(opened: Opened, arguments: argparse.Namespace) -> tuple[Handover, str]:
    """The document, and why the journal could not be read whole."""
    from console.handover import document, words

    given = gathered(opened, arguments.since, look=not arguments.no_look)
    return document(given, words(arguments.lang, given.zone, given.now)), given.trouble


def gathered(opened: Opened, begun: datetime | None, *, look: bool = True) -> Given:
    """Everything it is made of: the journal, the recording, and one look at everything."""
    from console.clock import real_now
    from console.commands.windows import planned
    from console.estates import state_directory
    from console.handover.gathering import Known
    from console.handover.gathering import gathered as put_together
    from console.handover.hands import began, folded
    from console.handover.recorded import Recorded
    from console.model import Now
    from console.naming import named_affairs

    state, configuration = state_directory(opened.name), opened.configuration
    entries, trouble = _journal(state)
    board = _look(opened) if look else None
    clock, named = opened.context.clock, named_affairs(configuration)
    now = Now(clock.now(), real_now(), clock.speed)
    begun = begun or began(folded(entries), now)
    worst, gaps = Recorded(state, configuration.estate.estate.zone).told(begun, now.real)
    return put_together(
        configuration,
        named,
        Known(entries, planned(opened, now, 2, named.titles), trouble),
        now=now,
        since=begun,
        world=opened.realm.lab,
        board=board,
        worst=worst,
        gaps=gaps,
    )


def _journal(directory: Path) -> tuple[tuple[Entry, ...], str]:
    """What can be read of it: a damaged line must not keep the rest from the next shift."""
    from console.following import Following
    from console.journal import JOURNAL

    following = Following(directory / JOURNAL)
    try:
        entries, _ = following.read()
    except OSError as error:
        return (), f"the journal cannot be read: {error.strerror or error}"
    return entries, following.trouble


def _look(opened: Opened) -> Board:
    from console.commands import status
    from console.findings import open_findings

    return status.look(opened.context, None, open_findings(opened, write=False))
