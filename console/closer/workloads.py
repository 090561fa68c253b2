"""A Deployment looked at closely: the logs of its Pods, of lives that ended too, and its events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from console.closer.lens import NoMore
from console.closer.lines import Splitter, said, stamped, toned
from console.kubernetes.closer import Log, concerns, event, logs, replica_sets, wordless
from console.kubernetes.pods import deployment_of
from console.kubernetes.raw import Json, each, table, text
from console.kubernetes.refusal import Refused, Unanswered
from console.model import Row
from console.model.closer import Choice, Line
from console.poll import Context, Failed
from console.sources.workloads import Workload

if TYPE_CHECKING:
    from console.kubernetes import KubernetesApi

TAIL = 1000  # lines
MOST_BYTES = 16 << 20  # of a log that is not followed
PAUSE_S, PAUSES = 1.0, 5  # after a break: 1, 2, 4, 8, 16 s, and then it is given up
READ_S, QUIET_S = 10.0, 300.0  # seconds in which nothing comes
PAGE, PAGES = 250, 8  # of the namespace's events
EVENTS = "events"


class WorkloadLens(NoMore):
    """One choice a container and life, one for the events."""

    def __init__(self) -> None:
        self._logs: dict[str, Log] = {}

    async def choices(self, row: Row, context: Context) -> tuple[Choice, ...]:
        """How lives ended, then the events, then the logs of what runs."""
        row = _workload(row)
        api = context.clients.kubernetes(row.cluster)
        pods = await _pods(api, row)
        found = logs(pods)
        self._logs = {log.id: log for log in found}
        shown = [_choice(log, row.namespace) for log in found]
        telling = 0 if wordless(pods) else max(sum(log.rank < 6 for log in found), 1)
        say = f"at most {PAGE * PAGES:,} events of namespace {row.namespace}; a cluster keeps 1 h"
        events = Choice(EVENTS, "events of its objects", say=say)
        return (*shown[:telling], events, *shown[telling:])

    async def read(
        self, row: Row, choice: Choice, follow: bool, context: Context
    ) -> AsyncGenerator[Line, None]:
        """A log, or the events."""
        row = _workload(row)
        api = context.clients.kubernetes(row.cluster)
        log = self._logs.get(choice.id)
        if log is None:
            for line in await _events(api, row):
                yield line
            return
        path = f"/api/v1/namespaces/{quote(row.namespace)}/pods/{quote(log.pod)}/log"
        reading = _followed(api, path, log, row) if follow else _once(api, path, log)
        async with aclosing(reading) as lines:
            async for line in lines:
                yield line


def _workload(row: Row) -> Workload:
    if not isinstance(row, Workload) or not row.namespace:
        raise Failed(f"{row.ref.name}: it was found in no namespace")
    return row


def _choice(log: Log, namespace: str) -> Choice:
    which = "before it ended: " if log.previous else ""
    say = f"the last {TAIL:,} lines at most of pods/log in {namespace}"
    title = f"{log.pod} · {log.container} · {which}{log.word}"
    return Choice(log.id, title, log.at, say, follows=not log.previous)


async def _pods(api: KubernetesApi, row: Workload) -> list[Json]:
    """The Deployment's own Pods, asked by its selector where that is plain labels."""
    space = f"/namespaces/{quote(row.namespace)}"
    found = await api.get(f"/apis/apps/v1{space}/deployments/{quote(row.deployment)}")
    labels = table(found, "spec", "selector", "matchLabels")
    query = {"labelSelector": ",".join(f"{key}={value}" for key, value in labels.items())}
    if each(found, "spec", "selector", "matchExpressions"):
        query = {}
    pods = await api.items(f"/api/v1{space}/pods", **query)
    return [pod for pod in pods if deployment_of(pod) == (row.namespace, row.deployment)]


def _asked(log: Log) -> dict[str, str | int]:
    asked: dict[str, str | int] = {"container": log.container, "timestamps": "true"}
    return asked | ({"previous": "true"} if log.previous else {})


