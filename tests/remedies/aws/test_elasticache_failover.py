"""Failing over instead of restarting a primary that has a replica."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from console.remedy import Refused
from tests.remedies.aws.desk import REFUSED_OR_LOST, SAKAI, desk, words


async def test_the_plan_says_in_words_what_will_happen(tmp_path: Path) -> None:
    async with desk(tmp_path) as lab:
        lab.replica()
        plan = await lab.plan("elasticache-failover", SAKAI)
        assert words(plan) == [
            "Fail over ElastiCache 堺 Sakai · sakai-prod-group",
            "where: account 1111-2222-3333 (refinery-prod)",
            "where: region ap-northeast-1",
            "where: site 堺 Sakai",
            "will: make a replica of sakai-prod-group the primary instead of sakai-prod-redis",
            "will: sakai-prod-redis is made anew and comes back as a replica",
            "lost: writes of the last moment that no replica had copied yet",
            "kept: everything the replica holds: Sidekiq's queues, the Rails cache",
            "takes: under a minute until it writes again, some minutes until the replica is back",
            "sends: elasticache TestFailover {'ReplicationGroupId': 'sakai-prod-group', "
            "'NodeGroupId': '0001'}",
            'proof: event "Failover from primary node sakai-prod-redis … completed", another '
            "primary, all available",
            "warning: AWS means this call for tests: it may refuse it, and allows 15 shards in 24 "
            "hours",
            "warning: the old primary is made anew: whoever is connected to it is cut off and must "
            "connect again",
            "type: sakai-prod-group",
        ]


async def test_it_is_verified_once_another_node_is_the_primary_and_all_is_well(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as lab:
        lab.replica()
        verdict = await lab.act("elasticache-failover", SAKAI)
        assert verdict.outcome == "verified", verdict
        assert verdict.said == "sakai-prod-redis-2 is the primary now, the group is available"
        assert verdict.seconds >= 180
        assert lab.cache().jobs and lab.writes == ["TestFailover"]


@pytest.mark.parametrize("how", REFUSED_OR_LOST)
async def test_no_lie_is_ever_verified(tmp_path: Path, how: str) -> None:
    async with desk(tmp_path) as lab:
        lab.replica()
        lab.lie(how)
        verdict = await lab.act("elasticache-failover", SAKAI)
        assert verdict.outcome == ("unknown" if how == "drop" else "failed"), verdict
        assert lab.writes == ["TestFailover"]


async def test_a_replica_that_is_down_is_no_reason_to_lose_the_primary(tmp_path: Path) -> None:
    async with desk(tmp_path) as lab:
        replica = lab.replica(node_status="incompatible-network")
        said = "replica down: sakai-prod-redis-2 is available, node incompatible-network; nothing"
        with pytest.raises(Refused, match=said):
            await lab.plan("elasticache-failover", SAKAI)
        assert lab.writes == []
        replica.node_status = "available"
        plan = await lab.plan("elasticache-failover", SAKAI)
        assert (plan.role, plan.role_needed) == ("primary", "primary")
        plan = await lab.plan("elasticache-failover", replace(SAKAI, name=replica.name))
        assert (plan.role, plan.role_needed) == ("replica", "primary")


CANNOT = [
    ("has no replica to fail over to", False, {}),
    ("automatic failover of sakai-prod-group is disabled", True, {"failover": False}),
    ("cluster mode enabled", True, {"sharded": True}),
    ("sakai-prod-group is modifying", True, {"status": "modifying"}),
]


@pytest.mark.parametrize(("why", "has_replica", "facts"), CANNOT, ids=[c[0] for c in CANNOT])
async def test_what_cannot_fail_over_is_refused(
    tmp_path: Path, why: str, has_replica: bool, facts: dict
) -> None:
    async with desk(tmp_path) as lab:
        if has_replica:
            lab.replica()
        for name, value in facts.items():
            setattr(lab.cache(), name, value)
        with pytest.raises(Refused, match=why):
            await lab.plan("elasticache-failover", SAKAI)
        assert lab.writes == []
