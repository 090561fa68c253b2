"""An estate with a few HTTP checks, and the lab's own services to answer them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from console.clients import Clients
from console.clock import Clock
from console.config import Estate
from console.lab.door import Door
from console.lab.requests import RequestLog
from console.lab.web import TOKEN, Web
from console.model import Snapshot
from console.poll import Context, poll_once
from console.sources.http import Http, HttpCheck


@dataclass
class Desk:
    """The services, and how to ask one of them."""

    web: Web
    url: str
    clock: Clock

    async def ask(self, path: str, **check: Any) -> Snapshot:
        """One poll of one check."""
        url = path if "://" in path else f"{self.url}{path}"
        return await ask({"url": url, "scope": "eks", **check}, self.clock)

    async def rows(self, path: str, **check: Any) -> list[HttpCheck]:
        """Its rows; the poll itself must not fail."""
        seen = await self.ask(path, **check)
        assert seen.trouble is None, seen.trouble
        return [row for row in seen.rows if isinstance(row, HttpCheck)]

    async def row(self, path: str, **check: Any) -> HttpCheck:
        """The row of the address itself."""
        return (await self.rows(path, **check))[0]


async def ask(check: dict[str, Any], clock: Clock | None = None) -> Snapshot:
    """One poll of a check of this shape."""
    estate = Estate.model_validate({"estate": {"name": "e", "title": "E"}, "http": {"it": check}})
    context = Context(estate, Clients(estate), clock or Clock())
    (part,) = Http().parts(context)
    try:
        return await poll_once(part)
    finally:
        await context.clients.close()


@asynccontextmanager
async def desk(clock: Clock | None = None) -> AsyncIterator[Desk]:
    """The lab's services on a port of their own."""
    clock = clock or Clock()
    web = Web(RequestLog(clock), clock)
    door = Door(web.app())
    await door.open()
    try:
        yield Desk(web, door.url, clock)
    finally:
        await door.close()


BEARER = {"auth": {"bearer": TOKEN}}
"""What deviceManagement wants."""
