"""The period and its people: who gives, who takes, who wrote in the journal, what was noted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from console.handover.doubts import doubts
from console.handover.following import marks, noted, notes
from console.handover.given import Given
from console.handover.hands import last_taken, under_way
from console.handover.live import found
from console.handover.words import Words, mark, phrase
from console.model import Entry
from console.model.handover import Item


def items(given: Given, words: Words) -> Iterator[Item]:
    """To be read; what is doubtful and what was noted of nothing in particular asks."""
    yield from doubts(given, words)
    since, until = words.real(given.since), words.at(given.now.estate)
    lines = (
        *_people(given, words),
        *_counted(given, words),
    )
    yield Item(
        id="shift",
        kind="shift",
        title=words.say("from {since} to {until}", since=since, until=until),
        lines=lines,
        asks=False,
        mark=mark(given.since),
    )
    if told := noted(_loose(given)):
        yield Item(
            id="notes",
            kind="notes",
            title=words.many("{count} note", "{count} notes", len(told)),
            lines=tuple(notes(told, words)),
            mark=mark(*marks(told)),
        )


def _people(given: Given, words: Words) -> Iterator[str]:
    going_on, before = under_way(given.story.hands), last_taken(given.story.hands)
    if before is not None and before.taken_at is not None:
        told = phrase("{takes} took the shift from {gives} {at}")
        at = words.real(before.taken_at)
        yield words.say(told, takes=before.takes, gives=before.gives, at=at)
    if going_on is not None:
        yield words.say("{gives} gives it to {takes}", gives=going_on.gives, takes=going_on.takes)
    else:
        yield words.say("who gives it to whom is not said yet")
    who = Counter(one.by for one in given.story.shift if one.by)
    if who:
        each = (
            words.many("{who} ({count} line)", "{who} ({count} lines)", count, who=by)
            for by, count in sorted(who.items(), key=lambda one: (-one[1], one[0]))
        )
        yield words.say("who wrote in the journal: {people}", people=", ".join(each))
    else:
        yield words.say("nobody wrote in the journal")


def _counted(given: Given, words: Words) -> Iterator[str]:
    kinds = Counter(one.kind for one in given.story.shift)
    found, gone = kinds["finding.seen"], kinds["finding.cleared"]
    began, rang = kinds["remedy.started"], kinds["watch.rang"]
    opened, closed = kinds["run.opened"], kinds["run.closed"]
    told = (
        words.many("{count} finding came", "{count} findings came", found),
        words.many("{count} went", "{count} went away", gone),
        words.many("{count} act was begun", "{count} acts were begun", began),
        words.many("{count} checklist was opened", "{count} checklists were opened", opened),
        words.many("{count} was closed", "{count} were closed", closed),
        words.many("it rang {count} time", "it rang {count} times", rang),
    )
    yield words.say("in numbers: {numbers}", numbers=", ".join(told))


def _loose(given: Given) -> Iterator[Entry]:
    """Lines of the shift that stand with no finding and no checklist that is told elsewhere."""
    findings = {one.id for one in found(given) if not one.put_off}
    runs = {run.id for run in given.story.open_runs}
    for entry in given.story.shift:
        if entry.run not in runs and entry.data.get("finding") not in findings:
            yield entry
