"""What the facts of a row are, and the words they may say, as its type tells."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from console.model import BASE_FIELDS, Row, Severity, fact_names

FactKind = Literal["number", "text", "flag", "time", "other"]
COMMON: dict[str, FactKind] = {"severity": "text", "owner": "text", "scope": "text"}
"""What may be said of every row."""
# mypy takes the hash of a row for that of its type
hints: Callable[[type[Row]], Mapping[str, Any]] = cache(get_type_hints)  # type: ignore[assignment]
"""Fact → its type; asked a thousand times while cases are checked, it takes milliseconds."""


def words(row: type[Row], fact: str) -> tuple[str, ...]:
    """The words a fact may say, or none where any will do."""
    if fact == "severity":
        return tuple(severity.name.lower() for severity in Severity)
    hint = _known(hints(row).get(fact))
    return get_args(hint) if get_origin(hint) is Literal else ()


def kinds(row: type[Row]) -> dict[str, FactKind]:
    """A row type's facts and what each is: number, text, flag or time."""
    told = hints(row)
    own = {name: _kind(told[name]) for name in fact_names(row) if name not in BASE_FIELDS}
    return {**own, **COMMON}


def _kind(annotation: Any) -> FactKind:
    known = _known(annotation)
    plain: dict[Any, FactKind] = {
        int: "number",
        float: "number",
        str: "text",
        bool: "flag",
        datetime: "time",
    }
    return "text" if get_origin(known) is Literal else plain.get(known, "other")


def _known(annotation: Any) -> Any:
    """What a fact is where it is known: `str | None` → str; None where it may be several things."""
    if get_origin(annotation) not in {Union, types.UnionType}:
        return annotation
    inner = [each for each in get_args(annotation) if each is not type(None)]
    return inner[0] if len(inner) == 1 else None
