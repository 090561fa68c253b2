"""Columns of what is behind load balancers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from widgets.columns import STATE, Column, fact, name, why
from widgets.look import Cell, Look
from widgets.symbols import TONES
from widgets.words import age, clean

if TYPE_CHECKING:
    from console.sources.targets import TargetGroup


def _healthy(row: TargetGroup, look: Look) -> Cell:
    """`2 of 3`: what a person counts before one is taken away; `2 of 3, 3 h 00 m old` in turns."""
    if row.healthy is None:
        return Cell(look.symbols.none, "dim")
    told = f"{row.healthy} of {row.total}"
    if at := row.kept.get("healthy"):
        return Cell(f"{told}, {age(look.now.real - at)} old", "dim")
    return Cell(told, "" if row.healthy == row.total else TONES[row.severity])


def _hosts(row: TargetGroup, look: Look) -> Cell:
    """The first host name, and how many more; the filter finds the others as well."""
    if not row.hosts:
        return Cell(look.symbols.none, "dim")
    more = f" +{len(row.hosts) - 1}" if len(row.hosts) > 1 else ""
    return Cell(clean(row.hosts[0], look.symbols) + more)


TARGETS = (
    STATE,
    name("group", widest=32, least=12),
    Column("healthy", _healthy, right=True, fact="healthy"),
    fact("draining", drop=4),
    Column("host names", _hosts, drop=3, widest=36, least=14),
    name("balancer", widest=24, least=10, drop=5),
    why(drop=1),
)
