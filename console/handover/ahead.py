"""What comes in the next 24 hours: planned windows with their reports, and every other end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from console.handover.following import named
from console.handover.given import Given
from console.handover.live import found
from console.handover.words import Words, mark
from console.model import Severity
from console.model.handover import Item
from console.model.planned import Planned

AHEAD = timedelta(hours=24)
SHOWN = 3  # scopes of a window
Due = tuple[datetime, Item]


def items(given: Given, words: Words) -> Iterator[Item]:
    """In the order in which they come due; a report that was missed is late, and so the first."""
    every = [*_windows(given, words), *_steps(given, words), *_ends(given, words)]
    yield from (item for _, item in sorted(every, key=lambda due: (due[0], due[1].id)))


def _windows(given: Given, words: Words) -> Iterator[Due]:
    now = given.now.estate
    for one in given.windows:
        coming = one.start < now + AHEAD and not one.over(now)
        owes = one.owed and one.report_due is not None and one.report_due < now + AHEAD
        if coming or owes:
            yield _first(one, now), _window(one, given, words)


def _first(one: Planned, now: datetime) -> datetime:
    """What of it comes next."""
    due = [one.report_due] if one.owed and one.report_due else []
    due += [step.due for step in one.steps if step.due and step.at is None]
    times = [at for at in (one.start, *due, one.end) if at >= now]
    late = [at for at in due if at < now]
    return min(late or times, default=one.end)


def _window(one: Planned, given: Given, words: Words) -> Item:
    now = given.now.estate
    since, until = words.at(one.start), words.at(one.end)
    told = [words.say("from {since} to {until}", since=since, until=until)]
    for step in one.steps:
        if step.at is not None:
            told.append(words.say("{step}: done by {who}", step=step.title, who=step.by))
        elif step.due is not None:
            told.append(words.say("{step} (by {at})", step=step.title, at=words.at(step.due)))
        else:
            told.append(step.title)
    missed = one.missed(now)
    if one.report_due is not None:
        at = words.at(one.report_due)
        told.append(_report(one, at, missed, words))
    told += [words.say("at the same time: {title}", title=title) for title in one.overlaps]
    where = ", ".join(map(given.title, one.scopes[:SHOWN]))
    where += f" +{len(one.scopes) - SHOWN}" if len(one.scopes) > SHOWN else ""
    following = next((s for s in one.steps if s.at is None), None) if one.start <= now else None
    return Item(
        id=f"window:{one.id}",
        kind="window",
        title=f"{one.title} · {where}" if where else one.title,
        severity=Severity.WARNING if missed else Severity.OK,
        lines=tuple(told),
        next=words.say("send the report") if missed else following.title if following else "",
        scopes=one.scopes,
        mark=mark(one.id, missed, tuple(s.at is None for s in one.steps), one.owed),
    )


def _report(one: Planned, at: str, missed: bool, words: Words) -> str:
    if one.reported_at is not None:
        return words.say("report sent by {who}", who=one.reported_by)
    if missed:
        return words.say("REPORT MISSED: it was due {at}, and nobody said that it is out", at=at)
    return words.say("report due {at}", at=at)


def _steps(given: Given, words: Words) -> Iterator[Due]:
    """Steps of checklists that run out, or are to be tried again."""
    for run in given.story.open_runs:
        step = run.step
        if step is None or step.due is None or step.due >= given.now.estate + AHEAD:
            continue
        told = words.say("{at}: time-out of {step}", at=words.at(step.due), step=named(step, given))
        if step.kind == "contact":
            who = given.owner(step.contact)
            told = words.say("{at}: try {contact} again", at=words.at(step.due), contact=who)
        title = f"{run.title} · {given.title(run.scope)}"
        yield step.due, _end(f"due:{run.id}:{step.id}", title, told, (run.scope,))


def _ends(given: Given, words: Words) -> Iterator[Due]:
    """What was put off or silenced and calls again."""
    for one in found(given):
        until = one.deferred_until or one.silenced_until
        if until is not None and until < given.now.estate + AHEAD:
            told = words.say("{at}: it calls again", at=words.at(until))
            title = f"{one.title} · {given.title(one.scope)}"
            yield until, _end(f"again:{one.id}", title, told, one.scopes)


def _end(id: str, title: str, told: str, scopes: tuple[str, ...]) -> Item:
    """Told at its own place already: nobody has to acknowledge it twice."""
    lines = (told,)
    return Item(
        id=id, kind="due", title=title, lines=lines, scopes=scopes, asks=False, mark=mark(id)
    )
