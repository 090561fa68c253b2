"""Restarting a cache: the plan in words, the proof, and every way of being lied to."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from console.model import Ref
from console.remedies import REMEDIES
from console.remedies.elasticache_reboot import up_to
from console.remedy import Refused
from tests.remedies.aws.desk import REFUSED_OR_LOST, SAKAI, Desk, desk, words

BOUNDS = [(0, "no"), (1, "up to 10"), (10, "up to 10"), (11, "up to 20"), (212, "up to 300")]
BOUNDS += [(300, "up to 300"), (301, "up to 400"), (8_001, "up to 9000")]
KAWASAKI = "caches: [{tags: {Site: kawasaki, Env: prod}}]"


def busy(desk: Desk) -> None:
    """212 jobs in three queues and eight in retry."""
    desk.cache().jobs = {"default": 150, "mailers": 20, "permits": 42, "retry": 8, "schedule": 3}


@pytest.mark.parametrize(("jobs", "said"), BOUNDS)
def test_the_bound_of_jobs_stays_while_a_queue_moves_a_little(jobs: int, said: str) -> None:
    assert up_to(jobs) == said


async def test_the_plan_says_in_words_what_will_happen(tmp_path: Path) -> None:
    async with desk(tmp_path) as lab:
        busy(lab)
        plan = await lab.plan("elasticache-reboot", SAKAI)
        assert words(plan) == [
            "Restart ElastiCache 堺 Sakai · sakai-prod-redis",
            "where: account 1111-2222-3333 (refinery-prod)",
            "where: region ap-northeast-1",
            "where: site 堺 Sakai",
            "where: reads ssm SendCommand {DocumentName: oncall-read, DocumentVersion: 1, "
            "InstanceIds: [i-0aaa1111bbbb22201]}",
            "will: reboot node 0001 of sakai-prod-redis (redis 7.1.0, no replica, cluster mode "
            "off)",
            "lost: everything in the cache",
            "lost: Sidekiq: up to 300 jobs, waiting, in retry or scheduled",
            "kept: logins (they are in the database)",
            "kept: open screens stay open and may write over newer data: check consistency next",
            "takes: about 1.5 to 3 min; the site answers slowly meanwhile",
            "sends: elasticache RebootCacheCluster {'CacheClusterId': 'sakai-prod-redis', "
            "'CacheNodeIdsToReboot': ['0001']}",
            'proof: event "Cache node 0001 restarted", then available, then a new run_id',
            "warning: 223 jobs will be lost: 212 in 3 queues, 8 in retry, 3 scheduled; 1.9 GB",
            "warning: sidekiq-cron forgets its schedule and says nothing: afterwards restart "
            "Sidekiq on every machine (systemctl restart sidekiq) and look for the keys cron_jobs*",
            "type: sakai-prod-redis",
        ]
        assert plan.scopes == ("sakai/prod",) and plan.role == "primary"
        assert lab.writes == []


async def test_a_queue_that_moves_leaves_the_act_the_same(tmp_path: Path) -> None:
    async with desk(tmp_path) as lab:
        busy(lab)
        shown = await lab.plan("elasticache-reboot", SAKAI)
        lab.cache().jobs["default"] += 17
        assert (await lab.plan("elasticache-reboot", SAKAI)).same_act(shown)
        lab.cache().jobs["default"] += 1700
        assert not (await lab.plan("elasticache-reboot", SAKAI)).same_act(shown)


async def test_a_restart_is_verified_by_its_event_its_status_and_a_new_run_id(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as lab:
        before = lab.cache().run_id
        verdict = await lab.act("elasticache-reboot", SAKAI)
        assert verdict.outcome == "verified", verdict
        assert 94 <= verdict.seconds < 120
        event, status, run, processes = verdict.evidence
        assert event.startswith('event "Cache node 0001 restarted" of 20')
        assert status == "status available"
        assert run == f"run_id {lab.cache().run_id}, before {before}"
        assert processes == "2 Sidekiq processes are connected"
        assert lab.writes == ["RebootCacheCluster"]


async def test_right_after_the_request_available_means_nothing(tmp_path: Path) -> None:
    async with desk(tmp_path) as lab:
        plan = await lab.plan("elasticache-reboot", SAKAI)
        await REMEDIES["elasticache-reboot"].apply(plan, lab.hands)
        again = await lab.plan("elasticache-reboot", SAKAI)
        assert again.same_act(plan)  # AWS still says `available`
        await lab.clock.sleep(10)
        with pytest.raises(Refused, match="is rebooting cluster nodes, node rebooting"):
            await lab.plan("elasticache-reboot", SAKAI)


@pytest.mark.parametrize("ssm", [True, False], ids=["read by SSM", "not read"])
@pytest.mark.parametrize("how", REFUSED_OR_LOST)
async def test_no_lie_is_ever_verified(tmp_path: Path, how: str, ssm: bool) -> None:
    async with desk(tmp_path, ssm=ssm) as lab:
        lab.lie(how)
        verdict = await lab.act("elasticache-reboot", SAKAI)
        unproven = "unknown" if how == "drop" or not ssm else "failed"
        assert verdict.outcome == unproven, verdict
        assert lab.writes == ["RebootCacheCluster"]
        if how == "drop":
            assert "the answer to the request was lost" in verdict.said


async def test_a_restart_seen_at_planning_proves_nothing(tmp_path: Path) -> None:
    async with desk(tmp_path, ssm=False) as lab:
        recent = lab.clock.now() - timedelta(seconds=20)
        told = lab.lab.world.cache_events
        told.append((recent, lab.cache(), "Cache node 0001 restarted"))
        plan = await lab.plan("elasticache-reboot", SAKAI)
        assert plan.last_acted_at == recent
        lab.lie("nothing", "RebootCacheCluster")
        _, verdict = await lab.fire(plan)
        assert verdict.outcome == "unknown" and 'no event "Cache node' in verdict.said


async def test_an_event_without_a_new_run_id_is_a_failure(tmp_path: Path) -> None:
    async with desk(tmp_path) as lab:
        lab.lie("nothing", "RebootCacheCluster")
        plan = await lab.plan("elasticache-reboot", SAKAI)
        at = lab.clock.now() + timedelta(seconds=5)
        lab.lab.world.cache_events.append((at, lab.cache(), "Cache node 0001 restarted"))
        _, verdict = await lab.fire(plan)
        assert verdict.outcome == "failed" and "the run_id is the same" in verdict.said


async def test_after_a_crash_one_look_says_what_the_world_says(tmp_path: Path) -> None:
    async with desk(tmp_path) as lab:
        plan = await lab.plan("elasticache-reboot", SAKAI)
        remedy, begun = REMEDIES["elasticache-reboot"], lab.clock.now().isoformat()
        crashed = {"started_at": begun, "lost": "the console ended in between"}
        await lab.clock.sleep(3600)
        verdict = await remedy.verify(plan, crashed, lab.hands)
        assert verdict.outcome == "failed" and "it was not restarted" in verdict.said
        assert lab.writes == []


def _busy_status(lab: Desk) -> None:
    lab.cache().status = "snapshotting"


def _sharded(lab: Desk) -> None:
    lab.cache().group, lab.cache().sharded = "sakai-prod-group", True


def _gone(lab: Desk) -> None:
    lab.cache().name = "another"


CANNOT = [
    ("cluster mode enabled: AWS does not reboot", _sharded),
    ("is snapshotting: AWS reboots it only while it is available", _busy_status),
    ("a serverless cache has no node to restart", _gone),
    ("use elasticache-failover instead", lambda lab: lab.replica()),
]


@pytest.mark.parametrize(("why", "change"), CANNOT, ids=[why for why, _ in CANNOT])
async def test_what_cannot_be_restarted_is_refused(tmp_path: Path, why: str, change) -> None:
    async with desk(tmp_path) as lab:
        change(lab)
        with pytest.raises(Refused, match=why):
            await lab.plan("elasticache-reboot", SAKAI)
        assert lab.writes == []


async def test_replicas_without_failover_are_lost_too_and_a_replica_alone_loses_nothing(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as lab:
        replica = lab.replica(failover=False)
        lab.cache().failover = False
        plan = await lab.plan("elasticache-reboot", SAKAI)
        assert "copies of its replicas" in plan.loses[-1] and plan.typed == SAKAI.name
        plan = await lab.plan("elasticache-reboot", Ref("cache", "sakai/prod", replica.name))
        assert plan.typed == "" and (plan.role, plan.role_needed) == ("replica", "replica")
        assert plan.loses == ("this replica's copy, until it has copied the primary again",)


async def test_unread_queues_are_said_and_the_cache_of_two_sites_names_both(
    tmp_path: Path,
) -> None:
    shared = {KAWASAKI: "caches: [{id: sakai-prod-redis}]"}
    async with desk(tmp_path, edit=shared) as lab:
        for host in lab.lab.world.hosts:
            host.agent = "ConnectionLost"
        plan = await lab.plan("elasticache-reboot", SAKAI)
        assert plan.scopes == ("sakai/prod", "kawasaki/prod")
        assert "where: site 堺 Sakai + 川崎 Kawasaki" in words(plan)
        unread = "Sidekiq's queues are not known: "
        assert any(w.startswith(unread) and "ConnectionLost" in w for w in plan.warnings)
        assert "as many as there are (not readable)" in plan.loses[1]
        assert "it serves 2 sites: 堺 Sakai + 川崎 Kawasaki" in plan.warnings


async def test_load_of_sakai_falls_after_the_restart(tmp_path: Path) -> None:
    async with desk(tmp_path, "load-sakai") as lab:
        load = lab.course("LoadAverage1Min", InstanceId=lab.host("sakai-prod-web-1").id)
        await lab.live(900)
        assert load.level(lab.clock.now()) > 10
        assert (await lab.act("elasticache-reboot", SAKAI)).outcome == "verified"
        await lab.live(300)
        assert load.level(lab.clock.now()) < 4
        states = {a.state for a in lab.lab.world.alarms if a.name.startswith("sakai-prod")}
        assert states == {"OK"}
