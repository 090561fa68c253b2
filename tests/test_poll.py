"""Polling: what failed keeps its rows and their age, and nothing that hangs holds the program."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from console import poll as room
from console.model import Ref, Row, Severity, Snapshot
from console.poll import AuthExpired, Failed, Part, in_thread, optional, poll, poll_once

LIMIT = 7.0  # seconds of a read
AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ROWS = (Row(ref=Ref("lamp", "sakai/prod", "1"), at=AT, severity=Severity.OK),)


class Source:
    """A part whose answers are a script; the last of them stays."""

    def __init__(self, *answers: tuple[Row, ...] | BaseException) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def fetch(self) -> tuple[Row, ...]:
        self.asked += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, BaseException):
            raise answer
        return answer


def part(fetch: room.Fetch, interval: float = 0.01, timeout: float = LIMIT) -> Part:
    return Part("lamps", "a/r", interval, fetch, timeout)


async def test_a_failed_poll_keeps_the_rows_and_the_old_time() -> None:
    source = Source(ROWS, Failed("the API said no", "ask again"))
    good = await poll_once(part(source.fetch))
    bad = await poll_once(part(source.fetch), good)
    assert (bad.rows, bad.taken_at) == (ROWS, good.taken_at)
    assert bad.trouble is not None
    assert (bad.trouble.message, bad.trouble.cure) == ("the API said no", "ask again")


async def test_trouble_counts_from_its_first_failure_and_ends_with_an_answer() -> None:
    source = Source(Failed("first"), AuthExpired("second", "aws sso login"), ROWS)
    first = await poll_once(part(source.fetch))
    second = await poll_once(part(source.fetch), first)
    third = await poll_once(part(source.fetch), second)
    assert first.trouble is not None
    assert second.trouble is not None
    assert second.trouble.since == first.trouble.since
    assert (first.trouble.auth_expired, second.trouble.auth_expired) == (False, True)
    assert (third.trouble, third.rows) == (None, ROWS)


async def test_an_answer_that_does_not_come_is_said_with_its_time_out() -> None:
    async def hangs() -> tuple[Row, ...]:
        await asyncio.Event().wait()
        return ()

    late = await poll_once(part(hangs, timeout=0.01))
    assert late.trouble is not None
    assert late.trouble.message == "no answer in 0.01 s"


TOLD: dict[str, tuple[BaseException, str]] = {
    "a vendor's own time-out is not the part's": (TimeoutError("connect"), "TimeoutError: connect"),
    "an error without words": (ConnectionResetError(), "ConnectionResetError"),
    "a mistake in a source": (KeyError("State"), "KeyError: 'State'"),
    "a client closed under the read": (
        asyncio.CancelledError(),
        "the connection was closed meanwhile",
    ),
}


@pytest.mark.parametrize("caption", TOLD)
async def test_any_failure_is_trouble_and_none_ends_the_poll(caption: str) -> None:
    error, message = TOLD[caption]
    found = await poll_once(part(Source(error).fetch))
    assert found.trouble is not None
    assert found.trouble.message == message


async def test_a_poll_that_is_cancelled_ends() -> None:
    entered = asyncio.Event()

    async def hangs() -> tuple[Row, ...]:
        entered.set()
        await asyncio.Event().wait()
        return ()

    task = asyncio.create_task(poll_once(part(hangs)))
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@asynccontextmanager
async def polling(of: Part, wake: asyncio.Event) -> AsyncIterator[asyncio.Queue[Snapshot]]:
    seen: asyncio.Queue[Snapshot] = asyncio.Queue()
    task = asyncio.create_task(poll(of, seen.put_nowait, wake))
    try:
        yield seen
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_wake_asks_at_once() -> None:
    source, wake = Source(ROWS), asyncio.Event()
    async with polling(part(source.fetch, interval=3600), wake) as seen:
        await seen.get()
        wake.set()
        await asyncio.wait_for(seen.get(), 1)
    assert source.asked == 2
    assert not wake.is_set()


async def test_a_wake_asks_at_once_also_while_it_backs_off() -> None:
    source, wake = Source(Failed("no"), Failed("no"), ROWS), asyncio.Event()
    async with polling(part(source.fetch, interval=3600), wake) as seen:
        for _ in range(2):
            await seen.get()
            wake.set()
        assert (await asyncio.wait_for(seen.get(), 1)).trouble is None


PAUSES: dict[str, tuple[float, int, list[float]]] = {
    "what is asked often heals soon": (5.0, 5, [5, 10, 15, 15, 15]),
    "a slow source doubles up to a minute": (300.0, 6, [5, 10, 20, 40, 60, 60]),
    "a night of failures": (5.0, 2000, [5, 10] + [15] * 1998),
}


@pytest.mark.parametrize("caption", PAUSES)
async def test_back_off_is_capped(caption: str, monkeypatch: pytest.MonkeyPatch) -> None:
    interval, failures, expected = PAUSES[caption]
    pauses: list[float] = []
    limit = asyncio.timeout

    def at_once(seconds: float) -> asyncio.Timeout:
        """No pause lasts; a read keeps its own limit."""
        if seconds != LIMIT:
            pauses.append(seconds)
            return limit(0)
        return limit(seconds)

    monkeypatch.setattr(asyncio, "timeout", at_once)
    of = part(Source(Failed("no")).fetch, interval=interval, timeout=LIMIT)
    async with polling(of, asyncio.Event()) as seen:
        while len(pauses) < failures:
            await seen.get()
    assert pauses[:failures] == expected


async def test_a_blocking_read_gives_its_answer_or_its_error() -> None:
    assert await in_thread(int, "7") == 7
    with pytest.raises(ValueError, match="seven"):
        await in_thread(int, "seven")


def leaves() -> None:
    raise SystemExit(3)


@pytest.mark.parametrize("call", [lambda: next(iter(())), leaves], ids=["StopIteration", "exit"])
async def test_what_a_future_cannot_carry_does_not_hang_its_reader(
    call: Callable[[], None],
) -> None:
    with pytest.raises(RuntimeError):
        await asyncio.wait_for(in_thread(call), 5)


async def test_the_loop_runs_on_while_a_read_blocks() -> None:
    free = threading.Event()
    read = asyncio.create_task(in_thread(free.wait, 10))
    for _ in range(50):
        await asyncio.sleep(0)
    assert not read.done()
    free.set()
    assert await read


async def test_an_answer_after_its_time_out_is_dropped() -> None:
    free = threading.Event()
    late = await poll_once(part(lambda: in_thread(free.wait, 10), timeout=0.01))  # type: ignore[arg-type]
    free.set()
    await asyncio.sleep(0.05)
    assert late.trouble is not None
    assert late.rows == ()


HANGS = """
import asyncio, time
from console.poll import Part, in_thread, poll
asked = asyncio.Event()
async def fetch():
    asyncio.get_running_loop().call_later(0.1, asked.set)
    return await in_thread(time.sleep, {sleep})
