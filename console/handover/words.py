"""Headings and fixed phrases in the language of the reader; what people wrote stays as it is."""

from __future__ import annotations

import hashlib
from datetime import datetime, time
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

from console.model import Now
from console.model.handover import LANGUAGES

CATALOGUES = Path(__file__).parent / "locale"


def phrase(text: str) -> str:
    """Marks a text that is translated where it is said."""
    return text


DAYS = (
    *(phrase("Mon"), phrase("Tue"), phrase("Wed"), phrase("Thu")),
    *(phrase("Fri"), phrase("Sat"), phrase("Sun")),
)


class Words:
    """One language, and the zone in which moments are told."""

    def __init__(self, lang: str, catalogue: NullTranslations, zone: str, now: Now) -> None:
        self.lang, self.zone, self.now = lang, zone, now
        self._catalogue, self._zone = catalogue, ZoneInfo(zone)

    def say(self, text: str, /, **values: object) -> str:
        """A phrase, with values put in its braces."""
        return self._catalogue.gettext(text).format(**values)

    def many(self, one: str, several: str, count: int, /, **values: object) -> str:
        """A phrase that counts: `{count}` is how many."""
        told = self._catalogue.ngettext(one, several, count)
        return told.format(count=count, **values)

    def at(self, estate: datetime) -> str:
        """A moment of the estate's clock: `2026-11-24 21:30`, with its offset where that differs.

        In the night of a change of clocks an hour comes twice.
        """
        local, now = estate.astimezone(self._zone), self.now.estate.astimezone(self._zone)
        offset = "" if local.utcoffset() == now.utcoffset() else f" {self.offset(local)}"
        return f"{local:%Y-%m-%d %H:%M}{offset}"

    def offset(self, estate: datetime) -> str:
        """How far the zone is from UTC then: `UTC+01:00`."""
        told = f"{estate.astimezone(self._zone):%z}"
        return f"UTC{told[:3]}:{told[3:5]}"

    def week(self, weekday: int, at: time) -> str:
        """A moment of every week, Monday being 0: `Fri 17:00`."""
        return f"{self.say(DAYS[weekday])} {at:%H:%M}"

    def real(self, real: datetime) -> str:
        """A moment of the real clock, by the estate's."""
        return self.at(self.now.by_estate(real))


def words(lang: str, zone: str, now: Now) -> Words:
    """The words of a language (blocking: its catalogue is read). Raises ValueError: not ours."""
    return Words(lang, catalogue(lang), zone, now)


@cache
def catalogue(lang: str) -> NullTranslations:
    """The phrases of a language; English needs none. Raises ValueError: not one of ours."""
    if lang not in LANGUAGES:
        raise ValueError(f"{lang}: there is {', '.join(LANGUAGES)}")
    if lang == "en":
        return NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with (CATALOGUES / f"{lang}.po").open("rb") as file:
        read = read_po(file, locale=lang, abort_invalid=True)
    compiled = BytesIO()
    write_mo(compiled, read)
    compiled.seek(0)
    return GNUTranslations(compiled)


def mark(*facts: object) -> str:
    """What an item says, in short: facts, not words, so that it is the same in every language."""
    return hashlib.sha256(repr(facts).encode("utf-8", "backslashreplace")).hexdigest()[:16]
