"""What an act on a Deployment needs to know: its Pods, its revisions, who restarted it last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from console.kubernetes.pods import deployment_of, ending
from console.kubernetes.raw import Json, count, each, moment, table, text
from console.kubernetes.rollout import RESTARTED_AT
from console.poll import Failed

if TYPE_CHECKING:
    from console.kubernetes import KubernetesApi

REVISION = "deployment.kubernetes.io/revision"
ANNOTATIONS = ("spec", "template", "metadata", "annotations")


@dataclass(frozen=True, slots=True)
class Named:
    """A Deployment or a Pod by its namespace and name, as a Ref names it: `namespace/name`."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"

    @property
    def path(self) -> str:
        """Of the Deployment."""
        return f"{_space('apps/v1', self.namespace)}/deployments/{quote(self.name, safe='')}"


@dataclass(frozen=True, slots=True)
class Restart:
    """A restart somebody made: its value, when by the annotation, and the field manager."""

    value: str
    at: datetime | None
    by: str

    def __str__(self) -> str:
        return f"{self.value} by {self.by or 'somebody unknown'}" if self.value else "none seen"


def named(said: str) -> Named | None:
    """`platform/signaling` as two names; None where it is not that."""
    namespace, slash, name = said.partition("/")
    return Named(namespace, name) if slash and namespace and name and "/" not in name else None


def last_restart(deployment: Json) -> Restart:
    """The last `rollout restart`; `by` needs the managedFields."""
    value = text(deployment, *ANNOTATIONS, RESTARTED_AT)
    at = moment(deployment, *ANNOTATIONS, RESTARTED_AT)
    owned = ("f:spec", "f:template", "f:metadata", "f:annotations")
    for entry in each(deployment, "metadata", "managedFields"):
        if f"f:{RESTARTED_AT}" in table(entry, "fieldsV1", *owned):
            return Restart(value, at, text(entry, "manager"))
    return Restart(value, at, "")


async def pods_of(api: KubernetesApi, deployment: Named) -> list[Json]:
    """Its Pods that are to stay, evicted and finished ones left out."""
    pods = await api.items(f"{_space('v1', deployment.namespace)}/pods")
    key = (deployment.namespace, deployment.name)
    return [pod for pod in pods if deployment_of(pod) == key and not ending(pod) and _lives(pod)]


async def pod(api: KubernetesApi, its: Named) -> Json:
    """One Pod; Refused (404) when it is gone."""
    return await api.get(f"{_space('v1', its.namespace)}/pods/{quote(its.name, safe='')}")


async def earlier(api: KubernetesApi, deployment: Named) -> int | None:
    """The revision to go back to: the newest old one whose Pods still serve, else the last."""
    try:
        sets = await api.items(f"{_space('apps/v1', deployment.namespace)}/replicasets")
    except Failed:
        return None
    found = {
        int(number): count(one, "status", "availableReplicas") or 0
        for one in sets
        for owner in each(one, "metadata", "ownerReferences")
        if (text(owner, "kind"), text(owner, "name")) == ("Deployment", deployment.name)
        and (number := text(one, "metadata", "annotations", REVISION)).isdigit()
    }
    old = sorted(found, reverse=True)[1:]
    return next((one for one in old if found[one]), old[0] if old else None)


def _space(group: str, namespace: str) -> str:
    root = "api" if group == "v1" else "apis"
    return f"/{root}/{group}/namespaces/{quote(namespace, safe='')}"


def _lives(pod: Json) -> bool:
    return text(pod, "status", "phase") not in ("Failed", "Succeeded")
