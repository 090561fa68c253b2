"""What Pods tell, from literal answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from console.kubernetes import pods
from console.kubernetes.restarts import Restarts

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
KEY = ("platform", "dataenricher-js")


def ago(minutes: float) -> str:
    return (NOW - timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


def container(name: str = "app", restarts: int = 0, **state: Any) -> dict[str, Any]:
    return {"name": name, "restartCount": restarts, **state}


def oom(minutes: float) -> dict[str, Any]:
    return {"terminated": {"reason": "OOMKilled", "exitCode": 137, "finishedAt": ago(minutes)}}


def pod(
    *statuses: dict[str, Any], born: float = 6000, uid: str = "1", **more: Any
) -> dict[str, Any]:
    digest, name = "5f62096221", "dataenricher-js-5f62096221"
    meta = {
        "name": f"{name}-{uid}",
        "namespace": "platform",
        "uid": uid,
        "creationTimestamp": ago(born),
        "labels": {"pod-template-hash": digest},
        "ownerReferences": [{"kind": "ReplicaSet", "name": name}],
    }
    limits = {"resources": {"limits": {"memory": "512Mi"}}}
    spec = {"nodeName": "n1", "containers": [{"name": "app", **limits}, {"name": "sidecar"}]}
    status = {"phase": "Running", "containerStatuses": list(statuses), **more.pop("status", {})}
    return {"metadata": meta | more, "spec": spec, "status": status}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("512Mi", 536870912.0),
        ("1.5Gi", 1610612736.0),
        ("129M", 129e6),
        ("128974848", 128974848.0),
        ("123e6", 123e6),
        ("128974848000m", 128974848.0),
        ("204800Ki", 209715200.0),
        ("2E", 2e18),
        ("7n", 7e-9),
        ("", None),
        ("12 apples", None),
        ("1Xi", None),
    ],
)
def test_a_quantity_is_read_in_its_base_unit(said: str, expected: float | None) -> None:
    found = pods.quantity(said)
    assert found == (expected if expected is None else pytest.approx(expected))


def test_a_pod_belongs_to_the_deployment_that_named_its_replica_set() -> None:
    assert pods.deployment_of(pod()) == KEY
    assert pods.deployment_of(pod(ownerReferences=[{"kind": "Job", "name": "backup"}])) is None
    assert pods.deployment_of(pod(labels={})) is None
    assert pods.deployment_of({"metadata": "banana"}) is None
    assert list(pods.by_deployment([pod(), pod(labels={})])) == [KEY]


OOM_CASES = {
    "never": ([pod(container())], None),
    "before the present start": ([pod(container(lastState=oom(5)))], 5),
    "and not started again": ([pod(container(state=oom(1)))], 1),
    "the latest of several": (
        [pod(container(lastState=oom(90))), pod(container(lastState=oom(7)))],
        7,
    ),
    "in an init container": (
        [pod(status={"initContainerStatuses": [container(lastState=oom(3))]})],
        3,
    ),
    "another end is no OOM": (
        [pod(container(lastState={"terminated": {"reason": "Error", "finishedAt": ago(2)}}))],
        None,
    ),
}


@pytest.mark.parametrize("caption", OOM_CASES)
def test_the_time_of_an_oom_kill(caption: str) -> None:
    its, minutes = OOM_CASES[caption]
    expected = None if minutes is None else NOW - timedelta(minutes=minutes)
    assert pods.oom_killed_at(its) == expected


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("CrashLoopBackOff", "CrashLoopBackOff"),
        ("ImagePullBackOff", "ImagePullBackOff"),
        ("CreateContainerConfigError", "CreateContainerConfigError"),
        ("ContainerCreating", None),
    ],
)
def test_a_container_that_cannot_start_says_why(reason: str, expected: str | None) -> None:
    waiting = container(state={"waiting": {"reason": reason}})
    assert pods.crash_loop([pod(container()), pod(waiting)]) == expected
    assert pods.crash_loop([pod(waiting, deletionTimestamp=ago(0))]) is None


def evicted(minutes: float | None, **more: Any) -> dict[str, Any]:
    condition = {"type": "DisruptionTarget", "lastTransitionTime": ago(minutes or 0)}
    conditions = [] if minutes is None else [condition]
    return pod(status={"reason": "Evicted", "conditions": conditions, **more})


def test_only_recent_evictions_count() -> None:
    hour = NOW - timedelta(hours=1)
    assert pods.evicted([evicted(5), evicted(59), evicted(3000), pod()], hour) == 2
    assert pods.evicted([evicted(None, startTime=ago(900))], hour) == 0
    ended = container(state={"terminated": {"finishedAt": ago(4)}})
    assert pods.evicted([evicted(None, containerStatuses=[ended])], hour) == 1
    assert pods.evicted([evicted(None)], hour) == 0, "nobody knows when"


def usage(memory: str, minutes: float = 0, name: str = "app") -> dict[pods.Key, dict[str, Any]]:
    measured = {
        "timestamp": ago(minutes),
        "containers": [{"name": name, "usage": {"memory": memory}}],
    }
    return {("platform", "dataenricher-js-5f62096221-1"): measured}


MEMORY_CASES = {
    "half of the limit": (usage("262144Ki"), 50.0, ""),
    "of the container that has a limit": (usage("1Gi", name="sidecar"), None, "not measured yet"),
    "measured long ago": (usage("256Mi", 6), None, "its memory was last measured long ago"),
    "a Pod too young to be measured": ({}, None, "not measured yet"),
    "an amount that is none": (usage("much"), None, "not measured yet"),
}


@pytest.mark.parametrize("caption", MEMORY_CASES)
def test_memory_is_told_in_percent_of_the_limit(caption: str) -> None:
    measured, expected, why = MEMORY_CASES[caption]
    assert pods.memory_pct([pod()], measured, NOW) == (expected, why)


def test_memory_without_a_limit_is_unknown_and_not_zero() -> None:
    free = pod()
    free["spec"]["containers"] = [{"name": "app"}]
    said = "no container has a memory limit"
    assert pods.memory_pct([free], usage("256Mi"), NOW) == (None, said)


def test_disk_pressure_is_that_of_the_nodes_its_pods_run_on() -> None:
    def node(name: str, status: str) -> dict[str, Any]:
        conditions = [
            {"type": "Ready", "status": "True"},
            {"type": "DiskPressure", "status": status},
        ]
        return {"metadata": {"name": name}, "status": {"conditions": conditions}}

    nodes = [node("n1", "False"), node("n2", "True"), node("n3", "Unknown")]
    known = pods.short_of_disk(nodes)
    assert known == {"n1": False, "n2": True, "n3": None}
    other = pod()
    other["spec"]["nodeName"] = "n2"
    assert pods.disk_pressure([pod()], known) == (False, "")
    assert pods.disk_pressure([pod(), other], known) == (True, "")
    assert pods.disk_pressure([pod()], {}) == (None, "a node does not tell")
    assert pods.disk_pressure([], known) == (None, "no Pod has a node")


def seen(*its: dict[str, Any]) -> dict[pods.Key, list[dict[str, Any]]]:
    return {KEY: list(its)}


FIRST_LOOKS = {
    "restarted long ago": (pod(container(restarts=9, lastState=oom(600))), 0),
    "restarted a moment ago, how often is not known": (
        pod(container(restarts=9, lastState=oom(5))),
        1,
    ),
    "a young Pod's restarts are all recent": (pod(container(restarts=4), born=30), 4),
    "never restarted": (pod(container()), 0),
}


@pytest.mark.parametrize("caption", FIRST_LOOKS)
def test_the_first_look_counts_what_is_certainly_recent(caption: str) -> None:
    one, expected = FIRST_LOOKS[caption]
    restarts = Restarts()
    restarts.observe(seen(one), NOW)
    assert restarts.recent(KEY, NOW) == expected


def test_restarts_are_the_growth_between_polls_and_are_forgotten_after_an_hour() -> None:
    restarts, later = Restarts(), NOW + timedelta(minutes=10)
    restarts.observe(seen(pod(container(restarts=7))), NOW)
    restarts.observe(seen(pod(container(restarts=9)), pod(container(), uid="2")), later)
    assert restarts.recent(KEY, later) == 2
    assert restarts.recent(("platform", "other"), later) == 0
    restarts.observe(seen(pod(container(restarts=9))), later)
    assert restarts.recent(KEY, later) == 2
    assert restarts.recent(KEY, later + timedelta(minutes=61)) == 0


def test_a_counter_that_falls_is_another_container_and_no_restart() -> None:
    restarts = Restarts()
    restarts.observe(seen(pod(container(restarts=7))), NOW)
    restarts.observe(seen(pod(container(restarts=0))), NOW)
    assert restarts.recent(KEY, NOW) == 0


def test_restarts_survive_a_restart_of_the_console(tmp_path: Any) -> None:
    file, later = tmp_path / "state" / "w.json", NOW + timedelta(minutes=10)
    first = Restarts(file)
    first.observe(seen(pod(container(restarts=1))), NOW)
    first.observe(seen(pod(container(restarts=3))), NOW)
    again = Restarts(file)
    again.observe(seen(pod(container(restarts=4))), later)
    assert again.recent(KEY, later) == 3
    file.write_text('{"counts": [], "events": 7}')
    damaged = Restarts(file)
    damaged.observe(seen(pod(container(restarts=4))), later)
    assert damaged.recent(KEY, later) == 0


WEEKEND = timedelta(hours=62)
ABSENCES: dict[str, tuple[dict[str, Any], timedelta, int | None]] = {
    "many since, the last one just now": ({"restarts": 57, "ended": 10}, WEEKEND, None),
    "many since, no time told": ({"restarts": 57}, WEEKEND, None),
    "many since, the last one hours ago": ({"restarts": 57, "ended": 300}, WEEKEND, 0),
    "one since, just now": ({"restarts": 8, "ended": 10}, WEEKEND, 1),
    "none since": ({"restarts": 7}, WEEKEND, 0),
    "away for less than an hour": ({"restarts": 57, "ended": 10}, timedelta(minutes=50), 50),
}


@pytest.mark.parametrize("caption", ABSENCES)
def test_restarts_that_nobody_watched_are_not_of_the_last_hour(caption: str, tmp_path: Any) -> None:
    told, away, expected = ABSENCES[caption]
    now = NOW + away
    count, ended = told["restarts"], told.get("ended")
    since = NOW + away - timedelta(minutes=ended or 0)
    ends = {"terminated": {"finishedAt": since.strftime("%Y-%m-%dT%H:%M:%SZ")}}
    last = {} if ended is None else {"lastState": ends}
    file = tmp_path / "w.json"
    Restarts(file).observe(seen(pod(container(restarts=7))), NOW)
    again = Restarts(file)
    again.observe(seen(pod(container(restarts=count, **last))), now)
    assert again.recent(KEY, now) == expected
    said = "50 restarts in the 62 h since the last look"
    assert again.unsure(KEY) == (said if expected is None else "")
    again.observe(seen(pod(container(restarts=count + 2))), now + timedelta(seconds=10))
    assert again.recent(KEY, now) is not None, "two looks tell it"


def test_a_quiet_cluster_is_remembered_as_watched(tmp_path: Any) -> None:
    file = tmp_path / "w.json"
    watching = Restarts(file)
    for minute in range(0, 121, 4):
        watching.observe(seen(pod(container(restarts=7))), NOW + timedelta(minutes=minute))
    again, now = Restarts(file), NOW + timedelta(minutes=125)
    again.observe(seen(pod(container(restarts=9))), now)
    assert again.recent(KEY, now) == 2
