"""TapeOpening what was recorded: a tape that nobody waits for any more holds nothing open."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from console.recording.backwards import TapeOpening
from tests.recording import nights


@pytest.mark.parametrize("late", [True, False], ids=["while it opens", "when it was open"])
def test_a_tape_that_nobody_waits_for_is_closed(tmp_path: Path, late: bool) -> None:
    nights.recorded(tmp_path)
    opening = TapeOpening(tmp_path)
    if late:
        opening.give_up()
    tape = opening.open()
    if not late:
        assert tape.board(0).snapshots
        opening.give_up()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        tape.board(0)
