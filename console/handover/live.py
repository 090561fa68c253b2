"""What is wrong now: active findings and open checklists, each with an owner and what is next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from console.handover.following import lines, marks, next_of, noted, notes, stop_of
from console.handover.given import Given
from console.handover.words import Words, mark, phrase
from console.match.memory import Remembered
from console.model import Entry, Finding, Now, Run, Severity
from console.model.handover import Item

if TYPE_CHECKING:
    from console.config.cases import Case

WHY = 5  # sentences of a finding's reason


def items(given: Given, words: Words) -> Iterator[Item]:
    """Findings that call somebody, worst first; then checklists whose finding is gone."""
    shown = found(given)
    for one in shown:
        if not one.put_off:
            yield _finding(one, given, words)
    every = {one.id: one for one in shown}
    for run in given.story.open_runs:
        of = every.get(run.finding)
        if of is None or of.put_off or run is not run_of(run.finding, given):
            yield _run(run, of, given, words)
    yield from _orphans(given, words)


def found(given: Given) -> tuple[Finding, ...]:
    """Every finding: those of the board, and those that only the journal has."""
    board = given.board.findings if given.board else ()
    known = {one.id for one in board}
    told = (one for name, one in given.story.memory.live().items() if name not in known)
    each = (*board, *(_remembered(one, given) for one in told))
    return tuple(sorted(each, key=lambda one: one.order))


def run_of(finding: str, given: Given) -> Run | None:
    """The open checklist of a finding: the one that was opened last."""
    mine = [run for run in given.story.open_runs if run.finding == finding]
    return mine[-1] if mine else None


def _remembered(one: Remembered, given: Given) -> Finding:
    case = given.cases.get(one.case)
    silent, later = one.silenced_until, one.deferred_until
    return Finding(
        one.case,
        case.title if case else one.case,
        one.scope,
        Severity[case.severity.upper()] if case else Severity.UNKNOWN,
        one.since or given.now.estate,
        owner=case.owner if case else "",
        deferred_until=later if later and later > given.now.estate else None,
        silenced_until=silent if silent and silent > given.now.estate else None,
        why=one.why,
        acknowledged_by=one.acknowledged_by,
        ignored=case.ignore if case else False,
        stale=True,
        scopes=one.scopes,
    )


def _finding(one: Finding, given: Given, words: Words) -> Item:
    case, run = given.cases.get(one.case), run_of(one.id, given)
    said = noted(_about(one, run, given))
    told = [words.say("since {at}", at=words.at(one.since)), *one.why[:WHY], *one.mind]
    told += [_taken(one, words), *_doubt(one, given, words)]
    told += [*(lines(run, given, words) if run else ()), *notes(said, words)]
    step = run.step if run else None
    return Item(
        id=f"finding:{one.id}",
        kind="finding",
        title=f"{one.title} · {given.title(one.scope)}",
        severity=one.severity,
        lines=tuple(told),
        owner=given.owner(one.owner),
        next=next_of(run, given, words) if run else _begin(one, case, given, words),
        stop=stop_of(run, case, words),
        at=_seen(one, given),
        scopes=one.scopes or (one.scope,),
        # no value and no rule that comes and goes: nobody could acknowledge it for good
        mark=mark(
            (one.id, one.since.isoformat(), one.severity, one.urgent, sorted(one.scopes)),
            one.acknowledged_by,
            run and (run.id, step and (step.id, len(step.sent)), run.stopped),
            marks(said),
        ),
    )


def _about(one: Finding, run: Run | None, given: Given) -> Iterator[Entry]:
    """The lines on a finding as it is now, and on its checklist."""
    for entry in given.story.of(one.id, run.id if run else ""):
        of_run = run is not None and entry.run == run.id
        if of_run or given.now.by_estate(entry.at) >= one.since:
            yield entry


def _taken(one: Finding, words: Words) -> str:
    if one.acknowledged_by:
        return words.say("taken by {who}", who=one.acknowledged_by)
    return words.say("nobody has taken it yet")


def _doubt(one: Finding, given: Given, words: Words) -> Iterator[str]:
    on_board = given.board is not None and any(f.id == one.id for f in given.board.findings)
    if not on_board:
        yield words.say("by the journal alone: it was not seen when this was made")
    elif one.stale:
        yield words.say("its evidence is too old to tell whether it is still so")


def _begin(one: Finding, case: Case | None, given: Given, words: Words) -> str:
    if case is not None and case.steps:
        return words.say("open its checklist and begin")
    offers = (given.remedies.get(name) for name in one.offers)
    titles = ", ".join(offer.title for offer in offers if offer and offer.title)
    if titles:
        return words.say("look at it; what may help: {offers}", offers=titles)
    return words.say("look at it")


def _seen(one: Finding, given: Given) -> Now:
    """When it was found, as it is now."""
    mine = [entry.at for entry in given.story.of(one.id) if entry.kind == "finding.seen"]
    return given.moment(mine[-1] if mine else given.real(one.since))


def _run(run: Run, of: Finding | None, given: Given, words: Words) -> Item:
    case = given.cases.get(run.case)
    mine = given.story.of(run.id)
    said = noted(mine)
    severity = Severity.WARNING if run.stopped else Severity.OK
    step = run.step
    return Item(
        id=f"run:{run.id}",
        kind="run",
        title=f"{run.title} · {given.title(run.scope)}",
        severity=max(severity, of.severity) if of else severity,
        lines=(_without_it(of, words), *lines(run, given, words), *notes(said, words)),
        owner=given.owner(case.owner if case else ""),
        next=next_of(run, given, words),
        stop=stop_of(run, case, words) if step else words.say("it is closed"),
        at=given.moment(mine[-1].at if mine else run.opened_at),
        scopes=run.scopes or (run.scope,),
        mark=mark(run.id, step and step.id, run.stopped, marks(said), *_kept_quiet(of)),
    )


def _without_it(of: Finding | None, words: Words) -> str:
    """Why a checklist stands here and not with its finding."""
    if of is None:
        return words.say("its finding is not active any more; the checklist is still open")
    if of.silenced_until is not None:
        told = phrase("its finding is there and silenced until {at}; the checklist is still open")
        return words.say(told, at=words.at(of.silenced_until))
    if of.deferred_until is not None:
        told = phrase("its finding is there and put off until {at}; the checklist is still open")
        return words.say(told, at=words.at(of.deferred_until))
    if of.ignored:
        return words.say("its finding is there and is ignored; the checklist is still open")
    return words.say("its finding is there, and a later checklist of it is open, too")


def _kept_quiet(of: Finding | None) -> Iterator[object]:
    """What of a finding changes what is said of its checklist."""
    if of is not None:
        until = of.silenced_until or of.deferred_until
        yield of.id, of.severity, of.ignored, until and until.isoformat()


def _orphans(given: Given, words: Words) -> Iterator[Item]:
    """Checklists that are open, and whose case is configured no more: only the journal has them."""
    entries = given.story.entries
    known = {run.id for run in given.story.runs}
    known |= {entry.run for entry in entries if entry.kind == "run.closed"}
    for entry in entries:
        if entry.kind == "run.opened" and entry.run not in known:
            scope = str(entry.data.get("scope", ""))
            title = str(entry.data.get("title") or entry.data.get("case", ""))
            mine = noted(given.story.of(entry.run))
            told = phrase("checklist {run}: opened {at} by {who}")
            yield Item(
                id=f"run:{entry.run}",
                kind="run",
                title=f"{title} · {given.title(scope)}",
                severity=Severity.UNKNOWN,
                lines=(
                    words.say(told, run=entry.run, at=words.real(entry.at), who=entry.by),
                    words.say("its case is configured no more: how far it is, nobody can tell"),
                    *notes(mine, words),
                ),
                next=words.say("ask who opened it, and read the journal"),
                at=given.moment(entry.at),
                scopes=(scope,),
                mark=mark(entry.run, marks(mine)),
            )
