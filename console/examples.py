"""Examples of a case: rows it must, or must not, recognise; run, and recorded from a board."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, fields
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, get_args

from console.config.rows import hints
from console.match import Memory, Past, Policy, Truth, find, row_truth, scopes_within
from console.model import Board, Finding, Now, Ref, Row, Severity, Snapshot, fact_names, plain

if TYPE_CHECKING:
    from console.config.cases import Case, Example
    from console.config.conditions import Condition

Rows = Mapping[str, type[Row]]
"""Source → the type of its rows."""
USUAL = datetime(2026, 1, 7, 12, 0, tzinfo=UTC)
"""When an example without `at` is: a Wednesday noon, in no window of the shipped estate."""
REAL = datetime(2026, 1, 7, 12, 0, tzinfo=UTC)  # any instant: an example's rows are always fresh
NAMES = (
    *("name", "id", "instance_id", "cluster_id", "db_id"),
    *("deployment", "group", "topic", "broker_id"),
)
IDENTITY = ("site", "env", "cluster", "namespace", *NAMES)


def shown(case: Case, example: Example, rows: Rows, policy: Policy) -> tuple[Finding, ...]:
    """What the case makes of an example: looked at when it began, and again after `lasted`."""
    memory, findings = Memory(), tuple[Finding, ...]()
    at = example.at or USUAL
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    for estate in (at - timedelta(seconds=example.lasted), at):
        board = board_of(example, rows, estate)
        findings, memory = find([case], board, memory, Now(estate, REAL), policy)
    return findings


def board_of(example: Example, rows: Rows, at: datetime) -> Board:
    """The rows of an example on a board of their own."""
    return Board().with_(
        *(
            Snapshot(
                source, "example", 60.0, REAL, tuple(row_of(rows, source, r, at) for r in told)
            )
            for source, told in example.rows.items()
        )
    )


def row_of(rows: Rows, source: str, told: Mapping[str, Any], at: datetime) -> Row:
    """One row: what the example does not say of it is unknown, or empty where it must be there."""
    row = rows[source]
    types = hints(row)
    given = {name: _value(types[name], told[name]) for name in fact_names(row) if name in told}
    for one in fields(row):
        required = one.default is MISSING and one.default_factory is MISSING
        if required and one.name not in ("ref", "at") and one.name not in given:
            given[one.name] = 0 if types[one.name] is int else ""
    scope = str(told.get("scope") or _scope(told))
    named = "/".join(str(told[name]) for name in NAMES if told.get(name) not in (None, ""))
    if "severity" in told:
        given["severity"] = Severity[str(told["severity"]).upper()]
    return row(
        ref=Ref(source, scope, named),
        at=at,
        owner=str(told.get("owner", "ours")),
        serves=tuple(map(str, told.get("serves", ()))),
        series={fact: tuple(values) for fact, values in told.get("series", {}).items()},
        **given,
    )


def _scope(told: Mapping[str, Any]) -> str:
    """Where a row is that does not say so: at its site, in its cluster, or just somewhere."""
    if told.get("site") and told.get("env"):
        return f"{told['site']}/{told['env']}"
    return str(told.get("cluster") or "example")


def _value(hint: Any, value: Any) -> Any:
    if datetime in (hint, *get_args(hint)) and isinstance(value, str):
        found = datetime.fromisoformat(value)
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return tuple(value) if isinstance(value, list) else value


def broken(cases: Mapping[str, Case], rows: Rows, policy: Policy) -> Iterator[tuple[str, str, int]]:
    """Every example that is not as its case says: (case, `match` or `ignore`, number)."""
    for case in cases.values():
        for kind, examples in (("match", case.examples.match), ("ignore", case.examples.ignore)):
            for number, example in enumerate(examples):
                if bool(shown(case, example, rows, policy)) is not (kind == "match"):
                    yield case.id, kind, number


def recorded(board: Board, cases: Sequence[Case]) -> dict[str, list[dict[str, Any]]]:
    """The rows of a board that these cases look at, as far as they do, as an example has them."""
    wanted: dict[str, dict[str, None]] = {}
    every = [leaf for case in cases for leaf in leaves(case)]
    for leaf in every:
        wanted.setdefault(leaf.source, {}).update(dict.fromkeys(leaf.where))
    found: dict[str, list[dict[str, Any]]] = {}
    for source, names in sorted(wanted.items()):
        asking = [leaf for leaf in every if leaf.source == source]
        told = [_told(row, names) for row in board.rows(source) if _chosen(source, row, asking)]
        if told:
            found[source] = told
    return found


def _chosen(source: str, row: Row, asking: Sequence[Condition]) -> bool:
    past = Past(row.at)
    return any(
        row_truth(seen, leaf.chooses, past) is not Truth.NO
        for seen in scopes_within(source, row, True)
        for leaf in asking
    )


def leaves(case: Case) -> Iterator[Condition]:
    """Every condition on rows that decides about a finding."""
    for one in (*case.when, *([case.can_wait.unless] if case.can_wait else ())):
        if one is not None:
            yield from one.leaves()


def _told(row: Row, wanted: Mapping[str, None]) -> dict[str, Any]:
    told: dict[str, Any] = {"scope": row.ref.scope}
    if row.serves:
        told["serves"] = list(row.serves)
    names = [name for name in fact_names(type(row)) if name in IDENTITY or name in wanted]
    told |= {name: plain(_short(getattr(row, name))) for name in names}
    if {"severity", "owner"} & set(wanted):
        told |= {
            name: plain(getattr(row, name)) for name in ("severity", "owner") if name in wanted
        }
    series = {name: [_short(v) for v in row.series[name]] for name in names if name in row.series}
    return told | ({"series": series} if series else {})


def _short(value: Any) -> Any:
    return round(value, 2) if isinstance(value, float) else value
