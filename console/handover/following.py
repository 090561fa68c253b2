"""How far a checklist is: what comes next in it, until when, and what was noted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from console.handover.given import Given
from console.handover.words import Words, phrase
from console.match.words import rule
from console.model import Entry, Run, RunStep

if TYPE_CHECKING:
    from console.config.cases import Case

LONGEST = 160  # characters of a rule
SIGNS = ("text", "mended", "clock")
"""What a note may say: a person's words, or what the journal says of itself."""


def lines(run: Run, given: Given, words: Words) -> Iterator[str]:
    """Which step it is at, and why it stands still where it does."""
    at, total = words.real(run.opened_at), len(run.steps)
    told = phrase("checklist {run}: opened {at} by {who}")
    yield words.say(told, run=run.id, at=at, who=run.by)
    if run.step is not None:
        number = run.steps.index(run.step) + 1
        told = phrase("at step {number} of {total}: {step}")
        yield words.say(told, number=number, total=total, step=named(run.step, given))
    if run.stopped:
        yield words.say("it stands still: {why}", why=run.stopped)
    for one in run.step.sent if run.step else ():
        yield words.say("sent: {what}", what=one)


def named(step: RunStep, given: Given) -> str:
    """What a step is called: remedies and contacts by their titles."""
    if step.remedy and step.title == step.remedy:
        allowed = given.remedies.get(step.remedy)
        return (allowed.title if allowed else "") or step.title
    if step.contact and step.title == step.contact:
        return given.owner(step.contact)
    return f"{step.id}: {step.title}" if step.kind in ("check", "wait") else step.title.rstrip(".")


def doing(step: RunStep, given: Given, words: Words) -> str:
    """What is to be done in a step."""
    told = named(step, given)
    if step.kind == "contact":
        contact = given.owner(step.contact)
        said = words.say("talk to {contact} until somebody answers", contact=contact)
        return said if told == contact else f"{told}: {said}"
    return told


def next_of(run: Run, given: Given, words: Words) -> str:
    """What is to be done with it."""
    if run.waits_to_be_closed:
        return words.say("close the checklist: an act in it was passed over")
    step = run.step
    if step is None:
        return words.say("close the checklist")
    told = doing(step, given, words)
    if run.stopped:
        called = ", ".join(map(given.owner, run.call))
        call = words.say("call {contacts}", contacts=called) if called else ""
        again = words.say(
            "decide: try it again, skip it with a reason, or close: {step}", step=told
        )
        return "; ".join(filter(None, (call, again)))
    if step.due is not None:
        due = words.at(step.due)
        if step.due <= given.now.estate:
            return words.say("{step} (was due {at})", step=told, at=due)
        if step.kind in ("check", "wait"):
            return words.say("wait: {step} (until {at} at the latest)", step=told, at=due)
        return words.say("{step} (by {at})", step=told, at=due)
    return told


def stop_of(run: Run | None, case: Case | None, words: Words) -> str:
    """When it is over: what the step waits for, else that the case shows no more."""
    step = case.step(run.step.id) if case and run and run.step else None
    if step is not None and step.contact:
        return words.say("somebody answered")
    if case is None:
        return ""
    condition = (step.check or step.wait) if step else None
    if condition is not None:
        return words.say("this holds: {rule}", rule=short(rule(condition), case, words))
    shows = " and ".join(filter(None, map(rule, case.when)))
    return words.say("this holds no more: {rule}", rule=short(shows, case, words))


def short(told: str, case: Case, words: Words) -> str:
    """A rule that fits on a line, else where it is to be read."""
    if told and len(told) <= LONGEST:
        return told
    return words.say("what `oncall case show {case}` says", case=case.id)


def noted(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Those that are notes; what was said at a handover stands elsewhere."""
    return tuple(
        one for one in entries if one.kind == "note" and _text(one) and not one.data.get("shift")
    )


def notes(entries: Iterable[Entry], words: Words) -> Iterator[str]:
    """Notes, each with who wrote it and when."""
    for one in entries:
        told = phrase("note {at}, {who}: {text}") if one.by else phrase("note {at}: {text}")
        yield words.say(told, at=words.real(one.at), who=one.by, text=_text(one))


def marks(entries: Iterable[Entry]) -> tuple[str, ...]:
    """What tells these lines of the journal from others."""
    return tuple(one.prev for one in entries)


def _text(note: Entry) -> str:
    return next((str(note.data[name]) for name in SIGNS if note.data.get(name)), "")
