"""The lab's control plane: rolls Deployments, runs their Pods, and breaks them when told."""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from console.lab.kubernetes_events import tell
from console.lab.kubernetes_store import (
    DEPLOYMENT,
    NODE,
    POD,
    REPLICA_SET,
    Json,
    Store,
    stamp,
)

Key = tuple[str, str]
START, GRACE, BACK_OFF = timedelta(seconds=2), timedelta(seconds=1), timedelta(seconds=20)
REVISION = "deployment.kubernetes.io/revision"
RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"
LOW = "The node was low on resource: ephemeral-storage."


def _digest(what: str) -> str:
    return hashlib.sha1(what.encode(), usedforsecurity=False).hexdigest()[:10]


def _share(value: Any, of: int, whole: Callable[[float], int]) -> int:
    return whole(of * int(value[:-1]) / 100) if isinstance(value, str) else int(value)


def _usual(age: float) -> float:
    return 40.0


@dataclass(slots=True)
class Pod:
    """One Pod with its one container, which runs since `started` or waits."""

    key: Key
    digest: str
    name: str
    template: Json
    node: str
    born: datetime
    since: datetime
    """When it became ready, or stopped being so."""
    started: datetime | None = None
    waiting: str = "ContainerCreating"
    ended: Json = field(default_factory=dict)
    restarts: int = 0
    leaves: datetime | None = None
    evicted: bool = False
    past: tuple[datetime, datetime, str] | None = None
    """The life before: from, to, and why it ended."""

    def stop(self, now: datetime, waiting: str, reason: str, code: int) -> None:
        """The container dies and is to be started again."""
        self.past = self.started or self.since, now, reason
        self.started, self.waiting, self.since = None, waiting, now
        self.restarts += 1
        ended = {"reason": reason, "exitCode": code, "finishedAt": stamp(now)}
        self.ended = {"terminated": ended | {"startedAt": stamp(self.past[0])}}

    def json(self) -> Json:
        """The Pod as the API shows it."""
        container, ready = self.template["spec"]["containers"][0], self.started is not None
        labels = self.template["metadata"]["labels"] | {"pod-template-hash": self.digest}
        owner = {
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "controller": True,
            "uid": self.digest,
        }
        owner["name"] = f"{self.key[1]}-{self.digest}"
        meta: Json = {"name": self.name, "namespace": self.key[0], "labels": labels}
        meta |= {"ownerReferences": [owner], "creationTimestamp": stamp(self.born)}
        if self.leaves:
            meta["deletionTimestamp"] = stamp(self.leaves)
        running = {"running": {"startedAt": stamp(self.started or self.born)}}
        state = running if ready else {"waiting": {"reason": self.waiting}}
        one = {
            "name": container["name"],
            "image": container["image"],
            "imageID": "",
            "ready": ready,
        }
        one |= {"state": state, "lastState": self.ended, "restartCount": self.restarts}
        said = {"lastTransitionTime": stamp(self.since)}
        status: Json = {"phase": "Running" if ready or self.restarts else "Pending"}
        status |= {"startTime": stamp(self.born), "containerStatuses": [one]}
        status["conditions"] = [{"type": "Ready", "status": str(ready), **said}]
        if self.evicted:
            status |= {"phase": "Failed", "reason": "Evicted", "message": LOW}
            status["conditions"] += [{"type": "DisruptionTarget", "status": "True", **said}]
        return {
            "metadata": meta,
            "spec": self.template["spec"] | {"nodeName": self.node},
            "status": status,
        }


