"""Ask each part of each source on its own clock and publish what it saw. No Textual here."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from console.clock import Clock, real_now
from console.model import EMPTY, Board, Now, Row, Snapshot, Trouble
from console.model.issues import Issue

if TYPE_CHECKING:
    from console.clients import Clients
    from console.config import Estate
    from console.config.flows import Flow
    from console.config.planned import Window

T = TypeVar("T")
Fetch = Callable[[], Awaitable[tuple[Row, ...]]]
FIRST_RETRY, QUICK_CAP, BACK_OFF_CAP = 5.0, 15.0, 60.0  # seconds


class Failed(Exception):
    """A read failed; `str()` is the sentence for people, `cure` what to do about it."""

    def __init__(self, message: str, cure: str = "") -> None:
        super().__init__(message)
        self.cure = cure


class Throttled(Failed):
    """The vendor asks to be asked less."""


class AuthExpired(Failed):
    """The login ran out; `cure` is the command that renews it."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a source is given to make its parts from."""

    estate: Estate
    clients: Clients
    clock: Clock = field(default_factory=Clock)
    state: Path | None = None
    """The estate's state directory, or None for one look without history."""
    windows: Mapping[str, Window] = field(default_factory=lambda: EMPTY)
    """What is planned, by name."""
    flows: Mapping[str, Flow] = field(default_factory=lambda: EMPTY)
    """What passes through the estate, by name."""
    open: tuple[Window, ...] = ()
    """The planned windows that are open: they ask more often and judge more strictly."""

    def every(self, source: str, default: float) -> float:
        """Seconds between two polls of a source, as configured; open windows may want fewer."""
        asking = self.estate.sources.get(source)
        own = asking.every if asking else default
        return min([own, *(w.every[source] for w in self.open if source in w.every)])

    def timeout(self, source: str, default: float = 10.0) -> float:
        """Seconds an answer of a source may take, as configured."""
        asking = self.estate.sources.get(source)
        return asking.timeout if asking else default

    def part(
        self, source: str, name: str, fetch: Fetch, every: float, timeout: float = 10.0
    ) -> Part:
        """One thing that a source asks: so often and so patiently, where nothing is configured."""
        pace, patience = self.every(source, every), self.timeout(source, timeout)
        return Part(source, name, pace, fetch, patience)


@dataclass(frozen=True, slots=True)
class Part:
    """One thing to ask (an account × Region, a cluster), how often and how long to wait, in s."""

    source: str
    name: str
    interval: float
    fetch: Fetch
    timeout: float = 10.0


class Source(Protocol):
    """A kind of row that is polled; `parts` only builds, it does no I/O."""

    @property
    def name(self) -> str: ...
    @property
    def row(self) -> type[Row]: ...
    def parts(self, context: Context) -> Sequence[Part]: ...


@dataclass(frozen=True, slots=True)
class Given:
    """What a derivation knows besides the board: it has no clock and asks nobody."""

    estate: Estate
    now: Now
    windows: Mapping[str, Window] = field(default_factory=lambda: EMPTY)
    flows: Mapping[str, Flow] = field(default_factory=lambda: EMPTY)
    issues: tuple[Issue, ...] | None = None
    """The register of known issues, or None where none is read."""


class Derived(Protocol):
    """A kind of row computed from others: a pure function of the board."""

    @property
    def name(self) -> str: ...
    @property
    def row(self) -> type[Row]: ...
    @property
    def inputs(self) -> tuple[str, ...]: ...
    def derive(self, board: Board, given: Given) -> tuple[Row, ...]: ...
    def part(self, row: Row, estate: Estate) -> str: ...
    def parts(self, snapshot: Snapshot, given: Given) -> tuple[str, ...]:
        """The parts that a snapshot of an input speaks of: usually the one of its name."""
        return (snapshot.part,)

    @property
    def beside(self) -> Sequence[str]:
        """Inputs that are asked seldom: what they say counts, but they make nothing old."""
        return ()

    def ground(self, own: Sequence[Snapshot], given: Given) -> Sequence[Snapshot]:
        """Of a part's inputs, those that it is as old and as troubled as: usually all."""
        return [one for one in own if one.source not in self.beside] or own


