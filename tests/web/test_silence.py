"""Hosts that let nobody in: one is down, all of them are our own network."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from console.clients import Clients
from console.clock import Clock
from console.config import Estate
from console.model import Snapshot
from console.poll import Context, poll_once
from console.sources.http import Http, HttpCheck
from console.web import client
from tests.web.desk import desk


@contextmanager
def silent(host: str) -> Iterator[str]:
    """The address of a port that takes no connection and refuses none: its queue is full."""
    with ExitStack() as stack:
        door = stack.enter_context(socket.socket())
        door.bind((host, 0))
        door.listen(0)
        for _ in range(3):
            guest = stack.enter_context(socket.socket())
            guest.setblocking(False)
            guest.connect_ex(door.getsockname())
        yield f"http://{host}:{door.getsockname()[1]}/"


async def polled(*urls: str) -> list[Snapshot]:
    """Every address asked at once, by one console."""
    checks = {f"c{n}": {"url": url, "scope": "eks"} for n, url in enumerate(urls)}
    estate = Estate.model_validate({"estate": {"name": "e", "title": "E"}, "http": checks})
    context = Context(estate, Clients(estate), Clock())
    try:
        return await asyncio.gather(*map(poll_once, Http().parts(context)))
    finally:
        await context.clients.close()


async def test_where_every_host_is_silent_nobody_knows_how_they_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client, "CONNECT_S", 1.0)
    with silent("127.0.0.1") as one, silent("127.0.0.2") as other:
        for seen in await polled(one, other):
            assert not seen.rows and seen.trouble
            assert "as everywhere else (is the VPN up?)" in seen.trouble.message


async def test_where_one_host_of_several_is_silent_it_is_that_host(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client, "CONNECT_S", 1.0)
    with silent("127.0.0.2") as one:
        async with desk() as lab:
            seen, well = await polled(one, f"{lab.url}/offre/health")
    (row,), (fine,) = seen.rows, well.rows
    assert isinstance(row, HttpCheck) and isinstance(fine, HttpCheck)
    assert (row.state, fine.state) == ("unreachable", "ok") and "no connection" in str(row.because)
