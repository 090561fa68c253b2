"""`oncall flows missing FLOW`: what got lost on the way, for whoever makes it good."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.model import Board, Severity, Snapshot, plain

if TYPE_CHECKING:
    from console.estates import Opened
    from console.model.stages import LostThing
    from console.sources.flows import FlowStage

HEAD = ("key", "seen_in", "seen_at", "missing_in", "flow")
FINE, UNKNOWN = 0, 3
EXIT = {Severity.OK: 0, Severity.UNKNOWN: 0, Severity.WARNING: 1, Severity.CRITICAL: 2}


def add(parsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    parser = parsers.add_parser("flows", help="what got lost on its way through a flow")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    missing = commands.add_parser("missing", help="compare the stages' lists, key by key")
    missing.add_argument("flow", metavar="FLOW")
    missing.add_argument("--csv", type=Path, metavar="FILE", help="the missing ones, for others")
    missing.add_argument("--json", action="store_true", help="one document")
    missing.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Ask the lists once and compare; the exit code. Raises ConfigMistakes (78) and NoLab."""
    from console.estates import open_estate

    opened = open_estate(arguments.config, keep_state=False)
    flows = opened.context.flows
    named = {name for name, flow in flows.items() if any(stage.keys for stage in flow.stages)}
    if arguments.flow not in named:
        there = ", ".join(sorted(named)) or "none"
        what = "no such flow" if arguments.flow not in flows else "none of its stages has keys"
        said = f"{arguments.flow}: {what}; with keys: {there}"
        print(f"oncall flows missing: {said}", file=sys.stderr)
        return os.EX_USAGE
    board = asyncio.run(_look(opened, arguments.flow))
    rows = [row for row in _stages(board) if row.flow == arguments.flow]
    known = _known(rows)
    if arguments.csv is not None and known and (why := _written(arguments.csv, rows)):
        print(f"oncall flows missing: {why}", file=sys.stderr)
        return os.EX_CANTCREAT
    if arguments.json:
        print(json.dumps(_document(arguments.flow, rows), ensure_ascii=False, indent=1))
    else:
        print("\n".join(_lines(rows, board, arguments.csv)))
    return _code(rows)


async def _look(opened: Opened, name: str) -> Board:
    from console.derive import derived
    from console.poll import poll_once
    from console.sources import SOURCES

    checks = {stage.keys for stage in opened.context.flows[name].stages if stage.keys}
    parts = [part for part in SOURCES["http"].parts(opened.context) if part.name in checks]
    try:
        snapshots: Sequence[Snapshot] = await asyncio.gather(*map(poll_once, parts))
    finally:
        await opened.context.clients.close()
    return derived(Board().with_(*snapshots), opened.context, ["http"])


def _stages(board: Board) -> Iterator[FlowStage]:
    from console.sources.flows import FlowStage

    for row in board.rows("flows"):
        if isinstance(row, FlowStage):
            yield row


def _lost(rows: Sequence[FlowStage]) -> Iterator[tuple[FlowStage, LostThing]]:
    return ((row, thing) for row in rows for thing in row.lost_things)


def _written(path: Path, rows: Sequence[FlowStage]) -> str:
    """Why the file cannot be written, or nothing."""
    from console.model.sheet import csv_of

    told = (
        (thing.key, thing.seen_in, plain(thing.seen_at), row.title, row.flow)
        for row, thing in _lost(rows)
    )
    try:
        path.write_text(csv_of(HEAD, told), encoding="utf-8-sig", newline="")
    except OSError as error:
        return f"{path}: {error.strerror or error}"
    return ""


def _document(flow: str, rows: Sequence[FlowStage]) -> dict[str, Any]:
    stages = [
        {
            **{name: getattr(row, name) for name in ("stage", "title", "count", "lost", "late")},
            "missing": dict(row.missing),
            "lost_things": plain(row.lost_things),
        }
        for row in rows
    ]
    return {"flow": flow, "known": _known(rows), "stages": stages}


def _lines(rows: Sequence[FlowStage], board: Board, written: Path | None) -> Iterator[str]:
    from console.model.words import harmless

    for row in rows:
        if row.lost is not None:
            yield harmless(row.counted)
        elif _gap(row):
            yield harmless(f"{row.title}: not known what is missing: {row.missing['lost']}")
    for part in board.parts("http"):
        if part.trouble:
            cure = f" ({part.trouble.cure})" if part.trouble.cure else ""
            yield harmless(f"{part.part}: {part.trouble.message}{cure}")
    for row, thing in _lost(rows):
        seen = f"{plain(thing.seen_at)} in {thing.seen_in}"
        yield harmless(f"  {thing.key:<20} seen {seen}, not in {row.title}")
    if not rows:
        yield "not known what is missing: none of the lists can be had"
    if written is not None and not _known(rows):
        yield f"not written, as nobody knows whether that is all: {written}"
    elif written is not None:
        yield f"written to {written}"


def _code(rows: Sequence[FlowStage]) -> int:
    """What is lost is as bad as its stage says; what nobody knows is unknown."""
    worst = max((EXIT[row.severity] for row in rows if row.lost), default=FINE)
    return worst or (FINE if _known(rows) else UNKNOWN)


def _known(rows: Sequence[FlowStage]) -> bool:
    """Whether the lists told all; where none can be had at all there is no row."""
    return bool(rows) and not any(map(_gap, rows))


def _gap(row: FlowStage) -> bool:
    """Whether something may be missing that nobody knows of."""
    from console.flow import FIRST

    return row.missing.get("lost", FIRST) != FIRST
