"""Acts: first those of which nobody knows the end, then what was done in the shift."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from console.begun import Begun
from console.handover.given import Given
from console.handover.words import Words, mark, phrase
from console.model import Entry, Severity
from console.model.acts import ENDS, OF_ACTS
from console.model.handover import Item
from console.model.words import lasting

EVIDENCE = 6  # lines of it in an item
OUTCOMES: Mapping[str, tuple[str, Severity]] = {
    "verified": (phrase("verified"), Severity.OK),
    "failed": (phrase("failed"), Severity.WARNING),
    "unknown": (phrase("not known how it ended"), Severity.UNKNOWN),
}


def unfinished(given: Given, words: Words) -> Iterator[Item]:
    """Every act that was begun and has no end, however old; whether it was sent may be open."""
    for one in given.story.acts:
        if not one.ended:
            yield _unfinished(one, given, words)


def _unfinished(one: Begun, given: Given, words: Words) -> Item:
    stands = words.say("how it stands: {left}", left=one.left)
    if not one.left:
        no_reply = words.say("no reply was written down: whether it was sent is not known")
        stands = no_reply if one.sent is None else words.say("the vendor accepted it")
    lines = [_begun(one, words), stands, *_place(one, words), *_lost(one, words)]
    if one.unread:
        lines.append(words.say("its plan was written by another program and cannot be read here"))
    looks = words.say("see how it came out: the console shows it at its start; nothing is repeated")
    rest = words.say("what would be left to do: {rest}", rest=one.rest) if one.rest else ""
    proof = one.plan.proof
    return Item(
        id=f"act:{one.act}",
        kind="act",
        title=title(one, given),
        severity=Severity.UNKNOWN,
        lines=tuple(lines),
        owner=_owner(one, given),
        next="; ".join(filter(None, (looks, rest))),
        stop=words.say("its end is written down; proof: {proof}", proof=proof)
        if proof
        else words.say("its end is written down"),
        at=given.moment(one.at),
        scopes=one.plan.scopes,
        mark=mark(one.act, "open", one.left, one.sent is None),
    )


def done(given: Given, words: Words) -> Iterator[Item]:
    """Acts that came to an end in the shift, with their verdicts."""
    ends = _ends(given.story.entries)
    for one in given.story.acts:
        end = ends.get(one.act)
        if one.ended and end is not None and end.at >= given.since:
            yield _done(one, end, given, words)


def _done(one: Begun, end: Entry, given: Given, words: Words) -> Item:
    outcome = end.kind.removeprefix(OF_ACTS)
    told, severity = OUTCOMES[outcome]
    said, seconds = str(end.data.get("said") or ""), end.data.get("seconds")
    verdict = words.say(told)
    if isinstance(seconds, int | float) and seconds > 0:
        verdict = words.say("{verdict} after {time}", verdict=verdict, time=lasting(seconds))
    lines = [f"{verdict}: {said}" if said else verdict, _begun(one, words)]
    lines += [*_place(one, words), *_lost(one, words), *_evidence(end, words)]
    return Item(
        id=f"act:{one.act}",
        kind="act",
        title=title(one, given),
        severity=severity,
        lines=tuple(lines),
        owner=_owner(one, given),
        at=given.moment(end.at),
        scopes=one.plan.scopes,
        mark=mark(one.act, outcome, said),
    )


def title(one: Begun, given: Given) -> str:
    """What was done, and on what."""
    allowed = given.remedies.get(one.remedy)
    named = one.plan.title or (allowed.title if allowed else "") or one.remedy
    names = ", ".join(ref.name for ref in one.plan.targets)
    where = ", ".join(given.title(scope) for scope in one.plan.scopes)
    own = all(ref.name.rpartition("/")[2] in named for ref in one.plan.targets)
    shown = named if own else f"{named}: {names}"
    return f"{shown} · {where}" if where else shown


def _ends(entries: Iterable[Entry]) -> dict[str, Entry]:
    return {str(one.data.get("act", "")): one for one in entries if one.kind in ENDS}


def _begun(one: Begun, words: Words) -> str:
    at = words.real(one.at)
    if one.run and one.step:
        told = phrase("begun {at} by {who}, as step {step} of checklist {run}")
        return words.say(told, at=at, who=one.by, step=one.step, run=one.run)
    return words.say("begun {at} by {who}", at=at, who=one.by)


def _place(one: Begun, words: Words) -> Iterator[str]:
    if one.plan.where:
        where = ", ".join(f"{word} {value}" for word, value in one.plan.where)
        yield words.say("where: {where}", where=where)


def _lost(one: Begun, words: Words) -> Iterator[str]:
    if one.plan.loses:
        yield words.say("lost by it: {what}", what="; ".join(one.plan.loses))


def _evidence(end: Entry, words: Words) -> Iterator[str]:
    told = end.data.get("evidence")
    each = list(map(str, told)) if isinstance(told, list | tuple) else []
    yield from (words.say("seen: {what}", what=one) for one in each[:EVIDENCE])
    if (more := len(each) - EVIDENCE) > 0:
        yield words.many("and {count} more line", "and {count} more lines", more)


def _owner(one: Begun, given: Given) -> str:
    case = given.cases.get(one.case)
    return given.owner(case.owner if case else "")
