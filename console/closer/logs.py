"""CloudWatch Logs around an alarm or a canary: the newest lines of a short time, few pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
        return Choice(f"logs:{self.group.group}", f"log group {self.group.group}", say=say)

    async def lines(self, context: Context) -> Sequence[Line]:
        """Oldest first; AWS is asked for the newest first, so that what is left out is old."""
        params: dict[str, Any] = {"logGroupName": self.group.group, "limit": EVENTS}
        params |= {"startTime": _ms(self.start), "endTime": _ms(self.end), "startFromHead": False}
        params |= {"filterPattern": self.group.pattern} if self.group.pattern else {}
        place = Place(self.group.account, self.group.region)
        what = "logs", "filter_log_events", "events", "nextToken"
        found, more = await paged(context, place, *what, PAGES, **params)
        told = [line for event in reversed(found) for line in _event(event)]
        left = f"only the newest {len(found):,} events: older ones were left out" if more else ""
        none = f"no line in the {lasting((self.end - self.start).total_seconds())} that were read"
        return bounded(told, left, none)


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


def _event(event: dict[str, Any]) -> Iterator[Line]:
    stream, at = str(event.get("logStreamName") or ""), _moment(event.get("timestamp"))
    for number, text in enumerate(str(event.get("message") or "").rstrip("\n").split("\n")):
        yield Line(f"{stream}  {text}" if stream and not number else text, at)


def _moment(ms: Any) -> datetime | None:
    try:
        return datetime.fromtimestamp(ms / 1000, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None  # no moment: the line is shown without one
