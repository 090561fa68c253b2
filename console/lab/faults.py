"""Faults on demand: what goes wrong at a vendor's door, switched on and off by name."""

from __future__ import annotations

from dataclasses import dataclass, field

ANY = "*"


@dataclass(slots=True)
class AwsFaults:
    """Which AWS calls are refused, delayed or cut; `*` stands for each account or service."""

    throttled: set[tuple[str, str]] = field(default_factory=set)
    """(account, service)"""
    denied: set[tuple[str, str]] = field(default_factory=set)
    """(account, action), an action as `DescribeInstances` or `ec2:*`."""
    slow: dict[str, float] = field(default_factory=dict)
    """account → real seconds before the answer."""
    down: set[str] = field(default_factory=set)
    """Accounts whose connections are cut."""

    def is_down(self, account: str | None) -> bool:
        """Whether a request of this account gets no answer at all."""
        return bool(self.down & {account, ANY})

    def delay(self, account: str | None) -> float:
        """Real seconds a request of this account waits."""
        return max(self.slow.get(account or ANY, 0.0), self.slow.get(ANY, 0.0))

    def trouble(self, account: str, service: str, operation: str) -> str:
        """`throttled`, `denied` or nothing."""
        accounts = (account, ANY)
        if any((who, what) in self.throttled for who in accounts for what in (service, ANY)):
            return "throttled"
        actions = (operation, f"{service}:{operation}", f"{service}:*", ANY)
        return "denied" if any((w, a) in self.denied for w in accounts for a in actions) else ""
