"""What was tried and excluded in the shift: who looks again does not begin at the beginning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from console.handover.following import named
from console.handover.given import Given
from console.handover.words import Words, mark, phrase
from console.model import Entry, Run, RunStep, Severity
from console.model.handover import Item

SAID: Mapping[str, str] = {
    "failed": phrase("it is not so"),
    "unknown": phrase("nobody could tell"),
    "skipped": phrase("skipped"),
    "left_out": phrase("not needed"),
}
OTHERWISE: Mapping[tuple[str, str], str] = {
    ("run", "failed"): phrase("failed"),
    ("run", "unknown"): phrase("not known how it ended"),
    ("contact", "failed"): phrase("nobody answered"),
}
"""Of a step that looks, `failed` means that it looked and it is not so; of others it does not."""
ENDS = ("remedy.failed", "remedy.unknown")


def items(given: Given, words: Words) -> Iterator[Item]:
    """The steps of each checklist that said no, then what was refused."""
    for run in given.story.runs:
        mine = [one for one in given.story.of(run.id) if one.at >= given.since]
        told = [each for one in mine for each in _step(one, run, given, words)]
        if told:
            yield _of_run(run, told, mine, given, words)
    yield from _refused(given, words)


def _step(entry: Entry, run: Run, given: Given, words: Words) -> Iterator[str]:
    step = run.of(str(entry.data.get("step", "")))
    if step is None:
        return
    outcome = str(entry.data.get("outcome", ""))
    if entry.kind in ENDS and entry.data.get("sent") is not False:
        outcome = entry.kind.removeprefix("remedy.")
    if outcome in SAID:
        yield _line(entry, step, outcome, given, words)


def _line(entry: Entry, step: RunStep, outcome: str, given: Given, words: Words) -> str:
    said = words.say(OTHERWISE.get((step.kind, outcome), SAID[outcome]))
    why = str(entry.data.get("why") or entry.data.get("said") or "")
    by = entry.by if outcome == "skipped" else ""
    told = f"{words.real(entry.at)} {named(step, given)}: {said}"
    told += f" ({by})" if by else ""
    return f"{told}: {why}" if why else told


def _of_run(run: Run, told: list[str], mine: list[Entry], given: Given, words: Words) -> Item:
    case = given.cases.get(run.case)
    return Item(
        id=f"tried:{run.id}",
        kind="tried",
        title=words.say(
            "{title} · {scope}, checklist {run}",
            title=run.title,
            scope=given.title(run.scope),
            run=run.id,
        ),
        lines=tuple(told),
        owner=given.owner(case.owner if case else ""),
        at=given.moment(max(one.at for one in mine)),
        scopes=run.scopes or (run.scope,),
        mark=mark(run.id, len(told)),
    )


def _refused(given: Given, words: Words) -> Iterator[Item]:
    """An act that a guard, or the vendor, said no to; the same no again is told once."""
    found: dict[tuple[str, ...], list[Entry]] = {}
    for one in given.story.shift:
        if one.kind == "remedy.refused":
            reasons = one.data.get("reasons")
            each = tuple(map(str, reasons)) if isinstance(reasons, list | tuple) else ()
            key = (str(one.data.get("remedy", "")), one.run, *each)
            found.setdefault(key, []).append(one)
    for (remedy, _, *reasons), same in found.items():
        allowed = given.remedies.get(remedy)
        last = same[-1]
        yield Item(
            id=f"refused:{mark(remedy, last.run, *reasons)}",
            kind="refused",
            title=(allowed.title if allowed else "") or remedy,
            severity=Severity.OK,
            lines=(_times(same, words), *reasons),
            at=given.moment(last.at),
            mark=mark(remedy, *reasons),
        )


def _times(each: list[Entry], words: Words) -> str:
    at, who = words.real(each[-1].at), each[-1].by
    return words.many(
        "refused {count} time, last {at}, {who}",
        "refused {count} times, last {at}, {who}",
        len(each),
        at=at,
        who=who,
    )
