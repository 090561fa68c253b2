"""Sidekiq per application: its queues, who works them off, what nobody does; from `hosts`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

from console.model import HIDDEN, Board, Ref, Row, Severity, Snapshot, fact_names
from console.poll import Derived, Given

if TYPE_CHECKING:
    from console.aws.applications import Application
    from console.config import Estate
    from console.sources.hosts import Host

HOSTS, CACHES = "hosts", "caches"
SOMETHING = "?"
"""The name of whatever an unread machine runs, where no reading ever told."""
NAMED = frozenset({"site", "env", "app", "redis", "machines"})
"""What a row keeps while nothing is known of it."""


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
    """How long the oldest job has waited; 0 where none waits."""
    unserved: tuple[str, ...] = ()
    """Queues with jobs in them that no process works off."""
    unserved_jobs: int | None = None
    unserved_s: float | None = None
    """How long the oldest of these jobs has waited."""
    retry: int | None = None
    schedule: int | None = None
    dead: int | None = None
    """Jobs that were given up."""
    queues: tuple[str, ...] = ()
    redis: str | None = None
    machines: tuple[str, ...] = ()
    """Those that use it."""
    readers: tuple[Ref, ...] = field(default=(), metadata=HIDDEN)
    """The same, as rows of `hosts`."""
    proven: bool = field(default=False, metadata=HIDDEN)
    """Something of Sidekiq's was seen in this Redis: emptied, it still is one."""


class Sidekiqs(Derived):
    """One row an application, however many machines it runs on.

    What was there and cannot be read now stays, as unknown: a row that vanished would clear what
    was found of it.
    """

    name = "sidekiq"
    row: type[Row] = Sidekiq
    inputs = (HOSTS, CACHES)

    def derive(self, board: Board, given: Given) -> tuple[Row, ...]:
        """What the machine that was read last says of each Redis, by the site it belongs to."""
        from console.aws.applications import applications  # not before the first frame

        before = {row.ref: row for row in board.rows(self.name) if isinstance(row, Sidekiq)}
        told = (_row(one, before) for one in applications(board.rows(HOSTS), board.rows(CACHES)))
        unread = [host for host in _hosts(board) if host.boot_id is None]
        rows = {row.ref: _read(row, before, unread) for row in told if row is not None}
        kept = {row.ref: row for row in _kept(before.values(), rows.values(), unread)}
        return tuple((rows | kept | _untold(unread, [*rows.values(), *kept.values()])).values())

    def part(self, row: Row, estate: Estate) -> str:
        """The account × Region it was read in."""
        assert isinstance(row, Sidekiq)
        environment = estate.sites[row.site].environments[row.env]
        return f"{environment.account}/{environment.region}"

    def parts(self, snapshot: Snapshot, given: Given) -> tuple[str, ...]:
        """The caches say only whose a Redis is: they neither age nor freshen it."""
        return (snapshot.part,) if snapshot.source == HOSTS else ()


def _hosts(board: Board) -> list[Host]:
    return cast("list[Host]", list(board.rows(HOSTS)))


def _row(app: Application, before: Mapping[Ref, Sidekiq]) -> Sidekiq | None:
    """An application as it is; None for a Redis in which there never was a Sidekiq."""
    from console.aws import applications as of
    from console.aws.series import because, worst

    host, redis, now = app.host, app.redis, app.host.at.timestamp()
    ref = Ref("sidekiq", app.home.ref.scope, app.name)
    proven = (ref in before and before[ref].proven) or (redis is not None and not redis.is_bare)
    if redis is not None and not proven:
        return None
    facts, told, missing = of.told(redis, now) if redis is not None else ({}, [], {})
    home = cast("Host", app.home)
    row = Sidekiq(
        ref=ref,
        at=host.at,
        owner=host.owner,
        severity=worst(told),
        because=because(told),
        missing=missing,
        serves=home.serves,
        site=home.site,
        env=home.env,
        app=app.name,
        redis=app.address,
        machines=tuple(dict.fromkeys(one.name for one, _ in app.pairs)),
        readers=tuple(dict.fromkeys(one.ref for one, _ in app.pairs)),
        proven=proven,
        **facts,
    )
    return _unknown(row, app.silence) if redis is None else row


def _read(row: Sidekiq, before: Mapping[Ref, Sidekiq], unread: Iterable[Host]) -> Sidekiq:
    """A row with those of its readers, too, that others speak for while they cannot be read."""
    was = before[row.ref].readers if row.ref in before else ()
    others = [host.ref for host in unread if host.ref in was]
    return replace(row, readers=tuple(dict.fromkeys((*row.readers, *others)))) if others else row


def _unknown(row: Sidekiq, why: str) -> Sidekiq:
    """A row of which nothing is known now."""
    facts = [name for name in fact_names(Sidekiq) if name not in NAMED]
    blank: dict[str, Any] = {name: () if name in ("unserved", "queues") else None for name in facts}
    missing = dict.fromkeys(facts, why)
    return replace(row, severity=Severity.UNKNOWN, because=(why,), missing=missing, **blank)


def _kept(
    before: Iterable[Sidekiq], rows: Iterable[Sidekiq], unread: Iterable[Host]
) -> Iterator[Sidekiq]:
    """What was there on machines that cannot be read now, and that no other machine tells of."""
    silent = {host.ref: host for host in unread}
    there = {(row.ref.scope, row.redis) for row in rows}
    for row in before:
        hosts = [silent[ref] for ref in row.readers if ref in silent]
        if hosts and row.app != SOMETHING and (row.ref.scope, row.redis) not in there:
            yield _unknown(replace(row, at=max(host.at for host in hosts)), _whys(hosts))


def _untold(unread: Iterable[Host], rows: Iterable[Sidekiq]) -> dict[Ref, Sidekiq]:
    """Of machines that no row speaks of: nobody knows what waits there."""
    told = {ref for row in rows for ref in row.readers}
    alone: dict[str, list[Host]] = {}
    for host in unread:
        if host.ref not in told:
            alone.setdefault(host.ref.scope, []).append(host)
    found = (_nothing(hosts) for hosts in alone.values())
    return {row.ref: row for row in found}


def _nothing(hosts: list[Host]) -> Sidekiq:
    host = max(hosts, key=lambda one: one.at)
    row = Sidekiq(
        ref=Ref("sidekiq", host.ref.scope, SOMETHING),
        at=host.at,
        owner=host.owner,
        serves=host.serves,
        site=host.site,
        env=host.env,
        app=SOMETHING,
        machines=tuple(one.name for one in hosts),
        readers=tuple(one.ref for one in hosts),
    )
    return _unknown(row, _whys(hosts))


def _whys(hosts: Iterable[Host]) -> str:
    return "; ".join(f"{host.name}: {' '.join(host.because)}" for host in hosts)
