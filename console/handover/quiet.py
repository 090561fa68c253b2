"""What keeps quiet or is open until a time: put off, silenced, armed, in maintenance."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from console.armed import armed
from console.handover.following import short
from console.handover.given import Given
from console.handover.live import found
from console.handover.words import Words, mark, phrase
from console.maintenance.values import CALM, ENDED
from console.match.memory import Remembered
from console.match.words import rule
from console.model import Arming, Entry, Finding, Row, Severity
from console.model.handover import Item

if TYPE_CHECKING:
    from console.config.cases import CanWait, Case

OPEN = ("maintenance", "quiet")
"""Kinds of planned windows in which things behave otherwise on purpose."""


def deferred(given: Given, words: Words) -> Iterator[Item]:
    """Findings that may wait, until when, and by which rule."""
    for one in found(given):
        if one.deferred_until is not None:
            yield _deferred(one, one.deferred_until, given, words)


def _deferred(one: Finding, until: datetime, given: Given, words: Words) -> Item:
    case = given.cases.get(one.case)
    at = words.at(until)
    told = [words.say("until {at}", at=at)]
    if case is not None and case.can_wait is not None:
        told.append(_may_wait(case, case.can_wait, one.scope, given, words))
    told += [words.say("since {at}", at=words.at(one.since)), *one.why]
    return Item(
        id=f"deferred:{one.id}",
        kind="deferred",
        title=f"{one.title} · {given.title(one.scope)}",
        severity=one.severity,
        lines=tuple(told),
        owner=given.owner(one.owner),
        next=words.say("look at it again at {at}", at=at),
        at=given.moment(given.real(one.since)),
        scopes=one.scopes or (one.scope,),
        mark=mark(one.id, until.isoformat(), one.since.isoformat()),
    )


def _may_wait(case: Case, rule_: CanWait, scope: str, given: Given, words: Words) -> str:
    zone = rule_.zone or given.zones.get(scope, given.zone)
    begin, end = (words.week(each.weekday, each.at) for each in (rule_.from_, rule_.until))
    told = phrase("it may wait from {begin} until {end} ({zone})")
    why = words.say(told, begin=begin, end=end, zone=zone)
    if rule_.unless is None:
        return why
    unless = short(rule(rule_.unless), case, words)
    return words.say("{why}, unless {rule}", why=why, rule=unless)


def items(given: Given, words: Words) -> Iterator[Item]:
    """Each with its end; what ends with nothing but a person's word says so."""
    for silenced in given.story.memory.findings.values():
        until = silenced.silenced_until
        if until is not None and until > given.now.estate:
            yield _silenced(silenced, until, given, words)
    for one in found(given):
        if one.ignored:
            yield _ignored(one, given, words)
    yield from _armed(given, words)
    yield from _maintained(given, words)
    yield from _windows(given, words)


def _silenced(one: Remembered, until: datetime, given: Given, words: Words) -> Item:
    case = given.cases.get(one.case)
    said = [entry for entry in given.story.of(one.id) if entry.kind == "finding.silenced"]
    told = [words.say("silenced until {at}", at=words.at(until))]
    if one.silenced_why:
        told.append(words.say("why: {why}", why=one.silenced_why))
    if said:
        told.append(words.say("by {who}, {at}", who=said[-1].by, at=words.real(said[-1].at)))
    if one.since is None:
        told.append(words.say("it is not there now; it stays silent if it comes back"))
    return Item(
        id=f"silenced:{one.id}",
        kind="silenced",
        title=f"{case.title if case else one.case} · {given.title(one.scope)}",
        severity=one.silenced_as.severity if one.since else Severity.OK,
        lines=tuple(told),
        owner=given.owner(case.owner if case else ""),
        stop=words.say("{at}, or when it gets worse", at=words.at(until)),
        at=given.moment(said[-1].at) if said else None,
        scopes=one.scopes or (one.scope,),
        mark=mark(one.id, until.isoformat(), one.silenced_why, one.since is None),
    )


