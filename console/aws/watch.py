"""Look at the world after an act, again and again, until it is known how the act ended."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from console.model import Outcome, Plan, Verdict
from console.poll import Failed

if TYPE_CHECKING:
    from console.remedy import Hands

LOOK_S = 5.0  # between two looks
SKEW = timedelta(seconds=60)  # how far AWS's clocks may differ among themselves
Look = Callable[[], Awaitable[Verdict | None]]


async def rest(hands: Hands, seconds: float) -> None:
    """Wait some seconds of the estate's clock, which a lab may run faster."""
    await hands.sleep(max(seconds / hands.clock.speed, 0.02))


class Watch:
    """One act being followed, by the estate's clock."""

    def __init__(self, plan: Plan, sent: Mapping[str, Any], hands: Hands) -> None:
        self._sent, self._hands = sent, hands
        self.begun = datetime.fromisoformat(sent["started_at"])
        self.since = datetime.fromisoformat(sent.get("at", sent["started_at"])) - SKEW
        """By AWS's clock; whatever it dates earlier is not ours."""
        self.deadline = hands.allowance(plan.remedy).deadline
        self.said = "not looked at yet"
        self.evidence: list[str] = []
        """What the latest look saw."""

    @property
    def gone(self) -> float:
        """Seconds since the act was begun."""
        return (self._hands.clock.now() - self.begun).total_seconds()

    @property
    def over(self) -> bool:
        """Whether this look is the last one."""
        return self.gone > self.deadline

    async def until(self, look: Look) -> Verdict:
        """Look until there is a verdict; unproven at the deadline is unknown."""
        while True:
            last = self.over
            try:
                verdict = await look()
            except Failed as error:
                verdict, self.said = None, f"the last look failed: {error}"
            if verdict is not None:
                return verdict
            if last:
                return self.verdict("unknown", f"not proven in {took(self.deadline)}: {self.said}")
            await rest(self._hands, LOOK_S)

    def verdict(self, outcome: Outcome, said: str) -> Verdict:
        """The end. Without AWS's answer nothing proves that what is seen is this act's doing."""
        lost = self._sent.get("lost")
        if lost and outcome == "verified":
            outcome, said = "unknown", f"{said}; but the answer to the request was lost ({lost})"
        return Verdict(outcome, said, tuple(self.evidence), self.gone)


def took(seconds: float) -> str:
    """A stretch of time for people: `94 s`, `15 min`."""
    return f"{seconds:.0f} s" if seconds < 180 else f"{seconds / 60:.0f} min"