async def main():
    task = asyncio.create_task(poll(Part("s", "p", 1, fetch, 30), id))
    await asked.wait()
    task.cancel()
asyncio.run(main())
print(time.time(), flush=True)
{after}
"""


def run_and_time(sleep: float, after: str = "") -> tuple[float, str]:
    """Seconds from the end of the program's loop to the end of its process, and its stderr."""
    code = HANGS.format(sleep=sleep, after=after)
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30
    )
    return time.time() - float(run.stdout), run.stderr


def test_a_read_that_hangs_does_not_delay_quitting() -> None:
    idle, _ = run_and_time(0)
    seconds, said = run_and_time(25)
    assert seconds < idle + 1, "a process takes a moment to end, and no more for the read"
    assert said == ""


def test_a_read_that_ends_after_the_loop_says_nothing_on_the_terminal() -> None:
    _, said = run_and_time(0.4, after="time.sleep(0.6)")
    assert said == ""


async def test_what_others_can_do_without_is_left_out_with_its_reason() -> None:
    async def read(error: Exception | None = None) -> int:
        if error is not None:
            raise error
        return 7

    assert await optional(read()) == (7, "")
    assert await optional(read(Failed("not allowed"))) == (None, "not allowed")
    with pytest.raises(AuthExpired):
        await optional(read(AuthExpired("logged out")))
    with pytest.raises(KeyError):
        await optional(read(KeyError("a mistake of ours")))
