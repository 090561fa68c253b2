"""CloudWatch Logs: groups whose lines follow from what alarms and canaries do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from console.lab.aws.call import Answer, Asked, Params, Refusal, page
from console.lab.world import Alarm, Canary, within

EVERY = 20  # seconds between two lines of a program that is well
STREAM = "platform-6f7c9"
JUNK: Answer = {
    "events": [
        {"message": "\x1b[31mred\x07\x00 [b]bold[/b]\u202e"},
        {"timestamp": 10**17, "message": "x" * 200_000},
    ],
    "nextToken": "again",
}
"""What a lying service answers, page after page: no end, no time, and what commands a terminal."""


def filter_log_events(asked: Asked, params: Params) -> Answer:
    """The lines of one group in a stretch of time; a pattern is words that a line must have."""
    name = params.get("logGroupName", "")
    whose = asked.world.log_groups.get((asked.account, asked.region, name))
    if whose is None:
        told = "The specified log group does not exist."
        raise Refusal("ResourceNotFoundException", told)
    if asked.lie:
        return JUNK
    start, end = _moment(params, "startTime"), _moment(params, "endTime", asked.now)
    if end < start or (end - start) > timedelta(days=1):
        raise Refusal("InvalidParameterException", "the lab reads a day at most")
    words = (params.get("filterPattern") or "").replace('"', "").split()
    lines = [
        (at, stream, text)
        for of, prefix in whose
        for at, stream, text in _lines(asked, of, prefix, start, end)
        if all(word in text for word in words)
    ]
    lines.sort(reverse=params.get("startFromHead") is False)
    events, token = page(lines, params, "limit", "nextToken", 10_000)
    listed = [
        {"logStreamName": stream, "timestamp": _ms(at), "ingestionTime": _ms(at), "message": text}
        for at, stream, text in events
    ]
    return {"events": listed, "searchedLogStreams": [], **token}


def _moment(params: Params, name: str, otherwise: datetime | None = None) -> datetime:
    ms = params.get(name)
    return datetime.fromtimestamp(ms / 1000, UTC) if ms is not None else otherwise or datetime.min


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


Logged = tuple[datetime, str, str]


def _lines(asked: Asked, of: str, prefix: str, start: datetime, end: datetime) -> Iterator[Logged]:
    world = asked.world
    if of == "canaries":
        for canary in within(world.canaries, asked.account, asked.region):
            if canary.name.startswith(prefix):
                yield from _runs(canary, start, end)
        return
    first = -(-start.timestamp() // EVERY) * EVERY
    for number in range(max(round((end.timestamp() - first) // EVERY) + 1, 0)):
        at = datetime.fromtimestamp(first + number * EVERY, UTC)
        yield at, STREAM, f"INFO  processed {40 + number % 7} messages"
    for alarm in within(world.alarms, asked.account, asked.region):
        if alarm.name.startswith(prefix) and alarm.state == "ALARM":
            yield from _complaints(alarm, start, end)


def _complaints(alarm: Alarm, start: datetime, end: datetime) -> Iterator[Logged]:
    """What a program says from shortly before its alarm on."""
    at = max(alarm.since - timedelta(minutes=2), start)
    while at <= end:
        yield at, STREAM, f"ERROR {alarm.name}: {alarm.reason}\n\tat platform.Health.check"
        at += timedelta(seconds=30)


def _runs(canary: Canary, start: datetime, end: datetime) -> Iterator[Logged]:
    number = -(-start.timestamp() // canary.every)
    while (at := datetime.fromtimestamp(number * canary.every, UTC)) <= end:
        outcome = canary.outcome(at)
        stream = f"{canary.name}-1"
        yield at, stream, f"INFO: start of canary {canary.name}"
        said = "INFO: passed" if outcome == "PASSED" else f"ERROR: {outcome}: answered KO"
        yield at + timedelta(seconds=12), stream, said
        number += 1


OPERATIONS = {"FilterLogEvents": filter_log_events}
