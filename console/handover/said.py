"""What was said of the items when the shift changed hands, a line each, for whoever reads later."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from console.handover.given import Given
from console.handover.hands import last_taken, under_way
from console.handover.words import Words, phrase
from console.model.shift import Hands


def said(given: Given, words: Words) -> dict[str, tuple[str, ...]]:
    """By item: who acknowledged it, what was asked and what was added, in the order of time."""
    hands = _of(given)
    if hands is None:
        return {}
    found: dict[str, tuple[str, ...]] = {}
    for _, item, text in sorted(_each(hands, words)):
        found[item] = (*found.get(item, ()), text)
    return found


def _of(given: Given) -> Hands | None:
    """The change of hands that goes on, or the one that was done within this shift."""
    if (going_on := under_way(given.story.hands)) is not None:
        return going_on
    done = last_taken(given.story.hands)
    return done if done and done.taken_at and done.taken_at > given.since else None


def _each(hands: Hands, words: Words) -> Iterator[tuple[datetime, str, str]]:
    told = (
        (phrase("acknowledged {at} by {who}"), hands.acknowledged.values()),
        (phrase("asked {at} by {who}: {text}"), hands.asked),
        (phrase("added {at} by {who}: {text}"), hands.added),
    )
    for text, each in told:
        for one in each:
            at = words.real(one.at)
            yield one.at, one.item, words.say(text, at=at, who=one.who, text=one.text)
