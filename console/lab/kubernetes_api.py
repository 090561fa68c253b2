"""What the lab's Kubernetes API answers: discovery, objects, reviews, metrics, watches."""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from aiohttp import web

from console.lab.kubernetes_exec import Disk, answer
from console.lab.kubernetes_store import (
    KINDS,
    NAMESPACE,
    POD,
    REVIEW,
    USAGE,
    Gone,
    Json,
    Kind,
    merge,
    selector,
    stamp,
)
from console.lab.kubernetes_told import Pieces, Teller

if TYPE_CHECKING:
    from console.lab.kubernetes_controller import Controller

PATH = re.compile(
    r"/apis?/(?P<group>v1|[^/]+/[^/]+)(?:/namespaces/(?P<namespace>[^/]+)(?=/))?"
    r"/(?P<plural>[^/]+)(?:/(?P<name>[^/]+))?"
)
PART = r"/api/v1/namespaces/(?P<namespace>[^/]+)/pods/(?P<name>[^/]+)/(?P<part>exec|log)"
RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"
VERBS = {"POST": "create", "PATCH": "patch", "DELETE": "delete"}
REASONS = {
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    409: "AlreadyExists",
    410: "Expired",
}


class Refusal(Exception):
    """An answer that is a Status with an HTTP error code."""

    def __init__(self, code: int, message: str) -> None:
        self.code = code
        self.status: Json = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
        }
        self.status |= {"message": message, "reason": REASONS.get(code, "BadRequest"), "code": code}


