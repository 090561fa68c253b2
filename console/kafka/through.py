"""The way through a tunnel that leaves the broker its own name."""

from __future__ import annotations

import asyncio
from typing import Any

from console.kafka.values import Address


class Through:
    """The event loop as one connection sees it: dials `via`, under the advertised name.

    So SNI and the certificate check keep the broker's own name through a tunnel.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, via: Address) -> None:
        self._loop, self._via = loop, via

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loop, name)

    async def create_connection(self, protocol: Any, host: str, port: int, *, ssl: Any) -> Any:
        name = host if ssl else None
        return await self._loop.create_connection(
            protocol, self._via.host, self._via.port, ssl=ssl, server_hostname=name
        )
