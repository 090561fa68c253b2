"""The lab's chat server: incoming webhooks, what they were sent, and how they fail on demand."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from aiohttp import web

from console.lab.requests import RequestLog


@dataclass(slots=True)
class Chat:
    """`POST /hook/CHANNEL {"text"}` as chat servers take it; `GET /messages` for the judge.

    `fault`: drop (takes it, cuts the connection), silent (takes it, never answers), or an HTTP
    status, with which it takes nothing.
    """

    log: RequestLog
    messages: list[dict[str, str]] = field(default_factory=list)
    fault: str = ""

    def app(self) -> web.Application:
        """The web application, ready to be served."""
        app = web.Application()
        app.router.add_post("/hook/{channel}", self._hook)
        app.router.add_get("/messages", self._messages)
        return app

    def env(self, url: str) -> dict[str, str]:
        """Where a contact's webhook is."""
        return {"ONCALL_WEBHOOK": f"{url}/hook"}

    async def _hook(self, request: web.Request) -> web.StreamResponse:
        channel, body = request.match_info["channel"], await request.json()
        self.log.add("webhook", "POST", {"channel": channel}, self.fault)
        if self.fault.isdigit():
            elsewhere = {"Location": str(request.url.with_path("/hook/elsewhere"))}
            return web.Response(status=int(self.fault), text="no", headers=elsewhere)
        self.messages.append({"channel": channel, "text": body["text"]})
        if self.fault == "silent":
            await asyncio.sleep(3600)
        if self.fault == "drop" and request.transport:
            request.transport.abort()
        return web.Response(text="ok")

    async def _messages(self, _: web.Request) -> web.Response:
        return web.json_response(self.messages)
