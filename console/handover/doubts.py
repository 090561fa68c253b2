"""What the document may not know: it asks to be acknowledged before the shift changes hands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from console.handover.given import Given
from console.handover.hands import under_way
from console.handover.words import Words, mark, phrase
from console.model import Entry, Severity, time_of
from console.model.handover import Item
from console.model.words import lasting


def doubts(given: Given, words: Words) -> Iterator[Item]:
    """A journal that was not read whole; a change of hands that came with a bundle."""
    if given.trouble:
        yield _unread(given, words)
    going_on = under_way(given.story.hands)
    told = brought(given.story.entries, going_on.shift) if going_on else None
    if told is not None:
        yield _as_of(*told, given, words)


def brought(entries: Iterable[Entry], shift: str) -> tuple[datetime, Mapping[str, Any]] | None:
    """The last bundle that brought something of this change of hands, and of when it is (real)."""
    found: list[tuple[datetime, Mapping[str, Any]]] = []
    for entry in entries:
        told = entry.data.get("bundle") if entry.kind == "note" else None
        if isinstance(told, Mapping) and told.get("shift") == shift:
            made = time_of(told.get("made_at"))
            found += [(made, told)] if made else []
    return max(found, key=lambda one: one[0], default=None)


def _unread(given: Given, words: Words) -> Item:
    return Item(
        id="journal",
        kind="journal",
        title=words.say("The journal was not read whole: this document may not have all"),
        severity=Severity.WARNING,
        lines=(given.trouble,),
        owner=given.owner(""),
        next=words.say("look in the journal's file for what is missing here"),
        stop=words.say("it is known what is missing here"),
        mark=mark(given.trouble),
    )


def _as_of(made: datetime, told: Mapping[str, Any], given: Given, words: Words) -> Item:
    age = (given.now.real - made).total_seconds() * given.now.speed
    since = phrase("that was {time} ago; what was done on the other computer since is not in it")
    ahead = phrase("by this computer's clock that is still to come: one of both clocks is wrong")
    lines = [words.say(since, time=lasting(age)) if age >= 0 else words.say(ahead)]
    lines.append(words.say("made by {who}", who=told.get("by", "")))
    left_out = told.get("left_out")
    for why in left_out if isinstance(left_out, list | tuple) else ():
        lines.append(words.say("not in the bundle: {why}", why=why))
    return Item(
        id="bundle",
        kind="bundle",
        title=words.say("Taken from a bundle: it is known as of {at}", at=words.real(made)),
        severity=Severity.UNKNOWN,
        lines=tuple(lines),
        owner=given.owner(""),
        next=words.say("take a new bundle before the shift is handed over"),
        stop=words.say("nothing more is done on the other computer"),
        mark=mark(made.timestamp(), left_out),
    )
