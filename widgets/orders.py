"""The orders in which rows can stand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from console.model import Row

Order = Callable[[Row], tuple[object, ...]]


def worst_first(row: Row) -> tuple[object, ...]:
    """The usual order; rows equally bad keep the order their source gave them."""
    return (-row.severity,)


def by_name(row: Row) -> tuple[object, ...]:
    """By scope and name, for somebody who looks for one thing."""
    return (row.ref.scope, row.ref.name)


def by_fact(fact: str) -> Order:
    """Largest number first, texts from A, unknown last."""

    def order(row: Row) -> tuple[object, ...]:
        value = getattr(row, fact, None)
        if isinstance(value, datetime):
            value = value.timestamp()
        return (value is None, -value if isinstance(value, int | float) else str(value))

    return order
