"""One local web server on a free port: every HTTP part of the lab stands behind one."""

from __future__ import annotations

from aiohttp import web


class Door:
    """An aiohttp application on 127.0.0.1; `url` is known once it is open."""

    def __init__(self, app: web.Application) -> None:
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        self.url = ""

    async def open(self) -> None:
        """Listen on a port the system chooses."""
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"

    async def close(self) -> None:
        """Stop listening and end every connection."""
        await self._runner.cleanup()