async def in_thread(call: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """Run a blocking read off the loop, on a daemon thread that never delays quitting.

    `asyncio.to_thread` would: its pool is joined at exit, so one hung call holds the terminal.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(result: Any, error: BaseException | None) -> None:
        if done.done():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(result)

    def run() -> None:
        result: T | None = None
        error: BaseException | None = None
        try:
            result = call(*args, **kwargs)
        except (StopIteration, SystemExit) as caught:
            # a future cannot carry the one, a thread ends silently on the other: whoever
            # awaits would wait for ever
            error = RuntimeError(f"{name} raised {type(caught).__name__}")
        except Exception as caught:  # whatever the read raised is raised where it is awaited
            error = caught
        with suppress(RuntimeError):  # the loop was closed: nobody waits any more
            loop.call_soon_threadsafe(settle, result, error)

    name = getattr(call, "__name__", "read")
    threading.Thread(target=run, daemon=True, name=name).start()
    return await done


async def optional(read: Awaitable[T]) -> tuple[T | None, str]:
    """What a read brings that others can do without, or None and why.

    Raises AuthExpired: without a login there is nothing to do without.
    """
    try:
        return await read, ""
    except AuthExpired:
        raise
    except Failed as error:
        return None, str(error)


def _trouble(error: BaseException, late: bool, part: Part, last: Snapshot) -> Trouble:
    since = last.trouble.since if last.trouble else real_now()
    if late:
        return Trouble(f"no answer in {part.timeout:g} s", since)
    if isinstance(error, Failed):
        expired, throttled = isinstance(error, AuthExpired), isinstance(error, Throttled)
        return Trouble(str(error), since, expired, error.cure, throttled)
    if isinstance(error, asyncio.CancelledError):
        return Trouble("the connection was closed meanwhile", since)
    said = f": {error}" if str(error) else ""
    return Trouble(f"{type(error).__name__}{said}", since)


async def poll_once(part: Part, last: Snapshot | None = None) -> Snapshot:
    """One poll. A failure keeps the rows and the time we had, and says why they are old."""
    last = last or Snapshot(part.source, part.name, part.interval)
    limit = asyncio.timeout(part.timeout)
    try:
        async with limit:
            rows = await part.fetch()
    except asyncio.CancelledError as error:
        # A client that is closed under a read cancels it. Were that taken for the end of this
        # task, the part would silently never be asked again.
        if (task := asyncio.current_task()) is None or task.cancelling():
            raise
        return replace(last, trouble=_trouble(error, False, part, last))
    except Exception as error:  # a source may fail in any way; the console must not
        return replace(last, trouble=_trouble(error, limit.expired(), part, last))
    return replace(last, taken_at=real_now(), rows=rows, trouble=None, slept=False)


def back_off(interval: float, failures: int, throttled: bool = False) -> float:
    """Seconds until the next poll: soon after the first failure, then later and later.

    What is asked often is asked again within 15 s, so that it heals soon; nothing waits longer
    than a minute for having failed, and what throttles us is never asked faster than usual.
    """
    if not failures:
        return interval
    first = interval if throttled else min(interval, FIRST_RETRY)
    cap = max(interval, BACK_OFF_CAP) if throttled else min(max(interval, QUICK_CAP), BACK_OFF_CAP)
    # 2**1024 does not fit a float: a night of failures must not end the poll
    return min(first * 2.0 ** min(failures - 1, 10), cap)


async def poll(
    part: Part,
    publish: Callable[[Snapshot], object],
    wake: asyncio.Event | None = None,
    last: Snapshot | None = None,
) -> None:
    """Poll for ever; back off to at most 60 s while it fails; `wake` asks at once.

    `last` is what an earlier poll of this part left: its rows stay until the first answer.
    """
    wake = wake or asyncio.Event()
    failures = 0
    while True:
        last = await poll_once(part, last)
        publish(last)
        failures = failures + 1 if last.trouble else 0
        throttled = last.trouble is not None and last.trouble.throttled
        pause = back_off(part.interval, failures, throttled)
        try:
            async with asyncio.timeout(pause):
                await wake.wait()
        except TimeoutError:
            continue
        wake.clear()
        failures = 0
