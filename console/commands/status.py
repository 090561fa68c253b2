"""`oncall status`: one look at everything, or sampling until every verdict has its evidence."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from console.lookout import Judge, Lookout, look_once
from console.model import Board, Finding, Freshness, Severity, Snapshot, plain
from console.poll import Context
from console.sources import DERIVED

EXIT = {Severity.OK: 0, Severity.WARNING: 1, Severity.CRITICAL: 2, Severity.UNKNOWN: 3}


def look(context: Context, wait: float | None, judge: Judge | None = None) -> Board:
    """The board after one look, or after at most `wait` seconds of sampling.

    Each part is given the time for its first answer, however short the wait.
    """
    return asyncio.run(_look(context, wait, judge))


async def _look(context: Context, wait: float | None, judge: Judge | None) -> Board:
    try:
        if wait is None:
            return await look_once(context, judge)
        return await _sample(context, wait, judge)
    finally:
        await context.clients.close()


async def _sample(context: Context, wait: float, judge: Judge | None) -> Board:
    evidence, asked = asyncio.Event(), asyncio.Event()

    def publish(board: Board) -> None:
        if all(s.taken_at or s.trouble for s in board.snapshots.values() if _is_asked(s)):
            asked.set()
        if settled(board):
            if judge is not None:
                judge.on(board)
            if judge is None or not judge.pending:
                evidence.set()

    lookout = Lookout(context, publish, judge)
    sampling = asyncio.create_task(lookout.run())
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(wait):
            await evidence.wait()
    tried = asyncio.create_task(asked.wait())  # a poll always ends, the sampling may not
    await asyncio.wait([tried, sampling], return_when=asyncio.FIRST_COMPLETED)
    tried.cancel()
    sampling.cancel()
    await asyncio.wait([sampling])
    return judge.on(lookout.board) if judge else lookout.board


def _is_asked(snapshot: Snapshot) -> bool:
    return snapshot.source not in DERIVED


def settled(board: Board) -> bool:
    """Whether every part has answered and no verdict still waits for its history."""
    answered = all(s.taken_at and not s.trouble for s in board.snapshots.values())
    rows = (row for snapshot in board.snapshots.values() for row in snapshot.rows)
    return answered and not any(
        getattr(row, "verdict", "") == "unknown" or "verdict" in row.missing for row in rows
    )


def exit_code(board: Board, now: datetime) -> int:
    """0 ok, 1 warning, 2 critical, 3 only unknown or unreachable.

    Put-off findings do not count, nor do the rows that only they point at, nor errors that are
    only known. Derived rows repeat what was counted where it was asked, save a fix that is late.
    """
    live = [f for f in board.findings if not f.put_off]
    kept = {ref for finding in live for ref in finding.evidence}
    spared = {ref for f in board.findings if f.put_off for ref in f.evidence}
    spared |= {ref for row in board.rows("sites") for ref in getattr(row, "explained", ())}
    spared -= kept
    asked = filter(_is_asked, board.snapshots.values())
    each = [row.severity for s in asked for row in s.rows if row.ref not in spared]
    each += [finding.severity for finding in live]
    each += [Severity.WARNING for row in board.rows("sites") if getattr(row, "late_fixes", 0)]
    worst = max((s for s in each if s is not Severity.UNKNOWN), default=Severity.OK)
    if worst > Severity.UNKNOWN:
        return EXIT[worst]
    blind = Severity.UNKNOWN in each or any(
        s.freshness(now) is not Freshness.FRESH for s in board.snapshots.values()
    )
    return EXIT[Severity.UNKNOWN] if blind else EXIT[Severity.OK]


def as_json(board: Board, estate: str, now: datetime) -> dict[str, Any]:
    """The document of `oncall status --json`."""
    names = dict.fromkeys(source for source, _ in board.snapshots)
    return {
        "estate": estate,
        "taken_at": plain(now),
        "sources": {
            name: {
                "freshness": board.freshness(name, now).value,
                "parts": [_part(snapshot, now) for snapshot in board.parts(name)],
                "rows": [plain(row) for row in board.rows(name)],
            }
            for name in names
        },
        "findings": _findings(board.findings),
    }


def _part(snapshot: Snapshot, now: datetime) -> dict[str, Any]:
    age = snapshot.age(now)
    trouble = snapshot.trouble
    cure = f" · {trouble.cure}" if trouble and trouble.cure else ""
    return {
        "part": snapshot.part,
        "taken_at": plain(snapshot.taken_at),
        "age_s": None if age is None else round(age.total_seconds(), 1),
        "freshness": snapshot.freshness(now).value,
        "error": f"{trouble.message}{cure}" if trouble else None,
    }


def _findings(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    names = ("case", "title", "scope", "severity", "since", "deferred_until", "silenced_until")
    return [
        {name: plain(getattr(finding, name)) for name in names}
        | {"evidence": [plain(ref) for ref in finding.evidence]}
        for finding in findings
    ]
