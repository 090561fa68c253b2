"""What a contact is told: filled in when it is sent, each value with the time it is from."""

from __future__ import annotations

from datetime import datetime

from console.match.words import seen_alone
from console.model import Board, Run
from console.model.words import utc

QUERY = "'{acted}'"
NOT_KNOWN = "(time not known)"
NO_QUERY = "(no query here: it needs the time of the act, which is not known)"


def filled(message: str, run: Run, board: Board | None = None) -> str:
    """A message with {title}, {scope}, {since}, {evidence} and {acted}; other braces stay.

    A line that takes {acted} in quotes is a query: without a time there is none to send.
    """
    words = {
        "title": run.title,
        "scope": run.scope,
        "since": _minute(run.since),
        "evidence": _evidence(run, board) if "{evidence}" in message else "",
        "acted": _acted(run),
    }
    if words["acted"] == NOT_KNOWN:
        message = "\n".join(NO_QUERY if QUERY in one else one for one in message.split("\n"))
    for name, value in words.items():
        message = message.replace(f"{{{name}}}", value)
    return message


def _evidence(run: Run, board: Board | None) -> str:
    """What the finding shows now; what it showed when the run was opened, once it is gone."""
    found = board.findings if board else ()
    finding = next((one for one in found if one.id == run.finding), None)
    if board is not None and finding is not None and finding.why:
        wanted = frozenset(finding.evidence)
        rows = (row for part in board.snapshots.values() for row in part.rows)
        if times := [row.at for row in rows if row.ref in wanted]:
            return f"{'; '.join(seen_alone(finding.why))} [{_minute(min(times))}]"
    return f"{'; '.join(seen_alone(run.why))} [{_minute(run.opened or run.opened_at)}]"


def _acted(run: Run) -> str:
    """When the last act of the run was begun, to the second: a query takes it as it is."""
    times = [step.acted for step in run.steps if step.acted is not None]
    return f"{max(times):%Y-%m-%d %H:%M:%S}" if times else NOT_KNOWN


def _minute(at: datetime) -> str:
    return utc(at, "%H:%M")
