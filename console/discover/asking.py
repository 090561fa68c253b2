"""Reads what there is: describe, list, nothing else; what is denied is told and left out."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from console.aws.places import tags_of
from console.clients import Clients
from console.config.clusters import KafkaCluster
from console.config.schema import Account as Login
from console.config.schema import Estate, Identity, KubernetesCluster
from console.discover.seen import Account, Cluster, Kafka, Managed, Seen, Thing
from console.kafka.groups import Groups
from console.kafka.values import Offsets
from console.kubernetes.raw import text
from console.poll import AuthExpired, Failed

T = TypeVar("T")
HERE = "draft"  # what the one account or cluster is called while it is asked
SYSTEM = ("kube-system", "kube-public", "kube-node-lease")
WAYS = {"Iam": "iam", "Scram": "scram", "Tls": "tls"}  # a cluster with several: the first
INTERNAL = "__"  # how Kafka's own topics begin


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where to look; empty: not there."""

    region: str = ""
    profile: str = ""
    endpoint: str = ""
    kubernetes: bool = False
    kubeconfig: str = ""
    context: str = ""
    bootstrap: str = ""
    security: str = "plaintext"
    username: str = ""
    password: str = ""


def asked_as(wanted: Wanted) -> Estate:
    """An estate of just these, so that it is asked as any estate is. Raises ValueError."""
    login = Login.model_construct(
        id="",  # whoever it is: STS says so
        regions=(wanted.region or "none",),
        profile=wanted.profile,
        endpoint_url=wanted.endpoint,
    )
    cluster = KubernetesCluster(
        kubeconfig=wanted.kubeconfig, context=wanted.context, namespaces=("default",)
    )
    kafka = KafkaCluster.model_validate(
        {
            "bootstrap": wanted.bootstrap or "none:1",
            "security": wanted.security,
            "username": wanted.username,
            "password": wanted.password,
            "account": HERE if wanted.security == "iam" else "",
            "region": wanted.region if wanted.security == "iam" else "",
        }
    )
    return Estate(
        estate=Identity(name="draft", title="draft"),
        accounts={HERE: login} if wanted.region else {},
        kubernetes={HERE: cluster} if wanted.kubernetes else {},
        kafka={HERE: kafka} if wanted.bootstrap else {},
    )


