"""What was armed and under way at a moment of the past, by the journal's lines until then."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from console.lines import decode, encode
from console.model import Arming, Entry, plain
from console.model.affairs import Affairs
from console.recording.hindsight import Hindsight
from tests.widgets import affairs, boards

AT = boards.AT
HOUR = timedelta(hours=1)
ARMING = Arming(frozenset({"sakai/prod"}), AT + HOUR, "load", frozenset({"load"}), by="dana")


def line(kind: str, minutes: float, run: str = "", **data: Any) -> Entry:
    """An entry as it comes back from the disk."""
    return decode(encode(Entry(AT + timedelta(minutes=minutes), kind, run, "dana", plain(data))))


def started(act: str, minutes: float, **more: Any) -> Entry:
    told = {"act": act, "remedy": "elasticache-reboot", "case": "load", "plan": affairs.PLAN}
    return line("remedy.started", minutes, "7f3a", **{"world": "w", **told, **more})


async def then(entries: tuple[Entry, ...], at: datetime) -> Affairs:
    return await Hindsight(Affairs, lambda: entries, {})(at)


@pytest.mark.parametrize(
    ("caption", "entries", "minutes", "armed"),
    [
        ("while it holds", (line("armed", 0, arming=ARMING),), 30, True),
        ("before it was", (line("armed", 0, arming=ARMING),), -1, False),
        (
            "its time is over, whatever is not written",
            (line("armed", 0, arming=ARMING),),
            60,
            False,
        ),
        (
            "it was ended",
            (line("armed", 0, arming=ARMING), line("disarmed", 5, scopes=["sakai/prod"])),
            6,
            False,
        ),
        (
            "not ended yet",
            (line("armed", 0, arming=ARMING), line("disarmed", 5, scopes=["sakai/prod"])),
            4,
            True,
        ),
        (
            "armed anew",
            (line("disarmed", 5, scopes=[]), line("armed", 5, arming=ARMING)),
            6,
            True,
        ),
        ("in a shape of another program", (line("armed", 0, arming=["sakai"]),), 1, False),
        ("a time in another shape", (line("armed", 0, arming={"until": 7}),), 1, False),
    ],
)
async def test_armed_is_what_the_journal_says_until_then_and_no_longer_than_it_may_be(
    caption: str, entries: tuple[Entry, ...], minutes: float, armed: bool
) -> None:
    found = (await then(entries, AT + timedelta(minutes=minutes))).arming
    assert found == (ARMING if armed else None)


async def test_of_two_consoles_the_one_that_was_still_armed_is_told() -> None:
    long = replace(ARMING, scopes=frozenset({"msk-prod"}), until=AT + 2 * HOUR)
    entries = line("armed", 0, arming=long, console="x"), line("armed", 5, arming=ARMING)
    assert [(await then(entries, AT + timedelta(minutes=at))).arming for at in (1, 6, 70, 130)] == [
        *(long, ARMING, long, None),
    ]


@pytest.mark.parametrize(
    ("caption", "entries", "minutes", "acts"),
    [
        ("begun and not ended", (started("a", 0),), 1, ["a"]),
        ("not begun yet", (started("a", 2),), 1, []),
        ("ended later", (started("a", 0), line("remedy.verified", 2, act="a")), 1, ["a"]),
        ("ended before", (started("a", 0), line("remedy.verified", 2, act="a")), 3, []),
        ("another one ended", (started("a", 0), line("remedy.failed", 1, act="b")), 3, ["a"]),
        ("nobody knows how", (started("a", 0), line("remedy.unknown", 2, act="a")), 3, []),
        ("only looked at", (line("remedy.planned", 0, act="a"),), 1, []),
        ("of another lab", (started("a", 0, world="v"), started("b", 1)), 2, ["b"]),
    ],
)
async def test_under_way_is_what_was_begun_by_then_and_had_not_ended(
    caption: str, entries: tuple[Entry, ...], minutes: float, acts: list[str]
) -> None:
    found = await then(entries, AT + timedelta(minutes=minutes))
    assert [one.key for one in found.flights] == acts


async def test_an_act_under_way_is_named_by_its_plan_and_counts_from_its_beginning() -> None:
    (one,) = (await then((started("a", 0),), AT + timedelta(minutes=1))).flights
    assert one.proposal is not None and one.order is not None
    assert (one.proposal.plan.title, one.order.case) == (affairs.PLAN.title, "load")
    assert (one.order.targets, one.fired_at) == (affairs.PLAN.targets, AT)


@pytest.mark.parametrize("plan", [None, [], {"title": 7, "targets": 7, "scopes": 7}, "reboot"])
async def test_an_act_of_another_program_is_under_way_by_what_it_tells(plan: object) -> None:
    (one,) = (await then((started("a", 0, plan=plan),), AT)).flights
    assert one.proposal is not None and one.proposal.plan.title


class Threads(Mapping[str, Any]):
    """Cases that remember on which thread they were looked at."""

    def __init__(self) -> None:
        self.seen: set[int] = set()

    def __getitem__(self, id: str) -> Any:
        raise KeyError(id)

    def get(self, id: str, default: Any = None) -> Any:
        self.seen.add(threading.get_ident())
        return default

    def __iter__(self) -> Any:
        return iter(())

    def __len__(self) -> int:
        return 0


async def test_a_long_journal_is_not_worked_out_on_the_time_of_the_screen() -> None:
    cases = Threads()
    hindsight = Hindsight(Affairs, lambda: (started("a", 0),), cases)
    await hindsight(AT)
    assert cases.seen and threading.get_ident() not in cases.seen


async def test_the_words_of_now_stay_and_what_is_of_now_goes() -> None:
    own = replace(Affairs(titles={"sakai/prod": "堺"}), arming=ARMING, barred="flag")
    found = await Hindsight(lambda: own, lambda: (), {})(AT)
    assert (found.titles, found.arming, found.barred) == ({"sakai/prod": "堺"}, None, "")
