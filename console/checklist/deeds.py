"""What a person does to a run: each deed is the entries that say so, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from console.model import Draft, Finding, Now, Run, plain

if TYPE_CHECKING:
    from console.config.cases import Case


def open_run(finding: Finding, case: Case, id: str, now: Now) -> tuple[Draft, ...]:
    """Begin the checklist of a finding; `id` is new and names the run in every entry."""
    told = {
        name: plain(getattr(finding, name)) for name in ("scope", "scopes", "since", "evidence")
    }
    steps = [step.id for step in case.steps]
    data = {"case": case.id, "finding": finding.id, "title": case.title, "why": list(finding.why)}
    return (Draft("run.opened", data | told | {"steps": steps, "estate": plain(now.estate)}, id),)


def tick(run: Run, step: str, now: Now, note: str = "") -> tuple[Draft, ...]:
    """A person did it. Raises ValueError for a step that a person cannot tick."""
    one = run.of(step)
    if one is None or one.kind != "do":
        raise ValueError(f"{step}: a person ticks steps of the kind do; this ticks itself")
    _open(run, step)
    return (said(run, step, "ended", now, outcome="done", why=note),)


def skip(run: Run, step: str, reason: str, now: Now) -> tuple[Draft, ...]:
    """A person passes it over. Raises ValueError without a reason, or while its act goes on."""
    one = run.of(step)
    if one is None or not reason.strip():
        raise ValueError("skipping a step needs a reason")
    if one.acting:
        raise ValueError(f"{step}: its act has begun and is not over")
    if one.gate and one.outcome != "unknown":
        seen = f": {one.why or one.now}" if one.why or one.now else ""
        raise ValueError(f"{step} is a gate, passed by what is seen and by no reason{seen}")
    _open(run, step)
    return (said(run, step, "ended", now, outcome="skipped", why=reason.strip()),)


def saw(run: Run, step: str, what: str, now: Now) -> tuple[Draft, ...]:
    """A person saw that the act happened. Raises ValueError without what was seen."""
    one = run.of(step)
    if one is None or one.kind != "run":
        raise ValueError(f"{step}: only an act can have been seen to happen")
    if one.acting:
        raise ValueError(f"{step}: its act has begun and is not over")
    if not what.strip():
        raise ValueError("say what shows that it happened")
    _open(run, step)
    return (said(run, step, "ended", now, outcome="by_hand", why=what.strip()),)


def _open(run: Run, step: str) -> None:
    """Raises ValueError while a gate before this step does not hold."""
    if said := barred(run, step):
        raise ValueError(said)


def barred(run: Run, step: str) -> str:
    """Why a step may not be done yet: the gate before it; nothing where it may."""
    gate = run.barrier(step)
    if gate is None:
        return ""
    seen = gate.why or gate.now or "it has not been looked at yet"
    return f"{step}: not before the gate {gate.id} holds ({seen})"


def again(run: Run, step: str, now: Now) -> tuple[Draft, ...]:
    """A step that failed is tried once more."""
    return (said(run, step, "again", now),)


def sent(
    run: Run, step: str, channel: str, now: Now, retry_after: float, act: str = ""
) -> tuple[Draft, ...]:
    """A message went out or somebody was called; it is not done before somebody answered.

    The next try is due `retry_after` seconds later (contacts.yaml), on the estate's clock.
    """
    one = run.of(step)
    due = now.estate + timedelta(seconds=retry_after)
    data = {"step": step, "contact": one.contact if one else "", "channel": channel}
    data |= {"act": act} if act else {}
    data |= {"text": one.message} if one and one.message else {}
    times = {"estate": plain(now.estate), "due": plain(due)}
    return (Draft("contact.sent", data | times, run.id),)


def answered(run: Run, step: str, who: str, now: Now, text: str = "") -> tuple[Draft, ...]:
    """Somebody answered: who, and what they said. Raises ValueError when nobody is named."""
    if not who.strip():
        raise ValueError("say who answered: a role or a desk is enough")
    data = {"step": step, "who": who.strip(), "text": text, "estate": plain(now.estate)}
    return (Draft("contact.answered", data, run.id),)


def close(run: Run, why: str) -> tuple[Draft, ...]:
    """The run is over, whatever is left undone in it."""
    left = [step.id for step in run.steps if not step.outcome]
    return (Draft("run.closed", {"why": why, "left": left}, run.id),)


def said(run: Run, step: str, event: str, now: Now, **more: Any) -> Draft:
    """An entry on one step; estate times stand in the data, the line itself has the real time."""
    data: Mapping[str, Any] = {"step": step, "event": event, "estate": plain(now.estate), **more}
    return Draft("run.step", data, run.id)
