"""Which stages are compared by their lists of keys, and what is lost between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from console.flow.rows import Aim, Rows
from console.loss import Listed, Loss, compare
from console.model import EMPTY

if TYPE_CHECKING:
    from console.config.flows import Flow, Stage

SOURCE = "http"
FIRST = "no stage before it has a list"


@dataclass(frozen=True, slots=True)
class Between:
    """What is known of one stage by its list."""

    count: int | None = None
    loss: Loss | None = None
    missing: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    """Why something of it is not known, by fact."""


Known = dict[str, tuple[tuple[Listed, ...], Loss]]
"""Stage → the lists that were compared last, and what that gave."""


def compared(flow: Flow, rows: Rows, known: Known) -> Mapping[str, Between]:
    """Stage → what its list and those before it tell; stages without a list are left out.

    `known` is kept by the caller: lists come every few minutes, other rows every second.
    """
    listed = {one.id: _listed(one, rows) for one in flow.stages if one.keys}
    stages = {one.id: one for one in flow.stages}
    found = {}
    for name, own in listed.items():
        if isinstance(own, str):
            found[name] = Between(missing=dict.fromkeys(("count", "lost", "late"), own))
            continue
        before = dict(_before(flow, stages, name))
        lists = [listed[one] for one in before]
        gaps = [one for one in lists if isinstance(one, str)]
        count = len(own.things)
        if gaps:
            found[name] = Between(count, missing=dict.fromkeys(("lost", "late"), gaps[0]))
        elif before:
            whole = (own, *(one for one in lists if isinstance(one, Listed)))
            found[name] = Between(count, _loss(name, whole, max(before.values()), known))
        else:
            found[name] = Between(count, missing=dict.fromkeys(("lost", "late"), FIRST))
    return found


def _loss(name: str, lists: tuple[Listed, ...], allowed_s: float, known: Known) -> Loss:
    last, loss = known.get(name, ((), None))
    same = len(last) == len(lists) and all(a.same(b) for a, b in zip(last, lists, strict=True))
    if loss is None or not same:
        loss = compare(lists[1:], lists[0], allowed_s)
        known[name] = lists, loss
    return loss


def _before(flow: Flow, stages: Mapping[str, Stage], name: str) -> Iterator[tuple[str, float]]:
    """The nearest stages before that have a list, and how long the way from each may take, s."""
    for earlier in flow.before[name]:
        own = stages[name].allowed
        if stages[earlier].keys:
            yield earlier, own
        else:
            yield from ((one, took + own) for one, took in _before(flow, stages, earlier))


def _listed(stage: Stage, rows: Rows) -> Listed | str:
    """The stage's list, or why there is none."""
    aim = Aim(SOURCE, ("check", "fact"), (stage.keys, ""), EMPTY)
    found = rows.find(aim)
    if not found:
        return f"{stage.title}: no answer from {stage.keys}"
    row, fresh = found[0]
    things, since = getattr(row, "things", None), getattr(row, "since", None)
    if not fresh:
        return f"{stage.title}: the list of {stage.keys} is old"
    if things is None or not isinstance(since, datetime):
        return f"{stage.title}: {next(iter(row.because), 'no list')}"
    return Listed(stage.title, things, since, row.at)
