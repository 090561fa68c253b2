"""A lab cluster, the console's client for it and the context of a source."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from console.clients import Clients
from console.clock import Clock
from console.config.schema import Estate
from console.kubernetes import KubernetesApi
from console.lab.kubernetes import KubernetesServer
from console.model import Snapshot
from console.poll import Context, Part, poll_once
from console.sources.workloads import Workload, Workloads

NAME, SPACE = "eks-v2-prod", "platform"


def estate(**cluster: Any) -> Estate:
    """An estate of this one Kubernetes cluster."""
    told = {"namespaces": [SPACE], **cluster}
    identity = {"name": "test", "title": "Test"}
    return Estate.model_validate({"estate": identity, "kubernetes": {NAME: told}})


@dataclass(slots=True)
class Cluster:
    """The lab's server with everything that reads it."""

    server: KubernetesServer
    kubeconfig: Path
    clients: Clients
    context: Context

    @property
    def api(self) -> KubernetesApi:
        return self.clients.kubernetes(NAME)

    def part(self) -> Part:
        """A new part of the source: it remembers nothing of an earlier one."""
        return Workloads().parts(self.context)[0]


@asynccontextmanager
async def cluster(
    directory: Path, clock: Clock | None = None, tls: Any = (None, ""), **settings: Any
) -> AsyncIterator[Cluster]:
    """A running lab cluster; `settings` are those of the estate's cluster."""
    clock = clock or Clock()
    server = KubernetesServer(clock, *tls)
    await server.start()
    kubeconfig = directory / "kubeconfig"
    server.write_kubeconfig(kubeconfig)
    clients = Clients(estate(kubeconfig=str(kubeconfig), **settings))
    try:
        yield Cluster(server, kubeconfig, clients, Context(clients.estate, clients, clock))
    finally:
        await clients.close()
        await server.close()


async def poll_until(
    part: Part, holds: Callable[[Workload], bool], last: Snapshot | None = None
) -> Workload:
    """Poll until one row is so; the test's own time-out ends it."""
    while True:
        last = await poll_once(part, last)
        assert last.trouble is None, last.trouble
        for row in last.rows:
            assert isinstance(row, Workload)
            if holds(row):
                return row
        await asyncio.sleep(0.05)


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait for something that has no event."""
    while not await holds():
        await asyncio.sleep(0.05)
