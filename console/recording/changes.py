"""What changed between two boards: findings, rows and the parts they came from. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass

from console.model import Board, Finding, Ref, Row, Severity, Snapshot, facts
from console.model.acts import steady
from console.model.past import Difference

TIMES = ("at", "last_run_at")  # facts that change with every look: no news
NAMED = 6  # members of a list that are told by name
KNOWN = ("case", "scope", "severity")
"""Of a finding: what makes it this one, and how bad it is."""
BESIDE = ("owner", "serves", "because", "missing")
"""What a row says of itself beside its facts; numbers in it are those of the facts."""
Members = tuple[object, ...] | None


def differences(before: Board, after: Board) -> tuple[Difference, ...]:
    """Everything that is not as it was: findings, parts, rows, values; the worst of each first."""
    found = [*_findings(before.findings, after.findings), *_parts(before, after)]
    found += _rows(before, after)
    return tuple(sorted(found, key=_order))


def _order(one: Difference) -> tuple[object, ...]:
    return (
        ("finding", "part", "row").index(one.what) if one.moved else 3,
        -one.severity,
        one.source,
        one.scope,
        one.name,
    )


def _worse(before: Severity | None, after: Severity | None) -> Severity:
    return max(one for one in (before, after) if one is not None)


def _rank(one: Finding | Row | None) -> Severity | None:
    return None if one is None else one.severity


def _findings(before: Iterable[Finding], after: Iterable[Finding]) -> Iterator[Difference]:
    old, new = ({one.id: one for one in some} for some in (before, after))
    for id in old.keys() | new.keys():
        was, now = old.get(id), new.get(id)
        one = now or was
        assert one is not None
        rank = _rank(was), _rank(now)
        values = tuple(_said(was, now)) if was and now else ()
        if rank[0] is not rank[1] or values:
            why = "; ".join(one.why)
            worse = _worse(*rank)
            yield Difference("finding", one.title, one.scope, "", worse, *rank, values, why)


def _said(was: Finding, now: Finding) -> Iterator[tuple[str, object, object]]:
    """What else of it is not as it was: who took it, until when it waits, why, since when."""
    for name in (one.name for one in fields(Finding) if one.name not in KNOWN):
        old, new = getattr(was, name), getattr(now, name)
        if old != new:
            yield name, old, new


def _parts(before: Board, after: Board) -> Iterator[Difference]:
    """Which part cannot be read any more, is read again, or cannot be read for another reason."""
    for key in before.snapshots.keys() | after.snapshots.keys():
        was, now = (_trouble(board.snapshots.get(key)) for board in (before, after))
        if was != now:
            ranks = (Severity.UNKNOWN if was else None, Severity.UNKNOWN if now else None)
            values = (("cannot be read", was, now),) if was and now else ()
            source, part = key
            said = was or now
            yield Difference("part", part, "", source, Severity.UNKNOWN, *ranks, values, said)


def _trouble(part: Snapshot | None) -> str:
    return part.trouble.message if part is not None and part.trouble is not None else ""


def _rows(before: Board, after: Board) -> Iterator[Difference]:
    for source in dict.fromkeys(name for board in (before, after) for name, _ in board.snapshots):
        old, new = (_by_ref(board.rows(source)) for board in (before, after))
        for ref in old.keys() | new.keys():
            was, now = old.get(ref), new.get(ref)
            if was != now:
                yield from _row(source, ref, was, now)


def _by_ref(rows: Iterable[Row]) -> dict[Ref, Row]:
    return {row.ref: row for row in rows}


def _row(source: str, ref: Ref, was: Row | None, now: Row | None) -> Iterator[Difference]:
    rank = _rank(was), _rank(now)
    values = tuple(_values(was, now)) if was and now else ()
    if rank[0] is not rank[1] or values:
        said = "; ".join(one.because) if (one := now or was) is not None else ""
        yield Difference("row", ref.name, ref.scope, source, _worse(*rank), *rank, values, said)


def _values(was: Row, now: Row) -> Iterator[tuple[str, object, object]]:
    """The facts that differ, and what the row says beside them."""
    old = dict(facts(was))
    for name, value in facts(now):
        then = old.get(name)
        if then == value or name in TIMES:
            continue
        if isinstance(value, tuple) or isinstance(then, tuple):
            yield from _listed(name, then, value)
        else:
            yield name, then, value
    for name in BESIDE:
        told = _texts(getattr(was, name)), _texts(getattr(now, name))
        if steady(told[0]) != steady(told[1]):
            yield name, *told


def _texts(told: object) -> tuple[str, ...]:
    """What a row says, as texts: it is a text, several, or one for each of some facts."""
    if isinstance(told, Mapping):
        return tuple(f"{name}: {why}" for name, why in sorted(told.items()))
    return tuple(told) if isinstance(told, tuple) else (str(told),)


def _listed(name: str, was: Members, now: Members) -> Iterator[tuple[str, object, object]]:
    """Of a list: how many there are, which of them are others, how many only have other values."""
    old, new = (sorted(some or (), key=_member) for some in (was, now))
    many = None if was is None else len(old), None if now is None else len(new)
    if many[0] != many[1]:
        yield f"{name} (how many)", *many
    gone, come = (Counter(map(_member, some)) for some in (old, new))
    went, came = _named((gone - come).elements()), _named((come - gone).elements())
    if went or came:
        yield f"other {name}", went, came
    elif moved := sum(map(_moved, old, new)):
        yield f"{name} (how many moved)", 0, moved


def _member(one: object) -> str:
    """What a member of a list is known by: its first name or number; else all of it."""
    if not is_dataclass(one) or isinstance(one, Ref):
        return str(one)
    values = (getattr(one, field.name) for field in fields(one))
    return next((str(value) for value in values if isinstance(value, str | int)), str(one))


def _moved(was: object, now: object) -> bool:
    """Whether two members of one name differ, but for the time at which they were looked at."""
    if not is_dataclass(was) or not is_dataclass(now):
        return was != now
    names = (field.name for field in fields(was) if field.name not in TIMES)
    return any(getattr(was, name) != getattr(now, name, None) for name in names)


def _named(members: Iterable[str]) -> tuple[str, ...]:
    """The first of them, and how many more there are."""
    every = tuple(members)
    rest = (f"and {len(every) - NAMED} more",) if len(every) > NAMED else ()
    return (*every[:NAMED], *rest)
