"""The estate's HTTP services: devices, offre, Camunda, and the maker's shop, CRM and MES."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from aiohttp import web

from console.clock import Clock
from console.lab.requests import RequestLog

SERVICES = ("devices", "offre", "camunda", "shop", "crm", "mes", "events")
TOKEN = "lab-devices"  # of deviceManagement
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
EACH_S = 18.0  # an order comes so often
PAGE = 500
STAGES = ("shop", "crm", "mes")
DEVICES, ASLEEP = 412, 6
BIG, DROP_S = 1 << 16, 0.05
Answer = web.StreamResponse
Next = Callable[[web.Request], Awaitable[Answer]]


@dataclass(slots=True)
class Orders:
    """Orders come all the time; some never get to MES, some are calculated for long."""

    clock: Clock
    lost: set[int] = field(default_factory=set)
    slow: dict[int, float] = field(default_factory=dict)
    """Number → seconds on its way to MES."""
    each_s: float = EACH_S

    def number(self, at: datetime) -> int:
        """The last one that a customer had sent by then."""
        return int((at - EPOCH).total_seconds() // self.each_s)

    def at(self, stage: str, since: datetime) -> Iterator[tuple[str, datetime]]:
        """Key and time of all that came to a stage since then."""
        now = self.clock.now()
        for number in range(self.number(since) - 200, self.number(now) + 1):
            if stage == "mes" and number in self.lost:
                continue
            took = self.slow.get(number, 0.0) if stage == "mes" else 0.0
            came = EPOCH + timedelta(seconds=number * self.each_s + took)
            if since <= came <= now:
                yield f"A-{number}", came


@dataclass(slots=True)
class Web:
    """`/SERVICE/health`, `/devices/summary`, `/STAGE/orders?since=&page=`, `/events?mark=`.

    `faults`, a service's: slow, dead, drip, cut, deny, lie (a web page), types, empty, endless,
    elsewhere (a redirect to another host), circle, or a status such as 500.
    """

    log: RequestLog
    clock: Clock
    orders: Orders = field(init=False)
    down: set[str] = field(default_factory=set)
    """Services that say themselves that they are not well."""
    polite: set[str] = field(default_factory=set)
    """Of those, the ones that say so with HTTP 200."""
    faults: dict[str, str] = field(default_factory=dict)
    asleep: int = ASLEEP
    marks: dict[str, datetime] = field(default_factory=dict)
    """Of test alarms: when each came to be an event."""
    guests: list[dict[str, str]] = field(default_factory=list)
    """The headers of whoever came by a redirect from elsewhere."""
    late_fault: int = 0
    """The status of every page of a list but the first; 0 = all are well."""

    def __post_init__(self) -> None:
        self.orders = Orders(self.clock)

    def app(self) -> web.Application:
        """The web application, ready to be served."""
        app = web.Application(middlewares=[self._door])
        app.router.add_get("/devices/summary", self._devices)
        app.router.add_get("/events", self._events)
        app.router.add_get("/elsewhere", self._guest)
        app.router.add_get("/{service}/health", self._health)
        app.router.add_get("/{service}/orders", self._orders)
        return app

    def env(self, url: str) -> dict[str, str]:
        """Where each of them is, and the token that one of them wants."""
        found = {f"ONCALL_{name.upper()}_URL": f"{url}/{name}" for name in SERVICES}
        return found | {"ONCALL_DEVICES_TOKEN": TOKEN}

    def calm(self) -> None:
        """As on a quiet day."""
        self.down.clear()
        self.polite.clear()
        self.orders.lost.clear()
        self.orders.slow.clear()
        self.asleep = ASLEEP

    @web.middleware
    async def _door(self, request: web.Request, handler: Next) -> Answer:
        service = request.path.split("/")[1]
        fault = self.faults.get(service, "")
        self.log.add("http", f"GET {request.path}", dict(request.query), fault)
        if fault:
            return await self._failing(request, fault, handler)
        return await handler(request)

    async def _failing(self, request: web.Request, fault: str, go_on: Next) -> Answer:
        if fault.isdigit():
            return web.Response(status=int(fault), text="no")
        if fault in ("elsewhere", "circle"):
            local = f"http://localhost:{request.url.port}/elsewhere"
            to = local if fault == "elsewhere" else str(request.url)
            return web.Response(status=302, headers={"Location": to})
        if fault == "slow":
            await asyncio.sleep(0.3)
            return await go_on(request)
        if fault == "dead":
            await asyncio.sleep(3600)
        if fault == "deny":
            return web.Response(status=401, text="no")
        if fault == "lie":
            return web.Response(text="<!doctype html><p>Please log in", content_type="text/html")
        if fault == "empty":
            return web.json_response({"orders": []})
        if fault == "types":
            told = {"status": 7, "inactive": "many", "total": None, "orders": {"a": 1}}
            return web.json_response(told)
        return await self._torrent(request, fault)

    @staticmethod
    async def _torrent(request: web.Request, fault: str) -> Answer:
        """Too much (endless), too slowly (drip), or too little (cut)."""
        answer = web.StreamResponse(headers={"Content-Type": "application/json"})
        if fault == "cut":
            answer.content_length = 1000
        await answer.prepare(request)
        await answer.write(b'{"status":')
        while fault != "cut":
            await answer.write(b" " * (BIG if fault == "endless" else 1))
            await asyncio.sleep(0 if fault == "endless" else DROP_S)
        if request.transport:
            request.transport.abort()
        return answer

    async def _guest(self, request: web.Request) -> Answer:
        self.guests.append(dict(request.headers))
        return web.json_response({"status": "UP"})

    async def _health(self, request: web.Request) -> Answer:
        service = request.match_info["service"]
        if service not in SERVICES:
            raise web.HTTPNotFound
        well = service not in self.down
        told = {"status": "UP" if well else "DOWN"}
        return web.json_response(told, status=200 if well or service in self.polite else 503)

    async def _devices(self, request: web.Request) -> Answer:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return web.json_response({"error": "unauthorized"}, status=401)
        return web.json_response({"total": DEVICES, "inactive": self.asleep})

    async def _orders(self, request: web.Request) -> Answer:
        stage, page = request.match_info["service"], int(request.query.get("page", "1"))
        if stage not in STAGES:
            raise web.HTTPNotFound
        if stage in self.down:
            return web.json_response({"status": "DOWN"}, status=503)
        if page > 1 and self.late_fault:
            return web.Response(status=self.late_fault, text="no")
        since = datetime.fromisoformat(request.query["since"])
        every = list(self.orders.at(stage, since))
        some = every[(page - 1) * PAGE : page * PAGE]
        told: dict[str, object] = {
            "orders": [{"id": key, "created_at": at.isoformat()} for key, at in some]
        }
        if page * PAGE < len(every):
            told["next"] = str(request.rel_url.update_query(page=page + 1))
        return web.json_response(told)

    async def _events(self, request: web.Request) -> Answer:
        mark = request.query.get("mark", "")
        came = self.marks.get(mark)
        seen = came is not None and came <= self.clock.now()
        found = [{"id": mark, "at": came.isoformat()}] if seen and came else []
        return web.json_response({"events": found})
