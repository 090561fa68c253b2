"""CloudWatch alarms, composite ones too; a muted one is shown as muted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from console.model import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm(Row):
    """CloudWatch alarms, composite ones too; a muted one is shown as muted."""

    name: str
    state: str
    """ok, alarm or insufficient_data."""
    since: datetime | None = None
    muted: bool = False
    reason: str = ""
    site: str | None = None
    env: str | None = None
