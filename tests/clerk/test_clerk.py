"""What the clerk keeps of the journal, of acts and of checklists, on a real console."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acting.world import Server, serving
from tests.widgets.office import office


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as made:
        yield made


async def test_a_damaged_line_leaves_runs_and_notes_on_the_screen_and_stays_told(
    tmp_path: Path, server: Server
) -> None:
    async with office(tmp_path, server) as hand:
        await hand.press("c")
        await hand.until(lambda: "space ticks it" in hand.seen)
        await hand.press("n", *"ok", "enter")
        await hand.until(lambda: "note: ok" in hand.seen)
    path = tmp_path / "journal.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"finding.seen"', b'"finding.sEEn"'))
    async with office(tmp_path, server) as hand:
        await hand.until(lambda: hand.app.affairs.runs)
        assert "the line was changed" in hand.seen, "it is said"
        await hand.press("c")
        await hand.until(lambda: "note: ok" in hand.seen)
        assert [one.id for one in hand.app.affairs.runs] == [hand.app.affairs.runs[0].id]
        await hand.press("space", "q", "J")
        await hand.until(lambda: "ended  done" in hand.seen)
        assert ":1: the line was changed" in hand.seen, "growth does not heal it"
