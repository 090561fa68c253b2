"""What was known of acts, checklists and the journal at a moment of the past. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from console import checklist, issues
from console.model import (
    EMPTY,
    ENDINGS,
    Arming,
    Entry,
    Order,
    Plan,
    Proposal,
    refs_of,
    time_of,
)
from console.model.affairs import Affairs, Doing

if TYPE_CHECKING:
    from console.config.cases import Case

ENDS = frozenset(ENDINGS.values())


def affairs_then(words: Affairs, known: Sequence[Entry], cases: Mapping[str, Case]) -> Affairs:
    """How affairs stood, by the journal's lines until then.

    `words`: what screens call things. What was planned is not told: that hangs on the
    configuration of then.
    """
    return replace(
        words,
        barred="",
        arming=armed(known),
        doings=under_way(known),
        unfinished=(),
        runs=checklist.runs(known, cases),
        mover="",
        entries=tuple(known),
        trouble="",
        issues=issues.registered(known),
        issues_said="",
        windows=(),
    )


def armed(known: Sequence[Entry]) -> Arming | None:
    """The last arming of which these lines tell no end; its time may be over."""
    last = next((one for one in reversed(known) if one.kind in ("armed", "disarmed")), None)
    if last is None or last.kind == "disarmed":
        return None
    told = _mapping(last.data.get("arming"))
    until, scopes = time_of(told.get("until")), _texts(told.get("scopes"))
    if until is None or not scopes:
        return None  # another program wrote it in another shape
    return Arming(
        frozenset(scopes),
        until,
        str(told.get("reason", "")),
        frozenset(_texts(told.get("cases"))),
        bool(told.get("may_empty_topics")),
        str(told.get("by", "")),
    )


def under_way(known: Sequence[Entry]) -> dict[str, Doing]:
    """Acts that these lines tell the beginning of and no end, by their names.

    Of several labs only those of the one that was acted on last.
    """
    begun: dict[str, Entry] = {}
    world = ""
    for entry in known:
        act = str(entry.data.get("act", ""))
        if entry.kind == "remedy.started":
            begun[act], world = entry, str(entry.data.get("world", ""))
        elif entry.kind in ENDS:
            begun.pop(act, None)
    mine = {act: one for act, one in begun.items() if str(one.data.get("world", "")) == world}
    return {act: _flying(act, one) for act, one in mine.items()}


def _flying(act: str, entry: Entry) -> Doing:
    """It, with as much of its plan as screens name it by."""
    data, plan = entry.data, _mapping(entry.data.get("plan"))
    targets = plan.get("targets")
    remedy, case, step = (str(data.get(name, "")) for name in ("remedy", "case", "step"))
    refs = refs_of(targets) if isinstance(targets, list | tuple) else ()
    outline: dict[str, Any] = dict.fromkeys(("where", "will", "loses", "keeps", "requests"), ())
    shown = Plan(
        remedy=remedy,
        title=str(plan.get("title") or remedy or "an act"),
        targets=refs,
        scopes=_texts(plan.get("scopes")),
        takes=str(plan.get("takes", "")),
        proof=str(plan.get("proof", "")),
        **outline,
    )
    order = Order(remedy, refs, case, entry.run, step, unattended=bool(data.get("unattended")))
    proposal = Proposal(shown, (), order, entry.at, act)
    return Doing(key=act, phase="flying", order=order, proposal=proposal, fired_at=entry.at)


def _mapping(told: object) -> Mapping[str, Any]:
    return told if isinstance(told, Mapping) else EMPTY


def _texts(told: object) -> tuple[str, ...]:
    return tuple(map(str, told)) if isinstance(told, list | tuple) else ()