async def _once(api: KubernetesApi, path: str, log: Log) -> AsyncGenerator[Line, None]:
    splitter, size, seen = Splitter(), 0, 0
    query = _asked(log) | {"tailLines": TAIL, "limitBytes": MOST_BYTES}
    try:
        async with aclosing(api.stream(path, READ_S, **query)) as pieces:
            async for piece in pieces:
                size += len(piece)
                for line in splitter.feed(piece):
                    seen += 1
                    yield toned(stamped(line))
    except Refused as refused:
        raise _plain(refused, log) from None
    for line in splitter.end():
        seen += 1
        yield stamped(line)
    if size >= MOST_BYTES:
        yield said(f"the answer was cut after {MOST_BYTES >> 20} MB: the newest lines are missing")
    if not seen:
        yield said("this log is empty")


async def _followed(
    api: KubernetesApi, path: str, log: Log, row: Workload
) -> AsyncGenerator[Line, None]:
    """From the newest lines on, over broken connections, until the container ends."""
    since: dict[str, str | int] = {"tailLines": TAIL}
    last, broken = datetime.min.replace(tzinfo=UTC), 0
    while True:
        splitter, resumed = Splitter(), last
        asked = _asked(log) | {"follow": "true"} | since
        try:
            async with aclosing(api.stream(path, QUIET_S, **asked)) as pieces:
                async for piece in pieces:
                    broken = 0
                    for line in map(stamped, splitter.feed(piece)):
                        if line.at is None or line.at > resumed:
                            last = line.at or last
                            yield toned(line)
            why = await _ended(api, row, log)
            for raw in splitter.end():
                yield stamped(raw)
            yield said(f"the log ends here: {why}")
            return
        except Refused as refused:
            raise _plain(refused, log) from None
        except Unanswered as error:
            if broken == PAUSES:
                raise
            if broken == 0:
                yield said(f"{error}; it is followed again from there")
            await asyncio.sleep(PAUSE_S * 2**broken)
            broken += 1
            if last.year > 1:
                since = {"sinceTime": last.strftime("%Y-%m-%dT%H:%M:%SZ")}


async def _ended(api: KubernetesApi, row: Workload, log: Log) -> str:
    """Why a log came to its end, as its Pod has it; Unanswered where the container still runs."""
    found = {one.id: one for one in logs(await _pods(api, row))}
    now, before = found.get(log.id), found.get(f"{log.id}/before")
    if now is None:
        return f"Pod {log.pod} is gone"
    if now.runs and now.at == (log.at or now.at):
        raise Unanswered("the log broke off although its container runs")
    if not now.runs and now.at:
        return f"the container ended: {now.word}"
    how = f"the container ended: {before.word}" if before else "this life of the container is over"
    return f"{how}; now it is {now.word}" if now.runs else f"{how}; it waits: {now.word}"


def _plain(refused: Refused, log: Log) -> Failed:
    """The kubelet's words where they are the plain truth; a Pod that is gone is said to be."""
    if refused.status == 404:
        return Failed(f"Pod {log.pod} is gone, and its logs with it")
    if refused.status == 400 and log.previous:
        return Failed(f"the log of the life before is no longer kept ({refused})")
    return refused


async def _events(api: KubernetesApi, row: Workload) -> list[Line]:
    """What the cluster remembers of its objects, oldest first."""
    path = f"/api/v1/namespaces/{quote(row.namespace)}/events"
    found, page, more = list[Json](), dict[str, str | int](), True
    for _ in range(PAGES):
        answer = await api.get(path, limit=PAGE, **page)
        found += each(answer, "items")
        token = text(answer, "metadata", "continue")
        more, page = bool(token), {"continue": token}
        if not more:
            break
    sets = replica_sets(row.deployment, await _pods(api, row), found)
    own = (event(one) for one in found if concerns(row.deployment, sets, one))
    told = sorted(own, key=lambda one: one.order)
    lines = [Line(one.said, one.at, "warning" if one.warning else "") for one in told]
    if not lines:
        lines = [said("no event of its objects: a cluster forgets them after an hour as a rule")]
    if more:
        lines.append(said(f"the namespace has more than {PAGE * PAGES:,} events: some are missing"))
    return lines
