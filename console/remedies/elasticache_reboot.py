"""Restart an ElastiCache node: empties it; proved by its event, its status and a new run_id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from console.aws import targets
from console.aws.cache_events import events, since_plan
from console.aws.ec2 import Fleet
from console.aws.places import place_of
from console.aws.ssm import readable, redis_of, shown
from console.aws.watch import watch
from console.aws.writes import send_one
from console.model import Order, Plan, Request, Verdict, plain
from console.model.words import utc
from console.poll import Failed, optional
from console.remedy import Refused

if TYPE_CHECKING:
    from console.aws.cache_events import Event
    from console.aws.places import Unit
    from console.aws.reading import Redis
    from console.aws.targets import Node
    from console.proof import Proof
    from console.remedy import Hands

NODE = "0001"  # Redis and Valkey have one node a cluster
RESTARTED = f"Cache node {NODE} restarted"
READ_FOR_S = 120.0  # how long after it is available again a new run_id is waited for
CRON = (
    "sidekiq-cron forgets its schedule and says nothing: afterwards restart Sidekiq on every "
    "machine (systemctl restart sidekiq) and look for the keys cron_jobs*"
)


@dataclass(frozen=True, slots=True)
class ElasticacheReboot:
    """One node that keeps no copy of what it holds, or one replica."""

    kind: str = "elasticache-reboot"
    acts_on: frozenset[str] = frozenset({"cache"})
    takes_instance: bool = False

    async def plan(self, order: Order, hands: Hands) -> Plan:
        """Read the node, its group, its past and Sidekiq's queues, where they can be read."""
        node = await targets.node(order, hands)
        _refuse(node)
        past = await events(node.aws, node.place, "cache-cluster", node.id)
        restarts = [one for one in past if one.text.startswith(RESTARTED)]
        redis, unread, reads, reader = await _read(node, hands)
        last = restarts[-1] if restarts else None
        return Plan(
            remedy=order.remedy,
            title=f"Restart ElastiCache {node.sites} · {node.id}",
            targets=order.targets,
            scopes=node.scopes,
            where=(*node.where(), *reads),
            will=(f"reboot node {NODE} of {node.id} ({_what(node)})",),
            loses=tuple(_loses(node, redis)),
            keeps=(
                "logins (they are in the database)",
                "open screens stay open and may write over newer data: check consistency next",
            ),
            takes="about 1.5 to 3 min; the site answers slowly meanwhile",
            requests=(
                Request(
                    "elasticache",
                    "RebootCacheCluster",
                    {"CacheClusterId": node.id, "CacheNodeIdsToReboot": [NODE]},
                ),
            ),
            proof=f'event "{RESTARTED}", then available' + (", then a new run_id" * bool(redis)),
            typed="" if node.role == "replica" else node.id,
            seen=_seen(node, restarts, redis, reader),
            warnings=tuple(_warnings(node, redis, unread)),
            role=node.role,
            role_needed="replica" if node.role == "replica" else "primary",
            last_acted_at=last.at if last else None,
            last_acted_by=f"somebody or AWS ({last.text})" if last else "",
        )

    async def apply(self, plan: Plan, hands: Hands) -> Mapping[str, Any]:
        """The one request."""
        return await send_one(plan, hands)

    async def verify(self, plan: Plan, sent: Mapping[str, Any], hands: Hands) -> Verdict:
        """Its own event first: right after the request the status still says `available`."""
        proof = watch(plan, sent, hands)
        return await proof.follow(_Restart(plan, hands, proof).look)


class _Restart:
    """One restart being followed."""

    def __init__(self, plan: Plan, hands: Hands, proof: Proof) -> None:
        self.plan, self.hands, self.proof = plan, hands, proof
        self.cluster, self.place = plan.targets[0].name, place_of(plan)
        self.available_at: float | None = None

    async def look(self) -> Verdict | None:
        """One look: the event, then the status, then the run_id."""
        proof, event = self.proof, await self._event()
        status = await self._status()
        proof.evidence = [str(event)] if event else []
        proof.evidence.append(f"status {status}")
        if event is None:
            proof.said = f'no event "{RESTARTED}" since the request; status {status}'
            return await self._never() if proof.over else None
        if event.at > proof.until:
            return proof.late("restarted")
        if status != "available":
            proof.said = f"restarted at {utc(event.at)}, but {status}"
            return proof.verdict("failed", proof.said) if proof.over else None
        return await self._proved(event)

    async def _event(self) -> Event | None:
        """The first since the request that tells of a restart."""
        new = await since_plan(self.plan, self.proof, self.hands, "cache-cluster", self.cluster)
        return next((one for one in new if one.text.startswith(RESTARTED)), None)

    async def _status(self) -> str:
        answer = await self.hands.clients.aws.call(
            self.place.account,
            self.place.region,
            "elasticache",
            "describe_cache_clusters",
            CacheClusterId=self.cluster,
            ShowCacheNodeInfo=True,
        )
        (cluster,) = answer["CacheClusters"]
        states = {cluster["CacheClusterStatus"]}
        states |= {node["CacheNodeStatus"] for node in cluster.get("CacheNodes") or ()}
        return ", ".join(sorted(states))

    async def _proved(self, event: Event) -> Verdict | None:
        proof, before = self.proof, self.plan.seen.get("run_id")
        said = f"restarted at {utc(event.at)} and available"
        if not before:
            return proof.verdict("verified", said)
        self.available_at = proof.gone if self.available_at is None else self.available_at
        try:
            redis = await self._redis()
        except Failed as error:
            proof.said = f"{said}; its run_id cannot be read: {error}"
            waited = proof.gone - self.available_at
            return proof.verdict("verified", proof.said) if waited > READ_FOR_S else None
        proof.evidence += [f"run_id {redis.run_id}, before {before}"]
        proof.evidence += [f"{redis.processes} Sidekiq processes are connected"]
        if redis.run_id != before:
            return proof.verdict("verified", f"{said}, with a new run_id")
        proof.said = f"{said}, says AWS, but the run_id is the same as before"
        return proof.verdict("failed", proof.said) if proof.over else None

    async def _never(self) -> Verdict | None:
        """At the deadline, without an event: a run_id that stayed says that nothing happened."""
        if not self.plan.seen.get("run_id"):
            return None
        try:
            redis = await self._redis()
        except Failed as error:
            self.proof.said += f"; its run_id cannot be read: {error}"
            return None
        self.proof.evidence.append(f"run_id {redis.run_id}")
        if redis.run_id != self.plan.seen["run_id"]:
            self.proof.said += "; yet its run_id is a new one"
            return None
        said = "it was not restarted: no event, and the same run_id as before"
        return self.proof.verdict("failed", said)

    async def _redis(self) -> Redis:
        seen = self.plan.seen
        _, redis = await redis_of(
            self.hands, self.place, [seen["reader"]], self.cluster, seen["group"]
        )
        return redis


