"""Kafka for tests: a stand-in, and real brokers where Java and Maven are."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeAlias

import pytest

from console.lab.kafka import Kafka
from console.lab.kafka.apache import ApacheKafka
from console.lab.kafka.standin import StandIn

Brokers: TypeAlias = Callable[[], AbstractAsyncContextManager[Kafka]]


@pytest.fixture(params=["stand-in", "apache"])
def brokers(request: pytest.FixtureRequest) -> Brokers:
    """Opens three running brokers inside the test's own loop: `async with brokers() as kafka`."""

    @asynccontextmanager
    async def shared() -> AsyncIterator[Kafka]:
        yield real

    @asynccontextmanager
    async def own() -> AsyncIterator[Kafka]:
        kafka = StandIn()
        await kafka.start()
        try:
            yield kafka
        finally:
            await kafka.close()

    if request.param == "stand-in":
        return own
    real: ApacheKafka = request.getfixturevalue("apache")
    return shared
