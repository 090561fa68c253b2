"""What is missing between two stages, and what only takes its time: a table of literal lists."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from time import process_time
from zoneinfo import ZoneInfo

import pytest

from console.loss import Counted, Listed, by_counts, compare, sentence, short
from console.model.sheet import csv_of

SIX = datetime(2026, 3, 11, 3, 0, tzinfo=UTC)  # 06:00 in Moscow
NOON = SIX + timedelta(hours=6)


def listed(title: str, at: datetime = NOON, since: datetime = SIX, **ago: float) -> Listed:
    """A list with each key so many minutes before noon."""
    things = {key: NOON - timedelta(minutes=minutes) for key, minutes in ago.items()}
    return Listed(title, things, since, at)


CASES = {
    "all are there": (listed("CRM", a=90, b=80), listed("MES", a=89, b=79), "2 2", [], 0),
    "one is missing": (listed("CRM", a=90, b=80), listed("MES", b=79), "2 1", ["a"], 0),
    "late is not lost": (listed("CRM", a=90, b=29), listed("MES", a=89), "2 1", [], 1),
    "its time is up at the minute": (listed("CRM", a=30), listed("MES"), "1 0", ["a"], 0),
    "the oldest comes first": (listed("CRM", b=8e1, a=70, c=90), listed("MES"), "3 0", [*"cba"], 0),
    "what was not there before is none": (listed("A", a=90), listed("B", a=9, z=9), "1 1", [], 0),
    "what came after the later list was read cannot be there yet": (
        listed("CRM", a=90, b=1),
        listed("MES", at=NOON - timedelta(minutes=2), a=89),
        "1 1",
        [],
        0,
    ),
    "both lists count from where the shorter one begins": (
        listed("CRM", since=SIX - timedelta(days=1), a=90, b=600),
        listed("MES", a=89),
        "1 1",
        [],
        0,
    ),
    "clocks that differ lose nothing in the first minute": (
        listed("CRM", a=359.5),
        listed("MES"),
        "0 0",
        [],
        0,
    ),
    "an old list judges by its own time": (
        listed("CRM", at=NOON - timedelta(minutes=20), a=45, b=90),
        listed("MES", b=89),
        "2 1",
        [],
        1,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_is_missing(name: str) -> None:
    before, after, counts, lost, late = CASES[name]
    loss = compare([before], after, 1800)
    assert f"{loss.came} {loss.arrived}" == counts
    assert [thing.key for thing in loss.lost] == lost
    assert loss.late == late
    assert loss.came == loss.arrived + len(loss.lost) + loss.late


def early(title: str, at: datetime, **ago: float) -> Listed:
    """A list that begins an hour before its day, with each key so many minutes before six."""
    things = {key: SIX - timedelta(minutes=minutes) for key, minutes in ago.items()}
    return Listed(title, things, SIX - timedelta(hours=1), at, SIX)


@pytest.mark.parametrize(
    ("minutes", "lost", "late", "said"),
    [
        (5, ["old", "due before"], 1, "2 missing between, 2 of them from before, 1 on the way"),
        (15, ["old", "due before", "due after"], 0, "3 missing between, 3 of them from before"),
    ],
)
def test_what_was_lost_the_day_before_is_told_on_when_a_new_day_is_counted(
    minutes: int, lost: list[str], late: int, said: str
) -> None:
    at = SIX + timedelta(minutes=minutes)
    crm = early("CRM", at, **{"old": 50, "due before": 32, "due after": 20, "here": -1})
    loss = compare([crm], early("MES", at, here=-2), 1800)
    assert [thing.key for thing in loss.lost] == lost
    assert (loss.came, loss.arrived, loss.late) == (1, 1, late)
    told = sentence("orders", loss, ZoneInfo("Europe/Moscow"))
    assert told.startswith(f"orders: 1 in CRM, 1 in MES since 06:00, {said}")


def day(title: str, *keys: str, at: datetime = NOON) -> Listed:
    """A list since six, with each key two hours old."""
    return listed(title, at, **dict.fromkeys(keys, 120.0))


KEYS = [f"k{n}" for n in range(100)]
LISTS = {
    "the list before lies empty": (day("Shop"), day("CRM", *KEYS), "100 in CRM that Shop never"),
    "the list before is cut": (day("Shop", *KEYS[:60]), day("CRM", *KEYS), "40 in CRM that Shop"),
    "both are empty at night": (day("Shop"), day("CRM"), ""),
    "a few were made by hand": (day("Shop", *KEYS[5:]), day("CRM", *KEYS), ""),
    "they came after the list before was read": (
        day("Shop", at=NOON - timedelta(hours=3)),
        day("CRM", *KEYS),
        "",
    ),
    "they were on their way when the lists began": (
        listed("Shop"),
        listed("CRM", a=330, b=340),
        "",
    ),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_that_cannot_be_the_whole_one_is_doubted(name: str) -> None:
    before, after, doubt = LISTS[name]
    loss = compare([before], after, 1800)
    assert loss.doubt.startswith(doubt) if doubt else not loss.doubt
    said = sentence("orders", loss, ZoneInfo("Europe/Moscow"))
    assert (f"{loss.unlisted} in CRM that Shop never listed" in said) == bool(loss.unlisted)


def test_twenty_thousand_keys_are_compared_within_a_frame() -> None:
    things = {f"A-{n}": SIX + timedelta(seconds=n) for n in range(20_000)}
    crm = Listed("CRM", things, SIX, NOON)
    mes = Listed("MES", dict(list(things.items())[100:]), SIX, NOON)
    took = []
    for _ in range(3):
        begun = process_time()
        compare([crm], mes, 1800)
        took.append(process_time() - begun)
    assert min(took) < 0.05, "on a machine that has other work, too"


def test_after_two_stages_a_thing_counts_once_from_when_it_was_first_seen() -> None:
    loss = compare([listed("A", x=20, y=50), listed("B", x=40)], listed("C"), 1800)
    assert [(one.key, one.seen_in) for one in loss.lost] == [("y", "A"), ("x", "B")]


def test_the_difference_is_told_in_words() -> None:
    before = {f"k{n}": 60.0 + n / 10 for n in range(1204)} | {"s1": 5.0, "s2": 6.0, "s3": 7.0}
    after = dict(list(before.items())[17:1204])
    loss = compare([listed("CRM", **before)], listed("MES", **after), 1800)
    assert sentence("orders", loss, ZoneInfo("Europe/Moscow")) == (
        "orders: 1,207 in CRM, 1,187 in MES since 06:00, 17 missing between, "
        "3 on the way (up to 30 min are allowed)"
    )


def test_nothing_in_a_file_for_others_is_a_formula() -> None:
    keys = ["=HYPERLINK(1)", "+1", "-1", "@x", "\tx", "'=1", "A-1", 'a"b,c']
    told = list(csv.reader(io.StringIO(csv_of(("key",), [[key] for key in keys]))))
    assert [cell for (cell,) in told[1:]] == [
        *("'=HYPERLINK(1)", "'+1", "'-1", "'@x", "'\tx", "''=1"),
        *("A-1", 'a"b,c'),
    ]


def counted(now: float, **earlier: float) -> Counted:
    """A count now, and what it was so many minutes ago (`m30=1200`)."""
    told = ((NOON - timedelta(minutes=int(name[1:])), many) for name, many in earlier.items())
    return Counted("CRM", now, tuple(told))


UNWATCHED = "CRM is not watched for 30 min yet: late is not lost"
WATCHED = ((NOON - timedelta(hours=2), 0.0),)
COUNTS: dict[str, tuple[Counted, Counted | float, tuple[int, int] | str]] = {
    "all that came is there": (counted(1207, m60=1100, m1=1207), 1207, (0, 0)),
    "what came of late is on the way": (counted(1207, m60=1190, m1=1207), 1187 + 3, (0, 17)),
    "what came an hour ago must be here": (counted(1207, m60=1204, m1=1207), 1187, (17, 3)),
    "its time is up at the minute": (counted(10, m30=10), 9, (1, 0)),
    "more arrived than came: nothing is missing": (counted(10, m60=10), 12, (0, 0)),
    "nobody looked that long ago": (counted(10, m29=9), 0, UNWATCHED),
    "nobody looked at the later one that long ago": (
        counted(1204, m60=1190, m1=1204),
        Counted("MES", 2, ((NOON - timedelta(minutes=1), 2),)),
        UNWATCHED.replace("CRM", "MES"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", COUNTS)
def test_what_is_missing_by_counts_alone(name: str) -> None:
    before, arrived, told = COUNTS[name]
    after = arrived if isinstance(arrived, Counted) else Counted("MES", arrived, WATCHED)
    assert by_counts([before], after, 1800, NOON) == told


def test_counts_are_told_as_the_least_that_is_missing() -> None:
    said = short("orders", [counted(1207)], Counted("MES", 1187, ()), (17, 3))
    assert said == "orders: 1,207 in CRM, 1,187 in MES, at least 17 missing between, 3 on the way"
