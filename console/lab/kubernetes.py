"""The lab's Kubernetes API server: what the console and `kubectl` ask, on 127.0.0.1."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from aiohttp import web

from console.clock import Clock
from console.lab.kubernetes_controller import Controller
from console.lab.kubernetes_store import (
    ACCESS, DEPLOYMENT, KINDS, NAMESPACE, NODE, POD, POD_METRICS, Gone, Json, Kind, Store, merge, selector, stamp,
)  # fmt: skip

PATH = re.compile(
    r"/(?:api/|apis/(?=[^/]+/))(?P<group>v1|[^/]+/[^/]+)(?:/namespaces/(?P<namespace>[^/]+)(?=/))?"
    r"/(?P<plural>[^/]+)(?:/(?P<name>[^/]+))?(?:/status)?"
)
VERBS = {"POST": "create", "PATCH": "patch", "DELETE": "delete"}
REASONS = {
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    409: "AlreadyExists",
    410: "Expired",
}
TICK_S = 0.1  # real seconds


def _usual(age: float) -> float:
    return 40.0


class Refusal(Exception):
    """An answer that is a Status with an HTTP error code."""

    def __init__(self, code: int, message: str) -> None:
        reason = REASONS.get(code, "BadRequest")
        self.status: Json = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure"}
        self.status |= {"message": message, "reason": reason, "code": code}
        self.code = code


class KubernetesServer:
    """A cluster of three nodes. Everything is stamped with its clock's time.

    Faults: `slow` (seconds before each answer), `expired` (401), `denied` (pairs of verb and
    plural, `*` for all: 403), `lie` (this text instead of every answer), `no_metrics`, `down`.
    """

    def __init__(self, clock: Clock, tls: ssl.SSLContext | None = None, ca: str = "") -> None:
        self.store = Store(clock)
        self.controller = Controller(self.store)
        self.token, self.url, self.ca = "lab-token", "", ca
        self.slow, self.expired, self.lie, self.no_metrics = 0.0, False, "", False
        self.denied: set[tuple[str, str]] = set()
        self.requests: list[str] = []
        self._tls, self._port, self._tasks = tls, 0, list[asyncio.Task[None]]()
        self._runner: web.AppRunner | None = None
        for number in range(1, 4):
            self._node(f"ip-10-0-{number}-10.eu-west-3.compute.internal", False)

    # -- life

    async def start(self) -> None:
        """Listen on a free port of 127.0.0.1 and run the controller."""
        await self._listen()
        self._tasks = [asyncio.create_task(self._tick())]

    async def close(self) -> None:
        """Stop everything."""
        for task in self._tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await self.down(True)

    async def down(self, on: bool) -> None:
        """Refuse connections, or listen again on the same port."""
        if on and self._runner:
            runner, self._runner = self._runner, None
            await runner.cleanup()
        elif not on and not self._runner:
            await self._listen()

    async def _listen(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port, ssl_context=self._tls)
        await site.start()
        self._port = self._runner.addresses[0][1]
        self.url = f"{'https' if self._tls else 'http'}://127.0.0.1:{self._port}"

    async def _tick(self) -> None:
        while True:
            self.controller.tick()
            await asyncio.sleep(TICK_S)

    def write_kubeconfig(self, path: Path, context: str = "lab") -> None:
        """A kubeconfig (JSON is YAML) with the token and, over TLS, the CA."""
        cluster = {"server": self.url}
        if self.ca:
            cluster["certificate-authority-data"] = base64.b64encode(self.ca.encode()).decode()
        told = {"apiVersion": "v1", "kind": "Config", "current-context": context}
        told |= {"clusters": [{"name": "lab", "cluster": cluster}]}  # type: ignore[dict-item]
        told |= {"users": [{"name": "lab", "user": {"token": self.token}}]}  # type: ignore[dict-item]
        named = {"name": context, "context": {"cluster": "lab", "user": "lab"}}
        path.write_text(json.dumps(told | {"contexts": [named]}, indent=1))

    # -- mutators for scenarios

    def deploy(
        self,
        namespace: str,
        name: str,
        *,
        replicas: int = 2,
        limit_mb: int = 512,
        image: str = "lab/app:1",
    ) -> None:
        """A Deployment that has been running for three days."""
        begun = stamp(self.store.clock.now() - timedelta(days=3))
        self.store.put(NAMESPACE, {"metadata": {"name": namespace}})
        labels, resources = {"app": name}, {"limits": {"memory": f"{limit_mb}Mi"}}
        pod = {"containers": [{"name": name, "image": image, "resources": resources}]}
        spec = {"replicas": replicas, "selector": {"matchLabels": labels}}
        spec["template"] = {"metadata": {"labels": labels}, "spec": pod}
        meta = {"name": name, "namespace": namespace, "labels": labels, "creationTimestamp": begun}
        self.store.put(DEPLOYMENT, {"metadata": meta, "spec": spec})
        self.controller.tick()
        self.controller.tick()

    def set_memory(
        self, namespace: str, name: str, percent: float | Callable[[float], float]
    ) -> None:
        """Memory in percent of the limit, fixed or by the container's age in s; 100 is an OOM kill."""
        self.controller.memory[namespace, name] = (
            percent if callable(percent) else lambda age: percent
        )

    def oom_kill(self, namespace: str, name: str) -> None:
        """Kill one container of the Deployment for want of memory; it comes back by itself."""
        pod = self.controller.pods(namespace, name)[0]
        self.controller.container(pod, waiting="ContainerCreating", ended="OOMKilled", code=137)

    def crash_loop(self, namespace: str, name: str, on: bool = True) -> None:
        """Its containers fall over again and again, until it is switched off."""
        (self.controller.looping.add if on else self.controller.looping.discard)((namespace, name))

    def evict(self, namespace: str, name: str) -> None:
        """Evict one Pod for want of disk; its ReplicaSet starts another."""
        self.controller.evict(self.controller.pods(namespace, name)[0])

    def disk_pressure(self, namespace: str, name: str, on: bool = True) -> None:
        """DiskPressure on the node of the Deployment's first Pod, or on none any more."""
        first = self.controller.pods(namespace, name)[0]["spec"]["nodeName"]
        for node in self.store.select(NODE):
            self._node(node["metadata"]["name"], on and node["metadata"]["name"] == first)

    def _node(self, name: str, pressure: bool) -> None:
        now = stamp(self.store.clock.now())
        conditions = [
            {"type": kind, "status": str(holds), "lastTransitionTime": now}
            for kind, holds in (("DiskPressure", pressure), ("Ready", True))
        ]
        old = self.store.get(NODE, "", name) or {"metadata": {"name": name}, "spec": {}}
        self.store.put(NODE, old | {"status": {"conditions": conditions}})

    # -- the API

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(f"{request.method} {request.path_qs}")
        await asyncio.sleep(self.slow)
        try:
            given = request.headers.get("Authorization")
            # kubectl sends no token over plain HTTP, so none is as good as the right one there.
            if self.expired or (given or self._tls) and given != f"Bearer {self.token}":
                raise Refusal(401, "Unauthorized")
            if self.lie:
                return web.Response(text=self.lie, content_type="application/json")
            if (told := self._discovery(request.path.rstrip("/"))) is not None:
                return web.json_response(told)
            return await self._resource(request)
        except Refusal as refusal:
            return web.json_response(refusal.status, status=refusal.code)

    def _discovery(self, path: str) -> Json | None:
        kinds = [kind for kind in KINDS.values() if not (self.no_metrics and kind == POD_METRICS)]
        if path == "/version":
            return {"major": "1", "minor": "32", "gitVersion": "v1.32.4-lab", "platform": "lab"}
        if path == "/api":
            return {"kind": "APIVersions", "versions": ["v1"]}
        if path == "/apis":
            named = {kind.group for kind in kinds} - {"v1"}
            versions = [{"groupVersion": name, "version": name.split("/")[1]} for name in named]
            groups = [
                {"name": v["groupVersion"].split("/")[0], "versions": [v], "preferredVersion": v}
                for v in versions
            ]
            return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}
        group = path.removeprefix("/apis/").removeprefix("/api/")
        own = [kind for kind in kinds if kind.group == group]
        verbs = ["get", "list", "watch", "create", "patch", "delete"]
        resources = [
            {"name": k.plural, "singularName": k.kind.lower(), "namespaced": k.namespaced}
            | {"kind": k.kind, "verbs": verbs, "shortNames": k.short}
            for k in own
        ]
        told = {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group}
        return told | {"resources": resources} if own else None

    async def _resource(self, request: web.Request) -> web.StreamResponse:
        found = PATH.fullmatch(request.path)
        kind = KINDS.get((found["group"], found["plural"])) if found else None
        if found is None or kind is None or (self.no_metrics and kind == POD_METRICS):
            raise Refusal(404, "the server could not find the requested resource")
        namespace, name, query = found["namespace"] or "", found["name"], request.query
        watching = query.get("watch") in ("true", "1")
        verb = VERBS.get(request.method) or (("get" if name else "list", "watch")[watching])
        self._permit(verb, kind, namespace)
        body = await request.json() if request.can_read_body else {}
        if kind == ACCESS:
            return web.json_response(self._review(body), status=201)
        if verb == "watch":
            return await self._watch(request, kind, namespace)
        if verb == "list":
            return web.json_response(self._list(kind, namespace, query))
        if verb == "create":
            namespace, name = namespace or "", body["metadata"]["name"]
            if self.store.get(kind, namespace, name):
                raise Refusal(409, f'{kind.plural} "{name}" already exists')
            body["metadata"] |= {"namespace": namespace} if kind.namespaced else {}
            return web.json_response(self.store.put(kind, body), status=201)
        item = self.store.get(kind, namespace, name)
        if item is None:
            raise Refusal(404, f'{kind.plural} "{name}" not found')
        if verb == "delete":
            self._delete(kind, namespace, name)
        elif verb == "patch":
            strategic = request.content_type == "application/strategic-merge-patch+json"
            item = self.store.put(kind, merge(item, body, strategic))
        return web.json_response(item)

    def _denies(self, verb: str, plural: str) -> bool:
        return bool(self.denied & {(verb, plural), ("*", plural), (verb, "*"), ("*", "*")})

    def _permit(self, verb: str, kind: Kind, namespace: str) -> None:
        if self._denies(verb, kind.plural) and kind != ACCESS:
            group = kind.group.rpartition("/")[0]
            where = f'in the namespace "{namespace}"' if namespace else "at the cluster scope"
            what = f'resource "{kind.plural}" in API group "{group}" {where}'
            raise Refusal(403, f'{kind.plural} is forbidden: User "lab" cannot {verb} {what}')

    def _review(self, body: Json) -> Json:
        asked = body["spec"]["resourceAttributes"]
        return body | {"status": {"allowed": not self._denies(asked["verb"], asked["resource"])}}

    def _delete(self, kind: Kind, namespace: str, name: str) -> None:
        inside = name if kind == NAMESPACE else None
        for its, where, what in list(self.store.objects):
            if its.namespaced and where == (inside or namespace):
                if inside or (kind == DEPLOYMENT and what.startswith(f"{name}-") and its != kind):
                    self.store.delete(its, where, what)
        self.store.delete(kind, namespace, name)

    def _list(self, kind: Kind, namespace: str, query: Any) -> Json:
        test = selector(query.get("labelSelector", ""), query.get("fieldSelector", ""))
        items = (
            self._usage(namespace) if kind == POD_METRICS else self.store.select(kind, namespace)
        )
        items = [item for item in items if test(item)]
        begin, limit = int(query.get("continue") or 0), int(query.get("limit") or 0) or len(items)
        meta = {"resourceVersion": str(self.store.version)}
        if begin + limit < len(items):
            meta["continue"] = str(begin + limit)
        told = {"kind": f"{kind.kind}List", "apiVersion": kind.group, "metadata": meta}
        return told | {"items": items[begin : begin + limit]}

    def _usage(self, namespace: str) -> list[Json]:
        now, told = self.store.clock.now(), []
        for pod in self.store.select(POD, namespace):
            container = pod["status"].get("containerStatuses", [{}])[0]
            if not (begun := container.get("state", {}).get("running", {}).get("startedAt")):
                continue
            meta, spec = pod["metadata"], pod["spec"]["containers"][0]
            key = meta["namespace"], meta["ownerReferences"][0]["name"].rpartition("-")[0]
            percent = self.controller.memory.get(key, _usual)
            limit = int(spec.get("resources", {}).get("limits", {}).get("memory", "512Mi")[:-2])
            age = (now - type(now).fromisoformat(begun)).total_seconds()
            used = {"cpu": "12m", "memory": f"{int(limit * 10.24 * percent(age))}Ki"}
            named = {key: meta[key] for key in ("name", "namespace", "labels")}
            containers = [{"name": spec["name"], "usage": used}]
            one = {"metadata": named, "timestamp": stamp(now), "window": "15s"}
            told.append(one | {"containers": containers})
        return told

    async def _watch(self, request: web.Request, kind: Kind, namespace: str) -> web.StreamResponse:
        query, stream = (
            request.query,
            web.StreamResponse(headers={"Content-Type": "application/json"}),
        )
        test = selector(query.get("labelSelector", ""), query.get("fieldSelector", ""))
        await stream.prepare(request)

        async def send(word: str, item: Json) -> None:
            await stream.write(json.dumps({"type": word, "object": item}).encode() + b"\n")

        since = int(query.get("resourceVersion") or 0)
        if not since:
            since = self.store.version
            for item in self.store.select(kind, namespace, test):
                await send("ADDED", item)
        with suppress(TimeoutError, ConnectionResetError):
            try:
                async with asyncio.timeout(float(query.get("timeoutSeconds") or 1800)):
                    async for word, item in self.store.watch(kind, namespace, test, since):
                        await send(word, item)
            except Gone as gone:
                await send("ERROR", Refusal(410, str(gone)).status)
            except TimeoutError:
                if query.get("allowWatchBookmarks") in ("true", "1"):
                    meta = {"resourceVersion": str(self.store.version)}
                    mark = {"kind": kind.kind, "apiVersion": kind.group, "metadata": meta}
                    await send("BOOKMARK", mark)
        return stream
