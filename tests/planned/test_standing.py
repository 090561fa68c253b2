"""How a window stands by its journal: ticks, reports, what is due next, what was missed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from console.model import Entry
from console.model.planned import Planned, foremost
from console.planned import Told, fold, look, stand
from tests.planned.desk import SCALE, TITLES, WATCH, after, at, board, host, one

START = one(SCALE).start
ID, ID_OF_WATCH = "w@2026-03-10T12:30:00Z", "w@2026-03-10T03:00:00Z"


def since(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def entry(kind: str, minutes: float, **data: Any) -> Entry:
    told = {"window": ID, "world": ""} | data
    return Entry(since(minutes), kind, by="night-shift", data=told)


def standing(minutes: float, *entries: Entry, told: dict[str, Any] | None = None) -> Planned:
    journal = Told()
    for each in entries:
        journal = fold(journal, each, "")
    stretch, now = one(told or SCALE), at(since(minutes))
    return stand([stretch], journal, {}, TITLES, {}, now)[0]


TICK = entry("window.step", 20, step="scale")
LOGIN = entry("window.step", 30, step="login")
OUT = entry("window.reported", 50)
DUE: list[tuple[str, float, tuple[Entry, ...], tuple[str, float] | None]] = [
    ("nothing long before it begins", -61, (), None),
    ("its beginning, an hour before", -60, (), ("", 0)),
    ("the first step", 5, (), ("change the type", 20)),
    ("the next step once that is ticked", 15, (TICK,), ("log in", 40)),
    ("what is ahead, although a step is late", 30, (), ("log in", 40)),
    ("the report, once the steps are done", 45, (TICK, LOGIN), ("", 60)),
    ("a missed report", 75, (TICK, LOGIN), ("", 60)),
    ("a missed report, before a late step", 75, (), ("", 60)),
    ("nothing once the report is out", 75, (TICK, LOGIN, OUT), None),
    ("nothing that is another lab's", 45, (entry("window.reported", 40, world="lab"),), ("", 60)),
]


@pytest.mark.parametrize(
    ("caption", "minutes", "entries", "due"), DUE, ids=[case[0] for case in DUE]
)
def test_what_is_due_next(
    caption: str, minutes: float, entries: tuple[Entry, ...], due: tuple[str, float] | None
) -> None:
    found = foremost([standing(minutes, *entries)], since(minutes))
    assert (found and (found.what, found.due)) == (due and (due[0], since(due[1])))


def test_a_tick_can_be_taken_back() -> None:
    undone = entry("window.step", 25, step="scale", undone=True)
    steps = standing(30, TICK, undone).steps
    assert [step.at for step in steps] == [None, None]
    assert standing(30, TICK).steps[0].by == "night-shift"


def test_a_missed_report_is_owed_until_somebody_says_that_it_is_out() -> None:
    assert not standing(59).missed(since(59)) and standing(60).missed(since(60))
    late = standing(600, entry("window.reported", 590))
    assert not late.missed(since(600)) and late.reported_by == "night-shift"


def test_what_was_missed_long_ago_gives_way_to_what_is_due_next() -> None:
    new, day = standing(30), timedelta(days=1)
    old = replace(new, start=START - day, end=new.end - day, report_due=since(60) - day, steps=())
    alone, both = foremost([old], since(30)), foremost([old, new], since(30))
    assert alone is not None and alone.window is old and alone.late(since(30))
    assert both is not None and both.window is new


def test_nobody_owes_the_report_of_a_watch_that_nobody_kept() -> None:
    stretch = one(WATCH)
    (unseen,) = stand([stretch], Told(), {}, TITLES, {}, at(after(300)))
    assert unseen.report == "" and not unseen.missed(after(300))
    memory = look({}, board(host("sakai/prod", [2.0] * 30, after(40))), [stretch], {}, {})
    (seen,) = stand([stretch], Told(), memory, TITLES, {}, at(after(300)))
    assert seen.missed(after(300)) and "堺/prod: load1 peak 2.0" in seen.report


OWED: list[tuple[str, float, dict[str, Any], bool]] = [
    ("to come", -600, {}, True),
    ("open", 90, {}, True),
    ("over, and no console was up in it", 300, {}, False),
    ("over, and a console was up that saw nothing", 300, {ID_OF_WATCH: {}}, True),
]


@pytest.mark.parametrize(("caption", "minutes", "memory", "owed"), OWED, ids=[c[0] for c in OWED])
def test_a_watch_owes_its_report(
    caption: str, minutes: float, memory: dict[str, Any], owed: bool
) -> None:
    (found,) = stand([one(WATCH)], Told(), memory, TITLES, {}, at(after(minutes)))
    assert found.owed is owed and (found.remind_at is not None) is owed


def test_a_report_that_was_taken_back_is_owed() -> None:
    back = entry("window.reported", 52, undone=True)
    assert standing(55, OUT, back).owed and not standing(55, OUT).owed


def test_the_report_does_not_say_of_itself_that_it_is_not_done() -> None:
    steps = [{"id": "report", "title": "completion report"}, {"id": "mail", "title": "mail"}]
    text = standing(30, told={**SCALE, "steps": steps}).report
    assert "not done: mail" in text and "completion report" not in text


def test_the_report_stays_as_it_was_written_at_the_end() -> None:
    written = entry("window.ended", 95, report="as it was")
    assert standing(200, written).report == "as it was" and standing(200, written).written
