"""Sources that are computed from others: part by part, as old as their oldest input."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from console.clock import real_now
from console.model import Board, Now, Row, Snapshot, Trouble
from console.model.issues import Issue
from console.poll import Context, Derived, Given
from console.sources import DERIVED


def derived(
    board: Board,
    context: Context,
    changed: Sequence[str],
    issues: tuple[Issue, ...] | None = None,
) -> Board:
    """The board with every derived source that is, or reads, a changed one computed anew."""
    clock = context.clock
    now = Now(clock.now(), real_now(), clock.speed)
    given = Given(context.estate, now, context.windows, context.flows, issues)
    for source in DERIVED.values():
        if not {source.name, *source.inputs}.isdisjoint(changed):
            board = board.with_(*derive(source, board, given))
    return board


def derive(source: Derived, board: Board, given: Given) -> tuple[Snapshot, ...]:
    """One snapshot a part: one expired login neither ages nor freshens another part's rows."""
    inputs: dict[str, list[Snapshot]] = {}
    for snapshot in (one for name in source.inputs for one in board.parts(name)):
        for part in source.parts(snapshot, given):
            inputs.setdefault(part, []).append(snapshot)
    rows: dict[str, list[Row]] = {part: [] for part in inputs}
    if any(snapshot.taken_at for own in inputs.values() for snapshot in own):
        try:
            for row in source.derive(board, given):
                rows.setdefault(source.part(row, given.estate), []).append(row)
        except Exception as error:  # one look of a source: it may fail, the console must not
            return tuple(_failed(source, part, board, own, error) for part, own in inputs.items())
    every = [snapshot for own in inputs.values() for snapshot in own]
    return tuple(
        _part(source, part, mine, inputs.get(part) or every, given) for part, mine in rows.items()
    )


def _part(
    source: Derived, name: str, rows: Sequence[Row], inputs: Sequence[Snapshot], given: Given
) -> Snapshot:
    """As old as the oldest input it rests on, in the worst one's trouble; no answer = no time."""
    own = source.ground(inputs, given)
    taken = [snapshot.taken_at for snapshot in own]
    known = [at for at in taken if at is not None]
    oldest = min(known) if len(known) == len(taken) else None
    now = given.now.real
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
