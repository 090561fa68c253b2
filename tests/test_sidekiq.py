"""Sidekiq of several applications on several machines: one row each, by who serves what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

import pytest

from console.aws.reading import Queue, Redis, Silent, Worker
from console.checklist.advance import read
from console.commands.init import shipped
from console.config import load
from console.config.cases import Case
from console.config.schema import Estate, Identity
from console.match import Memory, Policy, find
from console.model import Board, Now, Ref, Run, Severity, Snapshot
from console.poll import Given
from console.sources.caches import Cache
from console.sources.hosts import Host
from console.sources.sidekiq import Sidekiq, Sidekiqs

AT = datetime(2026, 3, 10, 3, 30, tzinfo=UTC)
OLD = AT.timestamp() - 1200
WEB = Worker("web", ("default", "mailers"), 3)


def redis(*each: Queue, workers: tuple[Worker, ...] = (WEB,), **more: Any) -> Redis:
    told = {"host": "sakai-prod-redis.x.cache.amazonaws.com", "run_id": "1" * 40, "db": 0}
    told |= {"uptime_s": 1, "used_mb": 1, "retry": 0, "schedule": 0, "processes": len(workers)}
    return Redis(**(told | {"each": each, "workers": workers} | more))  # type: ignore[arg-type]


def host(name: str, *each: Redis | Silent, age_s: float = 0) -> Host:
    return Host(
        ref=Ref("host", "sakai/prod", name),
        at=AT - timedelta(seconds=age_s),
        serves=("kawasaki/prod",),
        site="sakai",
        env="prod",
        instance_id=name,
        name=name,
        boot_id="1" * 32,
        uses=each,
    )


def unread(name: str, why: str = "SSM's agent does not answer") -> Host:
    bare = replace(host(name), boot_id=None, severity=Severity.UNKNOWN, because=(why,))
    return replace(bare, missing={"boot_id": why})


def shipped_case() -> Case:
    return load(shipped(), environ={}).cases["sidekiq-nobody"]


def seen(*hosts: Host, before: Sequence[Sidekiq] = ()) -> list[Sidekiq]:
    board = Board().with_(Snapshot("hosts", "p", 1800.0, AT, hosts))
    board = board.with_(Snapshot("sidekiq", "p", 1800.0, AT, tuple(before)))
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


NOBODY = redis(Queue("default", 7, OLD), workers=())
MUTE = Silent("sakai-prod-redis.x.cache.amazonaws.com")
RUN = Run(
    id="1", case="sidekiq-nobody", title="t", finding="sidekiq-nobody@sakai/prod",
    scope="sakai/prod", since=AT, opened_at=AT,
    evidence=(Ref("sidekiq", "sakai/prod", "sakai-prod-redis"),),
)  # fmt: skip
SERVED = redis(Queue("default", 7, AT.timestamp() - 9))
IDLE = redis(Queue("old", 0), workers=(), app="idle", db=1)
CACHE = redis(workers=(), app="cache", db=2)
ENDS: list[tuple[str, tuple[Redis | Silent, ...], str, str]] = [
    ("all is worked off", (SERVED,), "YES", "YES"),
    ("beside an idle application and a cache", (SERVED, IDLE, CACHE), "YES", "YES"),
    ("nobody serves it yet", (NOBODY, IDLE), "NO", "NO"),
    ("it has begun", (redis(Queue("default", 7, OLD)),), "YES", "NO"),
    ("its Redis is silent", (MUTE,), "UNKNOWN", "UNKNOWN"),
    ("its Redis was emptied, and nobody runs", (redis(workers=()),), "NO", "UNKNOWN"),
    ("its queue was emptied, and nobody runs", (redis(Queue("q", 0), workers=()),), "NO", "YES"),
]


@pytest.mark.parametrize(("what", "uses", "runs", "drained"), ENDS, ids=[e[0] for e in ENDS])
def test_the_case_ends_when_every_queue_is_served_and_drained(
    what: str, uses: tuple[Redis | Silent, ...], runs: str, drained: str
) -> None:
    case = shipped_case()
    rows = seen(host("web-1", *uses), before=seen(host("web-1", NOBODY)))
    board = Board().with_(Snapshot("sidekiq", "p", 1800.0, AT, tuple(rows)))
    for name, wanted in (("runs", runs), ("drained", drained)):
        step = case.step(name)
        condition = step and (step.check or step.wait)
        assert condition is not None
        said = read(RUN, case, board, Now(AT, AT), condition, Policy())
        assert said.truth.name == wanted, (name, said.told)


UNREAD: list[tuple[str, Host, str]] = [
    ("its Redis does not answer", host("web-1", MUTE), "sakai-prod-redis does not answer"),
    ("its machine does not", unread("web-1"), "web-1: SSM's agent does not answer"),
    ("its machine is stopped", unread("web-1", "it is stopped"), "web-1: it is stopped"),
]


@pytest.mark.parametrize(("what", "now", "why"), UNREAD, ids=[one[0] for one in UNREAD])
def test_what_was_bad_and_cannot_be_read_is_unknown_and_never_gone(
    what: str, now: Host, why: str
) -> None:
    (row,) = seen(now, before=seen(host("web-1", NOBODY)))
    assert (row.app, row.severity.name) == ("sakai-prod-redis", "UNKNOWN")
    assert (row.processes, row.waiting, row.unserved_jobs, row.queues) == (None, None, None, ())
    assert why in row.because[0] and why in row.missing["processes"]
    assert seen(now, before=[row]) == [row], "nor with the next reading"


def test_a_finding_of_what_cannot_be_read_any_more_stays() -> None:
    case = shipped_case()
    memory = Memory()
    before: list[Sidekiq] = []
    for now in (host("web-1", NOBODY), unread("web-1"), host("web-1", MUTE), unread("web-1")):
        before = seen(now, before=before)
        board = Board().with_(Snapshot("sidekiq", "p", 1800.0, AT, tuple(before)))
        findings, memory = find([case], board, memory, Now(AT, AT), Policy())
        assert {one.scope for one in findings} == {"sakai/prod", "kawasaki/prod"}


def test_what_another_machine_tells_or_nobody_uses_any_more_is_not_kept() -> None:
    before = seen(host("web-1", NOBODY), host("web-2", NOBODY))
    (row,) = seen(unread("web-1"), host("web-2", redis(Queue("default", 0))), before=before)
    assert (row.severity.name, row.waiting) == ("OK", 0)
    assert seen(host("web-1"), host("web-2"), before=before) == []
    assert seen(host("web-9"), before=before) == [], "its machines are gone"


def test_where_no_machine_was_ever_read_nobody_knows_what_waits() -> None:
    (row,) = seen(unread("web-1"), unread("web-2"))
    assert (row.app, row.severity.name) == ("?", "UNKNOWN")
    assert row.machines == ("web-1", "web-2")
    rows = seen(host("web-1", NOBODY), unread("web-2"), before=[row])
    assert [(one.app, one.readers[0].name) for one in rows] == [
        ("sakai-prod-redis", "web-1"),
        ("?", "web-2"),
    ]


def test_a_machine_that_was_never_read_may_run_what_the_others_do_not() -> None:
    case = shipped_case()
    step = case.step("runs")
    assert step is not None and step.check is not None
    mine, well = redis(Queue("default", 7, OLD), workers=(), app="orders"), redis(app="permits")
    well = replace(well, host="permits.x.cache.amazonaws.com", run_id="2" * 40)
    both = seen(host("web-1", well), host("web-2", mine))
    for before in (both, []):  # the same console, and one that was started since
        rows = seen(host("web-1", well), unread("web-2"), before=before)
        assert [one.severity.name for one in rows] == ["OK", "UNKNOWN"], before
        board = Board().with_(Snapshot("sidekiq", "p", 1800.0, AT, tuple(rows)))
        run = replace(RUN, evidence=(rows[0].ref,))
        assert read(run, case, board, Now(AT, AT), step.check, Policy()).truth.name == "UNKNOWN"


def test_whom_another_machine_speaks_for_is_not_unknown_as_long_as_it_lasts() -> None:
    before = seen(host("web-1", NOBODY), host("web-2", NOBODY))
    for _ in range(3):
        before = seen(unread("web-1"), host("web-2", NOBODY), before=before)
        assert [one.app for one in before] == ["sakai-prod-redis"]


def test_the_sidekiq_of_a_shared_cache_is_of_the_sites_that_the_cache_serves() -> None:
    name = "sakai-prod-redis"
    cache = Cache(
        ref=Ref("cache", "sakai/prod", name), at=AT, owner="ours", serves=("negishi/prod",),
        site="sakai", env="prod", cluster_id=name,
    )  # fmt: skip
    board = Board().with_(Snapshot("hosts", "p", 1800.0, AT, (host("web-1", NOBODY),)))
    board = board.with_(Snapshot("caches", "p", 1800.0, AT, (cache,)))
    given = Given(Estate(estate=Identity(name="t", title="T")), Now(AT, AT), MappingProxyType({}))
    (row,) = Sidekiqs().derive(board, given)
    assert row.scopes == ("sakai/prod", "negishi/prod")


def test_a_redis_that_is_nothing_but_a_cache_has_no_sidekiq() -> None:
    assert seen(host("web-1", redis(workers=()))) == []


def test_a_sidekiq_whose_redis_was_emptied_is_still_one() -> None:
    before = seen(host("web-1", redis(Queue("default", 7))))
    before = seen(host("web-1", MUTE), before=before)
    (row,) = seen(host("web-1", redis(workers=())), before=before)
    assert (row.processes, row.waiting, row.severity.name) == (0, 0, "WARNING")
    assert (row.oldest_s, row.unserved_jobs, row.unserved_s) == (None, None, None)
    assert "emptied" in row.missing["unserved_jobs"] and "emptied" in row.missing["oldest_s"]


def test_where_nothing_waits_the_oldest_job_is_of_no_age() -> None:
    (row,) = seen(host("web-1", redis(Queue("default", 0))))
    assert (row.oldest_s, row.unserved_jobs, row.unserved_s) == (0.0, 0, 0.0)
    (row,) = seen(host("web-1", redis(Queue("default", 3))))
    assert row.oldest_s is None and "since when" in row.missing["oldest_s"]


def test_jobs_that_nobody_takes_are_counted_beside_those_that_somebody_does() -> None:
    (row,) = seen(host("web-1", redis(Queue("permits", 4, OLD), Queue("default", 9, OLD - 60))))
    assert (row.unserved_jobs, row.unserved_s, row.oldest_s) == (4, 1200, 1260)
    (old,) = seen(host("web-1", redis(Queue("0", 7), workers=(), processes=2)))
    assert old.unserved_jobs is None and "version 1" in old.missing["unserved_jobs"]


def test_two_redis_of_one_application_and_site_are_two_rows_with_names_of_their_own() -> None:
    other = {"host": "jobs.x.cache.amazonaws.com", "run_id": "2" * 40}
    jobs = redis(Queue("default", 1), app="permits", **other)
    mine = redis(Queue("default", 2), app="permits")
    rows = seen(host("web-1", mine, jobs))
    assert [(row.ref.name, row.waiting) for row in rows] == [
        ("permits/sakai-prod-redis", 2),
        ("permits/jobs", 1),
    ]
    local = {"host": "localhost", "app": "permits"}
    here, there = (redis(Queue("q", n), run_id=str(n) * 40, **local) for n in (1, 2))
    rows = seen(host("web-1", here), host("web-2", there))
    assert [row.app for row in rows] == ["permits/localhost@web-1", "permits/localhost@web-2"]
    one, two = (replace(host(id), name="web") for id in ("i-1", "i-2"))
    rows = seen(replace(one, uses=(here,)), replace(two, uses=(there,)))
    assert [row.app for row in rows] == ["permits/localhost@i-1", "permits/localhost@i-2"]
