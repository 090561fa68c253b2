"""Two clocks: real time for polling and ages, the estate's for judgement; mostly they agree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime


def real_now() -> datetime:
    """Wall time, UTC: it goes on while a laptop sleeps, as a monotonic clock does not."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Clock:
    """The estate's clock. The lab's starts elsewhere and runs `speed` times as fast."""

    estate_start: datetime | None = None
    real_start: datetime | None = None
    speed: float = 1.0

    def now(self) -> datetime:
        """Estate time, UTC."""
        if self.estate_start is None or self.real_start is None:
            return real_now()
        return self.estate_start + (real_now() - self.real_start) * self.speed
