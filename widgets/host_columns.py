"""Columns of machines from the inside, of Sidekiq and of backups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.model import Board
from widgets.columns import STATE, Column, fact, name, why
from widgets.look import Cell, Look, in_words
from widgets.symbols import TONES
from widgets.words import clean, number

if TYPE_CHECKING:
    from console.sources.backups import Backup
    from console.sources.hosts import Host
    from console.sources.sidekiq import Sidekiq

FINE = (None, "active")


def _scopes(row: Host | Sidekiq | Backup, look: Look) -> Cell:
    """`sakai+kawasaki/prod`: the sites of each environment together."""
    sites: dict[str, list[str]] = {}
    for scope in row.scopes:
        site, _, env = scope.partition("/")
        sites.setdefault(env, []).append(site)
    told = " ".join(f"{'+'.join(some)}/{env}" for env, some in sites.items())
    return Cell(clean(told, look.symbols))


def _disk(row: Host, look: Look) -> Cell:
    mount = f" {clean(row.disk_mount or '', look.symbols)}" if row.disk_pct is not None else ""
    return Cell(in_words("disk_pct", row.disk_pct, look) + mount)


def _units(row: Host, look: Look) -> Cell:
    """Of puma, Sidekiq, nginx and cron those that do not run; else that all do."""
    states = {kind: getattr(row, kind) for kind in ("puma", "sidekiq", "nginx", "cron")}
    if all(state is None for state in states.values()):
        return Cell(look.symbols.none, "dim")
    bad = [f"{kind} {state}" for kind, state in states.items() if state not in FINE]
    return Cell(clean(", ".join(bad), look.symbols) or "active", TONES[row.severity] if bad else "")


def _killer(row: Host, look: Look) -> Cell:
    verdict = (row.worker_killer or "").replace("_", " ")
    tone = "" if verdict == "fits" else TONES[row.severity]
    return Cell(verdict or look.symbols.none, tone if verdict else "dim")


def _gb(mb: float | None, look: Look) -> Cell:
    return Cell(look.symbols.none, "dim") if mb is None else Cell(f"{number(mb / 1000)} GB")


def _change(row: Backup, look: Look) -> Cell:
    if row.change_pct is None:
        return Cell(look.symbols.none, "dim")
    return Cell(f"{row.change_pct:+.0f} %")


def _usd(value: float | None, look: Look) -> Cell:
    return Cell(look.symbols.none, "dim") if value is None else Cell(f"${value:,.2f}")


def _proven(row: Backup, look: Look) -> Cell:
    return Cell(in_words("proven", row.proven, look), "" if row.proven else TONES[row.severity])


def hosts_about(board: Board, look: Look) -> str:
    """The call that reads them: it runs a command on every machine listed."""
    documents = {getattr(row, "document", None) or "" for row in board.rows("hosts")} - {""}
    said = ", ".join(sorted(documents))
    return clean(f"ssm SendCommand {said}", look.symbols) if said else ""


HOSTS = (
    STATE,
    name("name", widest=24, least=12),
    Column("serves", _scopes, drop=5, widest=28, least=10),
    fact("load1", "load", drop=1),
    fact("vcpus", drop=6),
    fact("mem_pct", "mem", drop=1),
    Column("disk", _disk, drop=1, widest=18, least=6),
    fact("inodes_pct", "inodes", drop=5),
    fact("deleted_mb", "deleted", drop=6),
    Column("units", _units, widest=30, least=8),
    Column("killer", _killer, drop=3, widest=9, least=9),
    fact("oom_recent", "OOM", drop=4),
    fact("rotated_s", "rotated", drop=7),
    fact("booted_at", "booted", drop=8),
    why(drop=2),
)
SIDEKIQ = (
    STATE,
    name("app", widest=28, least=10),
    Column("serves", _scopes, drop=3, widest=28, least=10),
    fact("processes"),
    fact("busy", drop=4),
    fact("waiting"),
    fact("oldest_s", "oldest", drop=1),
    fact("retry", drop=3),
    fact("schedule", drop=5),
    why(drop=1),
)
BACKUPS = (
    STATE,
    Column("serves", _scopes, drop=1, widest=20, least=10),
    name("bucket", widest=28, least=12, drop=2),
    fact("prefix", right=False),
    Column("proven", _proven),
    fact("age_s", "newest"),
    Column("size", lambda row, look: _gb(row.size_mb, look), right=True),
    Column("usual", lambda row, look: _gb(row.usual_mb, look), right=True, drop=4),
    Column("change", _change, right=True, drop=3),
    fact("objects", drop=6),
    Column("total", lambda row, look: _gb(row.total_mb, look), right=True, drop=5),
    Column("storage/month", lambda row, look: _usd(row.storage_usd, look), right=True, drop=5),
    Column("transfer/month", lambda row, look: _usd(row.transfer_usd, look), right=True, drop=7),
    fact("public", drop=6, right=False),
    why(drop=2),
)
