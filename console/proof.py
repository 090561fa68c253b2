"""Follow an act after its request, look by look, until it is known how it ended."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from console.model import Outcome, Plan, Verdict
from console.model.words import lasting
from console.poll import Failed

if TYPE_CHECKING:
    from console.remedy import Hands

Look = Callable[[], Awaitable[Verdict | None]]


async def rest(hands: Hands, seconds: float) -> None:
    """Wait some seconds of the estate's clock, which a lab may run faster."""
    await hands.sleep(max(seconds / hands.clock.speed, 0.02))


class Proof:
    """One act being followed, by the estate's clock: every `every` seconds until its deadline.

    `skew` is how far the vendor's clocks may be off, in seconds.
    """

    def __init__(
        self, plan: Plan, sent: Mapping[str, Any], hands: Hands, *, every: float, skew: float = 0.0
    ) -> None:
        self._sent, self._hands, self._every = sent, hands, every
        self.deadline = hands.allowance(plan.remedy).deadline
        self.begun = datetime.fromisoformat(sent["started_at"])
        at = datetime.fromisoformat(sent.get("at", sent["started_at"]))
        self.since = at - timedelta(seconds=skew)
        """By the vendor's clock; whatever it dates earlier is not ours."""
        self.until = at + timedelta(seconds=self.deadline + skew)
        """Whatever it dates later may be somebody else's."""
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

    async def follow(self, look: Look) -> Verdict:
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
                return self.verdict(
                    "unknown", f"not proven in {lasting(self.deadline)}: {self.said}"
                )
            await rest(self._hands, self._every)

    def verdict(self, outcome: Outcome, said: str) -> Verdict:
        """The end. Without the vendor's answer nothing proves that what is seen is our doing."""
        lost = self._sent.get("lost")
        if lost and outcome == "verified":
            outcome, said = "unknown", f"{said}; but the answer to the request was lost ({lost})"
        return Verdict(outcome, said, tuple(self.evidence), self.gone)

    def late(self, what: str) -> Verdict:
        """The end, where all that is seen came too long after the request to be its doing."""
        return self.verdict("unknown", f"{what} since, perhaps not by us")
