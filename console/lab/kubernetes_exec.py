"""Commands in the lab's Pods: `df` and `find … -delete` on a disk, spoken as Kubernetes' exec."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from aiohttp import web

from console.clock import Clock
from console.lab.estate import metric_keys
from console.lab.world import Course, World

if TYPE_CHECKING:
    from console.config.schema import Estate

PROTOCOLS = ("v5.channel.k8s.io", "v4.channel.k8s.io")
STDOUT, ERROR = 1, 3
BLOCKS = 20_971_520  # 20 GiB
BARE, DUMP = 40.0, 3.0  # percent: the disk without dumps, and one dump
OLD = timedelta(hours=1)


@dataclass(slots=True)
class Disk:
    """The volume of dumps that a Deployment's Pods share; its filling is a metric's course."""

    course: Course
    scale: float
    clock: Clock
    cleaned: datetime | None = None

    def used(self, ago: timedelta = timedelta(0)) -> float:
        """In percent."""
        return self.course.level(self.clock.now() - ago) * self.scale

    def clean(self, really: bool) -> str:
        """Delete the dumps older than an hour; their paths."""
        now, used = self.clock.now(), self.used()
        if self.cleaned and now - self.cleaned < OLD:
            return ""
        dumps = int(max(0.0, min(used, self.used(OLD)) - BARE) / DUMP)
        if really:
            self.cleaned = now
            self.course.ramp(now, (used - dumps * DUMP) / self.scale, 0)
        return "".join(f"/dumps/java_pid{number}.hprof\n" for number in range(1, dumps + 1))

    def df(self) -> str:
        """As `df -P` prints it."""
        used = round(BLOCKS * self.used() / 100)
        head = "Filesystem     1024-blocks     Used Available Capacity Mounted on"
        size = f"{BLOCKS} {used} {BLOCKS - used} {round(100 * used / BLOCKS)}%"
        return f"{head}\n/dev/nvme1n1 {size} /dumps\n"


def disks(estate: Estate, world: World) -> dict[tuple[str, str], Disk]:
    """The disk behind each `pod_disk_pct`, by the namespace and Deployment the metric names."""
    found = {}
    for metric in estate.metrics:
        if metric.id == "pod_disk_pct":
            course = world.courses[next(metric_keys(estate, world, metric))]
            named = metric.dimensions["Namespace"], metric.dimensions["PodName"]
            found[named] = Disk(course, metric.scale, world.clock)
    return found


def _run(command: Sequence[str], disk: Disk | None, really: bool) -> tuple[str, dict[str, object]]:
    """Output and Status."""
    done: dict[str, object] = {"metadata": {}, "status": "Success"}
    if command[0] == "df" and disk:
        return disk.df(), done
    if command[0] == "find" and disk:
        return disk.clean(really), done
    if command[0] in ("df", "find"):
        causes = [{"reason": "ExitCode", "message": "1"}]
        told = {"reason": "NonZeroExitCode", "details": {"causes": causes}}
        return f"{command[0]}: /dumps: No such file or directory\n", {"status": "Failure", **told}
    said = f'exec: "{command[0]}": executable file not found in $PATH'
    return "", {"status": "Failure", "reason": "InternalError", "message": said}


async def answer(
    request: web.Request, disk: Disk | None, lies: Collection[str]
) -> web.StreamResponse:
    """Run the command of one request and tell its end."""
    socket = web.WebSocketResponse(protocols=PROTOCOLS)
    await socket.prepare(request)
    out, status = _run(request.query.getall("command"), disk, "exec-nothing" not in lies)
    if "exec-drop" in lies and request.query["command"] != "df":
        assert request.transport is not None
        request.transport.abort()
        return socket
    await socket.send_bytes(bytes([STDOUT]) + out.encode())
    await socket.send_bytes(bytes([ERROR]) + json.dumps(status).encode())
    await socket.close()
    return socket
