"""What a bundle brings stands at the journal's end; what it says counts where it happened."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from console.adopted import adopted, in_time
from console.checklist import runs
from console.findings import remembered
from console.following import Following
from console.handover import story
from console.issues import registered
from console.journal import Journal
from console.match.memory import remember
from console.model import Board, Entry, Kind
from tests.handover.named import BEGAN, CONFIGURATION
from tests.handover.shift import made

FINDING = "disk-full-site@kawasaki/prod"
ISSUE = {"number": "500-3", "site": "kawasaki", "env": "prod", "title": "500"}
RUN = "7f3a"


class Desk:
    """A computer's journal, written at moments of the shift."""

    def __init__(self, path: Path) -> None:
        self.at = BEGAN
        self.journal = Journal(path / "journal.jsonl", now=lambda: self.at)

    def __call__(self, minutes: float, kind: Kind, run: str = "", /, **data: object) -> None:
        self.at = BEGAN + timedelta(minutes=minutes)
        self.journal.append(kind, run=run, by="M.", **data)

    def note(self, minutes: float, text: str) -> None:
        self(minutes, "note", text=text)

    def take(self, minutes: float, other: Desk) -> None:
        self.at = BEGAN + timedelta(minutes=minutes)
        self.journal.adopt(other.journal.entries(), text="taken", bundle={"by": "t"})

    @property
    def texts(self) -> list[str]:
        return [str(one.data["text"]) for one in in_time(self.journal.entries())]


@pytest.fixture
def desks(tmp_path: Path) -> tuple[Desk, Desk]:
    return Desk(tmp_path / "giver"), Desk(tmp_path / "taker")


def lived(giver: Desk, taker: Desk) -> None:
    """What the giver did first, the taker has undone since; then the giver's lines come."""
    giver(1, "finding.seen", finding=FINDING, since=BEGAN.isoformat())
    until = (BEGAN + timedelta(hours=20)).isoformat()
    giver(2, "finding.silenced", finding=FINDING, until=until, reason="is known")
    giver(3, "issue.changed", **ISSUE, state="happening")
    arming = {"scopes": ["kawasaki/prod"], "until": until, "by": "M.", "cases": []}
    giver(4, "armed", arming=arming)
    told = {"case": "disk-full-site", "finding": FINDING, "scope": "kawasaki/prod"}
    giver(5, "run.opened", RUN, **told, title="t", since=BEGAN.isoformat())
    taker(1, "finding.seen", finding=FINDING, since=BEGAN.isoformat())
    taker(30, "finding.silenced", finding=FINDING, until=None, reason="")
    taker(31, "finding.cleared", finding=FINDING)
    taker(32, "issue.changed", **ISSUE, state="fixed")
    taker(33, "disarmed", scopes=["kawasaki/prod"], why="over")
    taker.take(40, giver)


def test_an_older_line_that_came_later_undoes_nothing(desks: tuple[Desk, Desk]) -> None:
    lived(*desks)
    entries = remembered(desks[1].journal.path)
    memory = remember(entries).findings[FINDING]
    assert memory.since is None, "it went"
    assert memory.silenced_until is None, "it is silenced no more"
    assert [one.state for one in registered(entries)] == ["fixed"]
    told = story(entries, BEGAN, CONFIGURATION.cases)
    assert [one.kind for one in told.entries if "armed" in one.kind] == ["armed", "disarmed"]
    assert [one.id for one in runs(entries, CONFIGURATION.cases)] == [RUN]


def test_the_end_of_one_computers_arming_hides_no_other(desks: tuple[Desk, Desk]) -> None:
    giver, taker = desks
    until = (BEGAN + timedelta(hours=20)).isoformat()
    for desk, minutes, who in ((taker, 10, "M."), (giver, 30, "T.")):
        arming = {"scopes": ["sakai/prod"], "until": until, "reason": f"of {who}", "by": who}
        desk(minutes, "armed", arming=arming, console=who)
    taker(40, "disarmed", scopes=["sakai/prod"], why="over", console="M.")
    taker.take(50, giver)
    told = story(remembered(taker.journal.path), BEGAN, CONFIGURATION.cases)
    shift = made(taker.journal.path, story=told, board=Board())
    (one,) = shift.section("quiet").items
    assert one.kind == "armed" and "why: of T." in one.lines


