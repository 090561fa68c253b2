"""Kafka for tests: a stand-in, and real brokers where Java and Maven are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeAlias

import pytest

from console.lab.kafka import Kafka, jars
from console.lab.kafka.apache import ApacheKafka
from console.lab.kafka.standin import StandIn

Brokers: TypeAlias = Callable[[], AbstractAsyncContextManager[Kafka]]


@pytest.fixture(scope="session")
def apache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApacheKafka]:
    """Three real brokers; every test uses topics and groups of its own and leaves all brokers up.

    ApacheKafka is tied to no event loop, so tests may each run their own.
    """
    if reason := jars.missing_tools():
        pytest.skip(f"Apache Kafka: {reason}")
    jars.fetch()
    kafka = ApacheKafka(tmp_path_factory.mktemp("kafka") / "data")
    asyncio.run(kafka.start())
    yield kafka
    asyncio.run(kafka.close())


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
