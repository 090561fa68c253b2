"""The lab's control plane: rolls Deployments, runs their Pods, and breaks them when told."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from console.lab.kubernetes_store import (
    DEPLOYMENT,
    EVENT,
    NODE,
    POD,
    REPLICA_SET,
    Json,
    Store,
    stamp,
)

Key = tuple[str, str]
START_S, GRACE_S, BACK_OFF_S = 2.0, 1.0, 20.0  # estate seconds
RESTARTED = "kubectl.kubernetes.io/restartedAt"


def _ready(pod: Json) -> bool:
    return any(c["type"] == "Ready" and c["status"] == "True" for c in pod["status"]["conditions"])


def _share(value: Any, of: int, whole: Callable[[float], int]) -> int:
    return whole(of * int(value[:-1]) / 100) if isinstance(value, str) else int(value)


def _condition(kind: str, holds: bool, now: str, **more: str) -> Json:
    return {"type": kind, "status": str(holds), "lastTransitionTime": now, **more}


@dataclass(slots=True)
class Controller:
    """Deployment controller, scheduler and kubelet in one; `tick` moves them on."""

    store: Store
    memory: dict[Key, Callable[[float], float]] = field(default_factory=dict)
    """Percent of the limit after so many seconds since the container's start."""
    looping: set[Key] = field(default_factory=set)
    on_restart: Callable[[str, str], None] = lambda namespace, deployment: None
    """Called once the Pods of a restart are ready and the old ones are gone."""
    _progress: dict[Key, tuple[Any, datetime]] = field(default_factory=dict)
    _serial: int = 0

    @property
    def now(self) -> datetime:
        """Estate time."""
        return self.store.clock.now()

    def tick(self) -> None:
        """One round over every Pod and Deployment."""
        for pod in self.store.select(POD):
            self._run(pod)
        for item in self.store.select(DEPLOYMENT):
            self._roll(deepcopy(item))

    def pods(self, namespace: str, deployment: str) -> list[Json]:
        """A Deployment's living Pods, of every ReplicaSet."""
        return [
            pod
            for pod in self.store.select(POD, namespace)
            if pod["metadata"]["ownerReferences"][0]["name"].rpartition("-")[0] == deployment
            and "deletionTimestamp" not in pod["metadata"]
            and pod["status"]["phase"] != "Failed"
        ]

    def _roll(self, item: Json) -> None:
        meta, spec = item["metadata"], item["spec"]
        template = json.dumps(spec["template"], sort_keys=True).encode()
        digest = hashlib.sha1(template, usedforsecurity=False).hexdigest()[:10]
        name, desired = f"{meta['name']}-{digest}", spec.setdefault("replicas", 1)
        alive = self.pods(meta["namespace"], meta["name"])
        new = [p for p in alive if p["metadata"]["labels"]["pod-template-hash"] == digest]
        old = sorted((p for p in alive if p not in new), key=_ready)
        rolling = spec.get("strategy", {}).get("rollingUpdate", {})
        surge = _share(rolling.get("maxSurge", "25%"), desired, math.ceil)
        away = _share(rolling.get("maxUnavailable", "25%"), desired, math.floor) or int(not surge)
        if spec.get("strategy", {}).get("type") == "Recreate":
            doomed, wanted = old, 0 if old else desired
        else:
            spare = sum(map(_ready, alive)) - (desired - away)
            broken = [pod for pod in old if not _ready(pod)]
            doomed = broken + [pod for pod in old if _ready(pod)][: max(0, spare)]
            wanted = max(len(new), min(desired, desired + surge - len(old)))
        if spec.get("paused"):
            doomed, wanted = [], len(new)
        for pod in doomed + new[desired:]:
            self._end(pod)
        for _ in range(len(new), wanted):
            self._start(item, name, digest)
        self._replica_sets(item, name, digest, min(wanted, desired))
        self._report(item, digest, min(desired, desired - away))

    def _replica_sets(self, item: Json, current: str, digest: str, wanted: int) -> None:
        namespace, labels = (
            item["metadata"]["namespace"],
            item["spec"]["template"]["metadata"]["labels"],
        )
        owner = {"apiVersion": "apps/v1", "kind": "Deployment", "controller": True}
        owner |= {key: item["metadata"][key] for key in ("name", "uid")}
        own = self.store.select(
            REPLICA_SET, namespace, lambda rs: owner in rs["metadata"]["ownerReferences"]
        )
        if current not in [rs["metadata"]["name"] for rs in own]:
            revision = {"deployment.kubernetes.io/revision": str(len(own) + 1)}
            meta = {"name": current, "namespace": namespace, "ownerReferences": [owner]}
            meta |= {"labels": labels | {"pod-template-hash": digest}, "annotations": revision}
            spec = {
                "selector": {"matchLabels": meta["labels"]},
                "template": item["spec"]["template"],
            }
            own.append({"metadata": meta, "spec": spec})
        for replica_set in map(deepcopy, own):
            name = replica_set["metadata"]["name"]
            pods = [
                pod
                for pod in self.pods(namespace, item["metadata"]["name"])
                if pod["metadata"]["ownerReferences"][0]["name"] == name
            ]
            replica_set["spec"]["replicas"] = wanted if name == current else len(pods)
            ready = sum(map(_ready, pods))
            replica_set["status"] = {"replicas": len(pods), "readyReplicas": ready}
            self.store.put(REPLICA_SET, replica_set)

    def _report(self, item: Json, digest: str, least: int) -> None:
        meta, spec, now = item["metadata"], item["spec"], self.now
        key, alive = (meta["namespace"], meta["name"]), self.pods(meta["namespace"], meta["name"])
        new = [p for p in alive if p["metadata"]["labels"]["pod-template-hash"] == digest]
        ready, old = sum(map(_ready, alive)), item.get("status", {})
        counts = {"replicas": len(alive), "updatedReplicas": len(new), "readyReplicas": ready}
        counts |= {"availableReplicas": ready, "unavailableReplicas": spec["replicas"] - ready}
        mark, since = self._progress.get(key, (None, now))
        complete = len(new) == len(alive) == spec["replicas"] == ready
        done = complete or (mark is not None and mark[0] == digest and mark[1] is True)
        new_mark = (digest, done, len(new), len(alive), ready)
        if new_mark != mark:
            self._progress[key] = new_mark, (since := now)
        late = (now - since).total_seconds() > spec.get("progressDeadlineSeconds", 600)
        reason = "NewReplicaSetAvailable" if done else "ReplicaSetUpdated"
        reason = "ProgressDeadlineExceeded" if late and not done else reason
        conditions = [
            _condition("Available", ready >= least, "", reason="MinimumReplicas"),
            _condition("Progressing", done or not late, "", reason=reason),
        ]
        for condition in conditions:
            was: Json = next((c for c in old.get("conditions", ()) if c["type"] == condition["type"]), {})
            same = was.get("status") == condition["status"]
            condition["lastTransitionTime"] = was["lastTransitionTime"] if same else stamp(now)
        status: Json = {name: count for name, count in counts.items() if count > 0}
        status |= {"observedGeneration": meta["generation"], "conditions": conditions}
        self.store.put(DEPLOYMENT, item | {"status": status})
        restarted = spec["template"]["metadata"].get("annotations", {}).get(RESTARTED)
        if complete and restarted and (mark is None or not mark[1]):
            self.on_restart(*key)

    def _start(self, item: Json, replica_set: str, digest: str) -> None:
        self._serial += 1
        template, nodes = deepcopy(item["spec"]["template"]), self.store.select(NODE)
        owner = {"kind": "ReplicaSet", "name": replica_set, "uid": digest, "controller": True}
        tail = hashlib.sha1(f"{digest}{self._serial}".encode(), usedforsecurity=False).hexdigest()[
            :5
        ]
        meta = template["metadata"] | {"name": f"{replica_set}-{tail}"}
        meta |= {
            "namespace": item["metadata"]["namespace"],
            "ownerReferences": [owner | {"apiVersion": "apps/v1"}],
        }
        meta["labels"] = meta["labels"] | {"pod-template-hash": digest}
        fresh = "status" not in item  # a world that has been there for days
        begun = item["metadata"]["creationTimestamp"] if fresh else stamp(self.now)
        meta["creationTimestamp"] = begun
        spec = template["spec"] | {"nodeName": nodes[self._serial % len(nodes)]["metadata"]["name"]}
        ip = f"10.1.{self._serial // 250 % 250}.{self._serial % 250 + 1}"
        status = {"phase": "Pending", "podIP": ip, "startTime": begun}
        status["conditions"] = [
            _condition("PodScheduled", True, begun),
            _condition("Ready", False, begun),
        ]
        self.store.put(POD, {"metadata": meta, "spec": spec, "status": status})

    def _end(self, pod: Json) -> None:
        pod = deepcopy(pod)
        pod["metadata"]["deletionTimestamp"] = stamp(self.now + timedelta(seconds=GRACE_S))
        self.store.put(POD, pod)

    def _run(self, pod: Json) -> None:
        meta, now = pod["metadata"], self.now
        if gone := meta.get("deletionTimestamp"):
            if stamp(now) >= gone:
                self.store.delete(POD, meta["namespace"], meta["name"])
            return
        if pod["status"]["phase"] == "Failed":
            return
        key = meta["namespace"], meta["ownerReferences"][0]["name"].rpartition("-")[0]
        container = pod["status"].get("containerStatuses", [{}])[0]
        last = container.get("lastState", {}).get("terminated", {}).get("finishedAt")
        since = datetime.fromisoformat(last or meta["creationTimestamp"])
        age = (now - since).total_seconds()
        if "bad" in pod["spec"]["containers"][0]["image"]:
            self.container(pod, waiting="ErrImagePull" if age < 5 else "ImagePullBackOff")
        elif key in self.looping:
            if not last or age > BACK_OFF_S:
                self.container(pod, waiting="CrashLoopBackOff", ended="Error", code=1)
        elif not _ready(pod) and age >= START_S:
            self.container(pod, started=since + timedelta(seconds=START_S))
        elif _ready(pod) and key in self.memory and self.memory[key](age) >= 100:
            self.container(pod, waiting="ContainerCreating", ended="OOMKilled", code=137)

    def container(
        self,
        pod: Json,
        *,
        waiting: str = "",
        started: datetime | None = None,
        ended: str = "",
        code: int = 0,
    ) -> None:
        """Set the Pod's one container: running, or waiting; `ended` is how it died just now."""
        pod, now = deepcopy(pod), stamp(self.now)
        spec, status = pod["spec"]["containers"][0], pod["status"]
        was: Json = status.get("containerStatuses", [{}])[0]
        one = {"name": spec["name"], "image": spec["image"], "imageID": "", "ready": not waiting}
        one |= {"lastState": was.get("lastState", {}), "restartCount": was.get("restartCount", 0)}
        one["state"] = {"waiting": {"reason": waiting}} if waiting else {"running": {}}
        if started:
            one["state"]["running"] = {"startedAt": stamp(started)}
        if ended:
            one["restartCount"] += 1
            one["lastState"] = {
                "terminated": {"reason": ended, "exitCode": code, "finishedAt": now}
            }
        status["phase"] = "Pending" if waiting.endswith(("Pull", "PullBackOff")) else "Running"
        status["containerStatuses"] = [one]
        if _ready(pod) == bool(waiting):
            status["conditions"] = [status["conditions"][0], _condition("Ready", not waiting, now)]
        self.store.put(POD, pod)

    def evict(self, pod: Json) -> None:
        """The kubelet throws the Pod out for want of disk."""
        pod, now = deepcopy(pod), stamp(self.now)
        said = "The node was low on resource: ephemeral-storage."
        pod["status"] |= {"phase": "Failed", "reason": "Evicted", "message": said}
        disrupted = _condition("DisruptionTarget", True, now, reason="TerminationByKubelet")
        pod["status"]["conditions"] = [_condition("Ready", False, now), disrupted]
        self.store.put(POD, pod)
        meta = {
            "namespace": pod["metadata"]["namespace"],
            "name": f"{pod['metadata']['name']}.evicted",
        }
        about = {"kind": "Pod", "namespace": meta["namespace"], "name": pod["metadata"]["name"]}
        event = {
            "type": "Warning",
            "reason": "Evicted",
            "message": said,
            "lastTimestamp": now,
            "count": 1,
        }
        self.store.put(EVENT, event | {"metadata": meta, "involvedObject": about})