@dataclass(slots=True)
class Controller:
    """Deployment controller, scheduler and kubelet in one; `tick` moves them on."""

    store: Store
    on_restart: Callable[[str, str], object] = lambda namespace, deployment: None
    memory: dict[Key, Callable[[float], float]] = field(default_factory=dict)
    """Percent of the limit after so many seconds since the container's start."""
    looping: set[Key] = field(default_factory=set)
    lazy: Callable[[], bool] = lambda: False
    """Whether it claims to have rolled out what it never touched."""
    pods: list[Pod] = field(default_factory=list)
    _progress: dict[Key, tuple[tuple[Any, ...], datetime]] = field(default_factory=dict)
    _serial: int = 0

    def tick(self) -> None:
        """One round over every Pod and Deployment."""
        now = self.store.clock.now()
        for pod in list(self.pods):
            self._run(pod, now)
        for item in self.store.select(DEPLOYMENT):
            self._roll(deepcopy(item), now)
        for pod in self.pods:
            self.store.put(POD, pod.json())

    def alive(self, key: Key) -> list[Pod]:
        """A Deployment's Pods that are to stay."""
        return [pod for pod in self.pods if pod.key == key and not pod.leaves and not pod.evicted]

    def used(self, pod: Pod, now: datetime) -> float | None:
        """Its memory in percent of the limit; None while it does not run."""
        percent = self.memory.get(pod.key, _usual)
        return None if pod.started is None else percent((now - pod.started).total_seconds())

    def evict(self, pod: Pod) -> None:
        """The kubelet throws the Pod out for want of disk."""
        now = self.store.clock.now()
        pod.evicted, pod.started, pod.since = True, None, now
        self._tell(pod, "Evicted")

    def _tell(self, pod: Pod, reason: str) -> None:
        container = pod.template["spec"]["containers"][0]
        words = {"container": container["name"], "image": container["image"], "node": pod.node}
        tell(self.store, pod.key, pod.name, reason, **words)

    def _run(self, pod: Pod, now: datetime) -> None:
        idle, used = now - pod.since, self.used(pod, now)
        if self.store.get(DEPLOYMENT, *pod.key) is None or (pod.leaves and now >= pod.leaves):
            self.pods.remove(pod)
            self.store.delete(POD, pod.key[0], pod.name)
        elif pod.leaves or pod.evicted:
            return
        elif "bad" in pod.template["spec"]["containers"][0]["image"]:
            if pod.waiting == "ContainerCreating":
                self._tell(pod, "Failed")
            pod.waiting = "ErrImagePull" if idle < BACK_OFF else "ImagePullBackOff"
        elif pod.key in self.looping:
            if used is not None or idle >= (BACK_OFF if pod.restarts else START):
                pod.stop(now, "CrashLoopBackOff", "Error", 1)
                self._tell(pod, "BackOff")
        elif used is None and idle >= START:
            pod.started = pod.since = pod.since + START if not pod.restarts else now
            self._tell(pod, "Started")
        elif used is not None and used >= 100:
            pod.stop(now, "ContainerCreating", "OOMKilled", 137)

    def _roll(self, item: Json, now: datetime) -> None:
        meta, spec = item["metadata"], item["spec"]
        key, desired = (meta["namespace"], meta["name"]), spec.setdefault("replicas", 1)
        digest, alive = _digest(json.dumps(spec["template"], sort_keys=True)), self.alive(key)
        new = [pod for pod in alive if pod.digest == digest]
        old = sorted(
            (pod for pod in alive if pod not in new), key=lambda pod: pod.started is not None
        )
        rolling = spec.get("strategy", {}).get("rollingUpdate", {})
        surge = _share(rolling.get("maxSurge", "25%"), desired, math.ceil)
        away = _share(rolling.get("maxUnavailable", "25%"), desired, math.floor) or int(not surge)
        ready = sum(pod.started is not None for pod in alive)
        broken = sum(pod.started is None for pod in old)
        if not spec.get("paused") and not self.lazy():
            for pod in old[: broken + max(0, ready - desired + away)] + new[desired:]:
                pod.leaves = now + GRACE
                self._tell(pod, "Killing")
            for _ in range(min(desired - len(new), desired + surge - len(alive))):
                self._start(item, key, digest, now)
        counts = {"replicas": len(alive), "updatedReplicas": len(new), "readyReplicas": ready}
        if self.lazy():
            counts["updatedReplicas"] = len(alive)
        self._replica_set(item, f"{key[1]}-{digest}", digest, desired, len(new))
        self._report(item, digest, {**counts, "availableReplicas": ready}, desired - away, now)

    def _start(self, item: Json, key: Key, digest: str, now: datetime) -> None:
        self._serial += 1
        nodes = self.store.select(NODE)
        node = nodes[self._serial % len(nodes)]["metadata"]["name"]
        # What is there when the world begins has been there as long as its Deployment.
        born = (
            now
            if "status" in item
            else datetime.fromisoformat(item["metadata"]["creationTimestamp"])
        )
        name = f"{key[1]}-{digest}-{_digest(str(self._serial))[:5]}"
        self.pods.append(Pod(key, digest, name, item["spec"]["template"], node, born, born))
        self._tell(self.pods[-1], "Scheduled")

    def _replica_set(self, item: Json, name: str, digest: str, desired: int, pods: int) -> None:
        meta, template = item["metadata"], item["spec"]["template"]
        labels = template["metadata"]["labels"] | {"pod-template-hash": digest}
        owner = {"apiVersion": "apps/v1", "kind": "Deployment", "controller": True}
        owner |= {"name": meta["name"], "uid": meta["uid"]}
        here, known = meta["namespace"], self.store.get(REPLICA_SET, meta["namespace"], name)
        older = [
            one
            for one in self.store.select(REPLICA_SET, here)
            if one["metadata"]["ownerReferences"] == [owner] and one["metadata"]["name"] != name
        ]
        number = known["metadata"]["annotations"][REVISION] if known else str(len(older) + 1)
        named = {
            "name": name,
            "namespace": here,
            "labels": labels,
            "annotations": {REVISION: number},
            "ownerReferences": [owner],
        }
        spec = {"replicas": desired, "selector": {"matchLabels": labels}, "template": template}
        ready = Counter(pod.digest for pod in self.alive((here, meta["name"])) if pod.started)
        status = {"replicas": pods, "availableReplicas": ready[digest]}
        self.store.put(REPLICA_SET, {"metadata": named, "spec": spec, "status": status})
        for one in older:
            serving = ready[one["metadata"]["labels"]["pod-template-hash"]]
            self.store.put(REPLICA_SET, one | {"status": {"availableReplicas": serving}})

    def _report(
        self, item: Json, digest: str, counts: dict[str, int], least: int, now: datetime
    ) -> None:
        meta, spec = item["metadata"], item["spec"]
        key = meta["namespace"], meta["name"]
        mark, since = self._progress.get(key, (("", False), now))
        complete = set(counts.values()) == {spec["replicas"]}
        done = complete or mark[:2] == (digest, True)
        if mark != (digest, done, *counts.values()):
            self._progress[key] = (digest, done, *counts.values()), now
            since = now
        late = not done and (now - since).total_seconds() > spec.get("progressDeadlineSeconds", 600)
        reason = "ProgressDeadlineExceeded" if late else "ReplicaSetUpdated"
        conditions = [
            {"type": "Available", "status": str(counts["readyReplicas"] >= least)},
            {"type": "Progressing", "status": str(not late)}
            | {"reason": "NewReplicaSetAvailable" if done else reason},
        ]
        status: Json = {name: count for name, count in counts.items() if count}
        status |= {"observedGeneration": meta["generation"], "conditions": conditions}
        self.store.put(DEPLOYMENT, item | {"status": status})
        annotations = spec["template"]["metadata"].get("annotations", {})
        if complete and not mark[1] and RESTARTED_AT in annotations:
            self.on_restart(*key)
