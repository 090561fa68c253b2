"""What stands under an item's title in every form that people read."""

from __future__ import annotations

from collections.abc import Iterator

from console.handover.state import SEVERITIES
from console.handover.words import Words
from console.model import Severity
from console.model.handover import Item
from console.model.words import harmless

OF_THE_PRESENT = frozenset(
    {"finding", "run", "scope", "deferred", "silenced", "ignored", "maintenance"}
)
"""Kinds whose severity is how bad something is now; how an act ended, its first line says."""


def head(item: Item, words: Words) -> str:
    """Its title, and how bad it is."""
    title = line(item.title)
    if item.kind in OF_THE_PRESENT and item.severity > Severity.OK:
        return f"{title} ({words.say(SEVERITIES[item.severity])})"
    return title


def facts(item: Item, words: Words) -> Iterator[tuple[str, str]]:
    """A name with its colon and what it is; for what speaks for itself no name."""
    yield from (("", line(text)) for text in item.lines if text.strip())
    named = (
        (words.say("owner"), item.owner),
        (words.say("next"), item.next),
        (words.say("over when"), item.stop),
        (words.say("evidence of"), words.at(item.at.estate) if item.at else ""),
    )
    for name, text in named:
        if text.strip():
            yield words.say("{name}:", name=name), line(text)
    yield from (("", text) for text in spoken(item))


def spoken(item: Item) -> Iterator[str]:
    """What was said of it when the shift changed hands: in a table there is no room for it."""
    return (line(text) for text in (*item.before, *item.said))


def line(text: str) -> str:
    """Foreign text on one line that commands nothing."""
    return harmless(" ".join(text.split()))
