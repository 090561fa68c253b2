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
    assert is_dataclass(kind)
    hints = _hints(kind)
    told = {one.name: _value(hints[one.name]) for one in fields(kind)} | given
    return kind(**told)


@cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _value(hint: Any) -> Any:
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if hint is str or hint is Any:
        return TEXT
    if hint is Ref:
        return Ref("deployment", TEXT, TEXT)
    if origin is Literal:
        return inner[-1]
    if origin in (typing.Union, UnionType):
        return _value(next(one for one in inner if one is not NoneType))
    if origin is tuple:
        return tuple(_value(one) for one in inner if one is not ...)
    if origin is frozenset:
        return frozenset({_value(inner[0])})
    if origin is not None and issubclass(origin, Mapping):
        return {TEXT: _value(inner[1])}
    if hint is datetime:
        return boards.AT
    if isinstance(hint, type) and issubclass(hint, Enum):
        return list(hint)[-1]
    return hostile(hint) if is_dataclass(hint) else hint(1)