class Api:
    """Answers over the controller's store; what is `denied` is a pair of verb and plural."""

    def __init__(self, controller: Controller) -> None:
        self.controller, self.store = controller, controller.store
        self.denied: set[tuple[str, str]] = set()
        self.no_metrics = False
        self.disks: dict[tuple[str, str], Disk] = {}
        """The dumps of a Deployment's Pods."""
        self.lies: set[str] = set()
        """patch-nothing (200, nothing done), patch-claims (as if done), patch-drop (done, cut),
        read-old (what was read first), roll-nothing (a status without Pods), exec-nothing,
        exec-drop."""
        self.log: Pieces | None = None
        """What every log is instead."""
        self._old: dict[str, Json] = {}

    def discovery(self, path: str) -> Json | None:
        """What exists, for clients that look before they ask."""
        kinds = [kind for kind in KINDS if kind != USAGE or not self.no_metrics]
        if path == "/version":
            return {"major": "1", "minor": "32", "gitVersion": "v1.32.4", "platform": "lab"}
        if path == "/api":
            return {"kind": "APIVersions", "versions": ["v1"]}
        if path == "/apis":
            told: Json = {"kind": "APIGroupList", "apiVersion": "v1", "groups": []}
            for group in {kind.group for kind in kinds} - {"v1"}:
                name, version = group.split("/")
                one = {"groupVersion": group, "version": version}
                told["groups"].append({"name": name, "versions": [one], "preferredVersion": one})
            return told
        group = re.sub("^/apis?/", "", path)
        resources = [
            {"name": kind.plural, "singularName": kind.kind.lower(), "namespaced": kind.namespaced}
            | {"kind": kind.kind, "shortNames": [kind.short] if kind.short else []}
            | {"verbs": ["get", "list", "watch", *VERBS.values()]}
            for kind in kinds
            if kind.group == group
        ]
        told = {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group}
        return {**told, "resources": resources} if resources else None

    async def resource(self, request: web.Request) -> web.StreamResponse:
        """Everything else; raises Refusal."""
        if part := re.fullmatch(PART, request.path):
            return await self._part(request, **part.groupdict())
        found = PATH.fullmatch(request.path)
        asked = (found["group"], found["plural"]) if found else None
        kind = next((kind for kind in KINDS if asked == (kind.group, kind.plural)), None)
        if found is None or kind is None or (kind == USAGE and self.no_metrics):
            raise Refusal(404, "the server could not find the requested resource")
        namespace, name = found["namespace"] or "", found["name"] or ""
        watching = request.query.get("watch") in ("true", "1")
        verb = VERBS.get(request.method) or ("watch" if watching else "get" if name else "list")
        self._permit(verb, kind, namespace)
        if verb == "watch":
            return await self._watch(request, kind, namespace)
        if verb == "list":
            return web.json_response(self._list(kind, namespace, request.query))
        item = self.store.get(kind, namespace, name)
        if verb == "create":
            return web.json_response(
                self._create(kind, namespace, await request.json()), status=201
            )
        if item is None:
            raise Refusal(404, f'{kind.plural} "{name}" not found')
        if verb == "patch":
            item = await self._patch(request, kind, item)
        elif verb == "delete":
            inside = [key for key in self.store.objects if kind == NAMESPACE and key[1] == name]
            for key in [*inside, (kind, namespace, name)]:
                self.store.delete(*key)
        if verb == "get" and "read-old" in self.lies:
            item = self._old.setdefault(request.path, item)
        return web.json_response(item)

    async def _patch(self, request: web.Request, kind: Kind, item: Json) -> Json:
        strategic = request.content_type == "application/strategic-merge-patch+json"
        body = await request.json()
        new: Json = merge(item, body, strategic)
        if RESTARTED_AT in str(body):
            fields: Json = {f"f:{RESTARTED_AT}": {}}
            for name in ("annotations", "metadata", "template", "spec"):
                fields = {f"f:{name}": fields}
            manager = request.query.get("fieldManager", "unknown")
            owned = {"manager": manager, "operation": "Update", "fieldsV1": fields}
            new["metadata"] = new["metadata"] | {"managedFields": [owned]}
        if "patch-nothing" in self.lies:
            return item
        if "patch-claims" in self.lies:
            claimed = item["metadata"]["generation"] + 1
            return new | {"metadata": new["metadata"] | {"generation": claimed}}
        stored = self.store.put(kind, new)
        if "patch-drop" in self.lies and request.transport:
            request.transport.abort()
        return stored

    async def _part(
        self, request: web.Request, namespace: str, name: str, part: str
    ) -> web.StreamResponse:
        verb = "get" if part == "log" else "create"
        self._permit(verb, Kind("v1", f"pods/{part}", ""), namespace)
        if self.store.get(POD, namespace, name) is None:
            raise Refusal(404, f'pods "{name}" not found')
        pod = next(one for one in self.controller.pods if one.name == name)
        if part == "exec":
            return await answer(request, self.disks.get(pod.key), self.lies)
        teller = Teller(self.controller, pod, request.query)
        if self.log is None and (why := teller.refusal()):
            raise Refusal(400, why)
        return await teller.answer(request, self.log)

    def _denies(self, verb: str, plural: str) -> bool:
        return bool(self.denied & {(verb, plural), ("*", plural), (verb, "*"), ("*", "*")})

    def _permit(self, verb: str, kind: Kind, namespace: str) -> None:
        if self._denies(verb, kind.plural) and kind != REVIEW:
            where = f'in the namespace "{namespace}"' if namespace else "at the cluster scope"
            what = f'User "lab" cannot {verb} resource "{kind.plural}" {where}'
            raise Refusal(403, f"{kind.plural} is forbidden: {what}")

    def _create(self, kind: Kind, namespace: str, body: Json) -> Json:
        if kind == REVIEW:
            asked = body["spec"]["resourceAttributes"]
            part = f"/{asked['subresource']}" if "subresource" in asked else ""
            allowed = not self._denies(asked["verb"], f"{asked['resource']}{part}")
            return body | {"status": {"allowed": allowed}}
        if self.store.get(kind, namespace, name := body["metadata"]["name"]):
            raise Refusal(409, f'{kind.plural} "{name}" already exists')
        body["metadata"] |= {"namespace": namespace} if kind.namespaced else {}
        return self.store.put(kind, body)

    def _list(self, kind: Kind, namespace: str, query: Any) -> Json:
        test = selector(query.get("labelSelector", ""), query.get("fieldSelector", ""))
        items = self._usage(namespace) if kind == USAGE else self.store.select(kind, namespace)
        items = [item for item in items if test(item)]
        begin, limit = int(query.get("continue") or 0), int(query.get("limit") or 0) or len(items)
        meta = {"resourceVersion": str(self.store.version)}
        if begin + limit < len(items):
            meta["continue"] = str(begin + limit)
        told = {"kind": f"{kind.kind}List", "apiVersion": kind.group, "metadata": meta}
        return {**told, "items": items[begin : begin + limit]}

    def _usage(self, namespace: str) -> list[Json]:
        now, told = self.store.clock.now(), list[Json]()
        for pod in self.controller.pods:
            percent = self.controller.used(pod, now)
            if percent is not None and namespace in ("", pod.key[0]):
                container = pod.template["spec"]["containers"][0]
                limit = container.get("resources", {}).get("limits", {}).get("memory", "512Mi")
                usage = {"cpu": "12m", "memory": f"{int(int(limit[:-2]) * 10.24 * percent)}Ki"}
                told.append({"metadata": {"name": pod.name, "namespace": pod.key[0]}})
                told[-1] |= {"timestamp": stamp(now), "window": "15s"}
                told[-1] |= {"containers": [{"name": container["name"], "usage": usage}]}
        return told

    async def _watch(self, request: web.Request, kind: Kind, namespace: str) -> web.StreamResponse:
        query, stream = request.query, web.StreamResponse()
        chosen = selector(query.get("labelSelector", ""), query.get("fieldSelector", ""))
        stream.content_type = "application/json"
        await stream.prepare(request)

        def test(item: Json) -> bool:
            return namespace in ("", item["metadata"].get("namespace")) and chosen(item)

        async def send(word: str, item: Json) -> None:
            await stream.write(json.dumps({"type": word, "object": item}).encode() + b"\n")

        since = int(query.get("resourceVersion") or 0)
        if not since:
            since = self.store.version
            for item in self.store.select(kind, namespace, chosen):
                await send("ADDED", item)
        with suppress(ConnectionResetError):
            try:
                async with asyncio.timeout(float(query.get("timeoutSeconds") or 1800)):
                    async for word, item in self.store.watch(kind, test, since):
                        await send(word, item)
            except Gone as gone:
                await send("ERROR", Refusal(410, str(gone)).status)
            except TimeoutError:
                meta = {"resourceVersion": str(self.store.version)}
                mark = {"kind": kind.kind, "apiVersion": kind.group, "metadata": meta}
                if query.get("allowWatchBookmarks"):
                    await send("BOOKMARK", mark)
        return stream
