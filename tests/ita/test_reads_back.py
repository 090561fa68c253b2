"""Each switch, each way: what was done is what reads back, and off/off alone proves nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from console.ita.values import Mode
from tests.ita.desk import Desk, carry_out, ita, propose

# entry, switches before, fault while it is sent, outcome, what is said
OTHERS = [
    ("ita-read-only-on", (True, False), "ignore", "failed", "reads back as job stop on, read-only"),
    ("ita-read-only-on", (True, False), "drop", "unknown", "the answer to the request was lost"),
    ("ita-read-only-on", (True, False), "500-34001", "failed", "could not write its database"),
    ("ita-read-only-off", (True, True), "ignore", "failed", "reads back as job stop on, read-only"),
    ("ita-read-only-off", (True, True), "drop", "unknown", "the answer to the request was lost"),
    ("ita-job-stop-off", (True, False), "ignore", "failed", "reads back as job stop on, read-only"),
    ("ita-job-stop-off", (True, False), "drop", "unknown", "the answer to the request was lost"),
]


def while_sent(desk: Desk, fault: str, then: str = "") -> None:
    """A fault of the platform while a switch is sent, and another one afterwards."""
    switch = desk.api.switch

    async def sent(key: str, on: bool) -> Mapping[str, Any]:
        desk.server.faults = {fault}
        try:
            return await switch(key, on)
        finally:
            desk.server.faults = {then} - {""}

    desk.api.switch = sent  # type: ignore[method-assign]


@pytest.mark.parametrize(
    ("name", "switches", "fault", "outcome", "text"), OTHERS, ids=[f"{o[0]}-{o[2]}" for o in OTHERS]
)
async def test_every_switch_is_told_by_what_reads_back(
    name: str, switches: tuple[bool, bool], fault: str, outcome: str, text: str, tmp_path: Path
) -> None:
    async with ita(tmp_path) as desk:
        desk.turned(*switches)
        plan = await propose(name, desk.hands)
        while_sent(desk, fault)
        verdict = await carry_out(plan, desk.hands)
        assert verdict.outcome == outcome and text in verdict.said, verdict
        assert len(desk.writes) == 1


async def test_off_off_after_read_only_went_off_proves_nothing(tmp_path: Path) -> None:
    async with ita(tmp_path) as desk:
        desk.turned(job_stop=True, read_only=True)
        plan = await propose("ita-read-only-off", desk.hands)
        desk.server.faults = {"zeros", "ignore"}
        verdict = await carry_out(plan, desk.hands)
        assert verdict.outcome == "unknown", "it is on still, and the platform lies"
        assert "and job stop was on; the platform also answers off/off" in verdict.said


async def test_off_off_after_an_error_of_the_write_proves_nothing(tmp_path: Path) -> None:
    async with ita(tmp_path) as desk:
        desk.turned(job_stop=True, read_only=False)
        plan = await propose("ita-job-stop-off", desk.hands)
        while_sent(desk, "500-34001", then="zeros")
        verdict = await carry_out(plan, desk.hands)
        assert verdict.outcome == "unknown", "it is on still: the database is down for both"
        assert "could not write its database" in verdict.said and "also answers" in verdict.said


async def test_off_off_is_read_for_half_a_minute_before_it_is_proof(tmp_path: Path) -> None:
    async with ita(tmp_path) as desk:
        desk.turned(job_stop=True)
        plan = await propose("ita-job-stop-off", desk.hands)
        assert "for 30 s: the platform also answers off/off" in plan.proof
        while_sent(desk, "ignore", then="zeros")
        mode, clock = desk.api.mode, desk.context.clock
        read = list[datetime]()

        async def told() -> Mode:
            read.append(clock.now())
            if read[-1] - read[0] > timedelta(seconds=10):
                desk.server.faults = set()  # its database is there again
            return await mode()

        desk.api.mode = told  # type: ignore[method-assign]
        verdict = await carry_out(plan, desk.hands)
        assert verdict.outcome == "failed", "it is on still"
        assert "reads back as job stop on" in verdict.said


async def test_off_off_that_nothing_else_bears_out_proves_nothing(tmp_path: Path) -> None:
    async with ita(tmp_path) as desk:
        desk.turned(job_stop=True)
        plan = await propose("ita-job-stop-off", desk.hands)
        desk.server.faults = {"zeros", "ignore", "check-list"}
        assert (await carry_out(plan, desk.hands)).outcome == "unknown"
