"""The document: every section, in order; one with nothing in it says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from console.handover import acts, questions
from console.handover.given import Given
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
    "acts": Plot(
        phrase("What was done, and how it ended"),
        phrase("None: nothing was done in this shift."),
        acts.done,
    ),
    "questions": Plot(
        phrase("Questions of earlier handovers"),
        phrase("None is open."),
        questions.items,
    ),
}


def document(given: Given, words: Words) -> Handover:
    """The handover of a shift, complete; what could not be known is said in it."""
    return Handover(
        title=words.say("Handover: {estate}", estate=given.estate),
        estate=given.estate,
        lang=words.lang,
        zone=given.zone,
        since=given.moment(given.since),
        until=given.now,
        lines=tuple(_head(given, words)),
        sections=tuple(_section(id, plot, given, words) for id, plot in PLOTS.items()),
    )


def _section(id: Part, plot: Plot, given: Given, words: Words) -> Section:
    return Section(
        id=id,
        title=words.say(plot.title),
        items=tuple(plot.items(given, words)),
        empty=words.say(plot.empty),
        columns=tuple(words.say(one) for one in plot.columns),
    )


def _head(given: Given, words: Words) -> Iterator[str]:
    zone = f"{given.zone} ({words.offset(given.now.estate)})"
    yield words.say("All times are of {zone}, by the estate's clock.", zone=zone)
    if given.trouble:
        yield words.say("The journal could not be read whole: {why}", why=given.trouble)
