"""A shift made up: boards on which brokers change, parts fail and recover, findings come and go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from console.clock import Clock
from console.model import Board, Finding, Ref, Severity, Snapshot, Trouble
from console.recording.recorder import Recorder
from console.recording.shelf import Keep
from console.recording.values import Title
from console.sources.kafka_brokers import Broker

START = datetime(2026, 3, 28, 20, 0, tzinfo=UTC)
TITLE = Title("refinery", "Europe/Paris", "0.1.0")
CLUSTERS = ("orders", "alarms")


class Ticking:
    """A clock that a test moves."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def pass_(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def recorder(state: Path, now: Ticking, keep: Keep | None = None) -> Recorder:
    return Recorder(state, TITLE, Clock(), state / "journal.jsonl", keep, now=now)


def broker(cluster: str, number: int, at: datetime, random: Random) -> Broker:
    up = random.random() > 0.1
    return Broker(
        ref=Ref("broker", cluster, str(number)),
        at=at,
        cluster=cluster,
        broker_id=number,
        up=up,
        since=at - timedelta(seconds=random.randrange(100)),
        leaders=random.randrange(1000),
        severity=Severity.OK if up else Severity.CRITICAL,
        because=() if up else (f"broker {number} is down",),
        missing={} if up else {"leaders": "it does not answer"},
    )


def snapshot(cluster: str, at: datetime, random: Random) -> Snapshot:
    rows = tuple(broker(cluster, number, at, random) for number in range(1, 4))
    trouble = Trouble("time-out", at) if random.random() < 0.05 else None
    return Snapshot("kafka_brokers", cluster, 5.0, at, rows, trouble)


def shift(seed: int, moments: int, now: Ticking, step: float = 5.0) -> Iterator[Board]:
    """Boards one after the other, the clock `step` seconds further before each."""
    random, board = Random(seed), Board()
    for _ in range(moments):
        now.pass_(step)
        board = board.with_(snapshot(random.choice(CLUSTERS), now.at, random))
        if random.random() < 0.1:
            found = Finding("broker-down", "A broker is down", "orders", Severity.CRITICAL, now.at)
            board = replace(board, findings=() if board.findings else (found,))
        yield board
