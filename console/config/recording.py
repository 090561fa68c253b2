"""The shape of `recording:`: whether shifts are recorded, and what is kept of them."""

from __future__ import annotations

from pydantic import Field

from console.config.kinds import Model


class Recording(Model):
    """A file a day; the oldest are deleted first, today's never."""

    enabled: bool = True
    days: int = Field(default=30, ge=1, le=3660)
    """Older ones are deleted."""
    megabytes: int = Field(default=2_000, ge=10)
    """All of them together."""
