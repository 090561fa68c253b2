"""What was live against what is recorded of it."""

from __future__ import annotations

import sqlite3
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from random import Random

from console.model import Board
from console.recording.file import FINDINGS, unpack
from console.recording.recording import Recording
from console.recording.shelf import recordings

MOMENTS = 200


def changes(boards: Sequence[Board]) -> list[Board]:
    """Without those on which nothing is new: they are no moments of their own."""
    return [after for before, after in pairwise((Board(), *boards)) if _differ(before, after)]


def _differ(before: Board, after: Board) -> bool:
    new = any(before.snapshots.get(key) != one for key, one in after.snapshots.items())
    return new or before.findings != after.findings


def newest(state: Path) -> Recording:
    return Recording(recordings(state)[-1])


def with_frames(path: Path) -> list[int]:
    """The indexes at which something was new on the board, and not in the journal alone."""
    with closing(sqlite3.connect(path)) as file:
        told = file.execute("select distinct instant from frame order by instant").fetchall()
    return [number - 1 for (number,) in told]


def assert_equal(live: Sequence[Board], state: Path) -> int:
    """200 random moments are what was live; how many there were to choose from.

    The recorder may begin a little later than the first board, and end with the last one.
    """
    recording = newest(state)
    frames, boards = with_frames(recording.path), changes(live)
    last = recording.board(frames[-1])
    ends = [at for at in range(len(boards), 0, -1) if boards[at - 1] == last]
    assert ends, "the last board that is recorded was never live"
    boards = boards[: ends[0]][-len(frames) :]
    for index in set(Random(5).choices(range(frames[0], len(recording)), k=MOMENTS)):
        board, was = recording.board(index), boards[bisect_right(frames, index) - 1]
        assert board == was
        assert list(board.snapshots) == list(was.snapshots), "panes show the parts in this order"
    recording.close()
    return len(frames)


def decompressed(path: Path) -> Iterator[bytes]:
    """Every frame and every line of a recording, as it was before it was packed."""
    with closing(sqlite3.connect(path)) as file:
        whole: dict[tuple[int, int], bytes] = {}
        told = "select stream, instant, whole, body from frame order by instant"
        for stream, instant, base, body in file.execute(told):
            if base == instant:
                whole[stream, instant] = unpack(body)
            yield unpack(body, None if base == instant else whole[stream, base])
        for (line,) in file.execute("select line from entry"):
            yield line
        yield from (" ".join(map(str, row)).encode() for row in file.execute("select * from gap"))
        kept = file.execute("select count(*) from stream where source = ?", FINDINGS[:1])
        assert kept.fetchone()[0]
