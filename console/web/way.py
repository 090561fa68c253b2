"""The way to an address: a session that sends nothing unasked, its proxy, and who is trusted on it.

`trust_env` would send what ~/.netrc has for the host, or refuse to send our own login beside it.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from yarl import URL

from console.poll import Failed, in_thread
from console.realm import is_local


def session(**more: Any) -> aiohttp.ClientSession:
    """Without cookies, and without whatever the environment knows of passwords."""
    return aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), trust_env=False, **more)


def through(url: str, proxy: str) -> str | None:
    """The proxy of an address: the estate's, else the environment's; none on this machine.

    Raises Failed where it is no address; what stands there may hold a password and is not told.
    """
    if is_local(url):
        return None
    if proxy:
        return _address(proxy, "the estate's proxy (estate.yaml, `proxy`)")
    parts = urlsplit(url)
    told = "" if proxy_bypass(parts.hostname or "") else getproxies().get(parts.scheme, "")
    return _address(told, "the environment's proxy") if told else None


def _address(told: str, whose: str) -> str:
    """With a scheme, as other programs take it without one."""
    address = told if "://" in told else f"http://{told}"
    try:
        URL(address)
        parts = urlsplit(address)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise Failed(f"{whose} is no address", "http://HOST:PORT")
    return address


class Trust:
    """Reading the authorities' certificates takes 20 ms and more: once, and on a thread."""

    def __init__(self) -> None:
        self._known: dict[str, ssl.SSLContext] = {}
        self._turn = asyncio.Lock()

    async def on(self, url: str, ca_bundle: str) -> ssl.SSLContext | bool:
        """What aiohttp is told of an address. Raises OSError (ssl.SSLError is one)."""
        if urlsplit(url).scheme != "https":
            return True
        async with self._turn:
            if ca_bundle not in self._known:
                made = await in_thread(ssl.create_default_context, cafile=ca_bundle or None)
                self._known[ca_bundle] = made
            return self._known[ca_bundle]
