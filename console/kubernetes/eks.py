"""EKS: endpoint and CA from describe_cluster, the token signed in this process."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from console.clock import real_now
from console.kubernetes.raw import text
from console.poll import Failed

if TYPE_CHECKING:
    from console.aws.session import Aws
    from console.config.schema import Eks

# A token is good for 15 minutes (aws-iam-authenticator); the URL inside must be young when used.
KEEP = timedelta(minutes=10)
URL_S = 60
HEADER = "x-k8s-aws-id"


@dataclass(frozen=True, slots=True)
class EksAccess:
    """What is needed to ask an EKS cluster; `ca` is PEM, `expires` real time."""

    endpoint: str
    ca: str
    token: str
    expires: datetime
    cure: str


async def ask(eks: Eks, aws: Aws) -> EksAccess:
    """Endpoint, CA and a new token; raises Failed or AuthExpired."""
    answer = await aws.call(eks.account, eks.region, "eks", "describe_cluster", name=eks.name)
    cluster = answer.get("cluster")
    endpoint, encoded = text(cluster, "endpoint"), text(cluster, "certificateAuthority", "data")
    try:
        ca = base64.b64decode(encoded).decode()
    except (binascii.Error, UnicodeDecodeError):
        ca = ""
    if not endpoint or not ca:
        raise Failed(f"{eks.name}: EKS gives no endpoint yet (state {text(cluster, 'status')})")
    made = real_now()

    def signed(sts: Any) -> str:
        return sign(sts, eks.name)

    token = await aws.using(eks.account, eks.region, "sts", signed)
    return EksAccess(endpoint, ca, token, made + KEEP, aws.cure(eks.account))


def sign(sts: Any, cluster: str) -> str:
    """The token `aws eks get-token` makes: a signed GetCallerIdentity that names the cluster."""

    def name_cluster(request: Any, **_: object) -> None:
        request.headers[HEADER] = cluster

    event = "before-sign.sts.GetCallerIdentity"
    sts.meta.events.register(event, name_cluster)
    try:
        url = sts.generate_presigned_url("get_caller_identity", ExpiresIn=URL_S, HttpMethod="GET")
    finally:
        sts.meta.events.unregister(event, name_cluster)
    return "k8s-aws-v1." + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")
