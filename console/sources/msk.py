"""Amazon MSK clusters: state and the operation under way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from console.model import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class MskCluster(Row):
    """Amazon MSK clusters: state and the operation under way."""

    cluster: str
    state: str | None = None
    """ACTIVE, MAINTENANCE, HEALING, REBOOTING_BROKER, UPDATING, … as AWS says it."""
    operation: str | None = None
    """Type of the newest operation, e.g. SECURITY_PATCHING."""
    operation_started_at: datetime | None = None
    operation_ended_at: datetime | None = None
    brokers_expected: int | None = None
