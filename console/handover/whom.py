"""Whom to call: first those who answer for what is open, and who was asked and has not answered."""

from __future__ import annotations

from collections.abc import Iterator

from console.handover.given import OURS, Given
from console.handover.live import found
from console.handover.words import Words, mark
from console.model import Entry, Severity
from console.model.handover import Item


def items(given: Given, words: Words) -> Iterator[Item]:
    """Every contact there is, those that are needed now before the others."""
    needed, waiting = _needed(given), _waiting(given)
    order = sorted(given.contacts, key=lambda name: (name not in waiting, name not in needed))
    for name in order:
        yield _item(name, needed.get(name, []), waiting.get(name), given, words)


def _needed(given: Given) -> dict[str, list[str]]:
    """Contact → titles of what is open and theirs."""
    whose: dict[str, list[str]] = {}
    for one in found(given):
        if not one.put_off:
            case = given.cases.get(one.case)
            names = (one.owner or OURS, *(case.contacts if case else ()))
            for name in dict.fromkeys(names):
                whose.setdefault(name, []).append(f"{one.title} · {given.title(one.scope)}")
    for run in given.story.open_runs:
        for name in run.call:
            whose.setdefault(name, []).append(f"{run.title} · {given.title(run.scope)}")
    return {name: list(dict.fromkeys(titles)) for name, titles in whose.items()}


def _waiting(given: Given) -> dict[str, Entry]:
    """Contact → the last message to them that nobody answered, of checklists that are open."""
    open_ = {run.id for run in given.story.open_runs}
    sent: dict[tuple[str, str], Entry] = {}
    for entry in given.story.entries:
        key = entry.run, str(entry.data.get("step", ""))
        if entry.kind == "contact.sent" and entry.run in open_:
            sent[key] = entry
        elif entry.kind == "contact.answered":
            sent.pop(key, None)
    return {str(one.data.get("contact", "")): one for one in sent.values()}


def _item(name: str, needed: list[str], sent: Entry | None, given: Given, words: Words) -> Item:
    card = given.contacts[name]
    told = [words.say("for: {title}", title=title) for title in needed]
    if sent is not None:
        at, channel = words.real(sent.at), str(sent.data.get("channel", ""))
        told.append(words.say("written to {at} ({channel}): no answer yet", at=at, channel=channel))
    if card.answers_for:
        told.append(words.say("answers for: {what}", what=card.answers_for))
    if card.hours:
        told.append(words.say("hours: {hours}", hours=card.hours))
    if card.language:
        told.append(words.say("language: {language}", language=card.language))
    told += card.channels
    return Item(
        id=f"contact:{name}",
        kind="contact",
        title=card.title or name,
        severity=Severity.WARNING if sent else Severity.OK,
        lines=tuple(told),
        next=words.say("try again until somebody answers") if sent else "",
        at=given.moment(sent.at) if sent else None,
        asks=sent is not None,
        mark=mark(name, sent and sent.prev),
    )