class Asking:
    """One look at each place; `unread` collects what failed."""

    def __init__(self, wanted: Wanted) -> None:
        """Raises ValueError where what is wanted cannot be asked."""
        self.wanted = wanted
        self.clients = Clients(asked_as(wanted))
        self.unread: list[str] = []

    async def look(self, lab: bool) -> Seen:
        """Everything. Raises AuthExpired: a draft without its account is none."""
        seen, wanted = Seen(lab=lab), self.wanted
        try:
            if wanted.region:
                seen = replace(seen, account=await self._account())
            if wanted.kubernetes:
                seen = replace(seen, cluster=await self._or(self._cluster(), None, "Kubernetes"))
            if wanted.bootstrap:
                seen = replace(seen, kafka=await self._or(self._kafka(), None, "Kafka"))
        finally:
            await self.clients.close()
        return replace(seen, unread=tuple(self.unread))

    async def _or(self, read: Awaitable[T], else_: T, what: str) -> T:
        try:
            return await read
        except AuthExpired:
            raise
        except Failed as error:
            self.unread.append(f"{what}: {error}")
            return else_

    async def _pages(
        self, service: str, operation: str, key: str | tuple[str, ...], **params: Any
    ) -> list[Any]:
        read = self.clients.aws.pages(HERE, self.wanted.region, service, operation, key, **params)
        return await self._or(read, [], operation.replace("_", " "))

    async def _account(self) -> Account:
        wanted, aws = self.wanted, self.clients.aws
        who = await aws.call(HERE, wanted.region, "sts", "get_caller_identity")
        return Account(
            name=wanted.profile or f"account-{who['Account']}",
            id=who["Account"],
            who=who["Arn"],
            region=wanted.region,
            profile=wanted.profile,
            instances=await self._instances(),
            caches=await self._caches(),
            alarms=await self._alarms(),
            canaries=tuple(
                sorted(c["Name"] for c in await self._pages(*CANARIES) if c.get("Name"))
            ),
            msk=tuple(map(_managed, await self._pages(*MSK, MaxResults=100))),
        )

    async def _instances(self) -> tuple[Thing, ...]:
        states = [{"Name": "instance-state-name", "Values": ["pending", "running", "stopped"]}]
        found = await self._pages(*INSTANCES, Filters=states, MaxResults=1000)
        each = [one for reservation in found for one in reservation["Instances"]]
        return tuple(Thing(one["InstanceId"], tags_of(one)) for one in each)

    async def _caches(self) -> tuple[Thing, ...]:
        clusters = await self._pages(*CACHES, MaxRecords=100)
        tagged = await self._pages(
            *TAGGED, ResourceTypeFilters=["elasticache:cluster"], ResourcesPerPage=100
        )
        tags = {one["ResourceARN"]: tags_of(one) for one in tagged}
        return tuple(Thing(c["CacheClusterId"], tags.get(c.get("ARN", ""), {})) for c in clusters)

    async def _alarms(self) -> tuple[str, ...]:
        kinds = ("MetricAlarm", "CompositeAlarm")
        lists = tuple(f"{kind}s" for kind in kinds)
        asked = ("cloudwatch", "describe_alarms", lists)
        found = await self._pages(*asked, AlarmTypes=list(kinds), MaxRecords=100)
        return tuple(sorted(one["AlarmName"] for one in found))

    async def _cluster(self) -> Cluster:
        api = self.clients.kubernetes(HERE)
        deployments: dict[str, list[str]] = {}
        for one in await api.items("/apis/apps/v1/deployments"):
            space = text(one, "metadata", "namespace")
            if space not in SYSTEM:
                deployments.setdefault(space, []).append(text(one, "metadata", "name"))
        wanted = self.wanted
        each = {space: tuple(sorted(names)) for space, names in sorted(deployments.items())}
        return Cluster(wanted.kubeconfig, wanted.context, each)

    async def _kafka(self) -> Kafka:
        pool = self.clients.kafka(HERE)
        metadata = await pool.metadata()
        groups = Groups(pool)
        listed, fault = await groups.listed()
        if fault is not None:
            self.unread.append(f"Kafka: {fault.message}")
        read: dict[str, tuple[str, ...]] = {}
        for group, offsets in (await groups.committed(sorted(listed))).items():
            there = offsets.offsets if isinstance(offsets, Offsets) else {}
            read[group] = tuple(sorted({tp[0] for tp, at in there.items() if at >= 0}))
        topics = tuple(sorted(t for t in metadata.topics if not t.startswith(INTERNAL)))
        wanted = self.wanted
        return Kafka(wanted.bootstrap, wanted.security, len(metadata.brokers), topics, read)


INSTANCES = ("ec2", "describe_instances", "Reservations")
CACHES = ("elasticache", "describe_cache_clusters", "CacheClusters")
TAGGED = ("resourcegroupstaggingapi", "get_resources", "ResourceTagMappingList")
CANARIES = ("synthetics", "describe_canaries", "Canaries")
MSK = ("kafka", "list_clusters_v2", "ClusterInfoList")


def _managed(told: dict[str, Any]) -> Managed:
    given = told.get("Provisioned") or {}
    sasl = (given.get("ClientAuthentication") or {}).get("Sasl") or {}
    ways = [way for key, way in WAYS.items() if (sasl.get(key) or {}).get("Enabled")]
    brokers = given.get("NumberOfBrokerNodes") or 3
    return Managed(told["ClusterName"], told["ClusterArn"], brokers, ways[0] if ways else "")
