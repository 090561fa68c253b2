"""The lab's Kubernetes objects: versioned, with selectors, pages, patches and watches."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections import deque
from collections.abc import AsyncIterator, Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from console.clock import Clock

Json = dict[str, Any]
Test = Callable[[Json], bool]
HISTORY = 2000  # events kept for watches; an older resourceVersion is Gone


class Gone(Exception):
    """The asked resourceVersion is older than the history (HTTP 410)."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One resource type as discovery tells it; `group` is its apiVersion."""

    group: str
    plural: str
    kind: str
    namespaced: bool = True
    short: tuple[str, ...] = ()


POD = Kind("v1", "pods", "Pod", short=("po",))
NODE = Kind("v1", "nodes", "Node", False, ("no",))
EVENT = Kind("v1", "events", "Event", short=("ev",))
NAMESPACE = Kind("v1", "namespaces", "Namespace", False, ("ns",))
DEPLOYMENT = Kind("apps/v1", "deployments", "Deployment", short=("deploy",))
REPLICA_SET = Kind("apps/v1", "replicasets", "ReplicaSet", short=("rs",))
POD_METRICS = Kind("metrics.k8s.io/v1beta1", "pods", "PodMetrics")
ACCESS = Kind("authorization.k8s.io/v1", "selfsubjectaccessreviews", "SelfSubjectAccessReview")
KINDS = {
    (kind.group, kind.plural): kind
    for kind in (POD, NODE, EVENT, NAMESPACE, DEPLOYMENT, REPLICA_SET, POD_METRICS, ACCESS)
}


def stamp(moment: datetime) -> str:
    """A time as Kubernetes writes it: UTC, whole seconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _field(item: Json, path: str) -> str | None:
    value: Any = item
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return None if value is None else str(value)


def _holds(term: str, value_of: Callable[[str], str | None]) -> bool:
    if found := re.fullmatch(r"([\w./-]+)\s+(in|notin)\s+\(([^)]*)\)", term):
        inside = value_of(found[1]) in [value.strip() for value in found[3].split(",")]
        return inside == (found[2] == "in")
    key, sign, value = re.match(r"([^=!]*)(==|!=|=|)(.*)", term).groups()  # type: ignore[union-attr]
    if not sign:
        return value_of(term.lstrip("!")) is None if "!" in term else value_of(key) is not None
    return (value_of(key.strip()) == value.strip()) == (sign != "!=")


def selector(labels: str, fields: str) -> Test:
    """A test for Kubernetes' `labelSelector` and `fieldSelector` (equality and sets)."""
    terms = [
        [t.strip() for t in re.split(r",(?![^(]*\))", s) if t.strip()] for s in (labels, fields)
    ]

    def test(item: Json) -> bool:
        own = item["metadata"].get("labels") or {}
        return all(_holds(term, own.get) for term in terms[0]) and all(
            _holds(term, lambda path: _field(item, path) or "") for term in terms[1]
        )

    return test


def merge(old: Any, patch: Any, strategic: bool) -> Any:
    """A merge patch (RFC 7386); strategic ones merge lists of named things by their name."""
    if isinstance(patch, dict):
        new = dict(old) if isinstance(old, dict) else {}
        for key, value in patch.items():
            if value is None:
                new.pop(key, None)
            elif not key.startswith("$"):
                new[key] = merge(new.get(key), value, strategic)
        return new
    if strategic and isinstance(patch, list) and isinstance(old, list):
        for key in ("name", "type", "containerPort"):
            if patch and all(isinstance(i, dict) and key in i for i in [*patch, *old]):
                named = {item[key]: item for item in old}
                for item in patch:
                    named[item[key]] = merge(named.get(item[key]), item, True)
                    if item.get("$patch") == "delete":
                        del named[item[key]]
                return list(named.values())
    return deepcopy(patch)


@dataclass(slots=True)
class Store:
    """Every object by kind, namespace and name; what is stored is never changed, only replaced."""

    clock: Clock
    version: int = 1000
    objects: dict[tuple[Kind, str, str], Json] = field(default_factory=dict)
    log: deque[tuple[int, str, Kind, Json]] = field(default_factory=lambda: deque(maxlen=HISTORY))
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def get(self, kind: Kind, namespace: str, name: str) -> Json | None:
        """A copy to change and `put` back, or None."""
        return deepcopy(self.objects.get((kind, namespace if kind.namespaced else "", name)))

    def put(self, kind: Kind, item: Json) -> Json:
        """Create or replace; a changed spec raises the generation, no change is no event."""
        meta = item["metadata"]
        key = (kind, meta.get("namespace", "") if kind.namespaced else "", meta["name"])
        old = self.objects.get(key)
        meta.setdefault("uid", str(uuid.uuid4()))
        meta.setdefault("creationTimestamp", stamp(self.clock.now()))
        meta.setdefault("generation", 1)
        if old is not None and old.get("spec") != item.get("spec"):
            meta["generation"] = old["metadata"]["generation"] + 1
        if item != old:
            self._record("MODIFIED" if old else "ADDED", kind, key, item)
        return item

    def delete(self, kind: Kind, namespace: str, name: str) -> Json | None:
        """Remove at once; returns what it was."""
        key = (kind, namespace if kind.namespaced else "", name)
        if (old := self.objects.get(key)) is not None:
            self._record("DELETED", kind, key, deepcopy(old))
            del self.objects[key]
        return old

    def _record(self, word: str, kind: Kind, key: tuple[Kind, str, str], item: Json) -> None:
        self.version += 1
        item |= {"apiVersion": kind.group, "kind": kind.kind}
        item["metadata"]["resourceVersion"] = str(self.version)
        self.objects[key] = deepcopy(item)
        self.log.append((self.version, word, kind, self.objects[key]))
        woken, self.changed = self.changed, asyncio.Event()
        woken.set()

    def select(self, kind: Kind, namespace: str = "", test: Test | None = None) -> list[Json]:
        """What matches, by namespace and name; to be read only."""
        found = [
            (key[1:], item)
            for key, item in self.objects.items()
            if key[0] == kind and namespace in ("", key[1]) and (test is None or test(item))
        ]
        return [item for _, item in sorted(found, key=lambda pair: pair[0])]

    async def watch(
        self, kind: Kind, namespace: str, test: Test, since: int
    ) -> AsyncIterator[tuple[str, Json]]:
        """Changes after `since` for ever, as (ADDED | MODIFIED | DELETED, object)."""
        if self.log and since < self.log[0][0] - 1 and since < self.version:
            raise Gone(f"too old resource version: {since} ({self.log[0][0]})")
        while True:
            changed = self.changed
            for version, word, its, item in list(self.log):
                if version > since and its == kind and test(item):
                    if namespace in ("", item["metadata"].get("namespace")):
                        yield word, item
                since = max(since, version)
            await changed.wait()
