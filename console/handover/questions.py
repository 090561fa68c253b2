"""Questions that were asked when a shift was handed over, and what was answered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from console.handover.given import Given
from console.handover.words import Words, mark
from console.model import Entry, Severity
from console.model.handover import Item


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody wanted to know of an item."""

    id: str
    """The `prev` of its line in the journal."""
    item: str
    title: str
    """The item's, as it was then."""
    text: str
    at: datetime
    """Real time."""
    by: str
    answer: str = ""
    answered_by: str = ""
    answered_at: datetime | None = None


def questions(entries: Iterable[Entry]) -> tuple[Question, ...]:
    """Every question the journal tells of, oldest first; the last answer counts."""
    found: dict[str, Question] = {}
    for entry in entries:
        data = entry.data
        text = str(data.get("text") or "")
        if entry.kind != "note" or not text:
            continue
        if data.get("asked") is True:
            of = str(data.get("item") or "")
            title = str(data.get("title") or of)
            found[entry.prev] = Question(entry.prev, of, title, text, entry.at, entry.by)
        elif (asked := found.get(str(data.get("answers") or ""))) is not None:
            found[asked.id] = replace(
                asked, answer=text, answered_by=entry.by, answered_at=entry.at
            )
    return tuple(found.values())


def items(given: Given, words: Words) -> Iterator[Item]:
    """Those without an answer, however old, and those that were answered in this shift."""
    for one in questions(given.entries):
        if one.answered_at is None or one.answered_at >= given.since:
            yield _item(one, given, words)


def _item(one: Question, given: Given, words: Words) -> Item:
    asked = words.say("asked {at} by {who}: {text}", at=words.real(one.at), who=one.by, text=one.text)
    told = words.say("nobody has answered it yet")
    if one.answered_at is not None:
        at = words.real(one.answered_at)
        told = words.say(
            "answered {at} by {who}: {text}", at=at, who=one.answered_by, text=one.answer
        )
    return Item(
        id=f"question:{one.id[:16]}",
        kind="question",
        title=one.title,
        severity=Severity.OK if one.answered_at else Severity.UNKNOWN,
        lines=(asked, told),
        next="" if one.answered_at else words.say("answer it"),
        at=given.moment(one.at),
        asks=one.answered_at is None,
        mark=mark(one.text, one.answer),
    )
