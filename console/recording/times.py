"""A time of day as a person types it, and which moment of a recording is meant by it. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

TIME = re.compile(r"(?:(\d{4}-\d\d-\d\d)[T ])?(\d?\d):(\d\d)(?::(\d\d))?", re.ASCII)
EXPECTED = "expected a time such as 02:14, 02:14:30 or 2026-11-24 02:14"


class Untimely(ValueError):
    """A text is no time, or not one of the recording: `str()` says which."""


def meant(text: str, first: datetime, last: datetime, zone: str) -> datetime:
    """The moment between first and last that a person means, by the clocks of a zone.

    Without a date it is the last such time there is. Raises Untimely.
    """
    here = ZoneInfo(zone)
    found = TIME.fullmatch(text.strip())
    if not found:
        raise Untimely(f"{text}: {EXPECTED}")
    day = found[1] or f"{last.astimezone(here):%Y-%m-%d}"
    try:
        hour, minute, second = int(found[2]), int(found[3]), int(found[4] or 0)
        at = datetime.fromisoformat(day).replace(hour=hour, minute=minute, second=second)
    except ValueError as error:
        raise Untimely(f"{text}: {error}; {EXPECTED}") from None
    moment = _latest(at, here, last)
    if not found[1] and moment > last:
        moment = _latest(at - timedelta(days=1), here, last)
    lasting = timedelta(minutes=1) if found[4] is None else timedelta(seconds=1)
    if not first - lasting < moment < last + lasting:
        known = f"from {_told(first, here)} to {_told(last, here)} ({zone})"
        raise Untimely(f"{text}: recorded is {known}")
    return moment


def _latest(at: datetime, zone: ZoneInfo, last: datetime) -> datetime:
    """The last moment until then at which the clocks there said this; the first if all are later.

    Once a year they are set back, and say it twice.
    """
    both = sorted(at.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return max((one for one in both if one <= last), default=both[0])


def _told(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"
