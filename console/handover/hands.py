"""In whose hands a shift is, as the journal tells it. Pure; it reads no clock.

    shift.offered  shift gives takes since             once more: its names are others now
    note           shift item title deed who text mark    deed: acknowledged, asked or added
    shift.taken    shift gives takes since items questions

Until `shift.taken` is written the shift stays with who gives it. What was acknowledged was one text
of an item with the lines that were added to it (its mark): one that says something else by now, or
more, is to be acknowledged again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from console.model import EMPTY, Draft, Entry, Kind, Now, time_of
from console.model.handover import Handover, Item
from console.model.shift import Hands, Said

OFFERED: Kind = "shift.offered"
TAKEN: Kind = "shift.taken"
ACKNOWLEDGED, ASKED, ADDED = "acknowledged", "asked", "added"
NAMED = 3  # items that a refusal names
USUAL = timedelta(hours=12)
"""A shift of which nobody said when it began, by the estate's clock."""
LONGEST = timedelta(days=7)
"""A shift that was taken longer ago was not handed over with this program since."""

Ledger = Mapping[str, Hands]
"""Every change of hands by its id, in the order in which they were offered."""


def fold(ledger: Ledger, entry: Entry) -> Ledger:
    """The ledger after one more line of the journal; the very same where it says nothing of it."""
    shift = entry.data.get("shift")
    if not isinstance(shift, str) or not shift:
        return ledger
    hands = ledger.get(shift)
    if entry.kind == OFFERED:
        return {**ledger, shift: _offered(hands, shift, entry)}
    if hands is None:  # of an offer that this journal does not have
        return ledger
    if entry.kind == TAKEN:
        return {**ledger, shift: replace(hands, taken_at=entry.at)}
    if entry.kind == "note" and entry.data.get("item"):
        return {**ledger, shift: _noted(hands, str(entry.data.get("deed", "")), _said(entry))}
    return ledger


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
    told = {name: str(entry.data.get(name, "")) for name in ("item", "title", "text", "mark")}
    return Said(**told, who=str(entry.data.get("who") or entry.by), at=entry.at)


def _noted(hands: Hands, deed: str, said: Said) -> Hands:
    if deed == ACKNOWLEDGED:
        return replace(hands, acknowledged={**hands.acknowledged, said.item: said})
    if deed == ASKED:
        return replace(hands, asked=(*hands.asked, said))
    if deed == ADDED:
        asked = tuple(_answered(one, said) for one in hands.asked)
        return replace(hands, added=(*hands.added, said), asked=asked)
    return hands  # a later program's


def _answered(question: Said, said: Said) -> Said:
    if question.item != said.item or question.answer:
        return question
    return replace(question, answer=said.text)


def under_way(ledger: Ledger) -> Hands | None:
    """The change of hands that goes on: the one offered last, unless it is done."""
    last = next(reversed(tuple(ledger.values())), None)
    return last if last is not None and last.taken_at is None else None


def last_taken(ledger: Ledger) -> Hands | None:
    """The last one that was done: who took the shift then has it now."""
    done = [(one.taken_at, one) for one in ledger.values() if one.taken_at is not None]
    return max(done, key=lambda pair: pair[0])[1] if done else None


def taken_at(ledger: Ledger) -> datetime | None:
    """Real time at which this shift was taken, however long ago; None: nobody wrote it down."""
    going_on, before = under_way(ledger), last_taken(ledger)
    known = (going_on.since if going_on else None, before.taken_at if before else None)
    return min((at for at in known if at is not None), default=None)


def began(ledger: Ledger, now: Now) -> datetime:
    """Real time at which this shift began: when it was taken, else the usual time ago."""
    going_on, before = under_way(ledger), last_taken(ledger)
    at = going_on.since if going_on else before.taken_at if before else None
    return at if at is not None and now.real - at < LONGEST else now.real - USUAL / now.speed


# What is to be written. Each raises ValueError with the sentence for the person who wanted it.


def offer(shift: str, gives: str, takes: str, since: datetime | None) -> Draft:
    """One gives the shift, another takes it: the names of two people."""
    gives, takes = gives.strip(), takes.strip()
    if not gives or not takes:
        raise ValueError("a change of hands has two names: who gives the shift and who takes it")
    if gives.casefold() == takes.casefold():
        raise ValueError(f"{gives} cannot hand the shift over to {gives}: two people are needed")
    told = {"shift": shift, "gives": gives, "takes": takes}
    return Draft(OFFERED, told | _since(since))


def acknowledge(hands: Hands, item: Item, mark: str) -> Draft:
    """Who takes the shift has understood this item, as it was shown."""
    if hands.mark(item) != mark:
        raise ValueError(f"{item.title}: it says something else by now, read it again")
    return _note(hands, item, ACKNOWLEDGED, hands.takes, ACKNOWLEDGED, mark)


def ask(hands: Hands, item: Item, text: str) -> Draft:
    """Who takes the shift wants to know more; it is kept until it is answered."""
    return _note(hands, item, ASKED, hands.takes, text)


def add(hands: Hands, item: Item, text: str) -> Draft:
    """Who gives the shift says more of an item: so what was asked of it is answered."""
    return _note(hands, item, ADDED, hands.gives, text)


def take(hands: Hands, document: Handover, name: str) -> Draft:
    """The shift changes hands, where all is acknowledged and it is the right one who takes it."""
    _goes_on(hands)
    if left := hands.left(document):
        count = f"{len(left)} of {sum(1 for _ in to_acknowledge(document))}"
        named = "; ".join(one.title for one in left[:NAMED])
        more = f"; and {len(left) - NAMED} more" if len(left) > NAMED else ""
        raise ValueError(
            f"the shift stays with {hands.gives}: {count} items are not acknowledged: {named}{more}"
        )
    if not name.strip():
        said = f"{hands.takes} takes it with T, and types the name"
        raise ValueError(f"every item is acknowledged by now: {said}")
    if name.strip().casefold() != hands.takes.casefold():
        raise ValueError(f"the shift stays with {hands.gives}: {hands.takes} takes it, by name")
    told = {"shift": hands.shift, "gives": hands.gives, "takes": hands.takes}
    told |= _since(hands.since)
    asked = sum(1 for one in hands.asked if not one.answer)
    items = sum(1 for _ in to_acknowledge(document))
    return Draft(TAKEN, {**told, "items": items, "questions": asked})


def to_acknowledge(document: Handover) -> Iterator[Item]:
    """What the receiver has to acknowledge; the rest is there to be read."""
    return (one for one in document.items if one.asks)


def _since(since: datetime | None) -> dict[str, str]:
    return {"since": since.isoformat()} if since else {}


def _goes_on(hands: Hands) -> None:
    if hands.taken_at is not None:
        raise ValueError(f"{hands.takes} has taken this shift already")


def _note(hands: Hands, item: Item, deed: str, who: str, text: str, mark: str = "") -> Draft:
    _goes_on(hands)
    if not text.strip():
        raise ValueError("an empty line is not kept")
    told = {"shift": hands.shift, "item": item.id, "title": item.title, "deed": deed, "who": who}
    return Draft("note", told | {"text": text.strip()} | ({"mark": mark} if mark else {}))