def test_the_order_of_the_file_would_undo_it(desks: tuple[Desk, Desk]) -> None:
    """So that the test above is one."""
    lived(*desks)
    entries = desks[1].journal.entries()
    assert remember(entries).findings[FINDING].silenced_until is not None
    assert [one.state for one in registered(entries)] == ["happening"]


def test_a_console_that_looks_on_reads_all_of_it_anew(desks: tuple[Desk, Desk]) -> None:
    giver, taker = desks
    giver.note(1, "one")
    taker.note(2, "two")
    following = Following(taker.journal.path)
    following.read()
    taker.take(3, giver)
    assert following.grown()
    entries, anew = following.read()
    assert anew and [one.data["text"] for one in entries] == ["one", "two", "taken"]
    taker.note(4, "three")
    entries, anew = following.read()
    assert not anew and [one.data["text"] for one in entries] == ["three"]
    assert not following.grown() and not following.trouble


def clock_set_back(giver: Desk, taker: Desk) -> None:
    taker.note(10, "late")
    taker.note(4, "set back")  # the journal notes that by itself, too
    giver.note(7, "theirs")
    taker.take(11, giver)


def there_and_back(giver: Desk, taker: Desk) -> None:
    giver.note(1, "a")
    taker.note(2, "b")
    taker.take(3, giver)
    giver.note(4, "c")
    taker.note(5, "d")
    giver.take(6, taker)
    taker.take(7, giver)


def two_givers(giver: Desk, taker: Desk) -> None:
    third = Desk(giver.journal.path.parent.parent / "third")
    third.note(1, "third")
    giver.note(2, "giver")
    taker.note(3, "taker")
    giver.take(4, third)
    giver.note(5, "giver again")
    taker.take(6, giver)


def round_three(giver: Desk, taker: Desk) -> None:
    third = Desk(giver.journal.path.parent.parent / "third")
    giver.note(2, "a")
    taker.take(4, giver)
    taker.note(6, "b")
    third.take(7, taker)
    giver.note(9, "c")
    giver.take(10, third)
    giver.note(12, "d")
    giver.note(14, "e")
    taker.take(16, giver)


ORDERS: dict[str, tuple[Callable[[Desk, Desk], None], list[str]]] = {
    "there and back": (there_and_back, ["a", "b", "taken", "c", "d", "taken", "taken"]),
    "of two others": (two_givers, ["third", "giver", "taker", "taken", "giver again", "taken"]),
    "round three, each of what it has not": (
        round_three,
        ["a", "taken", "b", "taken", "c", "taken", "d", "e", "taken"],
    ),
}


@pytest.mark.parametrize("name", ORDERS)
def test_however_often_it_is_taken_each_line_stands_where_it_happened(
    name: str, desks: tuple[Desk, Desk]
) -> None:
    live, order = ORDERS[name]
    live(*desks)
    assert desks[1].texts == order


def test_years_of_bundles_are_read() -> None:
    told = list[Entry]()
    for day in range(1, 2_001):
        at = BEGAN + timedelta(days=day)
        told.append(Entry(at, "note", data={"text": "ours"}))
        told.append(Entry(at - timedelta(hours=1), "note", data={"text": "theirs"}))
        told.append(Entry(at, "note", data={"text": "taken", "bundle": {}, "lines": 1}))
    found = [entry.data["text"] for entry in in_time(told)]
    assert found == ["theirs", "ours", "taken"] * 2_000


def test_a_journal_whose_own_clock_was_set_back_keeps_its_own_order(
    desks: tuple[Desk, Desk],
) -> None:
    clock_set_back(*desks)
    told = [one.data.get("text") for one in in_time(desks[1].journal.entries())]
    own = [text for text in told if text in ("late", "set back")]
    assert own == ["late", "set back"] and "theirs" in told


@pytest.mark.parametrize(
    "data",
    [{}, {"lines": 3}, {"bundle": {}}, {"bundle": 1, "lines": 3}, {"bundle": {}, "lines": -2}],
)
def test_a_note_that_says_nothing_of_it_moves_nothing(data: dict[str, object]) -> None:
    assert adopted(Entry(BEGAN, "note", data=data)) == 0


def test_a_journal_without_bundles_is_what_it_is(desks: tuple[Desk, Desk]) -> None:
    desks[0].note(2, "late")
    desks[0].note(1, "early")
    entries = desks[0].journal.entries()
    assert in_time(entries) == entries
