"""Log groups that write more than is read, fail in between, or give nothing for a while."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from console.closer import logs
from console.config.logs import LogGroup
from console.model.closer import Line
from console.poll import Throttled


class Busy:
    """CloudWatch with a group of so many lines a second, which it gives in pages; seldom empty."""

    def __init__(self, rate: int) -> None:
        self.step, self.failures, self.empty = 1000 // rate, 0, 0

    async def call(self, *_: str, **asked: Any) -> dict[str, Any]:
        if self.failures:
            self.failures -= 1
            raise Throttled("AWS throttles logs:FilterLogEvents")
        page = int(asked.get("nextToken", 0))
        if self.empty:
            return {"events": [], "nextToken": str(page + 1)}
        first, last = -(-asked["startTime"] // self.step), asked["endTime"] // self.step
        every = range(first, last + 1) if asked["startFromHead"] else range(last, first - 1, -1)
        here = every[page * asked["limit"] :][: asked["limit"]]
        events = [{"eventId": str(n), "timestamp": n * self.step, "message": "m"} for n in here]
        return {"events": events} | (
            {"nextToken": str(page + 1)} if here and here[-1] != every[-1] else {}
        )


@dataclass
class Bare:
    """What a look at a log group needs of a context; its clock goes on with each look."""

    aws: Busy
    at: datetime = datetime(2026, 11, 22, 12, tzinfo=UTC)

    @property
    def clients(self) -> Bare:
        return self

    @property
    def clock(self) -> Bare:
        return self

    def now(self) -> datetime:
        self.at += timedelta(seconds=10)
        return self.at


def watched(aws: Busy, follow: bool) -> AsyncGenerator[Line, None]:
    group = LogGroup(of="alarms", account="a", region="r", group="g")
    bare = Bare(aws)
    look = logs.LogLook(group, bare.at - timedelta(minutes=30), bare.at)
    return look.read(bare, follow)  # type: ignore[arg-type]


@pytest.mark.parametrize("rate", [50, 100, 200, 1000])
async def test_a_followed_log_group_never_runs_backwards_however_much_is_written(
    rate: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "FOLLOW_S", 0)
    told = list[Line]()
    async with aclosing(watched(Busy(rate), follow=True)) as lines:
        while len(told) < 40_000:
            told.append(await anext(lines))
    times = [line.at for line in told if line.at]
    assert times == sorted(set(times)), "in order, and none twice"
    gaps = {after - before for before, after in pairwise(times)}
    assert gaps == {timedelta(milliseconds=1000 // rate)}, "and none is missing"
    behind = [line.text for line in told if line.text.startswith("behind by")]
    assert bool(behind) == (rate > 50), behind


async def test_a_followed_log_group_outlives_a_throttled_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(logs, "FOLLOW_S", 0)
    aws = Busy(1)
    async with aclosing(watched(aws, follow=True)) as lines:
        told = [await anext(lines) for _ in range(1801)]
        aws.failures = 3
        told += [await anext(lines) for _ in range(20)]
        assert [line.text for line in told if line.tone] == [
            "AWS throttles logs:FilterLogEvents; asked again"
        ]
        aws.failures = 6
        with pytest.raises(Throttled):
            while True:
                await anext(lines)


async def test_empty_pages_with_more_to_come_are_no_empty_log() -> None:
    aws = Busy(1)
    aws.empty = 1
    (line,) = [line async for line in watched(aws, follow=False)]
    assert "not known" in line.text and "no line" not in line.text


def test_one_group_with_two_patterns_is_two_choices() -> None:
    bare = Bare(Busy(1))
    groups = [
        LogGroup(of="alarms", account="a", region="r", group="g", pattern=p) for p in ("", "ERROR")
    ]
    first, second = (logs.LogLook(one, bare.at, bare.at).choice for one in groups)
    assert first.id != second.id and second.title == "log group g · ERROR"
