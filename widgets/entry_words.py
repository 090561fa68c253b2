"""Lines of the journal in words: what each kind of entry says."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from console.model import Entry, plain
from console.model.affairs import Affairs
from console.model.words import lasting
from widgets.look import Look
from widgets.words import clean, clock

LONGEST = 600
When = Callable[[object], str]
Told = Callable[[Mapping[str, Any], Affairs, When], str]


def _finding(data: Mapping[str, Any], affairs: Affairs, when: When) -> str:
    case, _, scope = str(data.get("finding", "")).partition("@")
    return f"{data.get('title') or case} {affairs.title(scope)}"


def _text(*names: str) -> Told:
    def told(data: Mapping[str, Any], affairs: Affairs, when: When) -> str:
        return "  ".join(str(data[name]) for name in names if data.get(name))

    return told


def _facts(data: Mapping[str, Any], affairs: Affairs, when: When) -> str:
    return "  ".join(f"{name} {value}" for name, value in data.items() if value not in ("", None))


def _opened(data: Mapping[str, Any], affairs: Affairs, when: When) -> str:
    return f"{data.get('title', '')} {affairs.title(str(data.get('scope', '')))}".strip()


def _armed(data: Mapping[str, Any], affairs: Affairs, when: When) -> str:
    arming = data.get("arming") or data
    scopes = ", ".join(map(affairs.title, map(str, arming.get("scopes") or ())))
    until = f" until {when(arming['until'])}" if arming.get("until") else ""
    return f"{scopes}{until}: {arming.get('reason') or arming.get('why') or ''}"


def _plan(data: Mapping[str, Any], affairs: Affairs, when: When) -> str:
    plan = data.get("plan") or {}
    title = plan.get("title") or affairs.offer(str(data.get("remedy", "")))
    against = [one["said"] for one in data.get("guards") or () if not one.get("ok")]
    return f"{title}{f'; against it: {against[0]}' if against else ''}"


def _reasons(data: Mapping[str, Any], affairs: Affairs, when: When) -> str:
    return f"{affairs.offer(str(data.get('remedy', '')))}: {'; '.join(data.get('reasons') or ())}"


def _ended(data: Mapping[str, Any], affairs: Affairs, when: When) -> str:
    seconds = data.get("seconds")
    return f"{data.get('said', '')}{f' ({lasting(seconds)})' if seconds else ''}"


def _until(data: Mapping[str, Any], affairs: Affairs, when: When) -> str:
    reason = f": {data['reason']}" if data.get("reason") else ""
    until = f"until {when(data['until'])}" if data.get("until") else "no longer"
    return f"{_finding(data, affairs, when)} {until}{reason}"


def _phase(data: Mapping[str, Any], affairs: Affairs, when: When) -> str:
    place = affairs.title(str(data.get("cluster") or data.get("scope") or ""))
    phases = [str(data[name]).replace("_", " ") for name in ("from", "to") if data.get(name)]
    broker = f", broker {data['broker']}" if data.get("broker") is not None else ""
    unexpected = "; ".join(map(str, data.get("unexpected") or ()))
    return f"{place}: {' to '.join(phases)}{broker}{unexpected and f'; unexpected: {unexpected}'}"


def _rang(data: Mapping[str, Any], affairs: Affairs, when: When) -> str:
    place = affairs.title(str(data.get("scope") or data.get("cluster") or ""))
    text = str(data.get("text") or _facts(data, affairs, when))
    return text if place in text else f"{place}: {text}"


def _ticked(data: Mapping[str, Any], affairs: Affairs, when: When) -> str:
    window = str(data.get("window", "")).partition("@")[0]
    undone = "not done after all: " if data.get("undone") else ""
    return f"{affairs.title(window)}: {undone}{data.get('title', '')}"


def _reported(data: Mapping[str, Any], affairs: Affairs, when: When) -> str:
    undone = "not out after all: " if data.get("undone") else ""
    return f"{undone}{data.get('title', '')}  {data.get('window', '')}"


def _handed(deed: str) -> Told:
    def told(data: Mapping[str, Any], affairs: Affairs, when: When) -> str:
        items = f" ({data['items']} items acknowledged)" if "items" in data else ""
        return f"{data.get('gives', '')} {deed} {data.get('takes', '')}{items}"

    return told


def _noted(data: Mapping[str, Any], affairs: Affairs, when: When) -> str:
    if data.get("shift") and data.get("deed"):
        text = "" if data["deed"] == "acknowledged" else f": {data.get('text', '')}"
        return f"handover: {data.get('who', '')} {data['deed']} {data.get('title', '')}{text}"
    return _text("text", "finding", "about", "mended", "clock")(data, affairs, when)


WORDS: Mapping[str, Told] = {
    "armed": _armed,
    "disarmed": _armed,
    "finding.seen": _finding,
    "finding.cleared": _finding,
    "finding.acknowledged": _finding,
    "finding.deferred": _until,
    "finding.silenced": _until,
    "run.opened": _opened,
    "run.step": _text("step", "event", "outcome", "why"),
    "run.closed": _text("why"),
    "remedy.planned": _plan,
    "remedy.started": _plan,
    "remedy.refused": _reasons,
    "remedy.sent": lambda data, affairs, when: str(data.get("left") or "the vendor accepted it"),
    "remedy.verified": _ended,
    "remedy.failed": _ended,
    "remedy.unknown": _ended,
    "watch.phase": _phase,
    "watch.rang": _rang,
    "issue.changed": _text("site", "number", "state", "title", "fix_on", "release", "note"),
    "window.step": _ticked,
    "window.ended": _text("report"),
    "window.reported": _reported,
    "contact.sent": _text("contact", "channel"),
    "contact.answered": _text("who", "text"),
    "shift.offered": _handed("gives the shift to"),
    "shift.taken": _handed("has given the shift to"),
    "note": _noted,
}


def entry_words(entry: Entry, affairs: Affairs, look: Look) -> str:
    """What an entry says, on one line."""
    words = WORDS.get(entry.kind)

    def when(value: object) -> str:
        return clock(datetime.fromisoformat(str(value)), look.zone, entry.at)

    if words is not None:
        try:
            return clean(words(entry.data, affairs, when), look.symbols, LONGEST)
        except (TypeError, KeyError, AttributeError, ValueError):
            pass  # another program wrote it in another shape: shown as it stands
    return clean(json.dumps(plain(entry.data), ensure_ascii=False), look.symbols, LONGEST)


def entry_lines(entry: Entry, look: Look) -> list[str]:
    """Everything an entry has, a line a value."""
    told = json.dumps(plain(entry.data), ensure_ascii=False, indent=1)
    head = [f"at    {plain(entry.at)}", f"kind  {entry.kind}", f"by    {entry.by}"]
    head += [f"run   {entry.run}"] if entry.run else []
    lines = [*head, f"prev  {entry.prev}", "", *told.splitlines()]
    return [clean(line, look.symbols, 2000) for line in lines]
