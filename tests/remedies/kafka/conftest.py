"""A small Kafka to act on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeAlias

import pytest

from console.lab.kafka.standin import StandIn

Stage: TypeAlias = Callable[[], AbstractAsyncContextManager[StandIn]]


@pytest.fixture
def stage() -> Stage:
    """Three stand-in brokers with a topic `beats` of 120 records that `datajs` has not read."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[StandIn]:
        kafka = StandIn()
        await kafka.start()
        try:
            await kafka.create_topics({"beats": (3, 3), "more": (2, 3)})
            for name, many in (("beats", 40.0), ("more", 10.0)):
                for log in kafka.cluster.topics[name].logs:
                    log.end = many
            kafka.cluster.consume("datajs", ["beats"], members=0)
            yield kafka
        finally:
            await kafka.close()

    return opened
