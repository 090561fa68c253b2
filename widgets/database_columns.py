"""Columns of the databases pane: what a database does, what it waits for, what it lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from widgets.columns import STATE, Column, fact, name, why
from widgets.look import Cell, Look
from widgets.symbols import TONES
from widgets.words import clean, number

if TYPE_CHECKING:
    from console.sources.databases import Database


def _load(row: Database, look: Look) -> Cell:
    """Active sessions against the cores that work them off."""
    if row.load is None:
        return Cell(look.symbols.none, "dim")
    cores = look.symbols.none if row.vcpus is None else str(row.vcpus)
    many = row.vcpus is not None and row.load > row.vcpus
    return Cell(f"{row.load:.1f} / {cores}", TONES[row.severity] if many else "")


def _locks(row: Database, look: Look) -> Cell:
    if row.lock_load is None:
        return Cell(look.symbols.none, "dim")
    return Cell(f"{row.lock_load:.1f}", TONES[row.severity] if row.lock_load >= 1 else "")


def _free(row: Database, look: Look) -> Cell:
    if row.free_storage_mb is None:
        return Cell(look.symbols.none, "dim")
    used = "" if row.storage_pct is None else f" ({100 - row.storage_pct:.0f} %)"
    return Cell(f"{number(row.free_storage_mb / 1024)} GB{used}")


def _ms(value: float | None, look: Look) -> Cell:
    return Cell(look.symbols.none, "dim") if value is None else Cell(f"{number(value)} ms")


def _statement(row: Database, look: Look) -> Cell:
    """The one that costs most, with its share; its text comes from outside."""
    if not row.top_sql:
        return Cell(look.symbols.none, "dim")
    share = "" if row.top_sql_pct is None else f"{row.top_sql_pct:.0f} % "
    return Cell(share + clean(row.top_sql, look.symbols))


DATABASES = (
    STATE,
    name("db_id", widest=24, least=14),
    fact("status", drop=2, right=False),
    fact("cpu_pct", "CPU"),
    Column("load", _load, right=True),
    Column("locks", _locks, right=True, drop=1),
    fact("connections", drop=3),
    Column("free storage", _free, right=True, drop=2),
    Column("read", lambda row, look: _ms(row.read_ms, look), right=True, drop=5),
    fact("replication_lag_s", "replica lag", drop=7),
    Column("top statement", _statement, drop=2, widest=44, least=12),
    fact("maintenance", drop=6, right=False),
    fact("db_class", drop=8, right=False),
    why(drop=1),
)
