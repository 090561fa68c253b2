"""What changed between two boards: findings, rows and the parts they came from. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from console.model import Board, Finding, Ref, Row, Severity, Snapshot, facts
from console.model.past import Difference

TIMES = ("at", "last_run_at")  # facts that change with every look: no news


def differences(before: Board, after: Board) -> tuple[Difference, ...]:
    """Everything that is not as it was: findings, parts, rows, values; the worst of each first."""
    found = [*_findings(before.findings, after.findings), *_parts(before, after)]
    found += _rows(before, after)
    return tuple(sorted(found, key=_order))


def _order(one: Difference) -> tuple[object, ...]:
    moved = one.before is not one.after
    return (
        ("finding", "part", "row").index(one.what) if moved else 3,
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
    """What people or the calendar said of it meanwhile."""
    for name in ("acknowledged_by", "silenced_until", "deferred_until", "stale"):
        old, new = getattr(was, name), getattr(now, name)
        if old != new:
            yield name, old, new


def _parts(before: Board, after: Board) -> Iterator[Difference]:
    """Which part cannot be read any more, or is read again."""
    for key in before.snapshots.keys() | after.snapshots.keys():
        was, now = (_trouble(board.snapshots.get(key)) for board in (before, after))
        if bool(was) != bool(now):
            ranks = (Severity.UNKNOWN if was else None, Severity.UNKNOWN if now else None)
            source, part = key
            yield Difference("part", part, "", source, Severity.UNKNOWN, *ranks, said=was or now)


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
    """The facts that differ; of lists of things only how many there are."""
    old = dict(facts(was))
    for name, value in facts(now):
        then = old.get(name)
        if then != value and name not in TIMES:
            many = isinstance(value, tuple) and isinstance(then, tuple)
            if not many:
                yield name, then, value
            elif len(then or ()) != len(value):
                yield f"{name} (how many)", len(then or ()), len(value)
