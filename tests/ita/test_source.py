"""The source `ita`: what runs where, how drained it is, and every answer that is none."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from console.clock import real_now
from console.ita import api
from console.ita.values import AGENTS, Running
from console.model import Freshness, Severity, Snapshot
from console.sources.ita import ItaRow
from tests.ita.desk import SPEED, Desk, ita, job


def system(seen: Snapshot) -> ItaRow:
    """The row of the system itself."""
    (row,) = (row for row in seen.rows if isinstance(row, ItaRow) and row.what == "system")
    return row


def said(seen: Snapshot) -> str:
    assert seen.trouble is not None
    return f"{seen.trouble.message}; {seen.trouble.cure}"


async def test_a_quiet_system_is_one_row_that_is_well(tmp_path: Path) -> None:
    async with ita(tmp_path) as desk:
        row = system(await desk.look(desk.part))
        assert (row.mode, row.jobs, row.conductors) == ("normal", 0, 0)
        assert row.severity is Severity.OK
        assert row.drained is None and row.missing["drained"] == "job stop is off"


async def test_every_job_is_shown_with_its_place_and_age_and_conductors_beside(
    tmp_path: Path,
) -> None:
    async with ita(tmp_path, speed=1) as desk:
        late = job(late_s=100, gone_s=200)
        desk.server.start([late, job("conductor-synchronize"), job("menu-create")])
        seen = await desk.look(desk.part)
        row, *items = seen.rows
        assert isinstance(row, ItaRow) and (row.jobs, row.conductors) == (2, 1)
        told = {(i.backyard, i.what, i.status, i.status_id): i for i in items}  # type: ignore[attr-defined]
        assert set(told) == {
            ("ita-by-ansible-execute", "job", "running late", "4"),
            ("ita-by-conductor-synchronize", "conductor", "running", "3"),
            ("ita-by-menu-create", "job", "running", "3"),
        }
        one: Any = next(iter(told.values()))
        assert (one.organization, one.workspace, one.item) == ("refinery", "sakai", late.id)
        assert 0 <= one.age_s < 60, "the container's clock is Tokyo's, called Z"


async def test_a_zone_that_is_not_the_containers_makes_no_age_up(tmp_path: Path) -> None:
    async with ita(tmp_path, zone="UTC") as desk:
        desk.server.start([job()])
        item = (await desk.look(desk.part)).rows[1]
        assert isinstance(item, ItaRow) and item.age_s is None
        assert "lies 9 h ahead: is `zone` that of the system's containers?" in str(item.missing)


async def test_it_is_drained_after_three_looks_and_a_job_at_the_last_moment_is_seen(
    tmp_path: Path,
) -> None:
    async with ita(tmp_path, speed=SPEED / 4) as desk:
        desk.server.racers = [job(takes_s=60)]
        part = desk.part
        await desk.api.switch("backyard_execute_stop", on=True)
        course = []
        while not (row := system(await desk.look(part))).drained:
            course.append((row.jobs, row.zeros))
            assert row.mode == "job_stop" and AGENTS in row.note
            assert row.severity is Severity.WARNING
            await desk.hands.sleep(6 / desk.context.clock.speed)
        jobs = [count for count, _ in course]
        assert 1 in jobs, "the one that started after job stop"
        assert all(zeros == 0 for count, zeros in course if count), "never while it runs"
        assert [zeros for _, zeros in course][-2:] == [1, 2]


async def test_read_only_without_job_stop_is_said_to_be_the_wrong_order(tmp_path: Path) -> None:
    async with ita(tmp_path) as desk:
        desk.turned(read_only=True)
        row = system(await desk.look(desk.part))
        assert (row.mode, row.severity) == ("wrong_order", Severity.WARNING)
        assert row.because == ("wrong order: read-only without job stop, so jobs were not drained",)
        desk.turned(job_stop=True, read_only=True)
        assert system(await desk.look(desk.part)).mode == "read_only"


# fault, what is said, whether it is the login
ANSWERS = [
    ("401-00002", "the login is not accepted .401-00002.; check user and password", True),
    ("403-00001", "no right to do this .403-00001.; log in as a system administrator", False),
    ("400-00002", "it found nothing in the request", False),
    ("400-00026", "does not know this switch", False),
    ("400-00027", "does not take this value", False),
    ("500-34001", "could not write its database", False),
    ("500-99999", "an error of its own .500-99999.; is Keycloak up", False),
    ("500-11002", "no secret of its own", False),
    ("498-00001", "read-only mode does not let this through", False),
    ("404-00001", "does not know this path", False),
    ("503-00000", "エラー .503-00000.", False),
    ("html", "the answer is not from the platform; a proxy or a portal", False),
    ("redirect", "asks to go to portal.example; the login stays here", False),
    ("check-list", "the running jobs are not told, though the answer is 200", False),
    ("no-keys", "backyard_execute_stop, data_update_stop missing", False),
]


@pytest.mark.parametrize(("fault", "text", "login"), ANSWERS, ids=[row[0] for row in ANSWERS])
async def test_an_answer_that_is_none_is_a_sentence_and_the_rows_before_it_stay(
    fault: str, text: str, login: bool, tmp_path: Path
) -> None:
    async with ita(tmp_path) as desk:
        desk.turned(job_stop=True)
        part = desk.part
        before = await desk.look(part)
        desk.server.faults.add(fault)
        seen = await desk.look(part, before)
        assert_that(seen, text)
        assert seen.rows == before.rows and seen.taken_at == before.taken_at
        assert (seen.freshness(desk.hands.now_real()) is Freshness.AUTH_EXPIRED) == login


def assert_that(seen: Snapshot, text: str) -> None:
    """Its trouble is told so."""
    import re

    assert re.search(text, said(seen)), said(seen)


async def test_looks_that_fail_are_no_looks_without_a_job(tmp_path: Path) -> None:
    async with ita(tmp_path) as desk:
        desk.turned(job_stop=True)
        part = desk.part
        for _ in range(4):
            await desk.look(part)
            await desk.hands.sleep(12 / SPEED)
        assert system(await desk.look(part)).drained
        desk.server.faults.add("check-list")
        await desk.look(part)
        desk.server.faults.clear()
        row = system(await desk.look(part))
        assert (row.drained, row.zeros) == (False, 1)


def later(desk: Desk, **ago: float) -> None:
    """The first "all off" that is doubted was heard so long ago."""
    belief = desk.api.memory.belief
    desk.api.memory.belief = replace(belief, since=real_now() - timedelta(**ago))


async def test_all_off_out_of_the_blue_is_believed_only_when_it_is_said_for_long(
    tmp_path: Path,
) -> None:
    async with ita(tmp_path) as desk:
        desk.turned(job_stop=True)
        part = desk.part
        seen = await desk.look(part)
        desk.server.faults.add("zeros")
        for _ in range(8):  # a database is down for a while, and a poll that fails is soon repeated
            seen = await desk.look(part, seen)
            assert_that(seen, "job stop was on and reads off, as it also does when it cannot")
            assert system(seen).job_stop is True, "as it was, and old"
        desk.server.faults.clear()
        seen = await desk.look(part, seen)
        assert seen.trouble is None and system(seen).mode == "job_stop"
        desk.server.calm()  # somebody else, really
        for _ in range(2):
            seen = await desk.look(part, seen)
        later(desk, seconds=119)
        assert (await desk.look(part, seen)).trouble is not None
        later(desk, seconds=121)
        seen = await desk.look(part, seen)
        assert seen.trouble is None and system(seen).mode == "normal"


async def test_neither_a_window_that_opens_nor_a_new_connection_lets_a_lie_be_believed(
    tmp_path: Path,
) -> None:
    async with ita(tmp_path) as desk:
        desk.turned(job_stop=True)
        seen = await desk.look(desk.part)
        desk.server.faults.add("zeros")
        seen = await desk.look(desk.part, seen)  # as the lookout makes it anew for a window
        assert_that(seen, "job stop was on and reads off")
        await desk.context.clients.close()  # as after a sleep
        seen = await desk.look(desk.part, seen)
        assert_that(seen, "job stop was on and reads off")
        assert system(seen).job_stop is True


async def test_a_look_that_failed_in_between_begins_the_doubt_anew(tmp_path: Path) -> None:
    async with ita(tmp_path) as desk:
        desk.turned(job_stop=True)
        part = desk.part
        await desk.look(part)
        desk.server.faults = {"zeros"}
        for _ in range(2):
            await desk.look(part)
        later(desk, minutes=5)
        desk.server.faults = {"zeros", "check-list"}
        await desk.look(part)
        desk.server.faults = {"zeros"}
        assert (await desk.look(part)).trouble is not None


async def test_what_this_console_turned_off_is_no_surprise(tmp_path: Path) -> None:
    async with ita(tmp_path) as desk:
        desk.turned(job_stop=True)
        part = desk.part
        await desk.look(part)
        await desk.api.switch("backyard_execute_stop", on=False)
        seen = await desk.look(part)
        assert seen.trouble is None and system(seen).mode == "normal"


async def test_what_this_console_turns_off_during_a_poll_is_no_surprise_to_the_next(
    tmp_path: Path,
) -> None:
    async with ita(tmp_path) as desk:
        desk.turned(job_stop=True)
        part, running = desk.part, desk.api.running
        asked, answered = asyncio.Event(), asyncio.Event()

        async def slow() -> Running:
            told = await running()
            asked.set()
            await answered.wait()
            return told

        desk.api.running = slow  # type: ignore[method-assign]
        poll = asyncio.create_task(desk.look(part))
        await asked.wait()
        await desk.api.switch("backyard_execute_stop", on=False)
        answered.set()
        seen = await poll
        assert system(seen).mode == "job_stop"
        seen = await desk.look(part, seen)
        assert seen.trouble is None and system(seen).mode == "normal"


async def test_a_platform_that_hangs_or_is_gone_is_said_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "READ_S", 0.2)
    monkeypatch.setattr(api, "CONNECT_S", 0.1)
    async with ita(tmp_path, "hang") as desk:
        assert_that(await desk.look(desk.part), "no answer in time from 127.0.0.1")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        async with ita(tmp_path, url=f"http://127.0.0.1:{taken.getsockname()[1]}") as desk:
            assert_that(await desk.look(desk.part), "is not reachable .*is the VPN up")


async def test_without_a_login_nothing_is_asked(tmp_path: Path) -> None:
    async with ita(tmp_path, password="") as desk:
        assert_that(await desk.look(desk.part), "no login is configured; set user and password")
        assert not desk.server.log.entries