def _ignored(one: Finding, given: Given, words: Words) -> Item:
    return Item(
        id=f"ignored:{one.id}",
        kind="ignored",
        title=f"{one.title} · {given.title(one.scope)}",
        severity=one.severity,
        lines=(
            words.say("ignored: its case says that it is not ours to act on; this has no end"),
            words.say("since {at}", at=words.at(one.since)),
            *one.why,
        ),
        owner=given.owner(one.owner),
        at=given.moment(given.real(one.since)),
        scopes=one.scopes or (one.scope,),
        mark=mark(one.id, one.since.isoformat()),
    )


def _armed(given: Given, words: Words) -> Iterator[Item]:
    """Every console that may still act: beside ours the watch, and those of a bundle."""
    for one in armed(given.story.entries):
        if one.arming.until > given.now.real:
            yield _arming(one.arming, one.entry, given, words)


def _arming(arming: Arming, entry: Entry, given: Given, words: Words) -> Item:
    until, cases = words.real(arming.until), ", ".join(sorted(arming.cases))
    told = [words.say("armed until {at} by {who}", at=until, who=arming.by)]
    told.append(words.say("why: {why}", why=arming.reason))
    if cases:
        told.append(words.say("goes on by itself: {cases}", cases=cases))
    if arming.may_empty_topics:
        told.append(words.say("topics may be emptied"))
    scopes = tuple(sorted(arming.scopes))
    which = mark(entry.at.isoformat(), arming.by, *scopes)  # the same on whichever computer
    return Item(
        id=f"armed:{which}",
        kind="armed",
        title=", ".join(map(given.title, scopes)),
        severity=Severity.WARNING,
        lines=tuple(told),
        next=words.say("disarm where it is not needed; it ends when its console is closed"),
        stop=until,
        at=given.moment(entry.at),
        scopes=scopes,
        mark=mark(which, arming.until.isoformat()),
    )


def _maintained(given: Given, words: Words) -> Iterator[Item]:
    """Maintenances under way, and systems whose switches are on."""
    board = given.board
    for row in board.rows("maintenance") if board else ():
        phase = getattr(row, "phase", None)
        if phase not in CALM and phase not in ENDED:
            until = getattr(row, "window_until", None)
            yield _maintenance(row, str(phase), until, given, words)
    for row in board.rows("ita") if board else ():
        mode = getattr(row, "mode", None)
        if getattr(row, "what", "") == "system" and mode not in (None, "normal"):
            yield _switched(row, given, words)


def _maintenance(row: Row, phase: str, until: datetime | None, given: Given, words: Words) -> Item:
    said = words.say("in maintenance, phase: {phase}", phase=phase.replace("_", " "))
    end = words.say("no planned window says when it ends")
    if until is not None:
        end = words.say("its planned window ends {at}", at=words.at(until))
    return Item(
        id=f"maintenance:{row.ref.scope}",
        kind="maintenance",
        title=given.title(row.ref.scope),
        severity=row.severity,
        lines=(said, end, *row.because),
        owner=given.owner(row.owner),
        next=words.say("wait until it is over; then follow the checklist"),
        at=given.now,
        scopes=row.scopes,
        mark=mark(row.ref.scope, phase),
    )


def _switched(row: Row, given: Given, words: Words) -> Item:
    since = getattr(row, "job_stop_since", None)
    told = [words.say("switched on by a person, and off by nobody but a person"), *row.because]
    if since is not None:
        told.append(words.say("since {at}", at=words.at(since)))
    return Item(
        id=f"maintenance:{row.ref.scope}",
        kind="maintenance",
        title=given.title(row.ref.scope),
        severity=row.severity,
        lines=tuple(told),
        owner=given.owner(row.owner),
        stop=words.say("both switches are off"),
        at=given.now,
        scopes=row.scopes,
        mark=mark(row.ref.scope, getattr(row, "mode", None)),
    )


def _windows(given: Given, words: Words) -> Iterator[Item]:
    for one in given.windows:
        if one.kind in OPEN and one.open(given.now.estate):
            yield Item(
                id=f"open:{one.id}",
                kind="window",
                title=one.title,
                lines=(words.say("planned, open until {at}", at=words.at(one.end)),),
                stop=words.at(one.end),
                scopes=one.scopes,
                mark=mark(one.id),
            )
