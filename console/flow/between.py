"""Which stages are compared by their lists or counts, and what is lost between them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

from console.flow.rows import Aim, Rows
from console.loss import Counted, Listed, Loss, by_counts, compare, sentence, short
from console.model import EMPTY
from console.model.stages import LostThing

if TYPE_CHECKING:
    from console.config.flows import Flow, Stage

SOURCE = "http"
FIRST, ALONE = "no stage before it has a list", "no stage before it has a count"
T = TypeVar("T")
KEPT = 120  # earlier counts of a stage


@dataclass(frozen=True, slots=True)
class Between:
    """What is known of one stage by its list or its count."""

    count: int | None = None
    lost: int | None = None
    late: int | None = None
    things: tuple[LostThing, ...] = ()
    said: str = ""
    missing: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    """Why something of it is not known, by fact."""
    at: datetime | None = None
    """When the oldest of what was compared was read."""

    @property
    def gap(self) -> str:
        """Why nobody knows what is missing; empty where it is known, or nothing is compared."""
        why = self.missing.get("lost", "")
        return "" if why in (FIRST, ALONE) else why


@dataclass(slots=True)
class Known:
    """What is kept from one look to the next: lists come rarely, other rows every second."""

    losses: dict[str, tuple[tuple[Listed, ...], Loss]] = field(default_factory=dict)
    """Stage → the lists that were compared last, and what that gave."""
    counts: dict[str, list[tuple[datetime, float]]] = field(default_factory=dict)
    """Stage → its earlier counts, oldest first."""


def compared(flow: Flow, rows: Rows, known: Known, now: datetime) -> Mapping[str, Between]:
    """Stage → what its list or count and those before it tell; others are left out."""
    stages = {one.id: one for one in flow.stages}
    lists = {one.id: _listed(one, rows) for one in flow.stages if one.keys}
    counts = {o.id: _counted(o, rows, known, now) for o in flow.stages if o.counts and not o.keys}
    found = {name: _by_list(flow, stages, name, lists, known) for name in lists}
    return found | {name: _by_count(flow, stages, name, counts, now) for name in counts}


def _unknown(why: str, count: int | None = None) -> Between:
    facts = ("lost", "late") if count is not None else ("count", "lost", "late")
    return Between(count, missing=dict.fromkeys(facts, why))


def _by_list(
    flow: Flow,
    stages: Mapping[str, Stage],
    name: str,
    lists: Mapping[str, Listed | str],
    known: Known,
) -> Between:
    own = lists[name]
    if isinstance(own, str):
        return _unknown(own)
    ways = _ways(flow, stages, name, lists, FIRST)
    if isinstance(ways, str):
        return _unknown(ways, own.count)
    earlier, allowed_s = ways
    loss = _loss(name, (own, *earlier), allowed_s, known)
    said = sentence(flow.things, loss, ZoneInfo(flow.zone))
    at = min(one.at for one in (own, *earlier))
    if loss.doubt and not loss.lost:
        why = dict.fromkeys(("lost", "late"), loss.doubt)
        return Between(own.count, said=said, missing=why, at=at)
    return Between(own.count, len(loss.lost), loss.late, loss.lost, said, at=at)


def _loss(name: str, lists: tuple[Listed, ...], allowed_s: float, known: Known) -> Loss:
    last, loss = known.losses.get(name, ((), None))
    same = len(last) == len(lists) and all(a.same(b) for a, b in zip(last, lists, strict=True))
    if loss is None or not same:
        loss = compare(lists[1:], lists[0], allowed_s)
        known.losses[name] = lists, loss
    return loss


def _by_count(
    flow: Flow,
    stages: Mapping[str, Stage],
    name: str,
    counts: Mapping[str, Counted | str],
    now: datetime,
) -> Between:
    own = counts[name]
    if isinstance(own, str):
        return _unknown(own)
    count, ways = round(own.now), _ways(flow, stages, name, counts, ALONE)
    if isinstance(ways, str):
        return _unknown(ways, count)
    earlier, allowed_s = ways
    told = by_counts(earlier, own, allowed_s, now)
    if isinstance(told, str):
        return _unknown(told, count)
    at = min((one.at for one in (own, *earlier) if one.at), default=None)
    return Between(count, *told, said=short(flow.things, earlier, own, told), at=at)


def _ways(
    flow: Flow, stages: Mapping[str, Stage], name: str, found: Mapping[str, T | str], none: str
) -> tuple[list[T], float] | str:
    """What the nearest stages before tell, and how long the way may take; or why nobody knows."""
    before = dict(_before(flow, stages, name, found))
    earlier: list[T] = []
    for one in before:
        told = found[one]
        if isinstance(told, str):
            return told
        earlier.append(told)
    return (earlier, max(before.values())) if before else none


def _before(
    flow: Flow, stages: Mapping[str, Stage], name: str, found: Collection[str]
) -> Iterator[tuple[str, float]]:
    """The nearest stages before that are among these, and how long the way may take, s."""
    for earlier in flow.before[name]:
        own = stages[name].allowed
        if earlier in found:
            yield earlier, own
        else:
            ways = _before(flow, stages, earlier, found)
            yield from ((one, took + own) for one, took in ways)


def _listed(stage: Stage, rows: Rows) -> Listed | str:
    """The stage's list, or why there is none."""
    aim = Aim(SOURCE, ("check", "fact"), (stage.keys, ""), EMPTY)
    found = rows.find(aim)
    if not found:
        return f"{stage.title}: no answer from {stage.keys}"
    row, fresh = found[0]
    things, since = getattr(row, "things", None), getattr(row, "listed_since", None)
    if not fresh:
        return f"{stage.title}: the list of {stage.keys} is old"
    if things is None or not isinstance(since, datetime):
        return f"{stage.title}: {next(iter(row.because), 'no list')}"
    return Listed(stage.title, things, since, row.at, getattr(row, "counted_since", None))


def _counted(stage: Stage, rows: Rows, known: Known, now: datetime) -> Counted | str:
    """The stage's count and its earlier ones, or why there is none. A day that begins is new."""
    assert stage.counts is not None
    aim = Aim.at(stage.counts.source, stage.counts.where)
    found = rows.find(aim)
    values = [getattr(row, stage.counts.fact, None) for row, fresh in found if fresh]
    whole = [float(value) for value in values if isinstance(value, int | float)]
    if not whole or len(whole) < len(found):
        return f"{stage.title}: its count is not known"
    earlier, count = known.counts.setdefault(stage.id, []), sum(whole)
    if earlier and count < earlier[-1][1]:
        earlier.clear()
    if not earlier or count != earlier[-1][1]:
        earlier.append((now, count))
    thinned = [pair for at, pair in enumerate(earlier[:-1]) if at % 2 == 0] + earlier[-1:]
    known.counts[stage.id] = earlier if len(earlier) <= KEPT else thinned
    at = min(row.at for row, _ in found)
    return Counted(stage.title, count, tuple(earlier), at)
