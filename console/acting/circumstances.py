"""All that the guards judge by, gathered just before: values only, nothing is read here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from console.model import Arming, Board, Now, Order, Plan, Ref, Row, Snapshot
from console.sources import DERIVED

if TYPE_CHECKING:
    from console.config.plans import Remedy as Allowance

OFF_BOARD = frozenset({"contact"})  # kinds of target that no source shows
OLDEST = 120.0  # seconds that a deciding row may be old, however rarely it is asked


@dataclass(frozen=True, slots=True)
class Identified:
    """What an account or a cluster said just now about who it is."""

    name: str
    ok: bool
    said: str
    is_: str = ""
    """What must be the same when the plan is fired: account and role, API server and its CA."""
    by: str = ""
    """The session's name, where STS says one."""


@dataclass(frozen=True, slots=True)
class Past:
    """An act of the journal on one of the same targets."""

    remedy: str
    kind: str
    at: datetime
    """By the estate's clock."""
    by: str


@dataclass(frozen=True, slots=True)
class Window:
    """A planned window that is open now."""

    name: str
    title: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """One plan, the moment, and everything that speaks for or against it."""

    plan: Plan
    order: Order
    kind: str
    """Of the remedy."""
    acts_on: frozenset[str]
    takes_instance: bool
    allowance: Allowance
    now: Now
    board: Board
    """After what was too old was read again."""
    scopes: frozenset[str] = frozenset()
    """Every scope of the estate."""
    read_only: bool = False
    operator: str = ""
    """Why this console may not act, who else may; empty when it may."""
    arming: Arming | None = None
    disarmed: str = "not armed"
    """Why nothing is armed."""
    identities: tuple[Identified, ...] = ()
    past: tuple[Past, ...] = ()
    in_flight: str = ""
    """Who acts on the same target or scope right now."""
    unfinished: tuple[str, ...] = ()
    """Acts on the same targets or scopes that were begun and have no end, a sentence each."""
    open_windows: tuple[Window, ...] = ()
    auto: bool = False
    """The configuration marks the order's step as one that may go on unattended."""
    step_acted: str = ""
    """The act of the same step that was begun before, a sentence."""
    journal: str = ""
    """Why nothing can be written down."""

    @property
    def deciding(self) -> tuple[Snapshot, ...]:
        """The asked snapshots with the rows that decide."""
        refs = evidence(self.board, self.plan, self.order)
        return tuple(deciding(self.board, refs, self.plan.scopes))

    def rows_of(self, ref: Ref) -> tuple[Row, ...]:
        """What the board knows of a thing."""
        return tuple(
            row
            for snapshot in self.board.snapshots.values()
            for row in snapshot.rows
            if shows(row, ref)
        )


def shows(row: Row, ref: Ref) -> bool:
    """Whether a row tells of a thing. A topic has none of its own: its cluster's brokers do."""
    if ref.kind == "topic" and row.ref.scope == ref.scope:
        name = row.ref.name.rpartition("/")[2]  # no topic has a slash in its name
        return row.ref.kind == "broker" or (row.ref.kind == "lag" and name == ref.name)
    return row.ref == ref


def evidence(board: Board, plan: Plan, order: Order) -> frozenset[Ref]:
    """The rows that decide: the targets', and those that show the case."""
    shown = (
        ref
        for finding in board.findings
        if finding.case == order.case and finding.scope in plan.scopes
        for ref in finding.evidence
    )
    topics = [ref for ref in plan.targets if ref.kind == "topic"]
    behind = (
        row.ref
        for snapshot in (board.snapshots.values() if topics else ())
        for row in snapshot.rows
        if any(shows(row, ref) for ref in topics)
    )
    return frozenset((*plan.targets, *shown, *behind))


def deciding(board: Board, refs: frozenset[Ref], scopes: tuple[str, ...]) -> Iterator[Snapshot]:
    """Snapshots with just the rows that decide: these, and those about these scopes behind them."""
    wanted = set(scopes)
    holding = {
        snapshot.source: snapshot
        for snapshot in board.snapshots.values()
        if snapshot.source in DERIVED and any(row.ref in refs for row in snapshot.rows)
    }
    behind = {name for source in holding for name in DERIVED[source].inputs}
    for snapshot in board.snapshots.values():
        if snapshot.source in DERIVED:
            continue
        input_ = snapshot.source in behind
        rows = tuple(
            row
            for row in snapshot.rows
            if row.ref in refs or (input_ and wanted.intersection(row.scopes))
        )
        if rows:
            yield replace(snapshot, rows=rows)


def oldest_allowed(snapshot: Snapshot) -> timedelta:
    """How old a row may be that decides over an act."""
    return timedelta(seconds=min(2 * snapshot.interval, OLDEST))


def read_ago(snapshot: Snapshot, now: datetime) -> timedelta | None:
    """Time since the oldest of its values was read (real time), or None before the first."""
    age = snapshot.age(now)
    kept = (at for row in snapshot.rows for at in row.kept.values())
    return None if age is None else max([age, *(now - at for at in kept)])


def too_old(snapshot: Snapshot, now: datetime) -> str:
    """Why these rows cannot decide (real time), or nothing."""
    name = f"{snapshot.source} ({snapshot.part})"
    age = snapshot.age(now)
    if snapshot.trouble is not None:
        return f"{name} cannot be read: {snapshot.trouble.message}"
    if age is None:
        return f"{name} was never read"
    limit = oldest_allowed(snapshot)
    if snapshot.slept or age > limit:
        return f"{name} was read {_seconds(age)} ago; {_seconds(limit)} are allowed"
    for row in snapshot.rows:
        for fact, at in row.kept.items():
            if now - at > limit:
                read = f"{fact} of {row.ref.name} was read {_seconds(now - at)} ago"
                return f"{name}: {read} and not since; {_seconds(limit)} are allowed"
    return ""


def _seconds(time: timedelta) -> str:
    return f"{time.total_seconds():.0f} s"  # not in minutes: 121 s are more than 120
