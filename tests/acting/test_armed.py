"""Who is armed by the journal's lines, where several consoles wrote them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from console.acting.locks import Aside, Lock
from console.armed import armed
from console.journal import Journal
from console.lines import decode, encode
from console.model import Arming, Entry, plain
from console.remedy import Refused
from tests.acting.world import Server, acting, stage

AT = datetime(2026, 11, 22, 22, tzinfo=UTC)
NEVER = timedelta(hours=4)


def on(*scopes: str, by: str = "dana", console: str = "", **more: Any) -> Entry:
    """A console is armed."""
    arming = Arming(frozenset(scopes), AT + NEVER, "load", by=by, **more)
    return line("armed", by, console, arming=arming)


def off(*scopes: str, by: str = "dana", console: str = "") -> Entry:
    """It is armed no more."""
    return line("disarmed", by, console, scopes=sorted(scopes), why="on request")


def line(kind: str, by: str, console: str, **data: Any) -> Entry:
    told = data | ({"console": console} if console else {})
    return decode(encode(Entry(AT, kind, "", by, plain(told))))


@pytest.mark.parametrize(
    ("caption", "lines", "left"),
    [
        ("nothing", (), []),
        ("one that holds", (on("a", console="x"),), ["a"]),
        ("one that ended", (on("a", console="x"), off("a", console="x")), []),
        ("armed anew after a crash", (on("a", console="x"), on("b", console="x")), ["b"]),
        ("two of them", (on("a", console="x"), on("b", console="y")), ["a", "b"]),
        (
            "the earlier one is disarmed",
            (on("a", console="x"), on("b", console="y"), off("a", console="x")),
            ["b"],
        ),
        (
            "the later one is disarmed",
            (on("a", console="x"), on("b", console="y"), off("b", console="y")),
            ["a"],
        ),
        (
            "of one person, on the same scope, on two computers",
            (on("a", console="x"), on("a", console="y"), off("a", console="x")),
            ["a"],
        ),
        ("one that never was is disarmed", (on("a", console="x"), off("a", console="z")), ["a"]),
        (
            "of an earlier program: by whom",
            (on("a", by="t"), on("b", by="m"), off("b", by="m")),
            ["a"],
        ),
        (
            "of an earlier program: by its scopes",
            (on("a", by="t"), on("b", by="m"), off("a", by="the watch")),
            ["b"],
        ),
        (
            "an earlier program ends nothing of this one",
            (on("a", by="t", console="x"), off("a", by="t")),
            ["a"],
        ),
        ("an earlier program ends one", (on("a", by="t"), off("a", by="t")), []),
        (
            "in a shape of another program",
            (line("armed", "t", "x", arming=["a"]), line("armed", "t", "y", arming={"until": 7})),
            [],
        ),
        ("for nothing", (on(console="x"),), []),
    ],
)
def test_of_each_console_the_last_word_counts(
    caption: str, lines: tuple[Entry, ...], left: list[str]
) -> None:
    assert [", ".join(one.arming.scopes) for one in armed(lines)] == left, caption


def test_an_arming_is_read_back_as_it_was_given() -> None:
    entry = on("a", "b", console="x", cases=frozenset({"load"}), may_empty_topics=True)
    (one,) = armed([entry])
    assert (one.arming, one.entry) == (
        Arming(frozenset({"a", "b"}), AT + NEVER, "load", frozenset({"load"}), True, "dana"),
        entry,
    )


async def test_a_watch_that_is_disarmed_leaves_the_operators_arming_told(
    tmp_path: Path, server: Server
) -> None:
    here = stage(tmp_path, server)

    def told() -> list[str]:
        entries = Journal(tmp_path / "journal.jsonl").entries()
        return [one.arming.reason for one in armed(entries)]

    async with acting(here) as console, acting(here, aside=True) as watch:
        await console.arm(["cluster"], 30, "the operator")
        await watch.arm(["cluster"], 30, "the watch")
        assert told() == ["the operator", "the watch"]
        await console.disarm("on request")
        assert told() == ["the watch"]
        await console.arm(["cluster"], 30, "again")
        await watch.disarm("over")
        assert told() == ["again"]
    assert told() == []


def test_who_may_arm_has_one_name_a_place_and_who_stands_aside_has_its_own(tmp_path: Path) -> None:
    one, other = Lock(tmp_path / "a" / "operator.lock"), Lock(tmp_path / "b" / "operator.lock")
    assert one.console == Lock(one.path).console != other.console
    assert len({one.console, Aside().console, Aside().console}) == 3


async def test_the_end_of_an_arming_is_written_down_once_there_is_room_for_it(
    tmp_path: Path, server: Server
) -> None:
    here, path = stage(tmp_path, server), tmp_path / "journal.jsonl"
    async with acting(here, "cluster") as console:
        kept = path.rename(tmp_path / "kept")
        path.symlink_to("/dev/full")
        await console.disarm("on request")
        assert console.armed is None
        with pytest.raises(Refused, match="nothing is armed"):
            await console.arm(["cluster"], 30, "no room for it")
        path.unlink()
        kept.rename(path)
        assert here.kinds() == ["armed"]
        await console.arm(["cluster"], 30, "again")
        assert here.kinds() == ["armed", "disarmed", "armed"]
    assert here.kinds()[3:] == ["disarmed"]
