"""From journal entries to runs: after a crash, or for a colleague, it goes on where it was."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from console.checklist.message import filled
from console.model import Entry, Run, RunStep, refs_of, time_of
from console.model.acts import OF_ACTS, texts_of
from console.model.runs import Earlier

if TYPE_CHECKING:
    from console.config.cases import Case, Step


def runs(entries: Iterable[Entry], cases: Mapping[str, Case]) -> tuple[Run, ...]:
    """Every run the journal tells of, oldest first; those of cases that are gone are left out."""
    found: dict[str, Run] = {}
    for entry in entries:
        case = cases.get(str(entry.data.get("case", "")))
        if entry.kind == "run.opened" and case is not None and entry.run not in found:
            found[entry.run] = opened(entry, case)
        elif entry.run in found:
            run = found[entry.run]
            found[entry.run] = fold(run, entry, cases[run.case])
    return tuple(found.values())


def opened(entry: Entry, case: Case) -> Run:
    """A run as it was begun, with the steps as the case has them now."""
    data = entry.data
    run = Run(
        id=entry.run,
        case=case.id,
        title=str(data.get("title", case.title)),
        finding=str(data.get("finding", "")),
        scope=str(data.get("scope", "")),
        scopes=tuple(map(str, data.get("scopes") or ())),
        since=time_of(data.get("since")) or entry.at,
        opened_at=entry.at,
        opened=time_of(data.get("estate")),
        by=entry.by,
        evidence=refs_of(data.get("evidence")),
        why=tuple(map(str, data.get("why") or ())),
    )
    return replace(run, steps=tuple(_step(step, run) for step in case.steps))


def _step(step: Step, run: Run) -> RunStep:
    words = {"check": "look whether it holds", "wait": "wait until it holds"}
    title = step.title or step.do or step.run or step.contact or words[step.kind]
    return RunStep(
        id=step.id,
        kind=step.kind,
        title=title,
        say=step.say,
        remedy=step.run,
        contact=step.contact,
        message=filled(step.message, run),
        auto=step.auto,
        gate=step.gate,
    )


def fold(run: Run, entry: Entry, case: Case) -> Run:
    """The run after one more entry; entries of other runs change nothing."""
    change = FOLDS.get(entry.kind)
    if change is None or entry.run != run.id:
        return run
    name = str(entry.data.get("step", ""))
    step, told = run.of(name), case.step(name)
    if entry.kind == "run.closed":
        return replace(run, closed_at=entry.at, closed_why=str(entry.data.get("why", "")))
    if step is None or told is None:
        text = str(entry.data.get("text", ""))
        return replace(run, notes=(*run.notes, text)) if entry.kind == "note" and text else run
    changed = POSTED.get(entry.kind, change)(step, entry) if step.contact else change(step, entry)
    steps = [changed if one is step else one for one in run.steps]
    if step.outcome and step.outcome != changed.outcome:
        steps = [_asked_anew(one) for one in steps]
    return _stand(replace(run, steps=tuple(steps)), changed, told, case)


def _asked_anew(step: RunStep) -> RunStep:
    """What was left out for how an earlier step ended may be needed when that ends otherwise."""
    if step.outcome != "left_out":
        return step
    return replace(step, outcome="", why="", at=None, by="")


def _stand(run: Run, step: RunStep, told: Step, case: Case) -> Run:
    """Whether the run goes on after this step, stops at it, or calls for others."""
    if _stops(step, told, case):
        call = case.contacts if told.on_fail == "escalate" else ()
        why = f"{step.id}: {step.why or step.outcome}"
        return replace(run, stopped=why, stopped_at=step.id, call=call)
    if run.holds_up(step):
        return replace(run, stopped="", stopped_at="", call=())
    return run


def _stops(step: RunStep, told: Step, case: Case) -> bool:
    """An act of which nobody can tell is no failed one, where the case goes on to look."""
    if step.outcome == "unknown" and step.kind == "run" and case.asks_whether_unknown(step.id):
        return False
    return step.outcome in ("failed", "unknown") and told.on_fail != "go_on"


def _moved(step: RunStep, entry: Entry) -> RunStep:
    data, event = entry.data, entry.data.get("event")
    if event == "began":
        began, due = time_of(data.get("estate")), time_of(data.get("due"))
        return replace(step, began=began, due=due, before=texts_of(data.get("evidence")))
    if event == "again":
        fresh = {"outcome": "", "why": "", "at": None, "by": "", "began": None, "due": None}
        return replace(step, **fresh, good=0, read_at=None, acting=False)  # type: ignore[arg-type]
    if event == "ended":
        if data.get("outcome") == "by_hand":
            step = replace(step, acted=step.acted or step.began)
        return ended(step, entry, str(data.get("outcome", "done")), str(data.get("why", "")))
    return step


def ended(step: RunStep, entry: Entry, outcome: str, why: str) -> RunStep:
    """The step with its outcome."""
    after = texts_of(entry.data.get("evidence")) or step.after
    return replace(
        step,
        outcome=outcome,  # type: ignore[arg-type]
        why=why,
        at=entry.at,
        by=entry.by,
        after=after,
        acting=False,
        earlier=None,
        now="",
        due=None,
    )


def _noted(step: RunStep, entry: Entry) -> RunStep:
    text = str(entry.data.get("text", ""))
    said = f"{text} ({entry.by})" if entry.by else text
    return replace(step, notes=(*step.notes, said)) if text else step


def _sent(step: RunStep, entry: Entry) -> RunStep:
    """The next try is due after a while; `due` is on the estate's clock."""
    at = time_of(entry.data.get("estate")) or entry.at
    line = f"{at:%H:%M} UTC {entry.data.get('channel', '')}".strip()
    due = time_of(entry.data.get("due"))
    return replace(_tried(step, entry, line), due=due or step.due)


