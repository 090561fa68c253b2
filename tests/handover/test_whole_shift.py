"""A shift of eight hours by its recording: the document, and the evidence beside its items."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from console.handover.evidence import as_it_was
from console.handover.exports import written
from console.journal import JOURNAL
from console.model import Severity
from console.recording.shelf import recordings
from tests.handover.last_look import board
from tests.handover.named import BEGAN, CROW, DISK, LOAD, PUSH
from tests.handover.recorded_shift import HOLE, ZONE, as_of, document, record, told
from tests.handover.shift import item, moment, write

GOLDEN = Path(__file__).parents[1] / "golden"
OPEN = (LOAD, DISK, PUSH)


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state directory of the console that lived through it."""
    made = tmp_path_factory.mktemp("shift")
    write(made / JOURNAL)
    record(made)
    return made


@pytest.mark.parametrize("lang", ["en", "ja", "fr", "ru"])
def test_the_document_of_a_recorded_shift_is_the_golden_one_in_every_language(
    state: Path, lang: str
) -> None:
    text = written(document(state, lang), "md")
    golden = GOLDEN / f"handover.{lang}.md"
    if not golden.exists():
        golden.write_text(text, encoding="utf-8")
        pytest.fail(f"{golden.name} was not there: look at it, then commit it")
    assert text == golden.read_text(encoding="utf-8")


def test_everything_that_has_to_be_handed_over_is_in_it(state: Path) -> None:
    shift = document(state)
    ids = {one.id: [item.id for item in one.items] for one in shift.sections}
    assert ids["open"] == [f"finding:{one}" for one in OPEN]
    assert len(ids["acts"]) == 2 and len(ids["unfinished"]) == 1 and len(ids["questions"]) == 1
    assert ids["deferred"] == [f"deferred:{CROW}"]


def test_the_recording_is_two_days_and_ends_with_the_board_that_was_live(state: Path) -> None:
    assert [path.stem for path in recordings(state)] == ["2026-12-11", "2026-12-12"]
    assert told(state)["board"] == board()


def test_the_worst_is_what_was_recorded_also_where_it_is_well_again(state: Path) -> None:
    worst = told(state)["worst"]
    at = {scope: (one.severity, one.at.estate) for scope, one in worst.items() if one.severity}
    assert at["mizushima/prod"] == (Severity.CRITICAL, moment(30).estate)
    assert at["sakai/prod"] == (Severity.CRITICAL, moment(60).estate)
    assert at["kawasaki/prod"] == (Severity.CRITICAL, moment(400).estate)
    assert at["negishi/prod"] == (Severity.UNKNOWN, moment(470).estate)
    assert at["marifu/prod"] == (Severity.WARNING, moment(460).estate)
    assert "kashima/prod" not in at


def test_the_hole_in_it_is_told_and_nothing_else(state: Path) -> None:
    (hole,) = told(state)["gaps"]
    assert (hole.since, hole.until) == tuple(moment(minute).real for minute in HOLE)
    assert hole.why == "nobody recorded"


@pytest.mark.parametrize("finding", OPEN)
def test_the_evidence_of_what_is_open_is_the_board_of_its_moment(state: Path, finding: str) -> None:
    shown = as_it_was(state, item(document(state), f"finding:{finding}"), ZONE)
    assert shown.why == "" and shown.at is not None and shown.sought is not None
    assert timedelta(0) <= shown.sought.real - shown.at.real < timedelta(minutes=1)
    minute = (shown.at.real - BEGAN) / timedelta(minutes=1)
    assert shown.board == as_of(minute, board()), "as it was then"
    assert shown.board is not None and finding in {one.id for one in shown.board.findings}


def test_the_act_without_an_end_shows_what_was_known_when_it_was_begun(state: Path) -> None:
    (act,) = document(state).section("unfinished").items
    shown = as_it_was(state, act, ZONE)
    assert shown.board is not None and shown.at is not None
    assert shown.at.real == moment(470).real
