"""The document: every section, in order; one with nothing in it says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from console.handover import (
    acts,
    ahead,
    known,
    live,
    period,
    questions,
    quiet,
    state,
    tried,
    whom,
)
from console.handover.given import Given
from console.handover.hands import taken_at
from console.handover.said import Spoken
from console.handover.words import Words, phrase
from console.model.handover import Handover, Item, Part, Section

Items = Callable[[Given, Words], Iterator[Item]]


@dataclass(frozen=True, slots=True)
class Plot:
    """How one section is made."""

    title: str
    empty: str
    items: Items
    columns: tuple[str, ...] = ()


PLOTS: Mapping[Part, Plot] = {
    "unfinished": Plot(
        phrase("Acts that were begun and have no end"),
        phrase("None: every act that was begun has its end."),
        acts.unfinished,
    ),
    "shift": Plot(
        phrase("The shift and its people"),
        phrase("Nothing is known of it."),
        period.items,
    ),
    "state": Plot(
        phrase("How everything stands, and how it stood at worst"),
        phrase("There is nothing to be looked at."),
        state.items,
        state.COLUMNS,
    ),
    "open": Plot(
        phrase("Open: active findings and checklists"),
        phrase("Nothing is open."),
        live.items,
    ),
    "acts": Plot(
        phrase("What was done, and how it ended"),
        phrase("Nothing was done."),
        acts.done,
    ),
    "tried": Plot(
        phrase("What was tried and excluded"),
        phrase("Nothing was tried in vain, and nothing was refused."),
        tried.items,
    ),
    "deferred": Plot(
        phrase("Put off: until when, and why"),
        phrase("Nothing is put off."),
        quiet.deferred,
    ),
    "quiet": Plot(
        phrase("Still silenced, ignored, armed or in maintenance"),
        phrase("Nothing is silenced, ignored or armed, and nothing is in maintenance."),
        quiet.items,
    ),
    "issues": Plot(
        phrase("Known issues that were changed"),
        phrase("None was changed."),
        known.items,
    ),
    "ahead": Plot(
        phrase("The next 24 hours: windows and deadlines"),
        phrase("Nothing is planned or due."),
        ahead.items,
    ),
    "contacts": Plot(
        phrase("Whom to call"),
        phrase("No contact is configured."),
        whom.items,
    ),
    "questions": Plot(
        phrase("Questions of earlier handovers"),
        phrase("None is open."),
        questions.items,
    ),
}


def document(given: Given, words: Words) -> Handover:
    """The handover of a shift, complete; what could not be known is said in it."""
    spoken = Spoken(given, words)
    *others, last = (_section(id, plot, given, words, spoken) for id, plot in PLOTS.items())
    told = {questions.about(item.id) for section in (*others, last) for item in section.items}
    left = map(spoken.with_, questions.left(given, words, told))
    return Handover(
        title=words.say("Handover: {estate}", estate=given.estate),
        estate=given.estate,
        lang=words.lang,
        zone=given.zone,
        since=given.moment(given.since),
        until=given.now,
        lines=tuple(_head(given, words)),
        doubtful=tuple(_doubtful(given, words)),
        sections=(*others, replace(last, items=(*last.items, *left))),
    )


def _section(id: Part, plot: Plot, given: Given, words: Words, spoken: Spoken) -> Section:
    return Section(
        id=id,
        title=words.say(plot.title),
        items=tuple(map(spoken.with_, plot.items(given, words))),
        empty=words.say(plot.empty),
        columns=tuple(words.say(one) for one in plot.columns),
    )


def _head(given: Given, words: Words) -> Iterator[str]:
    zone = f"{given.zone} ({words.offset(given.now.estate)})"
    yield words.say("All times are of {zone}, by the estate's clock.", zone=zone)
    if words.lang != "en":
        yield words.say("What people wrote and what the console saw stand in their own words.")


def _doubtful(given: Given, words: Words) -> Iterator[str]:
    taken = taken_at(given.story.hands)
    if taken is not None and taken < given.since:
        at, since = words.real(taken), words.real(given.since)
        told = phrase("The shift began {at}: of what was before {since} only what is open is told.")
        yield words.say(told, at=at, since=since)
    if given.trouble:
        yield words.say("The journal could not be read whole: {why}", why=given.trouble)
