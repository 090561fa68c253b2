"""What Pods and events tell to who looks closer; pure functions of raw JSON."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from console.kubernetes.pods import LOOPS, containers
from console.kubernetes.raw import Json, count, each, moment, table, text

LOOP = "CrashLoopBackOff"
RUNNING = "running"
HEAD, SUFFIX = 58, 5  # letters of a Pod's name: of its ReplicaSet's at most, of its own
SCALED = re.compile(r"replica set (\S+)")
"""As a Deployment's event says it: `Scaled up replica set signaling-6b7 from 0 to 1`."""


@dataclass(frozen=True, slots=True)
class Log:
    """One container's log, of its life now or of the one before."""

    pod: str
    container: str
    previous: bool = False
    word: str = ""
    """How it stands, or ended: `running`, `OOMKilled, exit code 137`."""
    at: datetime | None = None
    """Since when, or when it ended."""
    rank: int = 9
    """The lowest tells most."""

    @property
    def runs(self) -> bool:
        """Whether lines may still come."""
        return self.word.startswith(RUNNING)

    @property
    def id(self) -> str:
        """Names it among the choices."""
        return f"{self.pod}/{self.container}{'/before' if self.previous else ''}"


def logs(pods: Iterable[Json]) -> list[Log]:
    """Every log there is, the most telling first: how a life ended tells more than how one goes."""
    found = [log for pod in pods for log in _of(pod)]
    found.sort(key=lambda log: (log.pod, log.container))
    found.sort(key=lambda log: log.at.timestamp() if log.at else 0.0, reverse=True)
    return sorted(found, key=lambda log: log.rank)


def _of(pod: Json) -> Iterator[Log]:
    name = text(pod, "metadata", "name")
    told = {text(one, "name"): one for one in containers(pod)}
    named = [*each(pod, "spec", "containers"), *each(pod, "spec", "initContainers")]
    for container in dict.fromkeys([*(text(one, "name") for one in named), *told]):
        status = told.get(container, {})
        last = table(status, "lastState", "terminated")
        if last:
            yield _ended(name, container, last, True)
        yield _now(name, container, status)


def _ended(pod: str, container: str, told: Json, previous: bool) -> Log:
    reason, code = text(told, "reason") or "ended", count(told, "exitCode")
    word = reason if code is None else f"{reason}, exit code {code}"
    rank = 0 if reason == "OOMKilled" else 1 if code else 8
    return Log(pod, container, previous, word, moment(told, "finishedAt"), rank)


def _now(pod: str, container: str, status: Json) -> Log:
    if ended := table(status, "state", "terminated"):
        return _ended(pod, container, ended, False)
    waiting = text(status, "state", "waiting", "reason")
    if waiting:
        return Log(pod, container, False, waiting, None, 3 if waiting == LOOP else 9)
    ready = status.get("ready") is True
    word = RUNNING if ready else f"{RUNNING}, not ready"
    since = moment(status, "state", "running", "startedAt")
    return Log(pod, container, False, word, since, 6 if ready else 4)


def wordless(pods: Iterable[Json]) -> bool:
    """Whether a container waits that never ran: only events tell why."""
    return any(
        text(one, "state", "waiting", "reason") in LOOPS - {LOOP}
        for pod in pods
        for one in containers(pod)
    )


@dataclass(frozen=True, slots=True)
class Event:
    """One event in words."""

    at: datetime | None
    warning: bool
    said: str
    version: int = 0
    """Tells apart what happened in one second."""

    @property
    def order(self) -> tuple[float, int]:
        """By time."""
        return (self.at.timestamp() if self.at else 0.0, self.version)


def replica_sets(deployment: str, pods: Iterable[Json], events: Iterable[Json]) -> set[str]:
    """Its ReplicaSets by name: of the Pods that are, and those that it says it scaled."""
    owners = (one for pod in pods for one in each(pod, "metadata", "ownerReferences"))
    found = {text(one, "name") for one in owners if text(one, "kind") == "ReplicaSet"}
    for told in events:
        if _of_what(told) == ("Deployment", deployment):
            found |= set(SCALED.findall(text(told, "message")))
    return found


def concerns(deployment: str, sets: set[str], told: Json) -> bool:
    """Whether an event is about a Deployment, these ReplicaSets of it or their Pods, gone or not.

    A name alone tells not: `a-web-x2v4z` may be a Pod of `a`, or of what `a-web` is.
    """
    kind, name = _of_what(told)
    if kind == "Deployment" or kind == "HorizontalPodAutoscaler":
        return name == deployment
    if kind == "ReplicaSet":
        return name in sets
    return kind == "Pod" and name[:-SUFFIX] in {f"{one}-"[:HEAD] for one in sets}


def _of_what(told: Json) -> tuple[str, str]:
    return text(told, "involvedObject", "kind"), text(told, "involvedObject", "name")


def event(told: Json) -> Event:
    """When, how often, of what, why and what."""
    times = ("lastTimestamp",), ("series", "lastObservedTime"), ("eventTime",), ("firstTimestamp",)
    at = next((found for path in times if (found := moment(told, *path))), None)
    at = at or moment(told, "metadata", "creationTimestamp")
    often = count(told, "count") or count(told, "series", "count") or 1
    of = f"{text(told, 'involvedObject', 'kind')} {text(told, 'involvedObject', 'name')}"
    repeated = f" ({often} times)" if often > 1 else ""
    said = f"{text(told, 'reason')}{repeated}  {text(told, 'message')}  [{of}]"
    version = text(told, "metadata", "resourceVersion")
    return Event(
        at, text(told, "type") == "Warning", said, int(version) if version.isdecimal() else 0
    )
