"""Small estates with one Kafka cluster, and a context to poll it in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from console.clients import Clients
from console.clock import Clock
from console.config import Estate
from console.kafka.pool import BrokerPool
from console.lab.kafka.standin import StandIn
from console.poll import Context


def estate(bootstrap: str, **cluster: Any) -> Estate:
    """One cluster named `prod`; `accounts` may be given beside its settings."""
    accounts = cluster.pop("accounts", {})
    return Estate.model_validate(
        {
            "estate": {"name": "test", "title": "Test"},
            "accounts": accounts,
            "kafka": {"prod": {"bootstrap": bootstrap, **cluster}},
        }
    )


@asynccontextmanager
async def three_brokers() -> AsyncIterator[StandIn]:
    """The stand-in, stopped at the end."""
    kafka = StandIn()
    await kafka.start()
    try:
        yield kafka
    finally:
        await kafka.close()


@asynccontextmanager
async def pool_on(bootstrap: str, **cluster: Any) -> AsyncIterator[BrokerPool]:
    """A pool, closed at the end."""
    pool = BrokerPool("prod", estate(bootstrap, **cluster))
    try:
        yield pool
    finally:
        await pool.close()


@asynccontextmanager
async def context_on(
    bootstrap: str, state: Path | None = None, clock: Clock | None = None, **cluster: Any
) -> AsyncIterator[Context]:
    """What a source is given, closed at the end."""
    whole = estate(bootstrap, **cluster)
    context = Context(whole, Clients(whole), clock or Clock(), state)
    try:
        yield context
    finally:
        await context.clients.close()
