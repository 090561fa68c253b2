"""A shift as it is handed over: sections of items, each with who owns it and what comes next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from console.model.board import Now, Severity

Language = Literal["en", "ja", "fr", "ru"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
Part = Literal[
    "unfinished",
    "shift",
    "state",
    "open",
    "acts",
    "tried",
    "deferred",
    "quiet",
    "issues",
    "ahead",
    "contacts",
    "questions",
]
PARTS: tuple[Part, ...] = get_args(Part)
"""The sections, in this order: what nobody knows the end of stands first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing to hand over. `lines`, `next` and `stop` are in the document's language."""

    id: str
    """Its own in the document, the same in every document about it: `act:3f2a`."""
    kind: str
    """What it is: act, refused, shift, scope, finding, run, tried, deferred, silenced …"""
    title: str
    severity: Severity = Severity.OK
    lines: tuple[str, ...] = ()
    owner: str = ""
    """Who answers for it: a role; empty where nobody does."""
    next: str = ""
    """What is to be done with it."""
    stop: str = ""
    """When it is over."""
    at: Now | None = None
    """The moment its evidence is of, by both clocks; None: there is none to be looked at."""
    scopes: tuple[str, ...] = ()
    """What it is about."""
    asks: bool = True
    """Whether the receiver has to acknowledge it; else it is there to be read."""
    mark: str = ""
    """Another one whenever the item says something else, in whatever language it says it."""
    before: tuple[str, ...] = ()
    """What was said of it when the shift changed hands earlier; no part of `mark`."""
    said: tuple[str, ...] = ()
    """What is said of it at the change of hands that goes on; no part of `mark`."""
    cells: tuple[str, ...] = ()
    """The same in short, where its section is a table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Items of one kind; where there is none, `empty` says so."""

    id: Part
    title: str
    items: tuple[Item, ...] = ()
    empty: str = ""
    columns: tuple[str, ...] = ()
    """Heads of the items' cells; empty where it is no table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """The whole document."""

    title: str
    estate: str
    lang: str
    zone: str
    """All times in it are of this zone, by the estate's clock."""
    since: Now
    until: Now
    """When it was made."""
    lines: tuple[str, ...] = ()
    """What stands above the sections: how it is to be read."""
    doubtful: tuple[str, ...] = ()
    """Below that: what of the shift is not told here, or could not be known."""
    sections: tuple[Section, ...] = ()

    @property
    def items(self) -> Iterator[Item]:
        """Every item, in order."""
        return (item for section in self.sections for item in section.items)

    def item(self, id: str) -> Item | None:
        """An item by its id."""
        return next((one for one in self.items if one.id == id), None)

    def section(self, id: Part) -> Section:
        """A section by its id; an empty one where the document has none such."""
        return next((one for one in self.sections if one.id == id), Section(id=id, title=id))
