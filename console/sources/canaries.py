"""CloudWatch Synthetics canaries and their last run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from console.model import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary(Row):
    """CloudWatch Synthetics canaries and their last run."""

    name: str
    state: str | None = None
    """passed, failed, canary_error (the canary itself broke) or running."""
    since: datetime | None = None
    last_run_at: datetime | None = None
