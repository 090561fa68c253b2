"""RBAC of one cluster: a Role to look and a Role to act in each namespace, bound to two groups."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from console.model import Ref

if TYPE_CHECKING:
    from console.config import Configuration
    from console.config.plans import Remedy

GROUP = "rbac.authorization.k8s.io"
LOOK, ACT = "oncall-look", "oncall-act"
ANY = "*"
Json = dict[str, Any]
LOOKING: list[Json] = [
    {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get", "list"]},
    {"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]},
    # What `l` opens. A log may hold what its program should not have written: leave it out then.
    {"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"]},
    {"apiGroups": [""], "resources": ["events"], "verbs": ["list"]},
    {"apiGroups": ["metrics.k8s.io"], "resources": ["pods"], "verbs": ["list"]},
]
NODES: Json = {"apiGroups": [""], "resources": ["nodes"], "verbs": ["list"]}


def objects(configuration: Configuration, cluster: str) -> Iterator[Json]:
    """Roles and their bindings; who acts needs to be in both groups."""
    settings = configuration.estate.kubernetes[cluster]
    for space in settings.namespaces:
        yield from _bound("Role", LOOK, space, LOOKING)
        if rules := _acting(configuration, cluster, space):
            yield from _bound("Role", ACT, space, rules)
    yield from _bound("ClusterRole", LOOK, "", [NODES])


def _acting(configuration: Configuration, cluster: str, space: str) -> list[Json]:
    """What the allow-list may do in a namespace, on named Deployments where it names them."""
    known = _known(configuration, cluster, space)
    restarts, commands = (
        [
            names
            for remedy in configuration.remedies.remedies.values()
            if remedy.kind == kind and (names := list(_names(remedy, cluster, space, known)))
        ]
        for kind in ("rollout-restart", "pod-command")
    )
    rules: list[Json] = []
    if restarts:
        patch: Json = {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["patch"]}
        named = {name for names in restarts for name in names}
        if ANY not in named:
            patch["resourceNames"] = sorted(named)
        sets: Json = {"apiGroups": ["apps"], "resources": ["replicasets"], "verbs": ["list"]}
        rules += [patch, sets]
    if commands:
        # A WebSocket is asked as `get` by older servers, and as `create` as well by newer ones.
        # RBAC cannot tell one Deployment's Pods from another's, nor one command from another.
        run: Json = {"apiGroups": [""], "resources": ["pods/exec"], "verbs": ["create", "get"]}
        rules += [run, {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]
    return rules


def _known(configuration: Configuration, cluster: str, space: str) -> set[str]:
    """Deployments that are configured with this namespace; none where they come without one."""
    named = [one.partition("/") for one in configuration.estate.kubernetes[cluster].deployments]
    return {name for there, slash, name in named if slash and there == space}


def _names(remedy: Remedy, cluster: str, space: str, known: set[str]) -> Iterator[str]:
    """The Deployments of a namespace that an entry may act on; ANY where it names none."""
    on = remedy.on
    for name in on.deployments or (ANY,):
        here = name == ANY or not known or name in known
        if on.covers(cluster) and here:
            ref = Ref("deployment", cluster, f"{space}/{name}")
            if not on.outside(ref):
                yield name


def _bound(kind: str, name: str, space: str, rules: list[Json]) -> Iterator[Json]:
    meta = {"name": name, "namespace": space} if space else {"name": name}
    version = f"{GROUP}/v1"
    yield {"apiVersion": version, "kind": kind, "metadata": meta, "rules": rules}
    yield {
        "apiVersion": version,
        "kind": f"{kind}Binding",
        "metadata": meta,
        "roleRef": {"apiGroup": GROUP, "kind": kind, "name": name},
        "subjects": [{"apiGroup": GROUP, "kind": "Group", "name": name}],
    }
