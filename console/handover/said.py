"""What was said of the items when the shift changed hands, a line each, for whoever reads later."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from console.handover.given import Given
from console.handover.hands import LONGEST, last_taken, under_way
from console.handover.questions import OF_FINDINGS, about, id_of
from console.handover.words import Words, phrase
from console.model.handover import Item
from console.model.shift import Hands, Said

STANDING = frozenset(
    {
        "scope",
        "contact",
        "issue",
        "maintenance",
        "shift",
        "notes",
        "journal",
        "bundle",
        "blind",
        "gaps",
    }
)
"""Items of every handover: what was said of one is an old story some day."""
NEVER = datetime.min.replace(tzinfo=UTC)
Told = tuple[datetime, str, str]
"""When (real time), of which item, and the line."""


class Spoken:
    """By item: what is said of it now, and what was when the shift changed hands before."""

    def __init__(self, given: Given, words: Words) -> None:
        now, every = _of(given), given.story.hands
        asked = _asked(every)
        self._old, self._gone = given.now.real - LONGEST, _gone(given)
        self._now = self._by_item(_whole(now, asked, words) if now else ())
        others = [one for one in every.values() if one is not now]
        self._before = self._by_item(_earlier(others, asked, words))

    def with_(self, item: Item) -> Item:
        """The item, with all that was said of it."""
        what = about(item.id)
        before, now = (tuple(told.get(what, ())) for told in (self._before, self._now))
        return replace(item, before=before, said=now)

    def _by_item(self, told: Iterable[Told]) -> Mapping[str, list[str]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        for at, item, text in sorted(told):
            if at >= self._since(item):
                found[about(item)].append(text)
        return found

    def _since(self, id: str) -> datetime:
        """What was said earlier was said of something else, or is an old story."""
        kind, _, name = id.partition(":")
        if kind in OF_FINDINGS:
            return self._gone.get(name, NEVER)
        return self._old if kind in STANDING else NEVER


def _gone(given: Given) -> Mapping[str, datetime]:
    """When each finding was gone last."""
    cleared = (one for one in given.story.entries if one.kind == "finding.cleared")
    return {str(one.data.get("finding")): one.at for one in cleared}


def _of(given: Given) -> Hands | None:
    """The change of hands that goes on, or the one that was done within this shift."""
    if (going_on := under_way(given.story.hands)) is not None:
        return going_on
    done = last_taken(given.story.hands)
    return done if done and done.taken_at and done.taken_at > given.since else None


def _asked(every: Mapping[str, Hands]) -> Mapping[str, str]:
    """Of each question that is an item of its own: the item of which it was asked."""
    return {
        id_of(one, number): said.item
        for one in every.values()
        for number, said in enumerate(one.asked, 1)
    }


def _whole(hands: Hands, asked: Mapping[str, str], words: Words) -> Iterator[Told]:
    told = (
        (phrase("acknowledged {at} by {who}"), hands.acknowledged.values()),
        (phrase("asked {at} by {who}: {text}"), hands.asked),
        (phrase("added {at} by {who}: {text}"), hands.added),
    )
    for text, each in told:
        for one in each:
            item = one.item if hands.taken_at is None else asked.get(one.item, one.item)
            yield _line(one, item, text, hands, words)


def _earlier(others: list[Hands], asked: Mapping[str, str], words: Words) -> Iterator[Told]:
    """Lines and answered questions; what nobody answered is an item of its own.

    What answered it at a later handover is told where it was asked.
    """
    answered = {said.item for one in others for said in one.added}
    for hands in others:
        for said in hands.added:
            text = phrase("added {at} by {who}, when {gives} gave the shift to {takes}: {text}")
            yield _line(said, asked.get(said.item, said.item), text, hands, words)
        for number, said in enumerate(hands.asked, 1):
            if said.answer or id_of(hands, number) in answered:
                text = phrase("asked {at} by {who}, when {gives} gave the shift to {takes}: {text}")
                yield _line(said, said.item, text, hands, words)


def _line(said: Said, item: str, text: str, of: Hands, words: Words) -> Told:
    told = {"gives": of.gives, "takes": of.takes, "who": said.who, "text": said.text}
    return said.at, item, words.say(text, at=words.real(said.at), **told)
