"""The keeper of planned windows on a real journal: it rings once, writes once, whoever looks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from console.acting import Acts
from console.config.planned import Windows
from console.following import Following
from console.model import Board, Now
from console.model.affairs import Affairs
from console.model.wishes import ReportOut, TickPlanned
from console.planned.planning import Planning
from console.watch import Watching
from tests.acting.world import Restart, Stage, configuration, no_room
from tests.planned.desk import SCALE, SCOPES, TITLES, WATCH, after, board, host, one

ID = "scale@2026-03-10T12:30:00Z"
START = one(SCALE).start


@dataclass
class Keeper:
    """One console's keeper, its clock in the test's hand."""

    acts: Acts
    planning: Planning
    watching: Watching
    following: Following

    async def catch_up(self) -> None:
        new, _ = self.following.read()
        self.watching.hear(new)
        self.planning.hear(new, self.now)

    async def see(self, moment: datetime, board: Board | None = None) -> None:
        self.now = Now(moment, self.acts.hands.now_real())
        await self.catch_up()
        await self.planning.go_on(board or Board(), self.now)
        await self.catch_up()

    def kinds(self) -> list[str]:
        journal = self.acts.pen.journal.entries()
        return [f"{one.kind} {one.data.get('why', '')}".strip() for one in journal]

    @property
    def ringing(self) -> list[str]:
        return [ring.text for ring in self.watching.rings()]


@asynccontextmanager
async def keeper(
    tmp_path: Path, by: str = "tester", scale: dict[str, Any] = SCALE
) -> AsyncIterator[Keeper]:
    told: dict[str, Any] = {"scale": scale, "watch": WATCH}
    windows = {name: {"zone": "Asia/Tokyo"} | each for name, each in told.items()}
    configured = replace(configuration(), windows=Windows.model_validate({"windows": windows}))
    on = Stage(tmp_path, Restart(""), configured, by=by)
    acts = on.acts()
    affairs = Affairs(scopes=SCOPES, titles=TITLES, spans={"load1": 1800.0})

    async def catch_up() -> None:
        await made.catch_up()

    watching = Watching({}, acts, catch_up)
    planning = Planning(configured, affairs, acts, watching, catch_up)
    made = Keeper(acts, planning, watching, Following(acts.pen.journal.path))
    try:
        yield made
    finally:
        await acts.close()


def since(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


async def test_it_reminds_once_before_a_report_is_due_and_rings_once_when_it_was_missed(
    tmp_path: Path,
) -> None:
    async with keeper(tmp_path) as one:
        await one.see(since(44))
        assert one.kinds() == []
        for minutes in (45, 46, 59):
            await one.see(since(minutes))
        assert one.kinds() == ["watch.rang reminder"]
        assert one.ringing == ["scale-up: the report is due at 22:30 Tokyo"]
        for minutes in (60, 70):
            await one.see(since(minutes))
        assert one.kinds() == ["watch.rang reminder", "watch.rang missed"]
        assert one.ringing == [
            "scale-up: the report was due at 22:30 Tokyo, and nobody said that it is out"
        ]
    async with keeper(tmp_path, "second") as other:
        await other.see(since(75))
        assert other.kinds().count("watch.rang missed") == 1, "a second console says it no more"


async def test_with_a_full_disk_a_due_report_rings_once(
    tmp_path: Path,
) -> None:
    async with keeper(tmp_path) as one:
        await one.see(since(40))
        with no_room():
            for second in range(5):
                await one.see(since(45) + timedelta(seconds=second))
        assert one.ringing == ["not written down: scale-up: the report is due at 22:30 Tokyo"]
        assert len(one.watching.unwritten) == 1
        await one.see(since(46))
        assert len(one.ringing) == 1


async def test_a_report_that_is_out_neither_rings_nor_is_missed(tmp_path: Path) -> None:
    async with keeper(tmp_path) as one:
        await one.see(since(50))
        await one.planning.take(TickPlanned(ID, "scale"), one.now)
        await one.planning.take(ReportOut(ID), one.now)
        await one.see(since(70))
        assert one.ringing == []
        assert one.kinds() == [
            *("watch.rang reminder", "window.step", "window.reported", "finding.acknowledged")
        ]
        with pytest.raises(ValueError, match="out already"):
            await one.planning.take(ReportOut(ID), one.now)
        with pytest.raises(ValueError, match="no such step"):
            await one.planning.take(TickPlanned(ID, "none"), one.now)


async def test_a_report_that_is_not_out_after_all_is_owed_again(tmp_path: Path) -> None:
    async with keeper(tmp_path) as one:
        await one.see(since(50))
        await one.planning.take(ReportOut(ID), one.now)
        await one.see(since(51))
        await one.planning.take(ReportOut(ID, undone=True), one.now)
        with pytest.raises(ValueError, match="nobody said that this report is out"):
            await one.see(since(52))
            await one.planning.take(ReportOut(ID, undone=True), one.now)
        await one.see(since(61))
        assert one.ringing == [
            "scale-up: the report was due at 22:30 Tokyo, and nobody said that it is out"
        ]


async def test_a_ring_of_another_day_says_which(tmp_path: Path) -> None:
    late = {**SCALE, "report_due": "135m"}
    async with keeper(tmp_path, scale=late) as one:
        await one.see(since(151))
        assert one.ringing == [
            "scale-up: the report was due at Tue 10 Mar 23:45 Tokyo, and nobody said that it is out"
        ]


async def test_a_watch_in_which_nothing_was_seen_owes_a_report_that_says_so(
    tmp_path: Path,
) -> None:
    async with keeper(tmp_path) as one:
        await one.see(after(30))
        (watch,) = (w for w in one.planning.all if w.start == after(0))
        assert watch.owed and "Nothing was seen" in watch.report
    async with keeper(tmp_path) as one:  # and a console that comes after its end knows it was up
        for minutes in (182, 184, 188, 212):
            await one.see(after(minutes))
        assert one.kinds() == ["window.ended", "watch.rang missed"]
        entry = one.acts.pen.journal.entries()[0]
        assert entry.data["remarkable"] is True, "no data is never well"
        assert "Nothing was seen: nobody looked, or nothing answered." in entry.data["report"]


async def test_a_report_that_was_missed_is_owed_for_two_weeks(tmp_path: Path) -> None:
    async with keeper(tmp_path) as one:
        day = 24 * 60
        for days, owed in ((3, [ID]), (13, [ID]), (15, [])):
            await one.see(since(days * day))
            at = since(days * day)
            assert [w.id for w in one.planning.all if w.missed(at)] == owed
            assert all(w.owed or w.end > at - timedelta(days=2) for w in one.planning.all)


async def test_what_was_missed_hours_ago_is_shown_and_rings_for_nobody(tmp_path: Path) -> None:
    async with keeper(tmp_path) as one:
        await one.see(since(60 * 4))
        assert one.kinds() == []
        assert [each.id for each in one.planning.all if each.missed(since(240))] == [ID]


async def test_the_report_of_a_watch_is_written_at_its_end_once_for_all_consoles(
    tmp_path: Path,
) -> None:
    peak = [2.0] * 24 + [9.0, 12.0, 12.5, 9.0, 6.0, 5.0]
    async with keeper(tmp_path) as one, keeper(tmp_path, "second") as other:
        for minutes in (160, 175):
            await one.see(after(minutes), board(host("sakai/prod", peak, after(minutes))))
        assert one.kinds() == []
        last = board(host("sakai/prod", [5.0] * 30, after(179)))
        await one.see(after(179), last)
        await one.see(after(180), last)
        await other.see(after(180), last)
        await other.see(after(190), last)
        assert one.kinds() == ["window.ended"]
        (entry,) = one.acts.pen.journal.entries()
        assert entry.data["remarkable"] is True
        assert "堺/prod: load1 peak 12.5 at 14:37 (sakai/prod-1)" in entry.data["report"]
        assert "not seen: 鹿島/prod" in entry.data["report"]


async def test_a_console_that_was_started_anew_knows_the_peak_of_before(tmp_path: Path) -> None:
    async with keeper(tmp_path) as one:
        await one.see(after(60), board(host("sakai/prod", [2.0] * 29 + [14.0], after(60))))
    async with keeper(tmp_path) as one:
        await one.see(after(170), board(host("sakai/prod", [3.0] * 30, after(170))))
        found = next(each for each in one.planning.all if each.start == after(0))
        assert "load1 peak 14.0 at 13:00" in found.report
        assert "seen from 12:31 on" in found.report


async def test_a_console_that_comes_after_the_end_tells_what_the_series_still_hold(
    tmp_path: Path,
) -> None:
    peak = [2.0] * 5 + [12.0] * 5 + [2.0] * 20
    async with keeper(tmp_path) as one:
        await one.see(after(195), board(host("sakai/prod", peak, after(195))))
        await one.see(after(199), board(host("sakai/prod", peak, after(195))))
        assert one.kinds() == ["watch.rang reminder"], "another account may still answer"
        await one.see(after(200))
        assert one.kinds()[1:] == ["window.ended"]
        assert "load1 peak 12.0 at 14:51" in one.acts.pen.journal.entries()[1].data["report"]


async def test_without_the_last_points_the_report_is_written_five_minutes_later(
    tmp_path: Path,
) -> None:
    async with keeper(tmp_path) as one:
        await one.see(after(170), board(host("sakai/prod", [3.0] * 30, after(170))))
        await one.see(after(184))
        assert one.kinds() == []
        await one.see(after(185))
        assert one.kinds() == ["window.ended"]
        await one.see(after(196))
        assert one.kinds() == ["window.ended", "watch.rang reminder"]
