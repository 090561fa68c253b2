"""What the console asks of AWS, counted: calls a minute, dollars a month, the hourly cap."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta

from console.clock import real_now

RATE_OVER = timedelta(minutes=10)  # two rounds of the slowest regular question
HOUR = timedelta(hours=1)
AT_LEAST = timedelta(minutes=1)
MINUTES_A_MONTH = 43_800


class Usage:
    """Counts calls and metrics requested; real time, safe from several threads."""

    def __init__(self, usd_per_1000: float, now: Callable[[], datetime] = real_now) -> None:
        self._usd_per_1000, self._now = usd_per_1000, now
        self._since = now()
        self._lock = threading.Lock()
        self._calls: deque[datetime] = deque()
        self._metrics: deque[tuple[datetime, int]] = deque()

    def called(self) -> None:
        """One request was sent."""
        with self._lock:
            self._calls.append(self._now())
            while self._calls[0] < self._now() - RATE_OVER:
                self._calls.popleft()

    def reserve_metrics(self, wanted: int, cap: int) -> int:
        """How many of these metrics may be requested below the hourly cap; they count at once.

        Each metric requested of GetMetricData is billed.
        """
        with self._lock:
            granted = max(min(wanted, cap - self._last_hour()), 0)
            self._metrics.append((self._now(), granted))
            while self._metrics[0][0] < self._now() - HOUR:
                self._metrics.popleft()
        return granted

    def _last_hour(self) -> int:
        since = self._now() - HOUR
        return sum(count for at, count in self._metrics if at >= since)

    def _minutes(self) -> float:
        seen = min(max(self._now() - self._since, AT_LEAST), RATE_OVER)
        return seen.total_seconds() / 60

    def calls_per_min(self) -> float:
        """Calls a minute over the last ten minutes."""
        since = self._now() - RATE_OVER
        with self._lock:
            calls = sum(at >= since for at in self._calls)
        return calls / self._minutes()

    def usd_per_month(self) -> float:
        """What CloudWatch metrics would cost in a month at the rate of the last ten minutes."""
        since = self._now() - RATE_OVER
        with self._lock:
            asked = sum(count for at, count in self._metrics if at >= since)
        return asked / self._minutes() * MINUTES_A_MONTH / 1000 * self._usd_per_1000
