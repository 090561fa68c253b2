"""The Kubernetes half of `oncall check --live`: reach, version, every right, the metrics server."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

from console.commands.checks import Check
from console.kubernetes.raw import text
from console.kubernetes.refusal import Refused
from console.kubernetes.reviews import allowed
from console.poll import Failed

if TYPE_CHECKING:
    from console.clients import Clients
    from console.config import Estate
    from console.config.schema import KubernetesCluster
    from console.kubernetes import KubernetesApi

METRICS = "metrics.k8s.io"


@dataclass(frozen=True, slots=True)
class Right:
    """One right the console uses, and what is missing without it."""

    verb: str
    group: str
    resource: str
    costs: str
    needed: bool = True
    """False for what only a remedy or a closer look uses: the panes do without."""

    def __str__(self) -> str:
        return f"{self.verb} {self.resource}{f'.{self.group}' if self.group else ''}"


RIGHTS = (
    Right("list", "apps", "deployments", "Deployments at all"),
    Right("list", "", "pods", "restarts, OOM kills, crash loops, evictions"),
    Right("list", METRICS, "pods", "memory"),
    Right("get", "", "pods/log", "logs behind `l`", needed=False),
    Right("list", "", "events", "events behind `l`", needed=False),
    Right("patch", "apps", "deployments", "rollout restart", needed=False),
)
NODES = Right("list", "", "nodes", "disk pressure")


async def doctor(estate: Estate, clients: Clients) -> list[Check]:
    """Every cluster at the same time, in the order of the configuration."""
    each = await asyncio.gather(
        *(_cluster(name, its, clients.kubernetes(name)) for name, its in estate.kubernetes.items())
    )
    return [check for some in each for check in some]


async def _cluster(name: str, its: KubernetesCluster, api: KubernetesApi) -> list[Check]:
    wanted = [(right, space) for space in its.namespaces for right in RIGHTS] + [(NODES, "")]
    try:
        address = await api.url()  # logs in; the answer's time is measured without it
        started = perf_counter()
        version = text(await api.get("/version"), "gitVersion") or "without a version"
    except Failed as error:
        skipped = [Check(_named(name, *each), None, "not asked without a login") for each in wanted]
        return [Check(f"cluster {name}", False, str(error), error.cure), *skipped]
    took = (perf_counter() - started) * 1000
    reached = Check(f"cluster {name}", True, f"{version} at {address} · {took:.0f} ms")
    rights = await asyncio.gather(*(_right(name, api, *each) for each in wanted))
    return [reached, *rights, await _metrics(name, api), *await _found(name, its, api)]


def _named(name: str, right: Right, space: str) -> str:
    return f"{name} {right}{f' in {space}' if space else ''}"


async def _right(name: str, api: KubernetesApi, right: Right, space: str) -> Check:
    what = _named(name, right, space)
    try:
        if await allowed(api, right.verb, right.group, right.resource, space):
            return Check(what, True, "allowed")
    except Failed as error:
        return Check(what, None, f"{error}; without it: no {right.costs}", error.cure)
    where = f" in namespace {space}" if space else " (a ClusterRole)"
    fix = f"grant {right} to this login{where}"
    return Check(what, False if right.needed else None, f"not allowed: no {right.costs}", fix)


async def _metrics(name: str, api: KubernetesApi) -> Check:
    what = f"{name} metrics server"
    try:
        await api.get(f"/apis/{METRICS}/v1beta1")
    except Refused as error:
        if error.status in (404, 503):
            said = "there is none that answers: memory stays unknown"
            return Check(what, None, said, "install metrics-server in the cluster")
        return Check(what, None, str(error), error.cure)
    except Failed as error:
        return Check(what, None, str(error), error.cure)
    return Check(what, True, "answers")


async def _found(name: str, its: KubernetesCluster, api: KubernetesApi) -> list[Check]:
    """Whether each namespace has Deployments, and the named ones exist."""
    found: set[str] = set()
    checks = []
    for space in its.namespaces:
        what = f"{name} namespace {space}"
        try:
            items = await api.items(f"/apis/apps/v1/namespaces/{space}/deployments")
        except Failed as error:
            checks.append(Check(what, None, str(error), error.cure))
            continue
        names = [text(item, "metadata", "name") for item in items]
        found |= {*names, *(f"{space}/{each}" for each in names)}
        fix = "" if names else f"correct kubernetes.{name}.namespaces"
        checks.append(Check(what, bool(names), f"{len(names)} Deployments", fix))
    if absent := [each for each in its.deployments if each not in found]:
        fix = f"correct kubernetes.{name}.deployments, or restore them"
        checks.append(Check(f"{name} deployments", False, f"not found: {', '.join(absent)}", fix))
    return checks
