"""What a remedy is: plan reads, apply writes once, verify looks; and what it is given for that."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from console.clock import Clock, real_now
from console.model import Board, Order, Plan, Ref, Snapshot, Verdict
from console.poll import Context

if TYPE_CHECKING:
    from console.begun import Begun
    from console.clients import Clients
    from console.config import Configuration, Estate
    from console.config.plans import Remedy as Allowance

T = TypeVar("T")
WRITE_S = 20  # seconds for the answer to a write: given up too early it leaves an act unknown


class Refused(Exception):
    """It will not be done, and nothing was sent; each reason is a sentence for people."""

    def __init__(self, *reasons: str) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


class Rejected(Exception):
    """The vendor answered the write with a no, so that nothing was done: raised by `apply` only.

    Whatever else `apply` raises leaves open whether the request arrived: the act ends unknown.
    """


class Partly(Protocol):
    """Writes down what one of several requests was answered; never raises."""

    async def __call__(self, reply: Mapping[str, Any], left: str, rest: str = "") -> str:
        """`left`: how it stands if nothing follows; `rest`: what a plan of its rest would do.

        Why it is not on the disk, or nothing.
        """
        ...


async def _unheard(reply: Mapping[str, Any], left: str, rest: str = "") -> str:
    return ""


def _unwatched() -> None:
    return None


def _untold(text: str, done: float) -> None:
    return None


def _nothing() -> str:
    return ""


class Latest(Protocol):
    """The last act on a target in the journal, of those that fit. Raises Refused: not known."""

    async def __call__(self, target: Ref, fits: Callable[[Begun], bool] = ...) -> Begun | None: ...


def anything(act: Begun) -> bool:
    """Every act fits."""
    return True


async def _nobody(target: Ref, fits: Callable[[Begun], bool] = anything) -> Begun | None:
    return None


@dataclass(frozen=True, slots=True)
class Hands:
    """What remedies and the guards work with."""

    context: Context
    configuration: Configuration
    board: Callable[[], Board]
    now_real: Callable[[], datetime] = real_now
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ask: Callable[[Sequence[Snapshot]], Awaitable[Board]] | None = None
    """Ask the parts of these snapshots again; the board then. None: it stays as it is."""
    world: str = ""
    """The lab's address: what was done to another lab's world says nothing about this one."""
    partly: Partly = _unheard
    """For `apply`, after each of its requests but the last: that much is on the disk then."""
    go_on: Callable[[], str] = _nothing
    """For `apply`: why no further request may be sent; nothing while it may."""
    sends: Callable[[], None] = _unwatched
    """For `apply`, right before each request after `partly`: quitting waits for its answer."""
    latest: Latest = _nobody
    """For `plan`: the last act on a target in the journal. Raises Refused when it is not known."""
    shown: Plan | None = None
    """For `plan`, when it is made again to be fired: the one that was agreed to."""
    tell: Callable[[str, float], None] = _untold
    """For `apply`: what it is busy with, and how much of that is done (0 to 1)."""

    @property
    def estate(self) -> Estate:
        """The estate as configured."""
        return self.context.estate

    @property
    def clients(self) -> Clients:
        """The clients of every vendor."""
        return self.context.clients

    @property
    def clock(self) -> Clock:
        """The estate's clock."""
        return self.context.clock

    def allowance(self, remedy: str) -> Allowance:
        """An entry of remedies.yaml. Raises Refused when there is none."""
        entry = self.configuration.remedies.remedies.get(remedy)
        if entry is None:
            raise Refused(f"{remedy} is not on the allow-list (remedies.yaml)")
        return entry


class Remedy(Protocol):
    """One kind of act. A remedy keeps nothing between its calls: all it knows is in the plan."""

    @property
    def kind(self) -> str: ...
    @property
    def acts_on(self) -> frozenset[str]:
        """Kinds of Ref it may be aimed at."""
        ...

    @property
    def takes_instance(self) -> bool:
        """Whether its target, a machine, serves nobody meanwhile."""
        ...

    async def plan(self, order: Order, hands: Hands) -> Plan:
        """Read afresh and say what would be done. Raises Refused, Failed or AuthExpired."""
        ...

    async def apply(self, plan: Plan, hands: Hands) -> Mapping[str, Any]:
        """Send the plan's requests, once, no retries; what the vendor said, JSON-able.

        Raises Rejected when the vendor said no, Refused when it sent nothing after all.
        """
        ...

    async def verify(self, plan: Plan, sent: Mapping[str, Any], hands: Hands) -> Verdict:
        """Look until it is known, or the allowance's `deadline` has passed: then unknown.

        `sent` is what `apply` returned and `started_at` (ISO, the estate's clock, just before the
        writing). After a lost reply or a crash it has `lost`, the reason, and nothing of `apply`'s
        but what went through `partly`, with its `left`.
        """
        ...


async def run(step: Awaitable[T]) -> T | Exception:
    """Run one step of a remedy; whatever it raises is told as an outcome, never lost."""
    try:
        return await step
    except Exception as error:  # a remedy may fail in any way; the act must still get its end
        return error
