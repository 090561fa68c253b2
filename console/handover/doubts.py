"""What the document may not know: it asks to be acknowledged before the shift changes hands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from console.handover.given import Given
from console.handover.hands import last_taken
from console.handover.standing import ON_DEMAND
from console.handover.words import Words, mark, phrase
from console.model import Entry, Severity, Snapshot, time_of
from console.model.handover import Item
from console.model.words import lasting

HOUR_S = 3600.0
WHY = (
    phrase("nobody recorded"),
    phrase("the recording was deleted"),
    phrase("the clock was set back"),
    phrase("the computer slept"),
    phrase("the program stood still"),
    phrase("nothing was seen"),
    phrase("more was seen than could wait for the disk"),
)
"""Why a recording has a gap, as the recorder says it."""


def doubts(given: Given, words: Words) -> Iterator[Item]:
    """A journal that was not read whole; what came with a bundle; what nobody sees, or saw."""
    if given.trouble:
        yield _unread(given, words)
    before = last_taken(given.story.hands)
    told = brought(given.story.entries, before.taken_at if before else None)
    if told is not None:
        yield _as_of(*told, given, words)
    yield from _unseen(given, words)
    if given.gaps or given.worst is None:
        yield _unrecorded(given, words)


def brought(
    entries: Iterable[Entry], after: datetime | None = None
) -> tuple[datetime, Mapping[str, Any]] | None:
    """The last bundle that was taken here, and of when it is (real): made later than that."""
    found: list[tuple[datetime, Mapping[str, Any]]] = []
    for entry in entries:
        told = entry.data.get("bundle") if entry.kind == "note" else None
        made = time_of(told.get("made_at")) if isinstance(told, Mapping) else None
        if told and made is not None and (after is None or made > after):
            found.append((made, told))
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
        mark=mark(made.timestamp(), left_out, age // HOUR_S),
    )


def _unseen(given: Given, words: Words) -> Iterator[Item]:
    """What cannot be told to be well: of a part that does not answer nobody knows how it stands."""
    parts = tuple(one for one in given.parts if one.source != ON_DEMAND)
    if given.board is None or all(one.taken_at is None for one in parts):
        yield _nothing_seen(parts, given, words)
        return
    for one in parts:
        if not one.freshness(given.now.real).trusted:
            yield _blind(one, given, words)


def _nothing_seen(parts: Iterable[Snapshot], given: Given, words: Words) -> Item:
    title = phrase("Nothing has answered yet: how everything stands now is not known")
    if given.board is None:
        title = phrase("Nobody looked when this was made: how everything stands now is not known")
    why = dict.fromkeys(one.trouble.message for one in parts if one.trouble)
    return Item(
        id="blind:board",
        kind="blind",
        title=words.say(title),
        severity=Severity.UNKNOWN,
        lines=tuple(why),
        owner=given.owner(""),
        next=words.say("look at it before the shift is handed over"),
        stop=words.say("it answers"),
        mark=mark("board", given.board is None),
    )


def _blind(part: Snapshot, given: Given, words: Words) -> Item:
    told = [part.trouble.message] if part.trouble else []
    if part.trouble is not None:
        told.append(words.say("no answer since {at}", at=words.real(part.trouble.since)))
    last = phrase("the last answer is of {at}") if part.taken_at else phrase("it never answered")
    told.append(words.say(last, at=words.real(part.taken_at or given.now.real)))
    cure = part.trouble.cure if part.trouble else ""
    seen = (scope for row in part.rows for scope in row.scopes)
    return Item(
        id=f"blind:{part.source}:{part.part}",
        kind="blind",
        title=words.say("Not seen now: {what}", what=" ".join((part.source, part.part)).strip()),
        severity=Severity.UNKNOWN,
        lines=tuple(told),
        owner=given.owner(""),
        next=cure or words.say("look at it before the shift is handed over"),
        stop=words.say("it answers"),
        at=given.moment(part.taken_at) if part.taken_at else None,
        scopes=tuple(dict.fromkeys(seen)),
        mark=mark(part.source, part.part, part.taken_at is not None),
    )


def _unrecorded(given: Given, words: Words) -> Item:
    """Acknowledged once, however long a gap grows."""
    told = []
    if given.worst is None:
        said = phrase("nothing of it is recorded: what was seen can only be told by the journal")
        told.append(words.say(said))
    for gap in given.gaps:
        since, until = words.real(gap.since), words.real(gap.until)
        said = phrase("not recorded from {since} to {until}: {why}")
        why = words.say(gap.why) if gap.why in WHY else gap.why
        told.append(words.say(said, since=since, until=until, why=why))
    return Item(
        id="gaps",
        kind="gaps",
        title=words.say("What was seen in the shift is not all recorded"),
        severity=Severity.UNKNOWN,
        lines=tuple(told),
        owner=given.owner(""),
        next=words.say("ask who was there what was seen meanwhile"),
        mark=mark(given.worst is None, *((gap.since.isoformat(), gap.why) for gap in given.gaps)),
    )
