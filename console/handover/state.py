"""The state of each scope now, and at worst in the shift: one line each, the worst first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from console.handover.given import Given, Worst
from console.handover.live import found
from console.handover.standing import Standing, standings
from console.handover.words import Words, mark, phrase
from console.model import Severity, time_of
from console.model.handover import Item

SEVERITIES: Mapping[Severity, str] = {
    Severity.OK: phrase("OK"),
    Severity.UNKNOWN: phrase("not known"),
    Severity.WARNING: phrase("warning"),
    Severity.CRITICAL: phrase("CRITICAL"),
}
COLUMNS = (phrase("where"), phrase("now"), phrase("worst in the shift"), phrase("why"))
NOBODY = Standing(Severity.UNKNOWN)
WHY = 3  # sentences


def items(given: Given, words: Words) -> Iterator[Item]:
    """Every scope; what is wrong and has no finding of its own asks to be acknowledged."""
    now = standings(given.board, given.now) if given.board else {}
    worst = _worst(given)
    told = {one for each in found(given) for one in (each.scope, *each.scopes)}
    for scope, standing in now.items():
        if standing.severity and standing.severity > getattr(worst.get(scope), "severity", -1):
            worst[scope] = Worst(standing.severity, given.now, standing.why)
    places = dict.fromkeys((*given.scopes, *now, *worst))
    stand = {scope: now.get(scope, NOBODY) for scope in places}
    bad = {scope: worst[scope].severity if scope in worst else Severity.OK for scope in places}
    for scope in sorted(places, key=lambda one: (-stand[one].severity, -bad[one])):
        asks = stand[scope].severity >= Severity.WARNING and scope not in told
        yield _item(scope, stand[scope], worst.get(scope), asks, given, words)


def _item(
    scope: str, now: Standing, worst: Worst | None, asks: bool, given: Given, words: Words
) -> Item:
    present = words.say(SEVERITIES[now.severity])
    was = words.say("not recorded") if given.worst is None else words.say("nothing was seen")
    if worst is not None:
        was = words.say(SEVERITIES[worst.severity])
        if worst.severity is not Severity.OK:
            at = words.at(worst.at.estate)
            was = words.say("{severity}, first {at}", severity=was, at=at)
    why = now.why if now.severity >= Severity.WARNING else ()
    why = why or (worst.why if worst is not None and worst.severity else ()) or now.why
    if now is NOBODY:
        nobody = words.say("nobody looked when this was made")
        why = (nobody if given.board is None else words.say("nothing was seen"),)
    title = given.title(scope)
    lines = (
        words.say("now: {state}", state=present),
        words.say("worst in the shift: {state}", state=was),
        *why,
    )
    return Item(
        id=f"scope:{scope}",
        kind="scope",
        title=title,
        severity=now.severity,
        lines=lines,
        next=words.say("look at it: no case is found that says what to do") if asks else "",
        at=worst.at if worst is not None and worst.severity > now.severity else given.now,
        scopes=(scope,),
        asks=asks,
        mark=mark(scope, now.severity),
        cells=(title, present, was, "; ".join(why[:WHY])),
    )


def _worst(given: Given) -> dict[str, Worst]:
    """By what is recorded and by the findings of the journal, whichever is worse."""
    worst = dict(given.worst or {})
    for entry in _found_in(given):
        name = str(entry.get("severity", "")).upper()
        severity = Severity.__members__.get(name, Severity.UNKNOWN)
        at = given.moment(given.real(time_of(entry.get("since")) or given.now.estate))
        at = max(at, given.moment(given.since), key=lambda one: one.real)
        for scope in _scopes(entry):
            if scope not in worst or severity > worst[scope].severity:
                worst[scope] = Worst(severity, at, (str(entry.get("title", "")),))
    return worst


def _found_in(given: Given) -> Iterator[Mapping[str, Any]]:
    """What was found and was there in the shift."""
    there: dict[str, list[Mapping[str, Any]]] = {}
    for entry in given.story.entries:
        name = str(entry.data.get("finding", ""))
        if entry.kind == "finding.seen":
            there.setdefault(name, []).append(entry.data)
        elif entry.kind == "finding.cleared" and entry.at < given.since:
            there.pop(name, None)
    return (one for each in there.values() for one in each)


def _scopes(told: Mapping[str, Any]) -> tuple[str, ...]:
    each = told.get("scopes") or (told.get("scope"),)
    named = each if isinstance(each, list | tuple) else ()
    return tuple(one for one in named if isinstance(one, str) and one)
