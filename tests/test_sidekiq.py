"""Sidekiq of several applications on several machines: one row each, by who serves what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

import pytest

from console.aws.reading import Queue, Redis, Worker
from console.config.schema import Estate, Identity
from console.model import Board, Now, Ref, Snapshot
from console.poll import Given
from console.sources.hosts import Host
from console.sources.sidekiq import Sidekiq, Sidekiqs

AT = datetime(2026, 3, 10, 3, 30, tzinfo=UTC)
OLD = AT.timestamp() - 1200
WEB = Worker("web", ("default", "mailers"), 3)


def redis(*each: Queue, workers: tuple[Worker, ...] = (WEB,), **more: Any) -> Redis:
    told = {"host": "sakai-prod-redis.x.cache.amazonaws.com", "run_id": "1" * 40, "db": 0}
    told |= {"uptime_s": 1, "used_mb": 1, "retry": 0, "schedule": 0, "processes": len(workers)}
    return Redis(**(told | {"each": each, "workers": workers} | more))  # type: ignore[arg-type]


def host(name: str, *each: Redis, age_s: float = 0) -> Host:
    return Host(
        ref=Ref("host", "sakai/prod", name),
        at=AT - timedelta(seconds=age_s),
        serves=("kawasaki/prod",),
        site="sakai",
        env="prod",
        instance_id=name,
        name=name,
        redis=each,
    )


def seen(*hosts: Host) -> list[Sidekiq]:
    board = Board().with_(Snapshot("hosts", "p", 1800.0, AT, hosts))
    given = Given(Estate(estate=Identity(name="t", title="T")), Now(AT, AT), MappingProxyType({}))
    rows = Sidekiqs().derive(board, given)
    return [row for row in rows if isinstance(row, Sidekiq)]


SAID: list[tuple[str, Redis, str, str]] = [
    ("a long queue is worked off", redis(Queue("default", 9000, OLD)), "OK", ""),
    ("an empty queue that nobody serves", redis(Queue("old", 0)), "OK", ""),
    (
        "a queue that no process takes from",
        redis(Queue("permits", 4, AT.timestamp() - 60), Queue("default", 1)),
        "WARNING",
        "no process serves the queue permits: 4 jobs wait, the oldest for 60 s",
    ),
    ("and for long", redis(Queue("permits", 4, OLD)), "CRITICAL", "the oldest for 20 min"),
    (
        "no process at all",
        redis(Queue("default", 7, OLD), workers=()),
        "CRITICAL",
        "no Sidekiq process runs: 7 jobs wait, the oldest for 20 min",
    ),
    ("no process, and nothing waits", redis(Queue("default", 0), workers=()), "WARNING", "no job"),
    ("version 1 names no queue", redis(Queue("0", 7), workers=(), processes=2), "OK", ""),
]


@pytest.mark.parametrize(("what", "one", "severity", "said"), SAID, ids=[s[0] for s in SAID])
def test_a_queue_is_judged_by_who_serves_it(
    what: str, one: Redis, severity: str, said: str
) -> None:
    (row,) = seen(host("web-1", one))
    assert row.severity.name == severity
    assert said in "; ".join(row.because)


def test_one_redis_on_two_machines_is_one_application_as_read_last() -> None:
    older, newer = redis(Queue("default", 5)), redis(Queue("default", 8))
    (row,) = seen(host("web-1", older, age_s=600), host("web-2", newer))
    assert (row.waiting, row.machines, row.at) == (8, ("web-1", "web-2"), AT)


def test_two_applications_in_one_redis_are_two_rows() -> None:
    permits = redis(Queue("default", 5), app="permits", db=1, workers=())
    rows = seen(host("web-1", redis(Queue("default", 1)), permits))
    assert [(row.app, row.processes) for row in rows] == [("sakai-prod-redis", 1), ("permits", 0)]
    assert all(row.scopes == ("sakai/prod", "kawasaki/prod") for row in rows)
