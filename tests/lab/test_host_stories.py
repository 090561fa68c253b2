"""What a person does at the machines of the lab by its door, and that a story leaves no trace."""

from __future__ import annotations

import aiohttp

from console.lab.lab import Lab


async def fault(lab: Lab, name: str, **more: object) -> int:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{lab.url}/fault", json={"name": name, **more}) as answer,
    ):
        return answer.status


async def test_cron_is_stopped_and_a_backup_copied_by_the_labs_door_and_all_is_undone() -> None:
    async with Lab("disk-full-site", 20, kafka="off") as lab:
        hosts = [one for one in lab.world.hosts if "kashima/prod" in one.serves]
        (bucket,) = [one for one in lab.world.buckets if one.name == "kashima-prod-backup"]
        while bucket.stopped_at is None:
            lab.world.settle()
        assert await fault(lab, "cron-stop") == 200
        assert {one.cron for one in hosts} == {"inactive"}
        assert {one.cron for one in lab.world.hosts if one not in hosts} == {"active"}
        assert await fault(lab, "backup-upload") == 200
        assert [prefix for prefix, _, _ in bucket.extra] == ["db/", "files/"]
        assert await fault(lab, "cron-stop", on=False) == 200
        assert {one.cron for one in hosts} == {"active"}
        await fault(lab, "cron-stop", scope="sakai/prod")
        async with aiohttp.ClientSession() as session:
            await session.post(f"{lab.url}/scenario", json={"name": "sidekiq-no-workers"})
            lab.world.settle()
            assert [one.name for one in lab.world.caches if one.idle_since] == [
                "kawasaki-prod-redis"
            ]
            await session.post(f"{lab.url}/scenario", json={"name": "quiet"})
        assert not bucket.extra and bucket.stopped_at is None
        assert {one.cron for one in lab.world.hosts} == {"active"}
        assert not [one for one in lab.world.caches if one.idle_since]
