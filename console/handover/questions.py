"""Questions that were asked when a shift was handed over and that nobody has answered."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from console.handover.given import Given
from console.handover.hands import under_way
from console.handover.words import Words, mark
from console.model import Severity
from console.model.handover import Item
from console.model.shift import Hands, Said

OF_FINDINGS = frozenset({"finding", "deferred", "silenced", "ignored"})
"""Items about a finding: what was said of one holds for the others, until the finding is gone."""


def about(id: str) -> str:
    """Of what an item is, by whichever of its names."""
    kind, _, name = id.partition(":")
    return f"finding:{name}" if kind in OF_FINDINGS else id


def items(given: Given, words: Words) -> Iterator[Item]:
    """Those of earlier handovers, however old; what is asked just now stands at its own item.

    A line that is added to such an item answers it; once that handover is done, it is gone.
    """
    ledger = given.story.hands
    going_on = under_way(ledger)
    answers = {said.item: (one, said) for one in ledger.values() for said in one.added}
    for one in ledger.values():
        if one is going_on:
            continue
        for number, said in enumerate(one.asked, 1):
            id = id_of(one, number)
            by, answer = answers.get(id, (None, None))
            if not said.answer and (answer is None or by is going_on):
                yield _item(id, one, said, given, words)


def left(given: Given, words: Words, told: Collection[str]) -> Iterator[Item]:
    """Those of the change of hands that goes on; `told`: of what there still is an item."""
    going_on = under_way(given.story.hands)
    for number, said in enumerate(going_on.asked if going_on else (), 1):
        if going_on and about(said.item) not in told and not said.answer:
            yield _item(id_of(going_on, number), going_on, said, given, words)


def id_of(hands: Hands, number: int) -> str:
    """The item of the question that was asked then as this one from 1."""
    return f"question:{hands.shift}:{number}"


def _item(id: str, of: Hands, said: Said, given: Given, words: Words) -> Item:
    at = words.real(said.at)
    return Item(
        id=id,
        kind="question",
        title=said.text,
        severity=Severity.UNKNOWN,
        lines=(
            words.say("asked {at} by {who}, of {title}", at=at, who=said.who, title=said.title),
            words.say("when {gives} gave the shift to {takes}", gives=of.gives, takes=of.takes),
        ),
        next=words.say("answer it"),
        stop=words.say("it is answered"),
        at=given.moment(said.at),
        mark=mark(said.text),
    )
