"""Every phrase that the handover's code says, as Babel finds them."""

from __future__ import annotations

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from console.handover.words import CATALOGUES

ROOM = CATALOGUES.parent
SAYING = {"say": None, "phrase": None, "many": (1, 2)}


def phrases() -> Catalog:
    """All of them, untranslated."""
    found = Catalog()
    keywords = dict(SAYING)
    for file, line, message, _, _ in extract_from_dir(ROOM, keywords=keywords):
        found.add(message, locations=[(f"console/handover/{file}", line)])
    return found


def catalogue(lang: str) -> Catalog:
    """A language's file, as a translator sees it."""
    with (CATALOGUES / f"{lang}.po").open("rb") as file:
        return read_po(file, locale=lang, abort_invalid=True)
