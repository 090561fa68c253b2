"""What becomes of copies that cannot be finished: none that nobody is told of."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from console.kafka.backup import back_up, manifest_path
from console.kafka.emptying import freeze
from console.poll import Failed
from console.remedy import Refused
from tests.remedies.kafka.conftest import Stage
from tests.remedies.kafka.desk import desk, empty
from tests.remedies.kafka.test_empty_act import when

READS = {"datajs": {"topics": ["beats"], "auto_offset_reset": "latest"}}


async def test_a_copy_whose_manifest_cannot_be_written_goes_away(
    stage: Stage, tmp_path: Path
) -> None:
    async with stage() as kafka, desk(kafka, tmp_path, READS) as at:
        path = tmp_path / "beats.jsonl.gz"
        manifest_path(path).write_text("in the way")
        with pytest.raises(Failed, match="no manifest"):
            await back_up(
                at.pool, await freeze(at.pool, "beats"), {}, path, lambda: datetime.now(UTC)
            )
        assert not path.exists()


async def test_the_copy_of_one_topic_is_named_where_that_of_the_next_fails(
    stage: Stage, tmp_path: Path
) -> None:
    async with stage() as kafka, desk(kafka, tmp_path, READS) as at:
        proposal = await at.propose(empty("beats", "more"))

        def expire() -> None:
            kafka.cluster.topics["more"].logs[0].start = 5

        mishap = asyncio.create_task(when(at.acts, proposal.act, "copying beats", expire))
        verdict = await at.fire(proposal)
        await mishap
        assert verdict.outcome == "failed" and "nothing was deleted" in verdict.said, verdict
        path, _manifest = at.backups()
        assert f"copy of beats: {path}" in verdict.evidence
        assert not (await at.propose(empty("more"))).plan.finishes


async def test_a_disk_with_too_little_room_is_no_place_for_a_copy(
    stage: Stage, tmp_path: Path
) -> None:
    async with stage() as kafka, desk(kafka, tmp_path, READS) as at:
        for log in kafka.cluster.topics["beats"].logs:
            log.end = 1e14  # at 100 bytes each: ten thousand TB
        with pytest.raises(Refused, match="MB free, and the copy may need 60,000,000,000 MB"):
            await at.propose(empty("beats"))
