"""CloudWatch Logs around an alarm or a canary: the newest lines of a short time, few pages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from console.aws.places import Place
from console.closer.asking import bounded, paged
from console.model.closer import Choice, Line
from console.model.words import lasting, utc
from console.poll import Context

if TYPE_CHECKING:
    from console.config.logs import LogGroup

EVENTS, PAGES = 1000, 5  # of a page, of a reading
BEFORE = timedelta(minutes=10)  # what led to it
LONGEST = timedelta(hours=3)
USUAL = timedelta(minutes=30)  # where nothing is wrong
FOLLOW_S = 10.0  # seconds between two looks for new lines
LATE = timedelta(minutes=1)  # a line may come so much after its own time
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
        title = f"log group {self.group.group}"
        return Choice(f"logs:{self.group.group}", title, say=say, follows=True)

    async def read(self, context: Context, follow: bool) -> AsyncGenerator[Line, None]:
        """Oldest first; AWS is asked for the newest first, so that what is left out is old."""
        found, more = await self._ask(context, self.start, self.end, newest=True)
        told = [line for event in reversed(found) for line in _event(event)]
        left = f"only the newest {len(found):,} events: older ones were left out" if more else ""
        none = f"no line in the {lasting((self.end - self.start).total_seconds())} that were read"
        for line in bounded(told, left, none):
            yield line
        if follow:
            async with aclosing(self._followed(context, found)) as lines:
                async for line in lines:
                    yield line

    async def _followed(
        self, context: Context, found: Sequence[Event]
    ) -> AsyncGenerator[Line, None]:
        """What comes later. Lines reach CloudWatch late: a minute is read again each time."""
        last, known = self.end, set(map(_key, found))
        while True:
            await asyncio.sleep(FOLLOW_S)
            start, now = last - LATE, context.clock.now()
            found, more = await self._ask(context, start, now, newest=False)
            for event in found:
                if _key(event) not in known:
                    for line in _event(event):
                        yield line
            known = set(map(_key, found))
            times = [at for at in (_moment(one.get("timestamp")) for one in found) if at]
            last = max((at for at in times if at <= now), default=last) if more else now

    async def _ask(
        self, context: Context, start: datetime, end: datetime, newest: bool
    ) -> tuple[list[Event], bool]:
        params: Event = {"logGroupName": self.group.group, "limit": EVENTS}
        params |= {"startTime": _ms(start), "endTime": _ms(end), "startFromHead": not newest}
        params |= {"filterPattern": self.group.pattern} if self.group.pattern else {}
        place = Place(self.group.account, self.group.region)
        what = "logs", "filter_log_events", "events", "nextToken"
        return await paged(context, place, *what, PAGES, **params)


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