def _posted(step: RunStep, entry: Entry) -> RunStep:
    """What was sent is a try, though nobody lived to write that down; an answer is still due."""
    at = time_of(entry.data.get("estate")) or entry.at
    return _tried(step, entry, f"{at:%H:%M} UTC webhook: {entry.kind.removeprefix('remedy.')}")


def _tried(step: RunStep, entry: Entry, line: str) -> RunStep:
    """Several entries may tell of one act: it is one try."""
    act = str(entry.data.get("act", ""))
    before = step.sent[:-1] if act and act == step.posted else step.sent
    return replace(step, sent=(*before, line), posted=act)


def _answered(step: RunStep, entry: Entry) -> RunStep:
    said, who = str(entry.data.get("text", "")), str(entry.data.get("who", ""))
    return ended(step, entry, "done", f"{who}: {said}" if said else who)


def _started(step: RunStep, entry: Entry) -> RunStep:
    at = time_of(entry.data.get("started_at")) or entry.at
    was = Earlier(outcome=step.outcome, why=step.why, acted=step.acted, acting=step.acting)
    fresh = replace(step, acting=True, acted=step.acted or at, outcome="", why="", now="")
    return replace(fresh, earlier=was)


def _proved(step: RunStep, entry: Entry) -> RunStep:
    """How its act ended; one that was certainly not sent leaves the step as it was."""
    if entry.data.get("sent") is False:
        return _not_sent(step, f"not sent: {entry.data.get('said', '')}")
    return ended(step, entry, entry.kind.removeprefix(OF_ACTS), str(entry.data.get("said", "")))


def _not_sent(step: RunStep, said: str) -> RunStep:
    """What an act before it did, and when, still counts."""
    if (was := step.earlier) is None:
        return replace(step, acting=False, now=said)
    stands = {"outcome": was.outcome, "why": was.why, "acted": was.acted, "acting": was.acting}
    return replace(step, **stands, earlier=None, now=said)  # type: ignore[arg-type]


FOLDS: Mapping[str, Callable[[RunStep, Entry], RunStep]] = {
    "run.step": _moved,
    "run.closed": lambda step, entry: step,
    "note": _noted,
    "contact.sent": _sent,
    "contact.answered": _answered,
    "remedy.started": _started,
    "remedy.sent": lambda step, entry: step,
    "remedy.verified": _proved,
    "remedy.failed": _proved,
    "remedy.unknown": _proved,
}
POSTED: Mapping[str, Callable[[RunStep, Entry], RunStep]] = {
    "remedy.started": lambda step, entry: step,
    "remedy.sent": _posted,
    "remedy.verified": _posted,
    "remedy.failed": lambda step, entry: step,
    "remedy.unknown": _posted,
}
"""Of a contact: that its message was posted is no answer, and only an answer ends it."""
