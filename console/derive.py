"""Sources that are computed from others: part by part, as old as their oldest input."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from console.clock import real_now
from console.model import Board, Row, Snapshot, Trouble
from console.poll import Context, Derived
from console.sources import DERIVED


def derived(board: Board, context: Context, changed: Sequence[str]) -> Board:
    """The board with every derived source that reads one of the changed sources computed anew."""
    for source in DERIVED.values():
        if not set(source.inputs).isdisjoint(changed):
            board = board.with_(*derive(source, board, context))
    return board


def derive(source: Derived, board: Board, context: Context) -> tuple[Snapshot, ...]:
    """One snapshot a part: one expired login neither ages nor freshens another part's rows."""
    inputs = [snapshot for name in source.inputs for snapshot in board.parts(name)]
    parts: dict[str, list[Row]] = {snapshot.part: [] for snapshot in inputs}
    if any(snapshot.taken_at for snapshot in inputs):
        try:
            rows = source.derive(board, context.estate, context.clock.now())
        except Exception as error:  # one look of a source: it may fail, the console must not
            return tuple(_failed(source, name, board, inputs, error) for name in parts)
        for row in rows:
            parts.setdefault(source.part(row, context.estate), []).append(row)
    return tuple(_part(source, name, mine, inputs) for name, mine in parts.items())


def _part(source: Derived, name: str, rows: Sequence[Row], inputs: Sequence[Snapshot]) -> Snapshot:
    """As old as its oldest input, in the worst input's trouble; never answered = no time."""
    own = [snapshot for snapshot in inputs if snapshot.part == name] or inputs
    taken = [snapshot.taken_at for snapshot in own]
    known = [at for at in taken if at is not None]
    oldest = min(known) if len(known) == len(taken) else None
    now = real_now()
    worst = max(own, key=lambda snapshot: snapshot.freshness(now).rank)
    trouble = worst.trouble and replace(
        worst.trouble, message=f"{worst.source}: {worst.trouble.message}"
    )
    interval = max(snapshot.interval for snapshot in own)
    slept = any(snapshot.slept for snapshot in own)
    shown = tuple(rows) if known else ()
    return Snapshot(source.name, name, interval, oldest, shown, trouble, slept)


def _failed(
    source: Derived, name: str, board: Board, inputs: Sequence[Snapshot], error: Exception
) -> Snapshot:
    """The part keeps its rows and its time, and says what went wrong."""
    blank = Snapshot(source.name, name, max(snapshot.interval for snapshot in inputs))
    last = board.snapshots.get((source.name, name), blank)
    since = last.trouble.since if last.trouble else real_now()
    return replace(last, trouble=Trouble(f"{type(error).__name__}: {error}", since))
