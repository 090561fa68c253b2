"""Sidekiq per application: its queues, who works them off, what nobody does; from `hosts`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.aws.series import Sign, because, worst
from console.model import Board, Ref, Row, Severity, Snapshot
from console.model.words import lasting
from console.poll import Derived, Given

if TYPE_CHECKING:
    from console.aws.reading import Queue, Redis
    from console.config import Estate
    from console.sources.caches import Cache
    from console.sources.hosts import Host

HOSTS, CACHES = "hosts", "caches"
LATE_S = 900.0  # a job of a queue that nobody serves has waited this long: somebody misses it


@dataclass(frozen=True, slots=True, kw_only=True)
class Sidekiq(Row):
    """Sidekiq per application: its queues, and who works them off."""

    site: str
    env: str
    app: str
    """The application's name, as the machine says it; else its Redis."""
    processes: int | None = None
    busy: int | None = None
    waiting: int | None = None
    oldest_s: float | None = None
    """How long the oldest job has waited."""
    unserved: tuple[str, ...] = ()
    """Queues with jobs in them that no process works off."""
    retry: int | None = None
    schedule: int | None = None
    queues: tuple[str, ...] = ()
    redis: str | None = None
    machines: tuple[str, ...] = ()
    """Those that use it."""


class Sidekiqs(Derived):
    """One row an application, however many machines it runs on."""

    name = "sidekiq"
    row: type[Row] = Sidekiq
    inputs = (HOSTS, CACHES)

    def derive(self, board: Board, given: Given) -> tuple[Row, ...]:
        """What the machine that was read last says of each Redis, by the site it belongs to."""
        seen: dict[tuple[str, int], list[tuple[Host, Redis]]] = {}
        for host in board.rows(HOSTS):
            for redis in host.redis:  # type: ignore[attr-defined]
                seen.setdefault((redis.run_id, redis.db), []).append((host, redis))  # type: ignore[arg-type]
        caches: Sequence[Cache] = board.rows(CACHES)  # type: ignore[assignment]
        return tuple(_row(pairs, caches) for pairs in seen.values())

    def part(self, row: Row, estate: Estate) -> str:
        """The account × Region it was read in."""
        assert isinstance(row, Sidekiq)
        environment = estate.sites[row.site].environments[row.env]
        return f"{environment.account}/{environment.region}"

    def parts(self, snapshot: Snapshot, given: Given) -> tuple[str, ...]:
        """The caches say only whose a Redis is: they neither age nor freshen it."""
        return (snapshot.part,) if snapshot.source == HOSTS else ()


def _row(pairs: Sequence[tuple[Host, Redis]], caches: Sequence[Cache]) -> Sidekiq:
    host, redis = max(pairs, key=lambda pair: pair[0].at)
    cache = next((one for one in caches if redis.is_of(one.cluster_id)), None)
    home = host if cache is None or cache.ref.scope not in host.scopes else cache
    name = redis.host.partition(".")[0]
    app = redis.app or (f"{name}/{redis.db}" if redis.db else name)
    now = host.at.timestamp()
    ages = [now - one.oldest_at for one in redis.each if one.waiting and one.oldest_at]
    oldest = max(0.0, *ages) if ages else None
    alone = tuple(_unserved(redis))
    told = list(_signs(redis, alone, now))
    return Sidekiq(
        ref=Ref("sidekiq", home.ref.scope, app),
        at=host.at,
        owner=host.owner,
        severity=worst(told),
        because=because(told),
        missing={} if oldest is not None or redis.waiting else {"oldest_s": "no job waits"},
        serves=() if home is cache else host.serves,
        site=home.site,
        env=home.env,
        app=app,
        processes=redis.processes,
        busy=sum(one.busy for one in redis.workers),
        waiting=redis.waiting,
        oldest_s=oldest,
        unserved=tuple(one.name for one in alone),
        retry=redis.retry,
        schedule=redis.schedule,
        queues=tuple(f"{one.name} {one.waiting}" for one in redis.each),
        redis=name,
        machines=tuple(dict.fromkeys(one.name for one, _ in pairs)),
    )


def _unserved(redis: Redis) -> Iterator[Queue]:
    """Queues with jobs that no process takes from; of version 1 nobody knows who serves what."""
    served = {name for one in redis.workers for name in one.queues}
    for queue in redis.each:
        if queue.waiting and queue.name not in served and (served or not redis.processes):
            yield queue


def _signs(redis: Redis, unserved: Sequence[Queue], now: float) -> Iterator[Sign]:
    if not redis.processes:
        yield _nobody(redis, now)
        return
    for queue in unserved:
        age = now - queue.oldest_at if queue.oldest_at else None
        late = age is not None and age > LATE_S
        waits = f", the oldest for {lasting(age)}" if age is not None else ""
        said = f"no process serves the queue {queue.name}: {queue.waiting} jobs wait{waits}"
        yield Severity.CRITICAL if late else Severity.WARNING, said


def _nobody(redis: Redis, now: float) -> Sign:
    if not redis.waiting:
        return Severity.WARNING, "no Sidekiq process runs; no job waits yet"
    since = [now - one.oldest_at for one in redis.each if one.waiting and one.oldest_at]
    waits = f", the oldest for {lasting(max(since))}" if since else ""
    return Severity.CRITICAL, f"no Sidekiq process runs: {redis.waiting} jobs wait{waits}"
