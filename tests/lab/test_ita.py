"""The lab's ITA does as the platform does it: what waits, what goes on, and what is left alone."""

from __future__ import annotations

from pathlib import Path

from console.lab.ita import KEYS
from tests.ita.desk import Desk, ita, job


async def count(desk: Desk) -> int:
    return (await desk.api.running()).count


async def test_under_job_stop_what_runs_goes_on_and_what_is_put_in_waits(tmp_path: Path) -> None:
    async with ita(tmp_path, speed=1) as desk:
        running = job()
        desk.server.start([running])
        await desk.api.switch(KEYS[0], on=True)
        desk.server.start([job()])
        assert await count(desk) == 1
        running.takes_s = 0.0
        assert await count(desk) == 0
        await desk.api.switch(KEYS[0], on=False)
        assert await count(desk) == 1


async def test_in_read_only_nobody_looks_after_what_still_runs(tmp_path: Path) -> None:
    async with ita(tmp_path, speed=1) as desk:
        running = job()
        desk.server.start([running])
        await desk.api.switch(KEYS[1], on=True)
        running.takes_s = 0.0
        assert await count(desk) == 1, "it is over, and nobody noted it"
        await desk.api.switch(KEYS[1], on=False)
        assert await count(desk) == 0


async def test_a_busy_evening_stays_busy_until_job_stop(tmp_path: Path) -> None:
    async with ita(tmp_path, speed=1) as desk:
        first = job(again=True)
        desk.server.start([first])
        first.takes_s = 0.0
        (later,) = (await desk.api.running()).jobs
        assert later.id != first.id, "the next one like it"
