"""Real brokers: what only real ones do, and how soon."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.lab.kafka import jars
from console.lab.kafka.apache import ApacheKafka, NotStarted


async def test_a_broker_that_is_killed_comes_back_on_its_port(apache: ApacheKafka) -> None:
    before = apache.pids
    await apache.kill_broker(2)
    assert 2 not in apache.pids
    await apache.start_broker(2)
    assert set(apache.pids) == set(before)
    assert apache.pids[2] != before[2]


async def test_creating_a_topic_twice_is_refused_with_kafkas_reason(apache: ApacheKafka) -> None:
    await apache.create_topics({"lab.twice": (2, 3)})
    with pytest.raises(NotStarted, match=r"lab\.twice"):
        await apache.create_topics({"lab.twice": (2, 3)})


def test_without_java_the_reason_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert jars.missing_tools() == "java and mvn not installed"
    assert jars.available() == "java not installed"


def test_a_maven_that_fails_is_reported_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for tool, body in (("java", "exit 0"), ("mvn", "echo '[ERROR] no route to host'; exit 1")):
        (tmp_path / tool).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / tool).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(jars.NoJars, match=r"could not fetch Apache Kafka .*no route to host"):
        jars.fetch(say=lambda text: None)
    assert list(jars.home().parent.iterdir()) == [], "no half-made directory stays"
