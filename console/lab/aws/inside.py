"""What a machine of the lab says of itself: the read-only document's one line of JSON."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from zlib import crc32

from console.lab.aws.call import Answer, Asked
from console.lab.world import CacheNode, Host, within

if TYPE_CHECKING:
    from console.lab.world import World

SETS = ("retry", "schedule", "dead")
RAM_MB = {"m6i.large": 7_810, "m6i.xlarge": 15_620}
DISK_MB = 40_000
PER_S = 0.05  # jobs a second that come in while nobody works them off


def reading(asked: Asked, host: Host) -> Answer:
    """What version 3 of the document prints of a host and of the caches it uses."""
    caches = [
        node
        for node in within(asked.world.caches, host.account, host.region)
        if _site(node) in host.serves
    ]
    up = round((asked.now - (host.booted_at or host.launched_at)).total_seconds())
    told: Answer = {"v": 3, "boot_id": host.boot_id, "uptime_s": up}
    told |= _machine(asked.world, host, asked.now)
    told["redis"] = [_redis(asked.now, node, len(caches) > 1) for node in caches]
    return told | host.inside


def _site(node: CacheNode) -> str:
    return f"{node.tags.get('Site')}/{node.tags.get('Env')}"


def _machine(world: World, host: Host, now: datetime) -> Answer:
    load = _figure(world, host, "LoadAverage1Min", now, 1.1)
    memory = _figure(world, host, "mem_used_percent", now, 58.0)
    disk = _figure(world, host, "disk_used_percent", now, 52.0)
    ram = RAM_MB.get(host.type, 7_810)
    logs = round(DISK_MB * max(disk - 45, 5) / 100)
    return {
        "load": [round(load, 2), round(load * 0.9, 2), round(load * 0.8, 2)],
        "cpus": 4 if host.type.endswith(".xlarge") else 2,
        "mem_mb": ram,
        "available_mb": round(ram * (1 - memory / 100)),
        "swap_mb": 2048,
        "swap_free_mb": 2011,
        "disks": [_disk("/", disk, 31), _disk("/var/lib/app", 34.0, 4)],
        "deleted_mb": 12,
        "units": [
            *({"name": f"{unit}.service", "state": "active", "restarts": 0} for unit in UNITS),
            {"name": "crond.service", "state": host.cron, "restarts": 0},
        ],
        "oom": 0,
        "oom_last": "",
        "puma_mb": 2900,
        "sidekiq_mb": 740,
        "killer": {"lines": 1, "ram_mb": round(ram * 0.6), "limit_mb": None},
        "cron": f"{crc32((host.name + host.script).encode()):016x}",
        "rotated_s": round((now - now.replace(hour=3, minute=10, second=0)).total_seconds())
        % 86400,
        "largest": [
            {"path": "/var/www/log/access.log.json", "mb": logs},
            {"path": "/var/backups", "mb": round(logs * 0.4)},
        ]
        if disk >= 85
        else [],
    }


UNITS = ("puma", "sidekiq", "nginx")


def _disk(mount: str, used: float, inodes: int) -> Answer:
    free = round(DISK_MB * (1 - used / 100))
    return {"mount": mount, "used_pct": round(used), "free_mb": free, "inodes_pct": inodes}


def _figure(world: World, host: Host, name: str, now: datetime, usual: float) -> float:
    """A metric of this host as CloudWatch has it, or what is usual where nobody measures it."""
    for (_, _, _, metric, dimensions), course in world.courses.items():
        if metric == name and ("InstanceId", host.id) in dimensions:
            return course.value(now)
    return usual


def _redis(now: datetime, node: CacheNode, several: bool) -> Answer:
    up = now - node.started_at if node.started_at else None
    waiting = {name: many for name, many in node.jobs.items() if name not in SETS}
    tag = str(node.tags.get("Site", "")) if several else "web"
    idle = (now - node.idle_since).total_seconds() if node.idle_since else 0.0
    serving = {"tag": tag, "queues": list(waiting) or ["default"], "busy": 4}
    return {
        "host": f"{node.name}.lab.0001.apne1.cache.amazonaws.com",
        "db": 0,
        "app": tag,
        "run_id": node.run_id,
        "uptime_s": round(up.total_seconds()) if up else 40 * 86400,
        "used_mb": 1946 if any(waiting.values()) else 3,
        "queues": [_queue(now, name, many, idle) for name, many in waiting.items()],
        **{name: node.jobs.get(name, 0) for name in SETS},
        "workers": [serving] * (0 if node.idle_since else 2),
    }


def _queue(now: datetime, name: str, many: int, idle: float) -> dict[str, Any]:
    oldest = now.timestamp() - (idle or 3.0)
    more = round(idle * PER_S)
    return {"name": name, "waiting": many + more, "oldest_at": round(oldest)}
