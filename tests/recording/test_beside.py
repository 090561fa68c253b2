"""Two programs look at one estate: what both see of a finding stands in the journal once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from console.clock import Clock, real_now
from console.config import load
from console.findings import Findings, Once, says
from console.journal import Journal
from console.match import Memory, fold
from console.model import Board, Entry
from tests.cases.desk import AT, REAL, board, row, snapshot

CONFIG = Path(__file__).parents[2] / "config"
FOUND = "qr-code@eks-v2-prod"


def seen(state: str = "") -> Board:
    """A camera that hangs, or none."""
    rows = [row("alarms", AT, scope="eks-v2-prod", name="rpg-camera-1", state=state)]
    return board(replace(snapshot("alarms", *(rows if state else ())), taken_at=real_now()))


async def test_a_program_that_ends_writes_nothing_twice_while_it_still_writes() -> None:
    lines: list[str] = []
    begun, go = Event(), Event()

    def append(kind: str, *, run: str = "", by: str = "", **data: Any) -> None:
        lines.append(kind)
        begun.set()
        go.wait(30)

    findings = Findings(load(CONFIG, environ={}), Clock(), append)
    findings.on(seen("alarm"))
    await asyncio.to_thread(begun.wait, 30)
    last = asyncio.create_task(findings.written())
    await asyncio.sleep(0.05)
    go.set()
    await asyncio.wait_for(last, 30)
    assert lines == ["finding.seen"]
    assert not findings.unwritten


async def test_a_program_that_ends_tries_at_once_what_was_refused_a_moment_ago() -> None:
    refused = asyncio.Event()
    lines: list[str] = []
    loop = asyncio.get_running_loop()

    def append(kind: str, *, run: str = "", by: str = "", **data: Any) -> None:
        if not refused.is_set():
            loop.call_soon_threadsafe(refused.set)
            raise OSError("no space left on device")
        lines.append(kind)

    findings = Findings(load(CONFIG, environ={}), Clock(), append)
    findings.on(seen("alarm"))
    await asyncio.wait_for(refused.wait(), 30)
    while findings._turn.locked() and not lines:
        await asyncio.wait_for(findings.written(), 30)
    assert lines == ["finding.seen"]


async def test_what_two_programs_see_is_written_by_the_first(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    both = [
        Findings(load(CONFIG, environ={}), Clock(), Once(Journal(path))) for _ in ("record", "look")
    ]
    for state in ("alarm", "", "alarm"):
        for one in both:
            one.on(seen(state))
        await asyncio.gather(*(one.written() for one in both))
    told = [(one.kind, one.data["finding"]) for one in Journal(path).entries()]
    kinds = ["finding.seen", "finding.cleared", "finding.seen"]
    assert told == [(kind, FOUND) for kind in kinds]


UNTIL = "2026-03-16T08:00:00Z"


def entry(kind: Any, **data: Any) -> Entry:
    return Entry(REAL, kind, data={"finding": "c@sakai/prod", **data})


SEEN, GONE = entry("finding.seen"), entry("finding.cleared")
PUT_OFF = entry("finding.deferred", until=UNTIL)
LOUD = entry("finding.silenced", until=None, ended="it is critical now")


@pytest.mark.parametrize(
    ("caption", "journal", "kind", "data", "known"),
    [
        ("nothing is known", [], "finding.seen", {}, False),
        ("it is there", [SEEN], "finding.seen", {}, True),
        ("it went", [SEEN, GONE], "finding.seen", {}, False),
        ("it is there, and goes", [SEEN], "finding.cleared", {}, False),
        ("it went already", [SEEN, GONE], "finding.cleared", {}, True),
        ("put off until then", [SEEN, PUT_OFF], "finding.deferred", {"until": UNTIL}, True),
        ("put off no longer", [SEEN, PUT_OFF], "finding.deferred", {"until": None}, False),
        ("not put off", [SEEN], "finding.deferred", {"until": UNTIL}, False),
        ("a silence that ended", [SEEN, LOUD], "finding.silenced", {"until": None}, True),
        ("a silence that ends", [SEEN], "finding.silenced", {"until": None}, False),
        ("another finding", [SEEN], "finding.seen", {"finding": "d@sakai/prod"}, False),
        ("what is no state of it", [SEEN], "note", {}, False),
    ],
)
def test_what_the_journal_says_already(
    caption: str, journal: list[Entry], kind: Any, data: Mapping[str, Any], known: bool
) -> None:
    memory = Memory()
    for one in journal:
        memory = fold(memory, one)
    assert says(memory, kind, {"finding": "c@sakai/prod", **data}) is known, caption
