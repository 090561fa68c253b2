"""The night as lines of text, from the journal: whoever wrote it, every watch says the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from console.model import Entry, plain
from console.model.words import harmless
from console.sources.maintenance import RUNNING

BY_PHASE = frozenset({"unexpected", "started", "broker_down", "again", "over"})
"""Rings whose transition has a line of its own."""


def line(entry: Entry) -> str:
    """What an entry says to whoever watches; empty for what is none of the night's."""
    say = SAYS.get(entry.kind)
    return harmless(say(entry, entry.data)) if say else ""


def document(entry: Entry, estate: datetime) -> dict[str, Any]:
    """The same for a program: the entry, with the estate's time and the line."""
    times = {"at": plain(entry.at), "estate": plain(estate)}
    told = {"kind": entry.kind, "run": entry.run, "by": entry.by, "text": line(entry)}
    return times | told | {"data": plain(entry.data)}


def _phase(entry: Entry, data: Mapping[str, Any]) -> str:
    said = f"{data.get('cluster', '')}: {data.get('text', '')}"
    if unexpected := _listed(data.get("unexpected")):
        return f"{said}. UNEXPECTED: {unexpected}"
    return f"{said} (expected)" if data.get("to") in RUNNING else said


def _rang(entry: Entry, data: Mapping[str, Any]) -> str:
    return "" if data.get("why") in BY_PHASE else str(data.get("text", ""))


def _step(entry: Entry, data: Mapping[str, Any]) -> str:
    if data.get("event") != "ended" or data.get("outcome") == "left_out":
        return ""
    why = f": {data['why']}" if data.get("why") else ""
    return f"{data.get('step')} {data.get('outcome')}{why}"


def _act(entry: Entry, data: Mapping[str, Any]) -> str:
    outcome = entry.kind.removeprefix("remedy.")
    reasons = _listed(data.get("reasons"))
    said = data.get("said") or reasons
    name = data.get("step") or data.get("remedy") or "an act"
    return f"{name} {outcome}{f': {said}' if said else ''}"


def _began(entry: Entry, data: Mapping[str, Any]) -> str:
    how = "unattended" if data.get("unattended") else f"by {entry.by}"
    return f"{data.get('step') or data.get('remedy')} begun {how}: {data.get('remedy')}"


def _armed(entry: Entry, data: Mapping[str, Any]) -> str:
    arming = data.get("arming") or {}
    cases = _listed(arming.get("cases"))
    scopes = _listed(arming.get("scopes"))
    empties = ", topics may be emptied" if arming.get("may_empty_topics") else ""
    by_itself = f"; by itself: {cases}{empties}" if cases else ""
    return f"armed: {scopes} until {arming.get('until')}{by_itself}"


def _heard(entry: Entry, data: Mapping[str, Any]) -> str:
    return f"{data.get('cluster') or data.get('finding')}: heard by {entry.by}"


def _note(entry: Entry, data: Mapping[str, Any]) -> str:
    return str(data.get("text", "")) if entry.run else ""


def _listed(value: Any) -> str:
    return "; ".join(map(str, value)) if isinstance(value, list | tuple) else ""


SAYS: Mapping[str, Callable[[Entry, Mapping[str, Any]], str]] = {
    "watch.phase": _phase,
    "watch.rang": _rang,
    "armed": _armed,
    "disarmed": lambda entry, data: f"disarmed: {data.get('why')}",
    "finding.seen": lambda entry, data: f"found: {data.get('title')} · {data.get('scope')}",
    "finding.cleared": lambda entry, data: f"gone: {data.get('finding')}",
    "finding.acknowledged": _heard,
    "run.opened": lambda entry, data: f"checklist opened: {data.get('title')}",
    "run.step": _step,
    "run.closed": lambda entry, data: f"checklist closed: {data.get('why')}",
    "remedy.refused": _act,
    "remedy.started": _began,
    "remedy.verified": _act,
    "remedy.failed": _act,
    "remedy.unknown": _act,
    "note": _note,
}
