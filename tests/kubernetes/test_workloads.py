"""The rows of Deployments: how bad they are, and what happens when the cluster fails or lies."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from console.clock import Clock, real_now
from console.model import Ref, Severity, fact_names
from console.poll import poll_once
from console.sources.workloads import Cluster as Watched
from console.sources.workloads import Workload, judge
from tests.kubernetes.cluster import NAME, SPACE, Cluster, cluster, poll_until

NOW = datetime(2026, 3, 10, 21, 0, tzinfo=UTC)
OK, UNKNOWN, WARNING, CRITICAL = Severity
FACTS = (
    "cluster namespace deployment ready desired rollout restarts_recent oom_killed_at crash_loop"
    " mem_pct disk_pressure evicted_recent restarted_at"
)


def workload(**facts: Any) -> Workload:
    named: dict[str, Any] = {"cluster": NAME, "namespace": SPACE, "deployment": "js"}
    good = {"ready": 2, "desired": 2, "rollout": "done"}
    return Workload(ref=Ref("deployment", NAME, f"{SPACE}/js"), at=NOW, **named, **good | facts)


JUDGED: dict[str, tuple[dict[str, Any], Severity, str]] = {
    "all is well": ({}, OK, ""),
    "the status is not known": ({"ready": None}, UNKNOWN, "its status is not known"),
    "scaled to nothing on purpose": ({"ready": 0, "desired": 0}, OK, "scaled to 0"),
    "no Pod is ready": ({"ready": 0}, CRITICAL, "no Pod is ready"),
    "one of two is ready": ({"ready": 1}, WARNING, "1 of 2 Pods are ready"),
    "a rollout goes on and all are ready": ({"rollout": "waiting"}, OK, ""),
    "a crash loop while the old ones serve": (
        {"crash_loop": "CrashLoopBackOff", "rollout": "waiting"},
        WARNING,
        "CrashLoopBackOff",
    ),
    "a crash loop and too few are ready": (
        {"ready": 1, "crash_loop": "CrashLoopBackOff"},
        CRITICAL,
        "CrashLoopBackOff; 1 of 2 Pods are ready",
    ),
    "a failed rollout while the old ones serve": (
        {"rollout": "failed"},
        WARNING,
        "the rollout exceeded its progress deadline",
    ),
    "memory below the limits": ({"mem_pct": 84.9}, OK, ""),
    "memory high": ({"mem_pct": 85.0}, WARNING, "memory at 85 % of the limit"),
    "memory nearly gone": ({"mem_pct": 95.2}, CRITICAL, "memory at 95.2 % of the limit"),
    "memory not measured": ({"mem_pct": None}, OK, ""),
    "killed for want of memory just now": (
        {"oom_killed_at": NOW - timedelta(minutes=59)},
        WARNING,
        "a container was killed for want of memory",
    ),
    "killed for want of memory this morning": ({"oom_killed_at": NOW - timedelta(hours=9)}, OK, ""),
    "restarts": ({"restarts_recent": 3}, WARNING, "3 restarts in the last hour"),
    "evictions": ({"evicted_recent": 1}, WARNING, "1 Pods evicted in the last hour"),
    "a node is short of disk": (
        {"disk_pressure": True},
        WARNING,
        "one of its nodes is short of disk",
    ),
}


@pytest.mark.parametrize("caption", JUDGED)
def test_a_workload_is_as_bad_as_its_worst_sign(caption: str) -> None:
    facts, severity, why = JUDGED[caption]
    assert judge(workload(**facts), 85, 95) == (severity, why)


def test_a_pod_without_a_node_says_what_the_scheduler_says() -> None:
    said = judge(workload(ready=0), 85, 95, "0/3 nodes are available: 3 Insufficient memory.")
    assert said == (
        CRITICAL,
        "no Pod is ready; a Pod finds no node: 0/3 nodes are available: 3 Insufficient memory.",
    )


def test_the_facts_are_those_of_the_contract() -> None:
    assert fact_names(Workload) == (*FACTS.split(), "why")


async def rows(lab: Cluster) -> dict[str, Workload]:
    found = await poll_once(lab.part())
    assert found.trouble is None
    return {row.deployment: row for row in found.rows if isinstance(row, Workload)}


async def test_a_healthy_deployment_has_every_fact(tmp_path: Path) -> None:
    clock = Clock(NOW, real_now(), 1.0)
    async with cluster(tmp_path, clock, owner="us", owners={"loki": "logs team"}) as lab:
        lab.server.deploy(SPACE, "js", replicas=3)
        lab.server.deploy(SPACE, "loki")
        lab.server.set_memory(SPACE, "js", 61)
        found = await rows(lab)
        js = found["js"]
        assert (js.severity, js.ready, js.desired, js.rollout) == (OK, 3, 3, "done")
        assert (js.restarts_recent, js.evicted_recent, js.disk_pressure) == (0, 0, False)
        assert js.mem_pct == pytest.approx(61, abs=0.1)
        assert js.ref == Ref("deployment", NAME, f"{SPACE}/js") and not js.missing
        assert abs(js.at - clock.now()) < timedelta(seconds=5), "the estate's time, not ours"
        assert (js.owner, found["loki"].owner) == ("us", "logs team")


async def test_only_the_named_deployments_are_told_and_an_absent_one_is_critical(
    tmp_path: Path,
) -> None:
    named = [f"{SPACE}/js", "signaling", "ghost"]
    async with cluster(tmp_path, namespaces=[SPACE, "monitoring"], deployments=named) as lab:
        lab.server.deploy(SPACE, "js")
        lab.server.deploy("monitoring", "js")
        lab.server.deploy(SPACE, "signaling")
        found = await poll_once(lab.part())
        refs = [row.ref.name for row in found.rows]
        assert refs == [f"{SPACE}/js", f"{SPACE}/signaling", "ghost"]
        ghost = found.rows[-1]
        assert isinstance(ghost, Workload) and ghost.severity is CRITICAL
        assert ghost.why == "not found in platform or monitoring"
        assert ghost.ready is None and ghost.missing["ready"] == "not found"
        assert set(ghost.missing) >= {"oom_killed_at", "restarted_at"}, "nobody saw that it was not"


async def test_an_oom_kill_is_seen_with_its_time_and_counted(tmp_path: Path) -> None:
    async with cluster(tmp_path) as lab:
        lab.server.deploy(SPACE, "signaling")
        part = lab.part()
        before = await poll_once(part)
        at = lab.context.clock.now()
        lab.server.oom_kill(SPACE, "signaling")
        row = await poll_until(part, lambda row: bool(row.restarts_recent), before)
        assert row.restarts_recent == 1 and row.severity is WARNING
        assert row.oom_killed_at and abs(row.oom_killed_at - at) < timedelta(seconds=2)
        back = await poll_until(part, lambda row: row.ready == 2, before)
        assert back.restarts_recent == 1, "it is not forgotten because it works again"


async def test_memory_that_fills_up_kills_the_container_and_starts_again_low(
    tmp_path: Path,
) -> None:
    now = real_now()
    async with cluster(tmp_path, Clock(now, now, 10.0)) as lab:
        lab.server.deploy(SPACE, "signaling", replicas=1)
        lab.server.set_memory(SPACE, "signaling", lambda age: 96.0 if age > 60 else 20.0)
        part = lab.part()
        full = await poll_until(part, lambda row: row.mem_pct == pytest.approx(96, abs=0.1))
        assert full.severity is CRITICAL
        lab.server.set_memory(SPACE, "signaling", lambda age: 100.0 if age > 60 else 20.0)
        killed = await poll_until(part, lambda row: row.oom_killed_at is not None)
        assert killed.ready == 0 and killed.missing["mem_pct"] == "not measured yet"
        again = await poll_until(part, lambda row: row.mem_pct is not None)
        assert again.mem_pct == pytest.approx(20, abs=0.1)


async def test_a_crash_loop_is_named_and_ends(tmp_path: Path) -> None:
    now = real_now()
    async with cluster(tmp_path, Clock(now, now, 10.0)) as lab:
        lab.server.deploy(SPACE, "js")
        lab.server.crash_loop(SPACE, "js")
        part = lab.part()
        row = await poll_until(part, lambda row: row.crash_loop is not None)
        assert (row.crash_loop, row.severity) == ("CrashLoopBackOff", CRITICAL)
        lab.server.crash_loop(SPACE, "js", False)
        back = await poll_until(part, lambda row: row.ready == 2)
        assert back.crash_loop is None and back.restarts_recent


async def test_an_eviction_and_the_pressure_behind_it_are_seen(tmp_path: Path) -> None:
    async with cluster(tmp_path) as lab:
        lab.server.deploy(SPACE, "mediator-crow")
        lab.server.disk_pressure(SPACE, "mediator-crow")
        lab.server.evict(SPACE, "mediator-crow")
        part = lab.part()
        row = await poll_until(part, lambda row: row.evicted_recent == 1)
        assert row.disk_pressure is True and row.severity is WARNING
        lab.server.disk_pressure(SPACE, "mediator-crow", False)
        await poll_until(part, lambda row: row.disk_pressure is False and row.ready == 2)


async def test_a_restart_shows_when_and_calls_the_lab_back(tmp_path: Path) -> None:
    now, called = real_now(), list[tuple[str, str]]()
    async with cluster(tmp_path, Clock(now, now, 4.0)) as lab:
        lab.server.on_restart = lambda *key: called.append(key)
        lab.server.deploy(SPACE, "js")
        at = "2026-03-10T21:00:00Z"
        note = {"kubectl.kubernetes.io/restartedAt": at}
        patch = {"spec": {"template": {"metadata": {"annotations": note}}}}
        path = f"/apis/apps/v1/namespaces/{SPACE}/deployments/js"
        await lab.api.patch(path, patch)
        part = lab.part()
        row = await poll_until(part, lambda row: row.rollout == "waiting")
        assert row.restarted_at == NOW and not called
        await poll_until(part, lambda row: row.rollout == "done")
        assert called == [(SPACE, "js")]


LIES: dict[str, str] = {
    "a portal's page": "<html>Please log in</html>",
    "a list": "[]",
    "an object without items": '{"kind": "Status"}',
    "items that are a word": '{"items": "banana"}',
    "items that are nothing": '{"items": [null]}',
    "items without a name": '{"items": [{"metadata": {}}]}',
    "brackets without end": "[" * 100_000,
}


@pytest.mark.parametrize("caption", LIES)
async def test_an_answer_that_is_not_kubernetes_is_a_failure_with_a_sentence(
    caption: str, tmp_path: Path
) -> None:
    async with cluster(tmp_path) as lab:
        lab.server.deploy(SPACE, "js")
        part = lab.part()
        good = await poll_once(part)
        lab.server.lie = LIES[caption]
        bad = await poll_once(part, good)
        assert bad.trouble and "the answer to /api" in str(bad.trouble.message)
        assert (bad.rows, bad.taken_at) == (good.rows, good.taken_at)
        lab.server.lie = ""
        assert (await poll_once(part, bad)).trouble is None


async def test_objects_full_of_nonsense_make_unknown_rows_and_no_error(tmp_path: Path) -> None:
    meta: dict[str, Any] = {"name": "js", "namespace": SPACE, "labels": {"pod-template-hash": "1"}}
    owned = meta | {"ownerReferences": [{"kind": "ReplicaSet", "name": "js-1"}]}
    items = [
        {"metadata": meta, "spec": 7, "status": "banana"},
        {"metadata": owned, "spec": {"containers": [3]}, "status": {"containerStatuses": "x"}},
        {"metadata": owned, "timestamp": "yesterday", "containers": {"usage": []}},
    ]
    async with cluster(tmp_path) as lab:
        lab.server.lie = json.dumps({"items": items})
        found = await poll_once(lab.part())
        assert found.trouble is None and len(found.rows) == 3
        assert {row.severity for row in found.rows} == {UNKNOWN}


def down(lab: Cluster, on: bool) -> Any:
    return lab.server.down(on)


async def expired(lab: Cluster, on: bool) -> None:
    lab.server.expired = on


async def denied(lab: Cluster, on: bool) -> None:
    (lab.server.denied.add if on else lab.server.denied.discard)(("list", "pods"))


async def slow(lab: Cluster, on: bool) -> None:
    lab.server.slow = 5.0 if on else 0.0


FAULTS: dict[str, tuple[Callable[[Cluster, bool], Any], str, str]] = {
    "the API is stopped": (down, "is not reachable (Connect", "is the VPN up?"),
    "the login has expired": (expired, "the login is no longer accepted (401)", "renew the user"),
    "a right is missing": (
        denied,
        "no right to list pods in namespace platform for lab",
        "have this login granted: list pods in namespace platform",
    ),
    "the API is slow": (slow, "no answer in time from http://127.0.0.1", "is the VPN up?"),
}


@pytest.mark.parametrize("caption", FAULTS)
async def test_a_fault_is_told_keeps_the_rows_and_is_got_over(
    caption: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault, message, cure = FAULTS[caption]
    if fault is slow:
        monkeypatch.setattr("console.kubernetes.api.READ_S", 1.0)
    async with cluster(tmp_path) as lab:
        lab.server.deploy(SPACE, "js")
        part = lab.part()
        good = await poll_once(part)
        assert good.trouble is None
        await fault(lab, True)
        bad = await poll_once(part, good)
        assert bad.trouble is not None
        assert message in bad.trouble.message and cure in bad.trouble.cure
        assert bad.trouble.auth_expired is (fault is expired)
        assert (bad.rows, bad.taken_at) == (good.rows, good.taken_at)
        worse = await poll_once(part, bad)
        assert worse.trouble and worse.trouble.since == bad.trouble.since
        await fault(lab, False)
        again = await poll_once(part, worse)
        assert again.trouble is None and again.rows


async def test_a_new_token_in_the_kubeconfig_is_picked_up(tmp_path: Path) -> None:
    async with cluster(tmp_path) as lab:
        lab.server.deploy(SPACE, "js")
        part = lab.part()
        assert (await poll_once(part)).trouble is None
        lab.server.token = "renewed"
        bad = await poll_once(part)
        assert bad.trouble and bad.trouble.auth_expired
        lab.server.write_kubeconfig(lab.kubeconfig)
        assert (await poll_once(part)).trouble is None


async def test_rows_do_without_metrics_and_nodes_and_say_why(tmp_path: Path) -> None:
    async with cluster(tmp_path) as lab:
        lab.server.deploy(SPACE, "js")
        lab.server.api.no_metrics = True
        lab.server.denied.add(("list", "nodes"))
        js = (await rows(lab))["js"]
        assert js.severity is OK and js.mem_pct is None and js.disk_pressure is None
        assert js.missing == {
            "mem_pct": "the cluster has no metrics server",
            "disk_pressure": f"{NAME}: no right to list nodes for lab",
        }


async def test_a_thousand_pods_are_read_in_pages(tmp_path: Path) -> None:
    async with cluster(tmp_path) as lab:
        for number in range(4):
            lab.server.deploy(SPACE, f"d{number}", replicas=250)
        part = replace(lab.part(), timeout=30.0)
        found = await poll_once(part)
        assert found.trouble is None and len(found.rows) == 4
        assert sum(row.ready or 0 for row in found.rows if isinstance(row, Workload)) == 1000
        pages = [line for line in lab.server.requests if "/api/v1/" in line and "continue" in line]
        assert len(pages) == 3


async def test_a_deployment_that_is_gone_is_forgotten(tmp_path: Path) -> None:
    async with cluster(tmp_path) as lab:
        lab.server.deploy(SPACE, "js")
        source = Watched(NAME, lab.context.estate.kubernetes[NAME], lab.context)
        seen = await source._look(lab.api)
        source._judge(seen)
        assert list(source._memory) == [(SPACE, "js")]
        source._judge(replace(seen, deployments=[]))
        assert source._memory == {}