def _refuse(node: Node) -> None:
    group = node.group or {}
    if group.get("ClusterEnabled") or group.get("ClusterMode") in ("enabled", "compatible"):
        raise Refused(f"cluster mode enabled: AWS does not reboot the nodes of {node.id}")
    if node.status != "available":
        raise Refused(f"{node.id} is {node.status}: AWS reboots it only while it is available")
    replicas = len(node.members) - 1
    if node.role != "replica" and replicas > 0 and group.get("AutomaticFailover") == "enabled":
        raise Refused(
            f"{node.id} has a replica and automatic failover: use elasticache-failover instead. "
            "A rebooted primary does not fail over; it comes back empty, and its replicas then "
            "empty their copies too"
        )


def _what(node: Node) -> str:
    replicas = len(node.members) - 1
    copies = f"{node.role}, {replicas} replicas" if replicas > 0 else "no replica"
    return f"{node.facts['Engine']} {node.facts['EngineVersion']}, {copies}, cluster mode off"


async def _read(
    node: Node, hands: Hands
) -> tuple[Redis | None, str, tuple[tuple[str, str], ...], str]:
    """The Redis by SSM, else why not; the read as a call; the machine that was asked."""
    units = tuple(unit for unit in node.units if unit.environment.ssm_reads)
    if not readable(hands, units):
        return None, "SSM reads are off for this site", (), ""
    found, why = await optional(_found(node, units, hands))
    if found is None:
        return None, why, (), ""
    reader, redis = found
    return redis, "", (shown(hands, reader),), reader


async def _found(node: Node, units: tuple[Unit, ...], hands: Hands) -> tuple[str, Redis]:
    fleet = Fleet(node.aws, node.place, units)
    running = await fleet.statuses()
    machines = [name for u in units for one in u.environment.instances for name in fleet.of(one)]
    machines = [one for one in dict.fromkeys(machines) if one in running]
    group = str(node.facts.get("ReplicationGroupId") or "")
    return await redis_of(hands, node.place, machines, node.id, group)


def up_to(number: int) -> str:
    """A bound that stays while a living queue moves: 212 → `up to 300`."""
    if number == 0:
        return "no"
    step = max(10, 10 ** (len(str(number)) - 1))
    return f"up to {-(-number // step) * step}"


def _loses(node: Node, redis: Redis | None) -> Iterator[str]:
    """The same words while nothing that matters has changed, or no plan could ever be fired."""
    if node.role == "replica":
        yield "this replica's copy, until it has copied the primary again"
        return
    yield "everything in the cache"
    if redis is None:
        yield "Sidekiq's queues, retries and schedule, as many as there are (not readable)"
    else:
        yield f"Sidekiq: {up_to(redis.jobs)} jobs, waiting, in retry or scheduled"
    if len(node.members) > 1:
        yield "the copies of its replicas: they empty themselves when the primary comes back empty"


def _warnings(node: Node, redis: Redis | None, unread: str) -> Iterator[str]:
    if redis is not None:
        yield (
            f"{redis.jobs} jobs will be lost: {redis.waiting} in {redis.queues} queues, "
            f"{redis.retry} in retry, {redis.schedule} scheduled; {redis.used_mb / 1000:.1f} GB"
        )
    elif unread:
        yield f"Sidekiq's queues are not known: {unread}"
    if any(unit.environment.sidekiq_cron for unit in node.units) and node.role != "replica":
        yield CRON
    if len(node.units) > 1:
        yield f"it serves {len(node.units)} sites: {node.sites}"


def _seen(node: Node, restarts: list[Event], redis: Redis | None, reader: str) -> dict[str, Any]:
    seen: dict[str, Any] = {
        "account": node.place.account,
        "region": node.place.region,
        "group": str(node.facts.get("ReplicationGroupId") or ""),
        "reader": reader,
    }
    if restarts:
        seen["last_event_at"] = plain(restarts[-1].at)
    if redis is not None:
        seen |= {"run_id": redis.run_id, "jobs": redis.jobs, "used_mb": redis.used_mb}
    return seen
