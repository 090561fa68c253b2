"""Kafka for tests: real brokers, started once for the whole session, where Java and Maven are."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from console.lab.kafka import jars
from console.lab.kafka.apache import ApacheKafka


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
