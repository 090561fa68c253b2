"""Values read back from JSON, the reverse of `plain`: what is none of them is no error."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from console.model.board import Ref


def time_of(value: object) -> datetime | None:
    """A time as JSON has it."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo else None


def refs_of(value: Any) -> tuple[Ref, ...]:
    """References as JSON has them; what is none is left out."""
    told = [one for one in value or () if isinstance(one, Mapping)]
    names = ("kind", "scope", "name")
    return tuple(Ref(*(str(one.get(name, "")) for name in names)) for one in told)
