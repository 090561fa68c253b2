"""Both switches, on and off: in this order only, once, read back; whatever the platform says."""

from __future__ import annotations

import re
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from console.ita import api, turning
from console.ita.values import Mode
from console.model import Order, Ref
from console.poll import Failed
from console.remedy import Refused, Rejected
from tests.ita.desk import SPEED, act, carry_out, ita, job, propose

Sleep = Callable[[float], Awaitable[None]]
STOP_ON, STOP_OFF = "{'backyard_execute_stop': '1'}", "{'backyard_execute_stop': '0'}"
READ_ON, READ_OFF = "{'data_update_stop': '1'}", "{'data_update_stop': '0'}"


async def test_the_whole_way_there_and_back_is_four_requests(tmp_path: Path) -> None:
    async with ita(tmp_path) as desk:
        for name in ("ita-job-stop-on", "ita-read-only-on", "ita-read-only-off"):
            verdict = await act(name, desk)
            assert verdict.outcome == "verified", verdict
        verdict = await act("ita-job-stop-off", desk)
        assert re.match(r"read back \d+ times in 3\d s: job stop off, read-only", verdict.said)
        assert desk.writes == [STOP_ON, READ_ON, READ_OFF, STOP_OFF]


async def test_a_plan_names_all_organizations_the_address_and_the_one_request(
    tmp_path: Path,
) -> None:
    async with ita(tmp_path) as desk:
        desk.server.start([job(), job("conductor-synchronize")])
        plan = await propose("ita-job-stop-on", desk.hands)
        assert plan.will == (
            "turn job stop on: nothing new starts in all organizations of the system",
        )
        assert "1 running jobs go on to their end" in plan.keeps
        assert plan.scopes == ("ita",)
        assert dict(plan.where)["now"] == "job stop off, read-only off"
        assert [(r.operation, dict(r.params)) for r in plan.requests] == [
            ("PATCH /api/platform/maintenance-mode-setting", {"backyard_execute_stop": "1"})
        ]
        assert not desk.writes, "planning reads"


# switches before, entry, why not
REFUSED = [
    ((True, False), "ita-job-stop-on", "job stop is on already"),
    ((True, True), "ita-job-stop-on", "job stop is on already"),
    ((False, True), "ita-job-stop-on", "wrong order: read-only is on without job stop"),
    ((False, False), "ita-job-stop-off", "job stop is off already .*cannot read its database"),
    ((True, True), "ita-job-stop-off", "read-only is on: it goes off first"),
    ((False, False), "ita-read-only-on", "job stop is off: turn it on first"),
    ((True, True), "ita-read-only-on", "read-only is on already"),
    ((True, False), "ita-read-only-off", "read-only is off already"),
]


@pytest.mark.parametrize(("switches", "name", "why"), REFUSED)
async def test_the_order_is_kept(
    switches: tuple[bool, bool], name: str, why: str, tmp_path: Path
) -> None:
    async with ita(tmp_path) as desk:
        desk.turned(*switches)
        with pytest.raises(Refused, match=why):
            await propose(name, desk.hands)
        assert not desk.writes


async def test_read_only_in_the_wrong_order_can_still_be_turned_off(tmp_path: Path) -> None:
    async with ita(tmp_path) as desk:
        desk.turned(read_only=True)
        assert (await act("ita-read-only-off", desk)).outcome == "verified"


async def test_read_only_is_refused_while_anything_runs(tmp_path: Path) -> None:
    async with ita(tmp_path) as desk:
        desk.turned(job_stop=True)
        desk.server.jobs = [job()]
        with pytest.raises(Refused, match=r"1 running: refinery/sakai ita-by-ansible-execute"):
            await propose("ita-read-only-on", desk.hands)


async def test_read_only_looks_long_enough_to_see_a_job_that_starts_after_job_stop(
    tmp_path: Path,
) -> None:
    async with ita(tmp_path, speed=SPEED / 4) as desk:
        desk.server.racers = [job()]
        await act("ita-job-stop-on", desk)
        with pytest.raises(Refused, match="1 running"):
            await propose("ita-read-only-on", desk.hands)


async def test_conductors_and_agents_are_minded_and_do_not_hold_it_up(tmp_path: Path) -> None:
    async with ita(tmp_path) as desk:
        desk.turned(job_stop=True)
        desk.server.jobs = [job("conductor-synchronize")]
        plan = await propose("ita-read-only-on", desk.hands)
        assert "agents in use?" in plan.warnings[0] and "1 conductors" in plan.warnings[1]
    async with ita(tmp_path, agents=False) as desk:
        desk.turned(job_stop=True)
        assert (await propose("ita-read-only-on", desk.hands)).warnings == ()


async def test_somebody_who_turns_it_off_while_it_drains_is_noticed(tmp_path: Path) -> None:
    async with ita(tmp_path) as desk:
        desk.turned(job_stop=True)
        hands, calls = desk.hands, 0

        async def sleep(seconds: float) -> None:
            nonlocal calls
            calls += 1
            if calls == 3:
                desk.turned()

        with pytest.raises(Refused, match="somebody else is at it"):
            await propose("ita-read-only-on", replace(hands, sleep=_first(sleep, hands.sleep)))


def _first(one: Sleep, other: Sleep) -> Sleep:
    async def both(seconds: float) -> None:
        await one(seconds)
        await other(seconds)

    return both


@pytest.mark.parametrize(
    "fault", ["check-list", "no-keys", "500-99999", "403-00001", "html", "hang"]
)
async def test_what_cannot_be_read_cannot_be_planned(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "READ_S", 8.0 if fault != "hang" else 0.1)
    monkeypatch.setattr(api, "CONNECT_S", 3.0 if fault != "hang" else 0.1)
    async with ita(tmp_path, fault) as desk:
        desk.turned(job_stop=True)
        with pytest.raises(Failed):
            await propose("ita-read-only-on", desk.hands)


