"""Applications by the Redis that their machines use, and what Sidekiq does in each. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from console.aws.reading import Redis, Silent, redis_name
from console.aws.series import Sign
from console.model import Row, Severity
from console.model.words import lasting

if TYPE_CHECKING:
    from console.aws.reading import Queue
    from console.sources.caches import Cache
    from console.sources.hosts import Host

EMPTIED = "its Redis was emptied: nobody knows whether jobs were lost with it"
LATE_S = 900.0  # a job of a queue that nobody serves has waited this long: somebody misses it
Pair = tuple["Host", "Redis | Silent"]


@dataclass(frozen=True, slots=True)
class Application:
    """One Redis: the machines that use it, with what it told each of them."""

    pairs: tuple[Pair, ...]
    home: Row
    """Whose it is: its cache, else the machine that was read last."""
    name: str = ""

    @property
    def redis(self) -> Redis | None:
        """What it told the machine that was read last; None while it is silent to all."""
        told = [pair for pair in self.pairs if isinstance(pair[1], Redis)]
        return max(told, key=lambda pair: pair[0].at)[1] if told else None  # type: ignore[return-value]

    @property
    def address(self) -> str:
        """Its Redis, in a word."""
        return redis_name(self.pairs[0][1])

    @property
    def silence(self) -> str:
        """Which machines it does not tell everything, and why."""
        address = self.address
        each = ((host, one) for host, one in self.pairs if isinstance(one, Silent))
        whys = (f"{address} {one.why} (asked by {host.name})" for host, one in each)
        return "; ".join(dict.fromkeys(whys))

    @property
    def host(self) -> Host:
        """The machine that was read last, of those that it told anything."""
        return max(self.pairs, key=lambda pair: (isinstance(pair[1], Redis), pair[0].at))[0]

    @property
    def names(self) -> tuple[str, ...]:
        """What it may be called, the shortest first; the last is one machine's alone."""
        one, redis = self.pairs[0][1], self.address
        app = one.app or redis
        longer = f"{app}/{redis}" if one.app else redis
        host = self.host
        return app, longer, f"{longer}@{host.name}", f"{longer}@{host.ref.name}"


def applications(hosts: Iterable[Row], caches: Iterable[Row]) -> Iterator[Application]:
    """Each Redis once, under a name that no other of its site has."""
    known = {one.cluster_id: one for one in cast("Iterable[Cache]", caches)}
    found = [_at_home(tuple(pairs), known) for pairs in _by_redis(cast("Iterable[Host]", hosts))]
    names = [one.names for one in found]
    used = [Counter[tuple[str, str]]() for _ in names[0]] if names else []
    for one, own in zip(found, names, strict=True):
        for level, name in zip(used, own, strict=True):
            level[one.home.ref.scope, name] += 1
    for one, own in zip(found, names, strict=True):
        scope = one.home.ref.scope
        free = (name for level, name in zip(used, own, strict=True) if level[scope, name] < 2)
        yield Application(one.pairs, one.home, next(free, own[-1]))


def _by_redis(hosts: Iterable[Host]) -> Iterable[list[Pair]]:
    """A Redis is told by its run_id, whatever it is called; a silent one by its address."""
    pairs: list[Pair] = [(host, one) for host in hosts for one in host.uses]
    known = {_address(*pair): (r.run_id, r.db) for pair in pairs if isinstance(r := pair[1], Redis)}
    found: dict[tuple[object, ...], list[Pair]] = {}
    for pair in pairs:
        address = _address(*pair)
        found.setdefault(known.get(address, address), []).append(pair)
    return found.values()


def _address(host: Host, one: Redis | Silent) -> tuple[object, ...]:
    local = "." not in one.host or one.host.startswith("127.")
    return one.host, one.db, host.ref if local else None


def _at_home(pairs: tuple[Pair, ...], caches: Mapping[str, Cache]) -> Application:
    host = Application(pairs, pairs[0][0]).host
    cache = next((caches[w] for w in pairs[0][1].host.split(".") if w in caches), None)
    mine = cache is not None and cache.ref.scope in host.scopes
    return Application(pairs, cache if cache is not None and mine else host)


def told(redis: Redis, now: float) -> tuple[dict[str, Any], list[Sign], dict[str, str]]:
    """What Sidekiq does in a Redis, what speaks against it, and why a fact is not known.

    `now`: epoch, s, by the estate's clock.
    """
    known = _facts(redis, now)
    missing = _gaps(known)
    if redis.is_bare:  # nothing in it, and nobody at it: no proof that anything was worked off
        emptied = ("oldest_s", "unserved_jobs", "unserved_s")
        known, missing = known | dict.fromkeys(emptied), missing | dict.fromkeys(emptied, EMPTIED)
    return known, list(_signs(redis, now)), missing


def _facts(redis: Redis, now: float) -> dict[str, Any]:
    alone = tuple(_unserved(redis))
    named_ones = bool(redis.workers or not redis.processes)  # version 1 does not say who serves
    busy = [one.busy for one in redis.workers if one.busy is not None]
    return {
        "processes": redis.processes,
        "busy": sum(busy) if len(busy) == len(redis.workers) else None,
        "waiting": redis.waiting,
        "oldest_s": _oldest(redis.each, now),
        "unserved": tuple(one.name for one in alone),
        "unserved_jobs": sum(one.waiting for one in alone) if named_ones else None,
        "unserved_s": _oldest(alone, now) if named_ones else None,
        "retry": redis.retry,
        "schedule": redis.schedule,
        "dead": redis.dead,
        "queues": tuple(f"{one.name} {one.waiting}" for one in redis.each),
    }


def _gaps(told: dict[str, Any]) -> dict[str, str]:
    said = {
        "busy": "a process does not say how many it works on",
        "oldest_s": "the jobs do not say since when they wait",
        "unserved_jobs": "the read-only document's version 1 does not say who serves what",
        "dead": "not read",
    }
    said["unserved_s"] = said["oldest_s" if told["unserved_jobs"] else "unserved_jobs"]
    return {fact: why for fact, why in said.items() if told[fact] is None}


def _oldest(queues: Sequence[Queue], now: float) -> float | None:
    """How long the oldest job has waited; 0 where none waits, None where it does not say."""
    waiting = [one for one in queues if one.waiting]
    ages = [now - one.oldest_at for one in waiting if one.oldest_at]
    return max(0.0, *ages) if ages else None if waiting else 0.0


def _unserved(redis: Redis) -> Iterator[Queue]:
    """Queues with jobs that no process takes from; of version 1 nobody knows who serves what."""
    served = {name for one in redis.workers for name in one.queues}
    for queue in redis.each:
        if queue.waiting and queue.name not in served and (served or not redis.processes):
            yield queue


def _signs(redis: Redis, now: float) -> Iterator[Sign]:
    if not redis.processes:
        yield _nobody(redis, now)
        return
    for queue in _unserved(redis):
        age = _oldest([queue], now)
        waits = f", the oldest for {lasting(age)}" if age is not None else ""
        said = f"no process serves the queue {queue.name}: {queue.waiting} jobs wait{waits}"
        yield Severity.CRITICAL if (age or 0) > LATE_S else Severity.WARNING, said


def _nobody(redis: Redis, now: float) -> Sign:
    if not redis.waiting:
        return Severity.WARNING, "no Sidekiq process runs; no job waits yet"
    age = _oldest(redis.each, now)
    waits = f", the oldest for {lasting(age)}" if age is not None else ""
    return Severity.CRITICAL, f"no Sidekiq process runs: {redis.waiting} jobs wait{waits}"
