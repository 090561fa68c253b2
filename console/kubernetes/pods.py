"""What a Deployment's Pods tell about its health; pure functions of raw JSON."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from console.kubernetes.raw import Json, each, moment, table, text

LOOPS = {
    "CrashLoopBackOff",
    "ImagePullBackOff",
    "ErrImagePull",
    "InvalidImageName",
    "CreateContainerConfigError",
    "CreateContainerError",
    "RunContainerError",
}
UNITS = {"": 1.0, "m": 1e-3, "u": 1e-6, "n": 1e-9}
UNITS |= {unit: 1000.0**power for power, unit in enumerate(("k", "M", "G", "T", "P", "E"), 1)}
UNITS |= {f"{unit}i": 1024.0**power for power, unit in enumerate("KMGTPE", 1)}
USAGE_OLD = timedelta(minutes=5)  # a metrics server answers every 15 to 60 s

Key = tuple[str, str]


def quantity(said: str) -> float | None:
    """A Kubernetes quantity in its base unit: `512Mi` → 536870912.0; None when it is none."""
    found = re.fullmatch(r"([+-]?\d+\.?\d*(?:[eE][+-]?\d+)?)([a-zA-Z]{0,2})", said)
    if found is None or found[2] not in UNITS:
        return None
    return float(found[1]) * UNITS[found[2]]


def deployment_of(pod: Json) -> Key | None:
    """Namespace and name of the Deployment a Pod belongs to.

    A Deployment names its ReplicaSets after itself and the template's hash, so that they need
    not be listed.
    """
    digest = text(pod, "metadata", "labels", "pod-template-hash")
    for owner in each(pod, "metadata", "ownerReferences"):
        name = text(owner, "name")
        if digest and text(owner, "kind") == "ReplicaSet" and name.endswith(f"-{digest}"):
            return text(pod, "metadata", "namespace"), name.removesuffix(f"-{digest}")
    return None


def by_deployment(pods: Iterable[Json]) -> dict[Key, list[Json]]:
    """Pods by their Deployment; the others are left out."""
    found: dict[Key, list[Json]] = {}
    for pod in pods:
        if (key := deployment_of(pod)) is not None:
            found.setdefault(key, []).append(pod)
    return found


def ending(pod: Json) -> bool:
    """Whether a Pod is being taken away."""
    return bool(text(pod, "metadata", "deletionTimestamp"))


def containers(pod: Json) -> Iterator[Json]:
    """The status of every container, init containers first."""
    yield from each(pod, "status", "initContainerStatuses")
    yield from each(pod, "status", "containerStatuses")


def oom_killed_at(pods: Iterable[Json]) -> datetime | None:
    """When a container was last killed for want of memory, as far as its Pod still tells."""
    ends = [
        moment(container, state, "terminated", "finishedAt")
        for pod in pods
        for container in containers(pod)
        for state in ("state", "lastState")
        if text(container, state, "terminated", "reason") == "OOMKilled"
    ]
    return max((end for end in ends if end), default=None)


def crash_loop(pods: Iterable[Json]) -> str | None:
    """Why a container waits that should run, in Kubernetes' word."""
    reasons = [
        text(container, "state", "waiting", "reason")
        for pod in pods
        if not ending(pod)
        for container in containers(pod)
    ]
    return next((reason for reason in reasons if reason in LOOPS), None)


def evicted(pods: Iterable[Json], since: datetime) -> int:
    """Pods evicted after a time; they stay listed for long."""
    return sum(
        1
        for pod in pods
        if text(pod, "status", "reason") == "Evicted"
        and (at := _evicted_at(pod)) is not None
        and at >= since
    )


def _evicted_at(pod: Json) -> datetime | None:
    """DisruptionTarget tells (1.26 and later); else the containers' end, else the Pod's start."""
    for condition in each(pod, "status", "conditions"):
        if text(condition, "type") == "DisruptionTarget":
            return moment(condition, "lastTransitionTime")
    ends = [moment(c, "state", "terminated", "finishedAt") for c in containers(pod)]
    return max((end for end in ends if end), default=moment(pod, "status", "startTime"))


def unschedulable(pods: Iterable[Json]) -> str:
    """Why the scheduler finds no node, in its words; empty when it does."""
    for pod in pods:
        for condition in each(pod, "status", "conditions"):
            if text(condition, "reason") == "Unschedulable":
                return text(condition, "message") or "no node fits"
    return ""


def memory_pct(
    pods: Iterable[Json], usage: Mapping[Key, Json], now: datetime
) -> tuple[float | None, str]:
    """Memory of the worst container in percent of its limit, or None and why."""
    shares, old, limited = [], False, False
    for pod in pods:
        measured = usage.get((text(pod, "metadata", "namespace"), text(pod, "metadata", "name")))
        taken = moment(measured, "timestamp")
        if taken is not None and now - taken > USAGE_OLD:
            old, measured = True, None
        used = {text(c, "name"): text(c, "usage", "memory") for c in each(measured, "containers")}
        for container in each(pod, "spec", "containers"):
            limit = quantity(text(container, "resources", "limits", "memory"))
            limited = limited or bool(limit)
            amount = quantity(used.get(text(container, "name"), ""))
            if limit and amount is not None:
                shares.append(100 * amount / limit)
    if shares:
        return round(max(shares), 1), ""
    if not limited:
        return None, "no container has a memory limit"
    return None, "its memory was last measured long ago" if old else "not measured yet"


def disk_pressure(
    pods: Iterable[Json], nodes: Mapping[str, bool | None]
) -> tuple[bool | None, str]:
    """Whether a node its Pods run on is short of disk, or None and why."""
    names = {text(pod, "spec", "nodeName") for pod in pods if not ending(pod)} - {""}
    if not names:
        return None, "no Pod has a node"
    found = [nodes.get(name) for name in names]
    if True in found:
        return True, ""
    return (None, "a node does not tell") if None in found else (False, "")


def short_of_disk(nodes: Iterable[Json]) -> dict[str, bool | None]:
    """Node name → its condition DiskPressure; None where the node does not know."""
    known = {"True": True, "False": False}
    return {
        text(node, "metadata", "name"): next(
            (
                known.get(text(condition, "status"))
                for condition in each(node, "status", "conditions")
                if text(condition, "type") == "DiskPressure"
            ),
            None,
        )
        for node in nodes
    }


def usage_by_pod(measured: Iterable[Json]) -> dict[Key, Json]:
    """PodMetrics by namespace and name of their Pod."""
    return {
        (text(one, "metadata", "namespace"), text(one, "metadata", "name")): table(one)
        for one in measured
    }