async def test_off_off_from_a_read_that_failed_is_never_drained(tmp_path: Path) -> None:
    async with ita(tmp_path, "zeros") as desk:
        desk.turned(job_stop=True)
        with pytest.raises(Refused, match="job stop is off"):
            await propose("ita-read-only-on", desk.hands)
        with pytest.raises(Refused, match="look at it again before you believe it"):
            await propose("ita-job-stop-off", desk.hands)


NOES = ["401-00002", "403-00001", "400-00002", "400-00026", "400-00027", "498-00001", "redirect"]


@pytest.mark.parametrize("fault", NOES)
async def test_a_no_to_the_switch_is_a_no_and_is_sent_once(fault: str, tmp_path: Path) -> None:
    async with ita(tmp_path) as desk:
        plan = await propose("ita-job-stop-on", desk.hands)
        desk.server.faults.add(fault)
        with pytest.raises(Rejected, match="ita: "):
            await carry_out(plan, desk.hands)
        assert len(desk.writes) == 1
        assert desk.server.mode["backyard_execute_stop"] == "0"


async def test_nobody_there_is_nothing_sent(tmp_path: Path) -> None:
    async with ita(tmp_path) as desk:
        plan = await propose("ita-job-stop-on", desk.hands)
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            address = f"http://127.0.0.1:{taken.getsockname()[1]}"
            await desk.api.close()
            desk.api.settings = desk.api.settings.model_copy(update={"url": address})
            with pytest.raises(Refused, match=r"nothing was sent: ita: .*not reachable"):
                await carry_out(plan, desk.hands)


# fault while it is sent, faults while it is read back, outcome, what is said
ENDS = [
    ("", "", "verified", "read back 2 times: job stop on, read-only off"),
    ("ignore", "", "unknown", "it was accepted, and reads back as job stop off"),
    ("", "zeros", "unknown", "reads back as job stop off.*cannot read its database"),
    ("", "zeros+check-list", "unknown", "not proven in 60 s: .*are not told, though"),
    ("", "no-keys", "unknown", "not proven in 60 s: the last look failed: .*missing"),
    ("", "403-00001", "unknown", "not proven in 60 s: the last look failed: .*no right"),
    ("drop", "", "unknown", "the answer to the request was lost .*connection broke"),
    ("silent", "", "unknown", "the answer to the request was lost .*no answer in time"),
    ("500-34001", "", "failed", "could not write its database .*reads back as job stop off"),
    ("500-99999", "", "failed", "an error of its own .*reads back as job stop off"),
    ("html", "", "unknown", "no answer came, and reads back as job stop off"),
]


@pytest.mark.parametrize(
    ("sending", "reading", "outcome", "text"), ENDS, ids=[f"{a}-{b}" for a, b, *_ in ENDS]
)
async def test_what_was_done_is_what_reads_back(
    sending: str,
    reading: str,
    outcome: str,
    text: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with ita(tmp_path) as desk:
        plan = await propose("ita-job-stop-on", desk.hands)
        patient = api.CONNECT_S
        if sending == "silent":  # what is read answers, and is waited for
            monkeypatch.setattr(api, "WRITE_S", 0.05)
            monkeypatch.setattr(api, "CONNECT_S", 0.1)
        server = desk.server
        server.faults = {sending} - {""}
        switch = desk.api.switch

        async def sent(key: str, on: bool) -> Mapping[str, Any]:
            try:
                return await switch(key, on)
            finally:
                monkeypatch.setattr(api, "CONNECT_S", patient)
                server.faults = set(reading.split("+")) - {""}

        monkeypatch.setattr(desk.api, "switch", sent)
        verdict = await carry_out(plan, desk.hands)
        assert re.fullmatch(outcome, verdict.outcome), verdict
        assert re.search(text, verdict.said), verdict.said
        assert len(desk.writes) <= 1


async def test_a_read_back_that_wavers_is_read_until_two_agree(tmp_path: Path) -> None:
    async with ita(tmp_path, speed=1) as desk:
        plan = await propose("ita-job-stop-on", desk.hands)
        mode = desk.api.mode
        reads: list[int] = []

        async def wavering() -> Mode:
            reads.append(len(reads))
            if len(reads) == 2:
                raise Failed("ita: no answer in time")
            return await mode()

        async def hurry(seconds: float) -> None:
            return None

        desk.api.mode = wavering  # type: ignore[method-assign]
        verdict = await carry_out(plan, replace(desk.hands, sleep=hurry))
        assert (verdict.outcome, len(reads)) == ("verified", 4), "one, a failed one, two that agree"


async def test_job_stop_that_goes_off_under_read_only_is_a_failure(tmp_path: Path) -> None:
    async with ita(tmp_path) as desk:
        desk.turned(job_stop=True)
        plan = await propose("ita-read-only-on", desk.hands)
        desk.turned()
        verdict = await carry_out(plan, desk.hands)
        assert verdict.outcome == "failed"
        assert "job stop was turned off meanwhile" in verdict.said


async def test_an_entry_without_a_system_or_a_switch_does_nothing(tmp_path: Path) -> None:
    async with ita(tmp_path) as desk:
        order = Order("ita-job-stop-on", (Ref("ita", "other", "other"),))
        with pytest.raises(Refused, match="no ITA system other"):
            turning.system_of(order, desk.hands)
        with pytest.raises(Refused, match="one system has to be named"):
            turning.system_of(Order("ita-job-stop-on", ()), desk.hands)
