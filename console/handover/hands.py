"""In whose hands a shift is, as the journal tells it. Pure; it reads no clock.

    shift.offered  shift gives takes since           once more with other names: they count
    note           shift item title mark who deed text    deed: acknowledged, asked, added
    shift.taken    shift gives takes since items questions

Until `shift.taken` is written the shift stays with who gives it. What was acknowledged was one text
(its `mark`): an item that says something else by now is to be acknowledged again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from console.model import EMPTY, Draft, Entry, time_of

OFFERED, TAKEN = "shift.offered", "shift.taken"
ACKNOWLEDGED, ASKED, ADDED = "acknowledged", "asked", "added"
NAMED = 3  # items that a refusal names


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What somebody said of an item."""

    item: str
    title: str
    """Of the item, as it was then."""
    who: str
    at: datetime
    """Real time."""
    text: str = ""
    mark: str = ""
    answer: str = ""
    """Of a question: what the giver added to the item afterwards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """One change of hands, under way or done."""

    shift: str
    gives: str
    takes: str
    since: datetime | None
    """Real time at which what is handed over began."""
    offered_at: datetime
    acknowledged: Mapping[str, Said] = field(default_factory=lambda: EMPTY)
    """The last time, by item."""
    asked: tuple[Said, ...] = ()
    added: tuple[Said, ...] = ()
    taken_at: datetime | None = None

    def agreed(self, item: str, mark: str) -> bool:
        """Whether this item was acknowledged as it is now."""
        said = self.acknowledged.get(item)
        return said is not None and said.mark == mark


Ledger = Mapping[str, Hands]
"""Every change of hands by its id, in the order in which they were offered."""


def fold(ledger: Ledger, entry: Entry) -> Ledger:
    """The ledger after one more line of the journal; the very same where it says nothing of it."""
    data = entry.data
    shift = data.get("shift")
    if not isinstance(shift, str) or not shift:
        return ledger
    if entry.kind == OFFERED:
        return {**ledger, shift: _offered(ledger.get(shift), shift, entry)}
    if (hands := ledger.get(shift)) is None:
        return ledger  # of an offer that is not in this journal
    if entry.kind == TAKEN:
        return {**ledger, shift: replace(hands, taken_at=entry.at)}
    if entry.kind != "note" or not data.get("item"):
        return ledger
    return {**ledger, shift: _noted(hands, str(data.get("deed", "")), _said(entry))}


def folded(entries: Iterable[Entry]) -> Ledger:
    """Every change of hands of a journal."""
    ledger: Ledger = {}
    for entry in entries:
        ledger = fold(ledger, entry)
    return ledger


def _offered(before: Hands | None, shift: str, entry: Entry) -> Hands:
    gives, takes = (str(entry.data.get(name, "")) for name in ("gives", "takes"))
    if before is None:
        since = time_of(entry.data.get("since"))
        return Hands(shift=shift, gives=gives, takes=takes, since=since, offered_at=entry.at)
    # whoever takes it now has acknowledged nothing yet; what was asked stays asked
    kept = before.acknowledged if takes == before.takes else EMPTY
    return replace(before, gives=gives, takes=takes, acknowledged=kept)


def _said(entry: Entry) -> Said:
    told = {name: str(entry.data.get(name, "")) for name in ("item", "title", "who", "text")}
    return Said(**told, mark=str(entry.data.get("mark", "")), at=entry.at)


def _noted(hands: Hands, deed: str, said: Said) -> Hands:
    if deed == ACKNOWLEDGED:
        return replace(hands, acknowledged={**hands.acknowledged, said.item: said})
    if deed == ASKED:
        return replace(hands, asked=(*hands.asked, said))
    if deed == ADDED:
        asked = tuple(_answered(one, said) for one in hands.asked)
        return replace(hands, added=(*hands.added, said), asked=asked)
    return hands


def _answered(question: Said, said: Said) -> Said:
    if question.item != said.item or question.answer or said.who == question.who:
        return question
    return replace(question, answer=said.text)


def under_way(ledger: Ledger) -> Hands | None:
    """The change of hands that goes on: the one offered last, unless it is done."""
    last = next(reversed(ledger.values()), None)
    return last if last is not None and last.taken_at is None else None


def last_taken(ledger: Ledger) -> Hands | None:
    """The last one that was done: who took the shift then has it now."""
    done = [one for one in ledger.values() if one.taken_at is not None]
    return max(done, key=lambda one: one.taken_at or one.offered_at, default=None)


def open_questions(ledger: Ledger, but: str = "") -> tuple[tuple[Hands, Said], ...]:
    """What was asked and never answered, oldest first; not of the change of hands `but`."""
    others = (one for one in ledger.values() if one.shift != but)
    return tuple((one, said) for one in others for said in one.asked if not said.answer)


def mark_of(*texts: str) -> str:
    """What tells one text of an item from another one."""
    return hashlib.sha256("\n".join(texts).encode("utf-8", "backslashreplace")).hexdigest()[:16]


# What is to be written; each raises ValueError with the sentence for the person who wanted it


def offer(shift: str, gives: str, takes: str, since: datetime | None) -> Draft:
    """One gives the shift, another takes it: two names, of two people."""
    gives, takes = gives.strip(), takes.strip()
    if not gives or not takes:
        raise ValueError("a shift has two names: who gives it and who takes it")
    if gives.casefold() == takes.casefold():
        raise ValueError(f"{gives} cannot hand the shift over to themselves")
    told = {"shift": shift, "gives": gives, "takes": takes}
    return Draft(OFFERED, told | {"since": since.isoformat() if since else ""})


def acknowledge(hands: Hands | None, item: str, title: str, mark: str) -> Draft:
    """Who takes the shift has understood this item as it is now."""
    hands = _going_on(hands)
    return _note(hands, ACKNOWLEDGED, item, title, hands.takes, ACKNOWLEDGED, mark)


def ask(hands: Hands | None, item: str, title: str, text: str) -> Draft:
    """Who takes the shift wants to know more; it is kept until it is answered."""
    hands = _going_on(hands)
    return _note(hands, ASKED, item, title, hands.takes, _text(text))


def add(hands: Hands | None, item: str, title: str, text: str) -> Draft:
    """Who gives the shift says more of an item; so a question is answered."""
    hands = _going_on(hands)
    return _note(hands, ADDED, item, title, hands.gives, _text(text))


def take(hands: Hands | None, items: Mapping[str, tuple[str, str]], name: str) -> Draft:
    """The shift changes hands: `items` are (title, mark) by id, `name` is who says to take it."""
    hands = _going_on(hands)
    if left := [title for id, (title, mark) in items.items() if not hands.agreed(id, mark)]:
        named = "; ".join(left[:NAMED]) + (f"; and {len(left) - NAMED} more" * (len(left) > NAMED))
        count = f"{len(left)} of {len(items)} items are not acknowledged"
        raise ValueError(f"the shift stays with {hands.gives}: {count}: {named}")
    if name.strip().casefold() != hands.takes.casefold():
        raise ValueError(f"the shift stays with {hands.gives}: it is {hands.takes} who takes it")
    told = {"shift": hands.shift, "gives": hands.gives, "takes": hands.takes}
    since = hands.since.isoformat() if hands.since else ""
    asked = sum(1 for one in hands.asked if not one.answer)
    return Draft(TAKEN, told | {"since": since, "items": len(items), "questions": asked})


def _going_on(hands: Hands | None) -> Hands:
    if hands is None:
        raise ValueError("nobody has said yet who gives the shift to whom")
    if hands.taken_at is not None:
        raise ValueError(f"{hands.takes} has taken this shift already")
    return hands


def _text(text: str) -> str:
    if not text.strip():
        raise ValueError("an empty line is not kept")
    return text.strip()


def _note(
    hands: Hands, deed: str, item: str, title: str, who: str, text: str, mark: str = ""
) -> Draft:
    told = {"shift": hands.shift, "item": item, "title": title, "deed": deed, "who": who}
    return Draft("note", told | {"text": text} | ({"mark": mark} if mark else {}))
