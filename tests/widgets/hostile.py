"""Values whose every text is hostile: whatever a vendor may name, answer or print."""

from __future__ import annotations

import typing
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar

from console.model import Ref
from tests.widgets import boards

T = TypeVar("T")
TEXT = (
    "[red]x[/red][@click=app.quit]y[/]\x1b[2J\x1b]52;c;aGk=\x07\x9b31m\u202egnp\u2066\u200b"
    "\nline\r\nend\u2028\t'\"\\{0} " + "堺" * 3_400  # 10 kB
)
STEERS = {chr(n) for n in (*range(32), *range(127, 160))} - {"\n"} | set("\u202e\u2066\u200b\u2028")


def hostile(kind: type[T], /, **given: Any) -> T:
    """A value of a dataclass, each of its texts TEXT, save what is given."""
    return _built(kind, (), given)


def _built(kind: type[T], within: tuple[Any, ...], given: Mapping[str, Any]) -> T:
    """A type that may hold one of its own holds none there: it has to end somewhere."""
    assert is_dataclass(kind)
    hints, inside = _hints(kind), (*within, kind)
    told = {one.name: _value(hints[one.name], inside) for one in fields(kind)} | dict(given)
    return kind(**told)


@cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _value(hint: Any, within: tuple[Any, ...]) -> Any:
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if hint is str or hint is Any:
        return TEXT
    if hint is Ref:
        return Ref("deployment", TEXT, TEXT)
    if origin is Literal:
        return inner[-1]
    if origin in (typing.Union, UnionType):
        hint = next(one for one in inner if one is not NoneType)
        return None if hint in within else _value(hint, within)
    if origin is tuple:
        return tuple(_value(one, within) for one in inner if one is not ...)
    if origin is frozenset:
        return frozenset({_value(inner[0], within)})
    if origin is not None and issubclass(origin, Mapping):
        return {TEXT: _value(inner[1], within)}
    if hint is datetime:
        return boards.AT
    if isinstance(hint, type) and issubclass(hint, Enum):
        return list(hint)[-1]
    return _built(hint, within, {}) if is_dataclass(hint) else hint(1)
