"""Where a drill is kept, for how long, and what is printed at its end."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from console.clock import real_now
from console.commands.drill import MISSED, Place, set_apart, tell
from console.commands.init import shipped
from console.drill import Goal
from console.estates import state_directory


@pytest.fixture
def drills(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The drills of a state directory."""
    monkeypatch.setenv("ONCALL_STATE", str(tmp_path))
    return tmp_path / "drills"


def test_a_drill_has_a_place_of_its_own_that_does_not_tell_its_name(
    drills: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = set_apart().state
    assert first.parent == drills
    assert state_directory("demo") == first / "demo"
    monkeypatch.setenv("ONCALL_STATE", str(drills.parent))
    assert set_apart().state != first


def test_drills_of_more_than_a_week_ago_are_deleted_and_nothing_else_is(drills: Path) -> None:
    old, young = (f"{real_now() - timedelta(days=days):%Y%m%d-%H%M%S}-a1" for days in (8, 6))
    for name in (old, young, "mine", "20209999-999999-a1"):
        (drills / name / "demo").mkdir(parents=True)
        (drills / name / "demo" / "journal.jsonl").write_text("")
    place = set_apart()
    assert place.deleted == 1
    assert {one.name for one in drills.iterdir()} == {
        young,
        "mine",
        "20209999-999999-a1",
        place.state.name,
    }


@pytest.mark.parametrize(("deleted", "said"), [(0, ""), (1, "1 drill of"), (3, "3 drills of")])
def test_the_debrief_says_what_was_deleted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], deleted: int, said: str
) -> None:
    assert tell("quiet: x", Goal(good=""), shipped(), Place(tmp_path, deleted)) == MISSED
    last = capsys.readouterr().out.splitlines()[-1]
    wanted = f"Deleted: {said} more than 7 days ago." if said else "The journal of this drill: "
    assert last.startswith(wanted)
