"""A snapshot or the findings as bytes, and back: equal to what it was, by the types of its rows.

An older program's rows are read as far as their facts still have a place: a fact that is gone is
left out, a new one takes its default; where it has none, the part says that it cannot be read.
"""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError, to_json, to_jsonable_python

from console.model import Finding, Row, Snapshot, Trouble
from console.sources import row_types

UNREADABLE = "recorded by another version of this program, and this one cannot read it"


@cache
def _snapshots() -> TypeAdapter[Snapshot]:
    return TypeAdapter(Snapshot)


@cache
def _findings() -> TypeAdapter[tuple[Finding, ...]]:
    return TypeAdapter(tuple[Finding, ...])


@cache
def _row(source: str) -> TypeAdapter[Row] | None:
    kind = row_types().get(source)
    return TypeAdapter(kind) if kind else None


@cache
def _typed(source: str) -> dict[str, TypeAdapter[Any]]:
    """Facts of a row that its own types say nothing of."""
    named = ((one.name, one.metadata.get("type")) for one in fields(row_types()[source]))
    return {name: TypeAdapter(kind()) for name, kind in named if kind is not None}


def _whole_rows(source: str, rows: tuple[Row, ...]) -> tuple[Row, ...]:
    told = _typed(source)
    if not told:
        return rows
    made = (
        {name: kind.validate_python(getattr(row, name)) for name, kind in told.items()}
        for row in rows
    )
    return tuple(replace(row, **one) for row, one in zip(rows, made, strict=True))


def as_bytes(value: object) -> bytes:
    """A value of the model as JSON."""
    try:
        # a read-only mapping is no JSON of its own; rows hold them so that nobody changes a fact
        return to_json(value, fallback=dict, inf_nan_mode="constants")
    except PydanticSerializationError:  # half a surrogate, which UTF-8 has no bytes for
        told = to_jsonable_python(value, fallback=dict, inf_nan_mode="constants")
        return to_json(_whole(told), inf_nan_mode="constants")


def _whole(value: Any) -> Any:
    """The same, each half of a surrogate as its JSON escape."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, list):
        return [_whole(one) for one in value]
    if isinstance(value, dict):
        return {_whole(key): _whole(one) for key, one in value.items()}
    return value


def of_snapshot(snapshot: Snapshot) -> bytes:
    """Its head, and each row, on a line of its own.

    Row by row: the loop waits for what is made in one call, and 10,000 rows take half a second.
    """
    return b"\n".join(map(as_bytes, (replace(snapshot, rows=()), *snapshot.rows)))


def to_snapshot(told: bytes) -> Snapshot:
    """What `of_snapshot` made; rows that no longer fit are left out, and the snapshot says so."""
    head, *lines = told.split(b"\n")
    snapshot = _snapshots().validate_json(head)
    row = _row(snapshot.source)
    try:
        if row is None:
            raise ValueError(snapshot.source)
        rows = tuple(map(row.validate_json, lines))
        return replace(snapshot, rows=_whole_rows(snapshot.source, rows))
    except (ValidationError, ValueError):
        since = snapshot.taken_at or (snapshot.trouble and snapshot.trouble.since)
        trouble = snapshot.trouble or (Trouble(UNREADABLE, since) if since else None)
        return replace(snapshot, trouble=trouble)


def of_findings(findings: tuple[Finding, ...]) -> bytes:
    """The findings of a board."""
    return as_bytes(findings)


def to_findings(told: bytes) -> tuple[Finding, ...]:
    """What `of_findings` made. Raises ValueError where they no longer fit."""
    return _findings().validate_json(told)
