"""What a login may do, as the cluster itself judges it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.kubernetes.raw import table

if TYPE_CHECKING:
    from console.kubernetes.api import KubernetesApi

PATH = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


async def allowed(
    api: KubernetesApi, verb: str, group: str, resource: str, namespace: str = ""
) -> bool:
    """Whether it holds a right, by SelfSubjectAccessReview; `pods/log` is a resource's part."""
    resource, _, part = resource.partition("/")
    asked = {"verb": verb, "group": group, "resource": resource, "namespace": namespace}
    asked |= {"subresource": part} if part else {}
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": asked},
    }
    return table(await api.post(PATH, review), "status").get("allowed") is True
