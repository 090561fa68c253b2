"""Which rows belong to a run, and what its `run` steps act on: always from the evidence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import is_dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from console.match import Past, Seen, Truth, row_truth, scopes_within, unit_of
from console.model import Board, Order, Ref, Row, Run, facts
from console.model.words import utc

if TYPE_CHECKING:
    from console.config.cases import Case, Step, Target
    from console.config.conditions import Condition

UNREAD = frozenset({"stuck", "rewound", "lost"})
"""Lag verdicts of a topic that nobody reads on: what is read, however slowly, is not emptied."""
MOST = 12  # rows of one source that are kept as evidence


def owns(run: Run, case: Case, seen: Seen, named: bool = False) -> bool:
    """Whether a row is of the run's own site, cluster or scope.

    A site's rows never speak for another site. What belongs to no site (a cluster's Deployment, in
    a case about its Kafka) is taken where the case names it.
    """
    join = case.join
    if join == "none":
        return True
    mine = run.scope.partition("/")[0] if join == "site" else run.scope
    if unit_of(join, seen) == mine:
        return True
    return named and not seen.site


def rows_of(run: Run, case: Case, board: Board, condition: Condition) -> Iterator[Seen]:
    """The rows a check or wait speaks of: chosen by their identity, of the run's own unit."""
    named = bool(condition.chooses)
    for snapshot in board.parts(condition.source):
        for row in snapshot.rows:
            for seen in scopes_within(condition.source, row, True):
                if owns(run, case, seen, named):
                    yield seen
                    break


def order(run: Run, case: Case, step: Step, board: Board) -> Order:
    """What a `run` step asks for. Nothing found is an order for nothing, which is refused."""
    targets = tuple(dict.fromkeys(_targets(run, case, step, board)))
    return Order(step.run, targets, case.id, run.id, step.id)


def _targets(run: Run, case: Case, step: Step, board: Board) -> Iterator[Ref]:
    target = step.target
    if target.topics:
        yield from _topics(run, case, step, board)
    elif target.deployment or target.namespace:
        wanted = {"namespace": target.namespace, "deployment": target.deployment}
        yield from _rows(run, case, board, "workloads", wanted, named=True)
    elif target.title:
        source = target.source or "instances"
        yield from _rows(run, case, board, source, {"name": target.title})
    elif target.source:
        own = tuple(_rows(run, case, board, target.source, {}))
        shown = [ref for ref in run.evidence if ref in own]
        yield from shown or own
    else:
        yield from run.evidence


def _rows(
    run: Run, case: Case, board: Board, source: str, wanted: dict[str, str], named: bool = False
) -> Iterator[Ref]:
    for row in board.rows(source):
        fits = all(getattr(row, fact, None) == value for fact, value in wanted.items() if value)
        if fits and any(
            _acts_on(run, case, one, named) for one in scopes_within(source, row, True)
        ):
            yield row.ref


def _acts_on(run: Run, case: Case, seen: Seen, named: bool) -> bool:
    """Stricter than `owns`: a site's staging is looked at, but never acted on for production."""
    if seen.site:
        return seen.scope == run.scope or case.join == "none"
    return owns(run, case, seen, named)


def _topics(run: Run, case: Case, step: Step, board: Board) -> Iterator[Ref]:
    """Topics by name; `still-bad` are those that the wait or check before left unread."""
    before = _judged_before(case, step)
    for row in board.rows("kafka_lag"):
        topic = str(getattr(row, "topic", ""))
        bad = step.target.still_bad and _is_bad(before, row)
        if (topic in step.target.topics or bad) and _of_group(step.target, row):
            yield Ref("topic", row.ref.scope, topic)


def _of_group(target: Target, row: Row) -> bool:
    return not target.group or getattr(row, "group", None) == target.group


def _judged_before(case: Case, step: Step) -> Condition | None:
    """The last wait or check that asked how topics are read, and not only for a coordinator."""
    earlier = case.steps[: case.steps.index(step)]
    judged = [one.check or one.wait for one in earlier if one.check or one.wait]
    asked = (one for one in reversed(judged) if one and one.source == "kafka_lag")
    return next((one for one in asked if "verdict" in one.judges), None)


def _is_bad(condition: Condition | None, row: Row) -> bool:
    """Known to be unread: a row that says nothing is no reason to empty a topic."""
    if condition is None or getattr(row, "verdict", None) not in UNREAD:
        return False
    seen = Seen("kafka_lag", row, row.ref.scope, True)
    past = Past(row.at)
    chosen = row_truth(seen, condition.chooses, past) is Truth.YES
    return chosen and row_truth(seen, condition.judges, past) is Truth.NO


def kept(run: Run, case: Case, step: Step, board: Board) -> list[str]:
    """The rows that a step keeps as evidence, a line each."""
    lines: list[str] = []
    for source in step.evidence:
        own = [row for row in board.rows(source) if _is_evidence(run, case, step, source, row)]
        lines += [_line(source, row) for row in own[:MOST]]
        if len(own) > MOST:
            lines.append(f"{source}: {len(own) - MOST} more rows")
    return lines


def _is_evidence(run: Run, case: Case, step: Step, source: str, row: Row) -> bool:
    if row.ref in run.evidence:
        return True
    each = list(scopes_within(source, row, True))
    target = step.target.deployment or step.target.group
    if target and target in (getattr(row, "deployment", ""), getattr(row, "group", "")):
        return any(owns(run, case, one, True) for one in each)
    return case.join != "none" and not target and any(owns(run, case, one) for one in each)


def _line(source: str, row: Row) -> str:
    known = (f"{name}={_short(value)}" for name, value in facts(row) if _plain(value))
    return f"{row.at:%H:%M:%S}Z {source} {row.ref.name}: {' '.join(known)}"


def _short(value: object) -> object:
    if isinstance(value, datetime):
        return utc(value)
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else value


def _plain(value: object) -> bool:
    if value is None or value == "" or is_dataclass(value):
        return False
    return not isinstance(value, tuple | list | dict)
