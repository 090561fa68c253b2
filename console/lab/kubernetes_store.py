"""The lab's Kubernetes objects: versioned, with selectors, patches and watches."""

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
SET = re.compile(r"([\w./-]+)\s+(in|notin)\s+\(([^)]*)\)")


class Gone(Exception):
    """The asked resourceVersion is older than the history (HTTP 410)."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One resource type as discovery tells it; `group` is its apiVersion."""

    group: str
    plural: str
    kind: str
    namespaced: bool = True
    short: str = ""


POD = Kind("v1", "pods", "Pod", short="po")
NODE = Kind("v1", "nodes", "Node", False, "no")
NAMESPACE = Kind("v1", "namespaces", "Namespace", False, "ns")
DEPLOYMENT = Kind("apps/v1", "deployments", "Deployment", short="deploy")
REPLICA_SET = Kind("apps/v1", "replicasets", "ReplicaSet", short="rs")
USAGE = Kind("metrics.k8s.io/v1beta1", "pods", "PodMetrics")
REVIEW = Kind("authorization.k8s.io/v1", "selfsubjectaccessreviews", "SelfSubjectAccessReview")
EVENT = Kind("v1", "events", "Event", short="ev")
KINDS = (POD, NODE, NAMESPACE, DEPLOYMENT, REPLICA_SET, USAGE, REVIEW, EVENT)


def stamp(moment: datetime) -> str:
    """A time as Kubernetes writes it: UTC, whole seconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _field(item: Json, path: str) -> str:
    value: Any = item
    for key in path.split("."):
        value = value.get(key, "") if isinstance(value, dict) else ""
    return str(value)


def _holds(term: str, value_of: Callable[[str], str | None]) -> bool:
    if among := SET.fullmatch(term):
        inside = value_of(among[1]) in re.split(r"\s*,\s*", among[3].strip())
        return inside == (among[2] == "in")
    key, sign, value = re.split(r"\s*(!=|==?|$)\s*", term, maxsplit=1)
    if sign:
        return (value_of(key) == value) == (sign != "!=")
    return (value_of(term.lstrip("!")) is None) == term.startswith("!")


def selector(labels: str, fields: str) -> Test:
    """A test for Kubernetes' `labelSelector` and `fieldSelector` (equality and sets)."""
    by_label, by_field = (re.findall(r"[^,(]+(?:\([^)]*\))?", said) for said in (labels, fields))

    def test(item: Json) -> bool:
        own = item["metadata"].get("labels") or {}
        return all(_holds(term.strip(), own.get) for term in by_label) and all(
            _holds(term.strip(), lambda path: _field(item, path)) for term in by_field
        )

    return test


def merge(old: Any, patch: Any, strategic: bool) -> Any:
    """A merge patch (RFC 7386); a strategic one merges lists of named things by their name."""
    if isinstance(patch, dict):
        new = dict(old) if isinstance(old, dict) else {}
        for key, value in patch.items():
            if value is None:
                new.pop(key, None)
            elif not key.startswith("$"):  # the directives only order and prune
                new[key] = merge(new.get(key), value, strategic)
        return new
    named = strategic and isinstance(old, list) and isinstance(patch, list)
    if named and all(isinstance(one, dict) and "name" in one for one in [*old, *patch]):
        by_name = {one["name"]: one for one in old}
        by_name |= {one["name"]: merge(by_name.get(one["name"]), one, True) for one in patch}
        return list(by_name.values())
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
        """To be read only, as everything from here."""
        return self.objects.get((kind, namespace if kind.namespaced else "", name))

    def put(self, kind: Kind, item: Json) -> Json:
        """Create or replace; a changed spec raises the generation, no change is no event."""
        meta = item["metadata"]
        key = (kind, meta.get("namespace", "") if kind.namespaced else "", meta["name"])
        old = self.objects.get(key)
        kept: Json = old["metadata"] if old else self._born()
        generation = kept["generation"] + (not old or old.get("spec") != item.get("spec"))
        item = {"apiVersion": kind.group, "kind": kind.kind, **item}
        item["metadata"] = {**kept, **meta, "generation": generation}
        if item == old:
            return old
        return self._record("MODIFIED" if old else "ADDED", key, item)

    def _born(self) -> Json:
        now = stamp(self.clock.now())
        return {"uid": str(uuid.uuid4()), "creationTimestamp": now, "generation": 0}

    def delete(self, kind: Kind, namespace: str, name: str) -> None:
        """Remove at once."""
        key = (kind, namespace if kind.namespaced else "", name)
        if key in self.objects:
            self._record("DELETED", key, self.objects[key])
            del self.objects[key]

    def _record(self, word: str, key: tuple[Kind, str, str], item: Json) -> Json:
        self.version += 1
        item = deepcopy(item)
        item["metadata"]["resourceVersion"] = str(self.version)
        self.objects[key] = item
        self.log.append((self.version, word, key[0], item))
        woken, self.changed = self.changed, asyncio.Event()
        woken.set()
        return item

    def select(self, kind: Kind, namespace: str = "", test: Test | None = None) -> list[Json]:
        """What matches, by namespace and name."""
        found = [
            (key[1:], item)
            for key, item in self.objects.items()
            if key[0] == kind and namespace in ("", key[1]) and (test is None or test(item))
        ]
        return [item for _, item in sorted(found, key=lambda pair: pair[0])]

    async def watch(self, kind: Kind, test: Test, since: int) -> AsyncIterator[tuple[str, Json]]:
        """Changes after `since` for ever, as (ADDED | MODIFIED | DELETED, object)."""
        while True:
            oldest, changed = self.log[0][0] if self.log else 0, self.changed
            if since < oldest - 1:
                raise Gone(f"too old resource version: {since} ({oldest})")
            for version, word, its, item in list(self.log):
                if version > since and its == kind and test(item):
                    yield word, item
            since = max(since, self.version)
            await changed.wait()
