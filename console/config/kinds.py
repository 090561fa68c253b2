"""The small value types every configuration file is written in: durations, zones, numbers."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

TOO_LONG = 1e12  # an integer of a file may be longer than any float
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([smhd]?)", re.ASCII)


class Model(BaseModel):
    """Unknown keys are mistakes; values never change after loading."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, serialize_by_alias=True
    )


def seconds(value: object) -> float:
    """`90s`, `5m`, `4h`, `2d` or plain seconds → seconds. Raises ValueError."""
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) if abs(value) < TOO_LONG else TOO_LONG
    match = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError("expected a duration such as 30s, 5m, 4h or 2d")
    return float(match[1]) * UNITS[match[2] or "s"]


def listed(value: object) -> object:
    """One word alone is a list of one."""
    return [value] if isinstance(value, str) else value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ValueError, OSError, KeyError):  # ZoneInfoNotFoundError is a KeyError
        raise ValueError("no such time zone; write it as Asia/Tokyo") from None
    return value


def address(value: str) -> str:
    """An http address without a login in it. Raises ValueError."""
    try:
        parts = urlsplit(value)
        port, user = parts.port, parts.username or parts.password
    except ValueError:
        raise ValueError("not an address") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise ValueError("expected an address such as https://offre.example.fr/health")
    if user is not None:
        raise ValueError("an address holds no name or password; they have keys of their own")
    return value


def _account_id(value: str) -> str:
    if re.fullmatch(r"\d{12}", value, re.ASCII) is None:
        raise ValueError("an AWS account id has 12 digits")
    return value


def _document(value: str) -> str:
    name, _, version = value.rpartition(":")
    if value and not (name and version.isascii() and version.isdigit()):
        raise ValueError("expected a document and its version, such as oncall-read:1")
    return value


def _period(value: float) -> float:
    if value not in (1, 5, 10, 30) and value % 60:
        raise ValueError("CloudWatch knows periods of 1, 5, 10 and 30 s and of whole minutes")
    return value


def name_pattern(pattern: str, site: str, env: str) -> re.Pattern[str]:
    """A naming rule for one `site/env`. Raises re.error."""
    return re.compile(pattern.replace("{site}", re.escape(site)).replace("{env}", re.escape(env)))


def _pattern(value: str) -> str:
    try:
        name_pattern(value, "site", "env")
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"not a regular expression: {error}") from None
    return value


Words = Annotated[
    tuple[str, ...], BeforeValidator(listed, json_schema_input_type=str | tuple[str, ...])
]
# The schema that editors get is of what is written, not of what becomes of it.
_WRITTEN = WithJsonSchema(
    {
        "anyOf": [
            {"type": "number", "minimum": 0},
            {"type": "string", "pattern": "^[0-9.]+ ?[smhd]?$"},
        ]
    }
)
LONGEST = 366 * UNITS["d"]
Seconds = Annotated[float, BeforeValidator(seconds), Field(ge=0, le=LONGEST), _WRITTEN]
Span = Annotated[float, BeforeValidator(seconds), Field(gt=0, le=LONGEST), _WRITTEN]
"""A duration that something is done in or every so often: never nothing."""
Period = Annotated[Span, AfterValidator(_period)]
"""Of a CloudWatch metric; GetMetricData takes no other."""
Address = Annotated[str, Field(min_length=1), AfterValidator(address)]
Zone = Annotated[str, AfterValidator(_zone)]
AccountId = Annotated[str, AfterValidator(_account_id)]
NamePattern = Annotated[str, AfterValidator(_pattern)]
SsmDocument = Annotated[str, AfterValidator(_document)]
