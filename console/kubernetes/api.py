"""One cluster's API: raw JSON in, raw JSON out, failures as sentences."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import AbstractContextManager, closing
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from console.clock import real_now
from console.kubernetes.raw import Json, decode, table, text
from console.kubernetes.refusal import Refused, refusal, sentences
from console.poll import AuthExpired, Failed, in_thread

if TYPE_CHECKING:
    from aiohttp import ClientResponse

    from console.clients import Clients
    from console.kubernetes.command import Ran
    from console.kubernetes.login import Login

STRATEGIC = "application/strategic-merge-patch+json"
CONNECT_S, READ_S = 3.0, 5.0
PAGE = 250  # objects a page of a list
LARGE = 32_768  # bytes; a larger answer is decoded off the loop
RENEW_BEFORE = timedelta(seconds=60)


class KubernetesApi:
    """Ask one cluster of the estate; the login is made on first use and renewed by itself."""

    def __init__(self, cluster: str, clients: Clients) -> None:
        self.cluster, self._clients = cluster, clients
        self._login: Login | None = None
        self._retired: list[Login] = []
        self._lock = asyncio.Lock()

    async def get(self, path: str, **query: str | int) -> Json:
        """One object, or one page of a list."""
        return await self._ask("GET", path, query)

    async def whole(self, path: str) -> Json:
        """One object with its managedFields: who changed what, and when."""
        return await self._ask("GET", path, {}, read=json.loads)

    async def items(self, path: str, **query: str | int) -> list[Json]:
        """Every object of a list, read in pages."""
        found: list[Json] = []
        page: dict[str, str | int] = {}
        while True:
            try:
                answer = await self.get(path, **query, limit=PAGE, **page)
            except Refused as refused:
                if refused.status != 410 or not page:  # 410: the list changed too much meanwhile
                    raise
                found, page = [], {}
                continue
            items = answer.get("items")
            if not isinstance(items, list) or not all(text(i, "metadata", "name") for i in items):
                raise Failed(f"{self.cluster}: the answer to {path} is no list of Kubernetes'")
            found += items
            if not (token := text(answer, "metadata", "continue")):
                return found
            page = {"continue": token}

    async def patch(
        self, path: str, body: Json, content_type: str = STRATEGIC, **query: str | int
    ) -> Json:
        """Change an object; returns it as it is now. Sent once, whatever the answer.

        Raises Unanswered where it may have been done all the same.
        """
        return await self._ask("PATCH", path, query, body, content_type)

    async def run(
        self, namespace: str, pod: str, container: str, command: Sequence[str], seconds: float
    ) -> Ran:
        """Run a command in a container, once; Refused or Failed where it cannot have run."""
        from console.kubernetes.command import run

        path = f"/api/v1/namespaces/{quote(namespace)}/pods/{quote(pod)}/exec"
        login = await self._logged_in()
        with self._sentences(path, login):
            return await run(self.cluster, login, path, container, command, seconds)

    async def post(self, path: str, body: Json) -> Json:
        """Create an object, or ask a review."""
        return await self._ask("POST", path, {}, body)

    async def delete(self, path: str) -> Json:
        """Delete an object."""
        return await self._ask("DELETE", path, {})

    async def watch(self, path: str, seconds: int = 290, **query: str | int) -> AsyncIterator[Json]:
        """Changes as `{"type", "object"}` until the server ends the watch after `seconds`.

        Ends quietly when the time is up; raises Refused with status 410 when `resourceVersion`
        is too old (then list again), Failed when the connection breaks.
        """
        query |= {"watch": "true", "timeoutSeconds": seconds, "allowWatchBookmarks": "true"}
        response = await self._send("GET", path, query, read_s=seconds + READ_S)
        with self._sentences(path), closing(response):
            async for line in response.content:
                event = decode(line)
                if text(event, "type") == "ERROR":
                    told = table(event, "object")
                    raise refusal(self.cluster, "GET", path, int(told.get("code", 0)), told, "")
                yield event

    async def stream(
        self, path: str, read_s: float, **query: str | int
    ) -> AsyncGenerator[bytes, None]:
        """An answer piece by piece as it comes; `read_s`: how long nothing may come at all.

        Raises as `get` does, and Unanswered where the connection breaks.
        """
        response = await self._send("GET", path, query, read_s=read_s)
        with self._sentences(path), closing(response):
            async for piece in response.content.iter_any():
                yield piece

    async def close(self) -> None:
        """Close the connections; the next request logs in anew."""
        logins = [login for login in (self._login, *self._retired) if login]
        self._login, self._retired = None, []
        for login in logins:
            await login.close()

    async def url(self) -> str:
        """The API server's address, as the login names it."""
        return (await self._logged_in()).url

    async def server(self) -> str:
        """Which API server the login speaks to: its address, and whom it trusts to vouch for it."""
        login = await self._logged_in()
        return f"{login.url}, CA {login.ca}" if login.ca else login.url

    async def _ask(
        self,
        method: str,
        path: str,
        query: dict[str, str | int],
        body: Json | None = None,
        content_type: str = "application/json",
        read: Callable[[bytes], Any] = decode,
    ) -> Json:
        response = await self._send(method, path, query, body, content_type)
        with self._sentences(path):
            raw = await response.read()
            told = await in_thread(read, raw) if len(raw) > LARGE else read(raw)
            if not isinstance(told, dict):
                raise ValueError("not an object")
        return told

    async def _send(
        self,
        method: str,
        path: str,
        query: dict[str, str | int],
        body: Json | None = None,
        content_type: str = "application/json",
        read_s: float | None = None,
    ) -> ClientResponse:
        """The answer to a request that was granted, its body still to be read."""
        fresh = self._login is None or method == "PATCH"
        while True:
            login = await self._logged_in()
            with self._sentences(path, login):
                response = await login.send(
                    method, path + ("?" + urlencode(query) if query else ""), body, content_type,
                    (CONNECT_S, read_s or READ_S),
                )  # fmt: skip
                if response.status < 400:
                    return response
                told = await self._status(response)
            failure = refusal(self.cluster, method, path, response.status, told, login.cure)
            if not isinstance(failure, AuthExpired):
                raise failure
            self._drop(login)  # the next request looks for a renewed login
            if fresh:
                raise failure
            fresh = True

    @staticmethod
    async def _status(response: ClientResponse) -> Json:
        try:
            told = json.loads(await response.read())
        except ValueError:  # a proxy or a load balancer in between speaks HTML
            return {}
        return told if isinstance(told, dict) else {}

    def _sentences(self, path: str, login: Login | None = None) -> AbstractContextManager[None]:
        def unreachable() -> None:
            if login:
                self._drop(login)  # the address may have changed

        return sentences(self.cluster, path, login.url if login else path, unreachable)

    def _drop(self, login: Login) -> None:
        if self._login is login:
            self._login = None
            self._retired.append(login)

    async def _logged_in(self) -> Login:
        async with self._lock:
            login = self._login
            if login and login.expires and login.expires - RENEW_BEFORE < real_now():
                self._drop(login)
            if self._login is None:
                made = await self._log_in()
                # Others may still read through the login before this one, not the ones before it.
                while len(self._retired) > 1:
                    await self._retired.pop(0).close()
                self._login = made
            return self._login

    async def _log_in(self) -> Login:
        cluster = self._clients.estate.kubernetes[self.cluster]
        proxy = self._clients.estate.proxy
        if cluster.eks and not cluster.kubeconfig:
            from console.kubernetes.eks import ask

            told = await ask(cluster.eks, self._clients.aws)
            return await in_thread(_open, "from_eks", self.cluster, told, proxy)
        return await in_thread(
            _open, "from_kubeconfig", self.cluster, cluster.kubeconfig, cluster.context, proxy
        )


def _open(way: str, *arguments: Any) -> Login:
    """For a thread: importing the Kubernetes client alone takes a third of a second."""
    from console.kubernetes import login

    opened: Login = getattr(login, way)(*arguments)
    return opened
