"""The lab's Kubernetes API server: what the console and `kubectl` ask, on 127.0.0.1."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
from collections import deque
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from aiohttp import web

from console.clock import Clock
from console.lab.kubernetes_api import Api, Refusal
from console.lab.kubernetes_controller import Controller
from console.lab.kubernetes_store import DEPLOYMENT, NAMESPACE, NODE, Store, stamp

TICK_S = 0.1  # real seconds


class KubernetesServer:
    """A cluster of three nodes. Everything is stamped with its clock's time.

    Faults: `slow` (seconds before each answer), `expired` (401), `denied` (pairs of verb and
    plural, `*` for all: 403), `lie` (this text instead of every answer), `api.no_metrics`, `down`.
    """

    def __init__(self, clock: Clock, tls: ssl.SSLContext | None = None, ca: str = "") -> None:
        self.store = Store(clock)
        self.on_restart: Callable[[str, str], object] = lambda namespace, deployment: None
        """Called once a restart's new Pods are ready and the old ones are gone."""
        self.controller = Controller(self.store, lambda *key: self.on_restart(*key))
        self.token, self.url = "lab-token", ""
        self.slow, self.expired, self.lie = 0.0, False, ""
        self.api = Api(self.controller)
        self.controller.lazy = lambda: "roll-nothing" in self.api.lies
        self.denied = self.api.denied
        self.requests: deque[str] = deque(maxlen=1000)
        self._tls, self._ca, self._port = tls, ca, 0
        self._runner: web.AppRunner | None = None
        self._ticking: asyncio.Task[None] | None = None
        for number in range(1, 4):
            self._node(f"ip-10-0-{number}-10.eu-west-3.compute.internal", False)

    async def start(self) -> None:
        """Listen on a free port of 127.0.0.1 and run the controller."""
        await self.down(False)
        self._ticking = asyncio.create_task(self._tick())

    async def close(self) -> None:
        """Stop everything."""
        if self._ticking:
            self._ticking.cancel()
        await self.down(True)

    async def down(self, on: bool) -> None:
        """Refuse connections, or listen (again, on the same port)."""
        if on and self._runner:
            runner, self._runner = self._runner, None
            await runner.cleanup()
        elif not on and not self._runner:
            app = web.Application()
            app.router.add_route("*", "/{path:.*}", self._answer)
            self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
            await self._runner.setup()
            await web.TCPSite(self._runner, "127.0.0.1", self._port, ssl_context=self._tls).start()
            self._port = self._runner.addresses[0][1]
            self.url = f"{'https' if self._tls else 'http'}://127.0.0.1:{self._port}"

    async def _tick(self) -> None:
        while True:
            self.controller.tick()
            await asyncio.sleep(TICK_S)

    def write_kubeconfig(self, path: Path, context: str = "lab") -> None:
        """A kubeconfig (JSON is YAML) with the token and, over TLS, the CA."""
        ca = {"certificate-authority-data": base64.b64encode(self._ca.encode()).decode()}
        cluster = {"server": self.url} | (ca if self._ca else {})
        told = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": context,
            "clusters": [{"name": "lab", "cluster": cluster}],
            "users": [{"name": "lab", "user": {"token": self.token}}],
            "contexts": [{"name": context, "context": {"cluster": "lab", "user": "lab"}}],
        }
        path.write_text(json.dumps(told, indent=1))

    def deploy(
        self,
        namespace: str,
        name: str,
        *,
        replicas: int = 2,
        limit_mb: int = 512,
        image: str = "app:1",
    ) -> None:
        """A Deployment that has been running for three days."""
        begun, labels = stamp(self.store.clock.now() - timedelta(days=3)), {"app": name}
        container = {
            "name": name,
            "image": image,
            "resources": {"limits": {"memory": f"{limit_mb}Mi"}},
        }
        template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
        spec = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template}
        meta = {"name": name, "namespace": namespace, "labels": labels, "creationTimestamp": begun}
        self.store.put(NAMESPACE, {"metadata": {"name": namespace}})
        self.store.put(DEPLOYMENT, {"metadata": meta, "spec": spec})
        for _ in range(3):  # start, run, report
            self.controller.tick()

    def set_memory(
        self, namespace: str, name: str, percent: float | Callable[[float], float]
    ) -> None:
        """Percent of the limit, fixed or by a container's age in s; 100 is an OOM kill."""
        course = percent if callable(percent) else lambda age: percent
        self.controller.memory[namespace, name] = course

    def oom_kill(self, namespace: str, name: str) -> None:
        """Kill one container of the Deployment for want of memory; it comes back by itself."""
        pod = self.controller.alive((namespace, name))[0]
        pod.stop(self.store.clock.now(), "ContainerCreating", "OOMKilled", 137)

    def crash_loop(self, namespace: str, name: str, on: bool = True) -> None:
        """Its containers fall over again and again, until it is switched off."""
        looping = self.controller.looping
        (looping.add if on else looping.discard)((namespace, name))

    def evict(self, namespace: str, name: str) -> None:
        """Evict one Pod for want of disk; another is started."""
        self.controller.evict(self.controller.alive((namespace, name))[0])

    def disk_pressure(self, namespace: str, name: str, on: bool = True) -> None:
        """DiskPressure on the node of the Deployment's first Pod, or on none any more."""
        first = self.controller.alive((namespace, name))[0].node
        for node in self.store.select(NODE):
            self._node(node["metadata"]["name"], on and node["metadata"]["name"] == first)

    def calm(self) -> None:
        """No node is under pressure."""
        for node in self.store.select(NODE):
            self._node(node["metadata"]["name"], False)

    def _node(self, name: str, pressure: bool) -> None:
        conditions = [
            {"type": "Ready", "status": "True"},
            {"type": "DiskPressure", "status": str(pressure)},
        ]
        self.store.put(NODE, {"metadata": {"name": name}, "status": {"conditions": conditions}})

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(f"{request.method} {request.path_qs}")
        await asyncio.sleep(self.slow)
        try:
            scheme, _, given = request.headers.get("Authorization", "").partition(" ")
            # kubectl sends no token over plain HTTP, so none is as good as the right one there.
            known = scheme.lower() == "bearer" and given == self.token
            if self.expired or not (known or (self._tls is None and not scheme)):
                raise Refusal(401, "Unauthorized")
            if self.lie:
                return web.Response(text=self.lie, content_type="application/json")
            if told := self.api.discovery(request.path):
                return web.json_response(told)
            return await self.api.resource(request)
        except Refusal as refusal:
            return web.json_response(refusal.status, status=refusal.code)
