"""What is seen in a watch: peaks with their minute, time over the limit, and what nobody saw."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from console.model import Ref
from console.model.planned import PlannedStep
from console.planned import kept, look
from console.planned.report import report
from console.planned.seen import Memory, attended
from tests.planned.desk import NOON, SCALE, TITLES, WATCH, after, at, board, host, one

SPANS = {"load1": 1800.0}
HALF = [2.0] * 20 + [8.0, 12.0, 13.5, 12.0, 9.0, 6.0, 4.0, 4.0, 4.0, 4.0]
KEY = ("sakai/prod", "sakai/prod-1", "load1")


def seen(memory: Memory, *rows: object, told: dict[str, object] | None = None) -> Memory:
    return look(memory, board(*rows), [one(told or WATCH)], SPANS, {})  # type: ignore[arg-type]


def test_a_peak_between_two_polls_is_found_in_the_series() -> None:
    memory = seen({}, host("sakai/prod", HALF, after(40)))
    found = memory["w@2026-03-10T03:00:00Z"][KEY]
    assert (found.high, found.high_at) == (13.5, after(33))
    assert found.over_s == 180, "three readings at or over 10, a minute each"
    assert (found.last, found.since) == (4.0, after(11))


def test_a_second_look_counts_nothing_twice() -> None:
    memory = seen({}, host("sakai/prod", HALF, after(40)))
    assert seen(memory, host("sakai/prod", HALF, after(40))) == memory
    later = seen(memory, host("sakai/prod", [*HALF[2:], 11.0, 4.0], after(42)))
    found = later["w@2026-03-10T03:00:00Z"][KEY]
    assert (found.high, found.over_s, found.last_at) == (13.5, 240, after(42))


def test_a_hole_in_what_was_seen_is_not_time_over_the_limit() -> None:
    memory = seen({}, host("sakai/prod", [12.0], after(1)))
    later = seen(memory, host("sakai/prod", [12.0], after(100)))
    found = later["w@2026-03-10T03:00:00Z"][KEY]
    assert (found.over_s, found.seen_s) == (120, 120), "two readings, a minute each"


def test_what_lies_outside_of_the_window_does_not_count() -> None:
    memory = seen({}, host("sakai/prod", [30.0] * 28 + [4.0, 3.0], after(1)))
    assert memory["w@2026-03-10T03:00:00Z"][KEY].high == 4.0
    assert not seen({}, host("sakai/stg", HALF, after(40))), "nor what it is not about"


def test_rising_from_very_little_is_nothing_to_report() -> None:
    low = seen({}, host("sakai/prod", [1.0, 2.0], after(9), "rising"))
    high = seen({}, host("sakai/prod", [4.0, 6.0], after(9), "rising"))
    rose = [m["w@2026-03-10T03:00:00Z"][KEY].rose_at for m in (low, high)]
    assert rose == [None, after(9)]


def test_what_was_seen_outlives_the_console(tmp_path: Path) -> None:
    memory = seen({}, host("sakai/prod", HALF, after(40), "rising"))
    kept.write(tmp_path, memory, "lab")
    assert kept.read(tmp_path, "lab") == memory
    assert kept.read(tmp_path, "another lab") == {}
    (tmp_path / kept.NAME).write_text('{"world": "lab", "seen": {"w": [{"scope": 1}]}}')
    assert kept.read(tmp_path, "lab") == {}, "a damaged file is none"


def test_the_report_says_peak_minute_time_over_trend_and_what_nobody_saw() -> None:
    rows = (
        host("sakai/prod", HALF, after(170), "falling"),
        host("sakai/prod", [3.0], after(170), name="web-2"),
    )
    text = report(one(WATCH), seen({}, *rows)["w@2026-03-10T03:00:00Z"], (), TITLES, at(after(180)))
    assert text == (
        "昼 watch: 10 Mar 2026, 12:00 to 15:00 Tokyo (03:00 to 06:00 UTC)\n"
        "over the limit: 堺/prod.\n"
        "堺/prod: load1 peak 13.5 at 14:43 (sakai/prod-1), 3 min at or over 10, "
        "last 4.0 at 14:50, falling, seen 1 of 180 min (web-2)\n"
        "not seen: 鹿島/prod\n"
        "seen from 14:21 on: nobody looked before"
    )


def test_two_machines_of_one_name_are_two() -> None:
    hot, cool = host("sakai/prod", [12.0], after(40)), host("sakai/prod", [2.0], after(40))
    rows = [
        replace(one, ref=Ref("instance", "sakai/prod", id), name="web")
        for id, one in (("i-1", hot), ("i-2", cool))
    ]
    memory = seen({}, *rows)["w@2026-03-10T03:00:00Z"]
    assert [(key[1], one.name, one.high) for key, one in memory.items()] == [
        ("i-1", "web", 12.0),
        ("i-2", "web", 2.0),
    ]


def test_where_the_window_only_warns_that_is_its_limit() -> None:
    told = WATCH | {"thresholds": {"load1": {"warn": 8}}}
    memory = seen({}, host("sakai/prod", [9.0], after(40)), told=told)["w@2026-03-10T03:00:00Z"]
    assert (memory[KEY].limit, memory[KEY].over_s) == (8, 60)


def test_a_look_at_what_is_known_to_be_open_changes_nothing() -> None:
    memory = attended({}, [one(WATCH)], after(1))
    assert list(memory) == ["w@2026-03-10T03:00:00Z"]
    assert attended(memory, [one(WATCH)], after(2)) is memory


def test_a_watch_in_which_nothing_happened_says_so() -> None:
    rows = host("sakai/prod", [2.0] * 30, after(30)), host("kashima/prod", [1.0] * 30, after(30))
    text = report(one(WATCH), seen({}, *rows)["w@2026-03-10T03:00:00Z"], (), TITLES, at(after(32)))
    assert "Nothing rose and nothing was over a limit." in text
    assert ", as of 12:32\n" in text and "nobody" not in text and ", seen" not in text


IN_PART: list[tuple[str, list[tuple[str, float]], list[str]]] = [
    (
        "the console was closed after forty minutes",
        [("sakai/prod", 30), ("kashima/prod", 30), ("sakai/prod", 40), ("kashima/prod", 40)],
        ["堺/prod: .*, seen 40 of 180 min$", "鹿島/prod: .*, seen 40 of 180 min$"],
    ),
    (
        "two hours were slept through",
        [(name, end) for end in (30, 60, 175) for name in ("sakai/prod", "kashima/prod")],
        ["堺/prod: .*, seen 90 of 180 min$"],
    ),
    (
        "one site answered at the very end only",
        [("sakai/prod", end) for end in range(30, 181, 30)] + [("kashima/prod", 180)],
        ["鹿島/prod: .*, seen 30 of 180 min$"],
    ),
    (
        "one site never answered",
        [("sakai/prod", e) for e in range(30, 181, 30)],
        ["not seen: 鹿島"],
    ),
]


@pytest.mark.parametrize(("caption", "looks", "said"), IN_PART, ids=[one[0] for one in IN_PART])
def test_quiet_is_said_of_what_was_seen_only_and_how_much_that_was(
    caption: str, looks: list[tuple[str, float]], said: list[str]
) -> None:
    memory: Memory = {}
    for scope, minutes in looks:
        memory = seen(memory, host(scope, [2.0] * 30, after(minutes - 0.001)))
    text = report(one(WATCH), memory["w@2026-03-10T03:00:00Z"], (), TITLES, at(after(185)))
    assert "In what was seen nothing rose and nothing was over a limit; not all was seen." in text
    assert all(re.search(each, text, re.MULTILINE) for each in said), text


def test_the_report_of_work_says_who_did_what_how_late_and_what_is_open() -> None:
    stretch, start = one(SCALE), after(570)
    steps = (
        PlannedStep(
            id="a",
            title="change the type",
            due=start + timedelta(minutes=20),
            at=start + timedelta(minutes=35),
            by="night-shift",
        ),
        PlannedStep(id="b", title="log in", due=start + timedelta(minutes=40)),
    )
    text = report(stretch, {}, steps, TITLES, at(start + timedelta(minutes=36)))
    assert text.splitlines()[1:] == [
        "22:05 change the type (night-shift, 15 min late)",
        "not done: log in",
    ]
    assert stretch.start > NOON
