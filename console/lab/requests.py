"""What the lab was asked, newest last, for people and for tests."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from console.clock import Clock, real_now
from console.model import plain

KEPT, WIDTH = 5000, 160


@dataclass(slots=True)
class RequestLog:
    """The last requests of every vendor's server."""

    clock: Clock
    entries: deque[dict[str, str]] = field(default_factory=lambda: deque(maxlen=KEPT))

    def add(
        self, vendor: str, operation: str, params: Mapping[str, Any], error: str, account: str = ""
    ) -> None:
        """One request: `vendor` is the AWS service, `kubernetes` or `kafka`."""
        self.entries.append(
            {
                "real": plain(real_now()),
                "estate": plain(self.clock.now()),
                "vendor": vendor,
                "operation": operation,
                "account": account,
                "params": str(plain(params))[:WIDTH],
                "error": error,
            }
        )
