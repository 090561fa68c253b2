"""Values read back: from JSON, where what is none is no error, and as a person types them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any

from console.model.board import Now, Ref

UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def time_of(value: object) -> datetime | None:
    """A time as JSON has it."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo else None


def refs_of(value: Any) -> tuple[Ref, ...]:
    """References as JSON has them; what is none is left out."""
    told = [one for one in value or () if isinstance(one, Mapping)]
    names = ("kind", "scope", "name")
    return tuple(Ref(*(str(one.get(name, "")) for name in names)) for one in told)


def span_of(text: str) -> timedelta | None:
    """How long, as people type it: 30m, 8h, 2d; None: it is something else."""
    told = re.fullmatch(r"(\d{1,5})([mhd])", text, re.ASCII)
    return timedelta(**{UNITS[told[2]]: int(told[1])}) if told else None


def moment_of(text: str, now: Now, zone: tzinfo) -> datetime:
    """Real time of a moment gone by, as it is typed: 22:00 (the last one), 8h ago, or an ISO time.

    By the estate's clock, and in this zone where it names none. Raises ValueError with a sentence.
    """
    text = text.strip()
    if (ago := span_of(text)) is not None:
        at = now.estate - ago
    elif (clock := re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", text, re.ASCII)) is not None:
        at = _last(time(int(clock[1]), int(clock[2])), now.estate, zone)
    else:
        try:
            at = datetime.fromisoformat(text)
            at = (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
        except (ValueError, OverflowError):
            raise ValueError(f"{text}: neither a time (22:00) nor 30m, 8h, 2d") from None
    if at > now.estate:
        raise ValueError(f"{text}: that is still to come")
    return now.real - (now.estate - at) / now.speed


def _last(clock: time, now: datetime, zone: tzinfo) -> datetime:
    """When a clock on the wall last said so."""
    day = now.astimezone(zone).date()
    at = datetime.combine(day, clock, zone).astimezone(UTC)
    if at > now:
        at = datetime.combine(day - timedelta(days=1), clock, zone).astimezone(UTC)
    return at
