"""From the configured estate to a world in which everything it names exists and is well."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING
from zlib import crc32

from console.clock import Clock
from console.lab.aws.elbv2 import groups_of
from console.lab.aws.rds import databases_of
from console.lab.aws.s3 import bucket_of
from console.lab.world import Alarm, CacheNode, Canary, Course, Host, Msk, Series, World, series

if TYPE_CHECKING:
    from console.config.schema import Environment, Estate, Metric, Selector

ROBOTS_SEEN = (
    *("robots_event_s", "robots_surveillance_s", "robots_camunda_s"),
    "simulator_event_s",
)
# The usual level of a fact and its noise, as the console shows them; else 40 % of `warn`.
LEVELS = {
    "load1": (1.4, 0.4),
    "cpu_pct": (24.0, 4.0),
    "mem_pct": (61.0, 1.5),
    "disk_pct": (58.0, 0.2),
    "engine_cpu_pct": (9.0, 2.5),
    "memory_pct": (44.0, 0.8),
    "connections": (140.0, 12.0),
    "replication_lag_s": (0.3, 0.1),
    "evictions": (0.0, 0.0),
    "swap_mb": (0.0, 0.0),
    "free_memory_mb": (2400.0, 60.0),
    "free_storage_mb": (61_000.0, 300.0),
    "read_ms": (1.1, 0.3),
    "write_ms": (1.9, 0.4),
    "queue_depth": (0.3, 0.2),
    "http_5xx": (0.0, 0.0),
    "alarms_in": (8.0, 1.0),
    "alarms_out": (8.0, 0.6),
    **dict.fromkeys(ROBOTS_SEEN, (150.0, 60.0)),
}
JOBS = {"default": 150, "mailers": 20, "permits": 42, "retry": 8, "schedule": 3}
ROBOTS = ("alarm-robot", "flood-robot", "smoke-robot")
AGENT = "CWAgent"
AGENTLESS = ("negishi", "dev")  # nobody installed the CloudWatch agent there


def build(estate: Estate, clock: Clock) -> World:
    """The world of an estate, with every metric it configures."""
    world = World(clock)
    for site, env, place in environments(estate):
        account = estate.accounts[place.account].id
        for selector in place.instances:
            world.hosts += _hosts(world, account, site, env, place, selector)
        for selector in place.caches:
            world.caches += _caches(account, site, env, place, selector)
        world.buckets += bucket_of(account, place)
        world.databases += databases_of(account, site, env, place)
        world.groups += groups_of(account, site, env, place, world.hosts)
    for metric in estate.metrics:
        for key in metric_keys(estate, world, metric):
            world.courses.setdefault(key, _course(metric, key))
    world.alarms = [*_site_alarms(estate, world), *_scope_alarms(estate, world)]
    world.canaries = [
        Canary(
            account=estate.accounts[one.account].id, region=one.region, name=one.prefix or "canary"
        )
        for one in estate.canaries
    ]
    world.msk = list(_msk(estate, clock))
    for log in estate.logs:
        group = estate.accounts[log.account].id, log.region, log.group
        world.log_groups.setdefault(group, []).append((log.of, log.prefix))
    return world


def environments(estate: Estate) -> Iterator[tuple[str, str, Environment]]:
    """Every site, environment name and environment."""
    for site, told in estate.sites.items():
        for env, place in told.environments.items():
            yield site, env, place


def _seed(*words: object) -> int:
    return crc32("/".join(map(str, words)).encode())


def _hosts(
    world: World, account: str, site: str, env: str, place: Environment, selector: Selector
) -> Iterator[Host]:
    """The instances of one selector, without those that another site already has."""
    one = bool(selector.id or "Name" in selector.tags or env != "prod")
    known = {host.id: host for host in world.hosts}
    for number in (1,) if one else (1, 2):
        seed = _seed(site, env, number, *selector.tags.values())
        id = selector.id or f"i-0{seed:08x}{_seed(seed):08x}"
        if selector.id:
            number = 1 + sum(host.tags.get("Site") == site for host in world.hosts)
        tags = {"Site": site, "Env": env, "Name": f"{site}-{env}-web-{number}"} | dict(
            selector.tags
        )
        launched = world.clock.now() - timedelta(days=20 + _seed(id) % 60)
        size = "m6i.xlarge" if selector.id else "m6i.large"  # shared hosts are bigger
        if id in known:
            known[id].serves.append(f"{site}/{env}")
        else:
            yield Host(
                account=account,
                region=place.region,
                name=tags["Name"],
                id=id,
                launched_at=launched,
                tags=tags,
                type=size,
                serves=[f"{site}/{env}"],
            )


def _caches(
    account: str, site: str, env: str, place: Environment, selector: Selector
) -> Iterator[CacheNode]:
    tags = {"Site": site, "Env": env} | dict(selector.tags)
    name = selector.id or f"{site}-{env}-redis"
    share = 0.5 + _seed(name) % 1000 / 1000
    jobs = {queue: round(number * share) for queue, number in JOBS.items()}
    yield CacheNode(account=account, region=place.region, name=name, tags=tags, jobs=jobs)


def metric_keys(
    estate: Estate, world: World, metric: Metric, site: str = "", env: str = ""
) -> Iterator[Series]:
    """The series of one configured metric, of one site and environment or of all."""
    names = {"site": metric.site or site, "env": metric.env or env}
    things: list[tuple[str, str, dict[str, str]]] = []
    if metric.of == "instances":
        things = [(h.account, h.region, {"instance_id": h.id} | h.tags) for h in world.hosts]
    elif metric.of == "caches":
        nodes = [c for c in world.caches if metric.fact != "replication_lag_s" or not c.primary]
        things = [(c.account, c.region, {"cluster_id": c.name} | c.tags) for c in nodes]
    elif metric.of == "databases":
        bases = [d for d in world.databases if metric.fact != "replication_lag_s" or d.source]
        things = [(d.account, d.region, {"db_id": d.name} | d.tags) for d in bases]
    elif (site or metric.site, env or metric.env) == (metric.site, metric.env):
        things = [(*_place(estate, metric), {"Site": metric.site, "Env": metric.env})]
    for account, region, facts in things:
        ours = all(facts.get(key.title(), name) == name for key, name in names.items() if name)
        where = facts.get("Site"), facts.get("Env")
        if ours and not (metric.namespace == AGENT and where == AGENTLESS):
            filled = {name: value.format(**facts) for name, value in metric.dimensions.items()}
            yield series(account, region, metric.namespace, metric.name, filled)


def _place(estate: Estate, metric: Metric) -> tuple[str, str]:
    account, region = metric.account, metric.region
    if metric.site:
        place = estate.sites[metric.site].environments[metric.env]
        account, region = account or place.account, region or place.region
    return estate.accounts[account].id, region or estate.accounts[account].regions[0]


def _course(metric: Metric, key: Series) -> Course:
    usual = (metric.warn or 1.0) * (1.6 if metric.below else 0.4)
    level, noise = LEVELS.get(metric.fact or metric.id, (usual, usual * 0.05))
    seed = _seed(*key[:4], *sorted(key[4]))
    spread = 0.8 + seed % 1000 / 2500  # no two resources alike
    return Course(level * spread / metric.scale, noise / metric.scale, seed)


def _site_alarms(estate: Estate, world: World) -> Iterator[Alarm]:
    """An alarm for each key metric of each production environment."""
    for site, env, place in environments(estate):
        for metric in estate.metrics:
            keys = list(metric_keys(estate, world, metric, site, env))
            if place.alarm_prefix and env == "prod" and metric.key and keys:
                account, region, namespace, name, dimensions = keys[0]
                yield Alarm(
                    account=account,
                    region=region,
                    name=place.alarm_prefix + (metric.fact or metric.id).replace("_", "-"),
                    since=world.clock.now() - timedelta(days=3),
                    namespace=namespace,
                    metric=name,
                    dimensions=dict(dimensions),
                )


def _scope_alarms(estate: Estate, world: World) -> Iterator[Alarm]:
    """The robots of the first scope and the alarm above them; one for each other prefix."""
    for number, scope in enumerate(estate.alarms):
        names = [
            f"{scope.prefix}{name}" for name in ((*ROBOTS, "chain") if not number else ("health",))
        ]
        for name in names:
            rule = " OR ".join(f'ALARM("{robot}")' for robot in names[:-1])
            yield Alarm(
                account=estate.accounts[scope.account].id,
                region=scope.region,
                name=name,
                since=world.clock.now() - timedelta(days=3),
                actions=scope.owner == "ours",
                namespace="Robots",
                metric=name,
                rule=rule if name.endswith("chain") else "",
            )


def _msk(estate: Estate, clock: Clock) -> Iterator[Msk]:
    for name, told in estate.kafka.items():
        if told.account:
            account, began = estate.accounts[told.account].id, clock.now() - timedelta(days=30)
            arn = told.arn or f"arn:aws:kafka:{told.region}:{account}:cluster/{name}/lab-1"
            patch = {
                "ClusterArn": arn,
                "ClusterType": "PROVISIONED",
                "OperationArn": arn.replace(":cluster/", ":cluster-operation/") + "/1",
                "OperationType": "SECURITY_PATCHING",
                "OperationState": "UPDATE_COMPLETE",
                "StartTime": began,
                "EndTime": began + timedelta(minutes=38),
            }
            yield Msk(
                account=account,
                region=told.region,
                name=name,
                arn=arn,
                brokers=told.brokers_expected,
                operations=[patch],
            )
