"""CloudWatch Logs around an alarm or a canary: the newest lines of a short time, few pages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from console.aws.places import Place
from console.aws.refused import Denied
from console.closer.asking import bounded, paged
from console.closer.kept import MOST_LINES
from console.closer.lines import said
from console.model.closer import Choice, Line
from console.model.words import lasting, utc
from console.poll import AuthExpired, Context, Failed

if TYPE_CHECKING:
    from console.config.logs import LogGroup

EVENTS, PAGES = 1000, 5  # of a page, of a reading
BEFORE = timedelta(minutes=10)  # what led to it
LONGEST = timedelta(hours=3)
USUAL = timedelta(minutes=30)  # where nothing is wrong
FOLLOW_S = 10.0  # seconds between two looks for new lines
LATE = timedelta(minutes=1)  # a line may come so much after its own time
FAILURES = 5  # in a row, and then it is given up
BREATH = 20  # events after which the event loop has its turn
NEVER = datetime.min.replace(tzinfo=UTC)
Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class LogLook:
    """One log group over one stretch of the estate's time."""

    group: LogGroup
    start: datetime
    end: datetime

    @property
    def choice(self) -> Choice:
        """What is asked, before it is: AWS charges for what is scanned, if little."""
        asked = f" with the pattern {self.group.pattern}" if self.group.pattern else ""
        say = (
            f"logs:FilterLogEvents on {self.group.group}{asked}, {utc(self.start)} to"
            f" {utc(self.end)}: at most {PAGES} calls of {EVENTS:,} events, the newest"
        )
        say += f"; followed, again every {FOLLOW_S:g} s"
        with_pattern = f" · {self.group.pattern}" if self.group.pattern else ""
        id = f"logs:{self.group.group}{with_pattern}"
        return Choice(id, f"log group {self.group.group}{with_pattern}", say=say, follows=True)

    async def read(self, context: Context, follow: bool) -> AsyncGenerator[Line, None]:
        """Oldest first; AWS is asked for the newest first, so that what is left out is old."""
        found, token = await self._ask(context, self.start, self.end, newest=True)
        told, shown = await _newest(found)
        left = f"only the newest {shown:,} events: older ones were left out"
        none = f"no line in the {lasting((self.end - self.start).total_seconds())} that were read"
        for line in bounded(told, left if token or shown < len(found) else "", none):
            yield line
        if follow:
            reached = Onward.after(self.end, found, bool(token))
            async with aclosing(self._followed(context, reached)) as lines:
                async for line in lines:
                    yield line

    async def _followed(self, context: Context, reached: Onward) -> AsyncGenerator[Line, None]:
        """What comes later; a call that fails is tried again, more slowly each time."""
        failed = 0
        while True:
            await asyncio.sleep(FOLLOW_S * 2**failed)
            now = context.clock.now()
            reached.go_on(now)
            try:
                found, token = await self._ask(
                    context, reached.start, reached.end, newest=False, token=reached.token
                )
            except (AuthExpired, Denied):
                raise
            except Failed as error:
                failed += 1
                if failed > FAILURES:
                    raise
                if failed == 1:
                    yield said(f"{error}; asked again")
                continue
            failed = 0
            for event in reached.take(found, token):
                for line in _event(event):
                    yield line
            if token:
                behind = lasting((now - reached.seen).total_seconds())
                yield said(f"behind by {behind}: more was written than {PAGES} calls bring")

    async def _ask(
        self, context: Context, start: datetime, end: datetime, newest: bool, token: str = ""
    ) -> tuple[list[Event], str]:
        params: Event = {"logGroupName": self.group.group, "limit": EVENTS}
        params |= {"startTime": _ms(start), "endTime": _ms(end), "startFromHead": not newest}
        params |= {"filterPattern": self.group.pattern} if self.group.pattern else {}
        params |= {"nextToken": token} if token else {}
        place = Place(self.group.account, self.group.region)
        what = "logs", "filter_log_events", "events", "nextToken"
        return await paged(context, place, *what, PAGES, **params)


@dataclass(slots=True)
class Onward:
    """How far a followed group was read: no line comes twice, and nothing runs backwards."""

    start: datetime
    end: datetime
    """Of the stretch that is read; it is read to its end before the next one begins."""
    oldest: datetime
    """Nothing before it is shown: it was left out at the beginning."""
    known: dict[str, datetime]
    token: str = ""
    """Where the stretch goes on."""
    late: timedelta = LATE
    """Read again each time; less of it where there is too much to read."""
    seen: datetime = NEVER

    @classmethod
    def after(cls, end: datetime, found: Sequence[Event], more: bool) -> Onward:
        """Behind the newest lines up to `end`."""
        known = {_key(one): _moment(one.get("timestamp")) or end for one in found}
        return cls(end, end, min(known.values(), default=end) if more else NEVER, known)

    def go_on(self, now: datetime) -> None:
        """The next stretch, where this one is done."""
        if not self.token:
            self.start, self.end = max(self.end - self.late, self.oldest), now
            self.seen = self.start

    def take(self, found: Sequence[Event], token: str) -> list[Event]:
        """The events that were not shown yet."""
        new = [one for one in found if _key(one) not in self.known]
        times = {_key(one): _moment(one.get("timestamp")) or self.end for one in found}
        self.known |= times
        self.seen = max([self.seen, *(at for at in times.values() if at <= self.end)])
        if token and not self.token:
            self.late /= 2
        elif not token and not self.token:
            self.late = min(self.late * 1.1, LATE)
        if not token:
            self.known = {key: at for key, at in self.known.items() if at >= self.end - LATE}
        self.token = token
        return new


async def _newest(found: Sequence[Event]) -> tuple[list[Line], int]:
    """The lines of these events, newest first, and how many of them fill what is kept."""
    told, count = list[list[Line]](), 0
    for event in found:
        told.append(list(_event(event)))
        count += len(told[-1])
        if count >= MOST_LINES:
            break
        if len(told) % BREATH == 0:
            await asyncio.sleep(0)
    return [line for lines in reversed(told) for line in lines], len(told)


def looks(
    of: Literal["alarms", "canaries"],
    name: str,
    place: Place,
    began: datetime | None,
    context: Context,
) -> list[LogLook]:
    """The log groups that the estate names for this; `began`: when its trouble did."""
    now = context.clock.now()
    start = max(began - BEFORE, now - LONGEST) if began else now - USUAL
    return [
        LogLook(one, min(start, now - BEFORE), now)
        for one in context.estate.logs
        if one.of == of
        and name.startswith(one.prefix)
        and (one.account, one.region) == (place.account, place.region)
    ]


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _key(event: Event) -> str:
    """Which event it is; two lines that are alike in everything are one."""
    told = (event.get(name) for name in ("logStreamName", "timestamp", "message"))
    return str(event.get("eventId") or tuple(told))


def _event(event: Event) -> Iterator[Line]:
    stream, at = str(event.get("logStreamName") or ""), _moment(event.get("timestamp"))
    for number, text in enumerate(str(event.get("message") or "").rstrip("\n").split("\n")):
        yield Line(f"{stream}  {text}" if stream and not number else text, at)


def _moment(ms: Any) -> datetime | None:
    try:
        return datetime.fromtimestamp(ms / 1000, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None  # no moment: the line is shown without one
