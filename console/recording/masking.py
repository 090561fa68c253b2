"""What leaves secrets out of a recording: a vendor's error may repeat a password. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints
from urllib.parse import quote

from console.config.secrets import MASK, is_secret, masked, passwords
from console.lines import decode, encode
from console.model import Ref, Row
from console.recording.codec import as_bytes

LEAST = 6
"""Characters of a secret; shorter ones would take parts out of other words."""
NAMES = frozenset(
    {
        *("act", "case", "evidence", "finding", "kind", "owner", "part", "ref", "refs", "remedy"),
        *("run", "scope", "scopes", "serves", "severity", "source", "step", "target", "targets"),
    }
)
"""What is called so is the name of a thing: without it nothing is found again."""
PLACES = ("PWD", "_FILE", "_PATH", "_DIR", "DIRECTORY")
"""Ends of variables that say where something lies."""
_QUERIED = re.compile(rb'[?&][^=&#\s"]*=[^&#\s"]')
T = TypeVar("T")


def of_environment(environ: Mapping[str, str]) -> Iterator[str]:
    """The secrets that variables hold, by their names; and passwords in addresses."""
    for name, value in environ.items():
        if is_secret((name,)) and not name.upper().endswith(PLACES):
            yield value
        yield from passwords(value)


class Masking:
    """The secrets of an estate, and whatever they are left out of."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        long = {form for one in secrets if len(one) >= LEAST for form in _forms(one)}
        self._long = sorted(long, key=len, reverse=True)
        self._told = [as_bytes(one)[1:-1] for one in self._long]

    def told(self, value: T, tell: Callable[[T], bytes]) -> bytes:
        """What `tell` makes of a value, and of the same without secrets where it has one."""
        told = tell(value)
        return tell(self._without(value)) if self._concerns(told) else told

    def line(self, line: bytes) -> bytes:
        """A line of the journal, with a sum of its own where a secret stood in it."""
        if not self._concerns(line):
            return line
        entry = decode(line)
        return encode(replace(entry, data=self._without(entry.data)))

    def _concerns(self, told: bytes) -> bool:
        if any(one in told for one in self._told):
            return True
        if b"://" not in told:
            return False
        return bool(_QUERIED.search(told)) or (b"@" in told and bool(passwords(told.decode())))

    def text(self, text: str) -> str:
        """Each secret as stars, and the passwords and queries of addresses."""
        for one in self._long:
            text = text.replace(one, MASK)
        return masked(text)

    def _without(self, value: Any, keep: frozenset[str] = frozenset()) -> Any:
        """The same without secrets. Keys, names of things, and words of this program's own stay."""
        if type(value) is str:
            return value if value in keep else self.text(value)
        if isinstance(value, tuple | list | frozenset):
            return type(value)(self._without(one, keep) for one in value)
        if isinstance(value, Mapping):
            if set(value) == {"kind", "scope", "name"}:
                return value
            return {k: v if k in NAMES else self._without(v, keep) for k, v in value.items()}
        if isinstance(value, Ref) or not is_dataclass(value):
            return value
        return self._fact_by_fact(value)

    def _fact_by_fact(self, value: Any) -> Any:
        keep = _words(type(value)) | _called(value)  # type: ignore[arg-type]
        told = ((one.name, getattr(value, one.name)) for one in fields(value))
        return replace(
            value, **{name: self._without(one, keep) for name, one in told if name not in NAMES}
        )


def _forms(secret: str) -> Iterator[str]:
    """As it is, and as others quote it in what they say."""
    yield secret
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield quote(secret.encode("utf-8", "replace"), safe="")


def _called(value: object) -> frozenset[str]:
    """The names of what a row is about."""
    if not isinstance(value, Row):
        return frozenset()
    ref = value.ref
    return frozenset((ref.kind, ref.scope, ref.name, *ref.scope.split("/")))


@cache
def _words(kind: type[Any]) -> frozenset[str]:
    """All that a type's facts may say by this program's own words."""
    return frozenset(word for hint in get_type_hints(kind).values() for word in _literals(hint))


def _literals(hint: object) -> Iterator[str]:
    if get_origin(hint) is Literal:
        yield from (one for one in get_args(hint) if isinstance(one, str))
        return
    for one in get_args(hint):
        yield from _literals(one)
