"""What the document may not know asks to be acknowledged, and until then nothing changes hands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from console.handover import hands
from console.handover.doubts import brought
from console.handover.given import Gap
from console.journal import Journal
from console.model import Board, Entry, Severity, Snapshot
from console.model.board import Trouble
from console.model.handover import Handover, Item
from tests.handover.last_look import board
from tests.handover.named import BEGAN, ENDED, NOW
from tests.handover.shift import made, moment, write

SHIFT = "a1b2"
LATER = ENDED - timedelta(minutes=40)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """Of a shift that is being handed over."""
    write(tmp_path / "journal.jsonl")
    add(tmp_path / "journal.jsonl", hands.offer(SHIFT, "M.", "N.", None))
    return tmp_path / "journal.jsonl"


def add(path: Path, draft: Any) -> None:
    Journal(path, now=lambda: ENDED).append(draft.kind, by="m", **draft.data)


def bundled(path: Path, shift: str = SHIFT, **told: Any) -> None:
    data = {"by": "t", "made_at": LATER.isoformat(), "entries": 3, "shift": shift} | told
    Journal(path, now=lambda: ENDED).append("note", by="n", text="taken over", bundle=data)


def found(path: Path, id: str, lang: str = "en", **changes: Any) -> Item | None:
    return made(path, lang, **changes).item(id)


def test_a_journal_that_was_not_read_whole_is_acknowledged_or_the_shift_stays(
    journal: Path,
) -> None:
    why = "journal.jsonl:7: the line was changed; the other lines are read"
    item = found(journal, "journal", trouble=why)
    assert item is not None and item.asks and item.lines == (why,) and item.next
    told = made(journal, trouble=why)
    ledger = hands.folded(Journal(journal).entries())
    going_on = hands.under_way(ledger)
    assert going_on is not None and item in going_on.left(told)
    with pytest.raises(ValueError, match="items are not acknowledged"):
        hands.take(going_on, told, "N.")
    other = found(journal, "journal", trouble="journal.jsonl:9: the line was changed")
    assert other is not None and other.mark != item.mark, "what is worse by then is read again"
    assert found(journal, "journal") is None


def test_what_came_with_a_bundle_says_as_of_when_and_asks(journal: Path) -> None:
    assert found(journal, "bundle") is None, "it was offered here"
    bundled(journal, left_out=["the recording of 2026-12-10: it is damaged"])
    item = found(journal, "bundle")
    assert item is not None and item.asks
    assert item.title == "Taken from a bundle: it is known as of 2026-12-12 00:50"
    assert item.lines[0].startswith("that was 40 min ago; what was done on the other computer")
    assert item.lines[1:] == (
        "made by t",
        "not in the bundle: the recording of 2026-12-10: it is damaged",
    )
    others = [found(journal, "bundle", lang) for lang in ("ja", "fr", "ru")]
    assert {one.mark for one in others if one} == {item.mark}


def test_a_newer_bundle_is_read_anew_and_an_older_one_changes_nothing(journal: Path) -> None:
    bundled(journal)
    first = found(journal, "bundle")
    bundled(journal, made_at=(LATER - timedelta(hours=1)).isoformat())
    assert first is not None and found(journal, "bundle") == first
    bundled(journal, made_at=(LATER + timedelta(minutes=10)).isoformat())
    second = found(journal, "bundle")
    assert second is not None and second.mark != first.mark
    assert second.lines[0].startswith("that was 30 min ago")


def test_a_bundle_of_the_future_says_that_a_clock_is_wrong(journal: Path) -> None:
    bundled(journal, made_at=(ENDED + timedelta(minutes=10)).isoformat())
    item = found(journal, "bundle")
    assert item is not None and "one of both clocks is wrong" in item.lines[0]


def test_a_bundle_of_another_change_of_hands_or_of_none_is_as_old(journal: Path) -> None:
    bundled(journal, shift="5f3a")
    other = found(journal, "bundle")
    bundled(journal, shift="", made_at=(LATER + timedelta(minutes=1)).isoformat())
    none = found(journal, "bundle")
    assert other is not None and none is not None and other.title != none.title


def test_a_bundle_that_was_made_before_the_shift_was_taken_says_nothing_of_it(
    journal: Path,
) -> None:
    bundled(journal, made_at=(BEGAN - timedelta(minutes=1)).isoformat())
    assert found(journal, "bundle") is None


def test_a_bundle_that_was_acknowledged_is_read_again_when_it_is_hours_older(
    journal: Path,
) -> None:
    bundled(journal)
    ages = [timedelta(minutes=one) for one in (0, 19, 21, 300)]
    each = [found(journal, "bundle", now=replace(NOW, real=ENDED + one)) for one in ages]
    marks = [one.mark for one in each if one]
    assert marks[0] == marks[1], "59 minutes are as 40 are"
    assert len(set(marks)) == 3


@pytest.mark.parametrize(
    "told",
    [{}, {"bundle": 7}, {"bundle": {"shift": SHIFT}}, {"bundle": {"shift": SHIFT, "made_at": 3}}],
)
def test_a_note_that_does_not_say_of_when_it_is_says_nothing(told: dict[str, Any]) -> None:
    assert brought([Entry(ENDED, "note", data=told)]) is None


EXPIRED = "the login has expired"
LOGIN = Trouble(EXPIRED, LATER, auth_expired=True, cure="aws sso login --profile rpg-prod")
CACHES = Snapshot("caches", "rpg-prod", 60.0, LATER, (), LOGIN)


def asking(shift: Handover) -> Mapping[str, str]:
    """The doubts that hold a shift, with their marks."""
    kinds = ("blind", "gaps")
    return {one.id: one.mark for one in shift.items if one.asks and one.kind in kinds}


def test_what_does_not_answer_any_more_is_acknowledged_or_the_shift_stays(journal: Path) -> None:
    seen = made(journal, board=board().with_(CACHES), gaps=())
    assert set(asking(seen)) == {"blind:caches:rpg-prod"}
    item = seen.item("blind:caches:rpg-prod")
    assert item is not None and item.severity is Severity.UNKNOWN
    assert (item.title, item.next, item.stop) == (
        "Not seen now: caches rpg-prod",
        "aws sso login --profile rpg-prod",
        "it answers",
    )
    assert item.lines == (
        EXPIRED,
        "no answer since 2026-12-12 00:50",
        "the last answer is of 2026-12-12 00:50",
    )
    going_on = hands.under_way(hands.folded(Journal(journal).entries()))
    assert going_on is not None and item in going_on.left(seen)
    assert asking(made(journal, gaps=())) == {}, "all of it answers"


def test_what_is_blind_for_longer_stays_acknowledged_until_it_is_another_story(
    journal: Path,
) -> None:
    def mark(part: Snapshot) -> str:
        return asking(made(journal, board=board().with_(part), gaps=()))["blind:caches:rpg-prod"]

    stale = replace(CACHES, trouble=None)
    refused = replace(CACHES, trouble=replace(LOGIN, message="no route", since=ENDED))
    assert mark(CACHES) == mark(stale) == mark(refused)
    assert mark(CACHES) != mark(replace(CACHES, taken_at=None)), "it has never been seen"


@pytest.mark.parametrize(
    ("seen", "title"),
    [
        (None, "Nobody looked when this was made: how everything stands now is not known"),
        (Board(), "Nothing has answered yet: how everything stands now is not known"),
        (
            Board().with_(replace(CACHES, taken_at=None), Snapshot("sites", "", 60.0)),
            "Nothing has answered yet: how everything stands now is not known",
        ),
    ],
)
def test_a_board_that_shows_nothing_is_one_doubt(
    journal: Path, seen: Board | None, title: str
) -> None:
    shift = made(journal, board=seen, gaps=())
    assert set(asking(shift)) == {"blind:board"}
    item = shift.item("blind:board")
    assert item is not None and item.title == title
    assert item.lines == ((EXPIRED,) if seen and seen.snapshots else ())


def test_what_is_read_on_demand_only_is_no_doubt(journal: Path) -> None:
    hosts = Snapshot("hosts", "", 60.0, None)
    assert asking(made(journal, board=board().with_(hosts), gaps=())) == {}


def gap(until: float, since: float = 250, why: str = "nobody recorded") -> tuple[Gap, ...]:
    return (Gap(moment(since).real, moment(until).real, why),)


def test_a_hole_in_the_recording_is_acknowledged_once_however_it_grows(journal: Path) -> None:
    first = found(journal, "gaps", gaps=gap(262))
    assert first is not None and first.asks and first.next
    assert first.lines == (
        "not recorded from 2026-12-11 21:40 to 2026-12-11 21:52: nobody recorded",
    )
    grown, other = (found(journal, "gaps", gaps=one) for one in (gap(480), gap(480, 255)))
    assert grown is not None and grown.mark == first.mark and grown.lines != first.lines
    assert other is not None and other.mark != first.mark
    why = found(journal, "gaps", gaps=gap(262, why="the computer slept"))
    assert why is not None and why.mark != first.mark
    assert found(journal, "gaps", gaps=()) is None


def test_a_shift_of_which_nothing_is_recorded_says_so_and_asks(journal: Path) -> None:
    item = found(journal, "gaps", gaps=(), worst=None)
    assert item is not None and item.asks
    assert item.lines == (
        "nothing of it is recorded: what was seen can only be told by the journal",
    )
    later = found(journal, "gaps", gaps=(), worst=None, now=replace(NOW, real=ENDED + HOUR))
    assert later is not None and later.mark == item.mark


HOUR = timedelta(hours=1)
