"""`oncall check --live` at an ITA: what works, and what cures what does not."""

from __future__ import annotations

from pathlib import Path

from console.commands.live_ita import doctor
from tests.ita.desk import Desk, ita, job


async def told(desk: Desk) -> list[tuple[str, bool | None, str]]:
    checks = await doctor(desk.context.estate, desk.context.clients, desk.context.clock)
    return [(one.what, one.ok, one.said) for one in checks]


async def test_a_system_that_answers_is_well_and_nothing_is_switched(tmp_path: Path) -> None:
    async with ita(tmp_path) as desk:
        desk.server.start([job(), job("conductor-synchronize")])
        mode, jobs, zone = await told(desk)
        assert mode[:2] == ("ita ita: maintenance mode", True)
        assert jobs == ("ita ita: running jobs", True, "1 running, 1 conductors")
        assert zone[1] is True
        assert not desk.writes


async def test_a_zone_that_is_not_the_containers_is_wrong_and_without_jobs_unknown(
    tmp_path: Path,
) -> None:
    async with ita(tmp_path, zone="UTC") as desk:
        assert (await told(desk))[2][1] is None
        desk.server.start([job()])
        assert (await told(desk))[2] == ("ita ita: zone", False, "their times lie ahead")


async def test_a_lie_and_a_refused_login_are_wrong(tmp_path: Path) -> None:
    async with ita(tmp_path, "check-list") as desk:
        assert [ok for _, ok, _ in await told(desk)] == [True, False]
        desk.server.faults = {"401-00002"}
        ((_, ok, said),) = await told(desk)
        assert ok is False and "the login is not accepted" in said
