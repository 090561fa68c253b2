"""Acts from the wish to their end, as dialogs show them: chosen, planned, shown, fired, ended."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from types import MappingProxyType

from console.acting import Acts
from console.clerk.differing import differences
from console.model import Changed, Order, Proposal, Verdict
from console.model.affairs import Doing, Phase
from console.remedy import Refused

FREE: tuple[Phase, ...] = ("asking", "choosing", "shown", "refused", "ended")
LOST = Verdict("unknown", "this program failed: the journal says how far the act came")


class Doings:
    """The engine does; this remembers how far each is, while somebody looks or it flies."""

    def __init__(self, acts: Acts, changed: Callable[[], object]) -> None:
        self.acts, self._changed = acts, changed
        self._all: dict[str, Doing] = {}
        self._left: set[str] = set()

    @property
    def all(self) -> MappingProxyType[str, Doing]:
        """By key."""
        return MappingProxyType(dict(self._all))

    def _set(self, doing: Doing) -> None:
        if doing.key in self._left and doing.phase != "flying":
            self._all.pop(doing.key, None)
            self._left.discard(doing.key)
        else:
            self._all[doing.key] = doing
        self._changed()

    def drop(self, key: str) -> None:
        """Nobody looks any more; what flies is kept until it ends."""
        doing = self._all.get(key)
        if doing is not None and doing.phase in ("flying", "planning"):
            self._left.add(key)
        else:
            self._all.pop(key, None)
            self._changed()

    async def choose(self, key: str, orders: tuple[Order, ...], nothing: str) -> None:
        """One order is planned; several are offered; for none it is said why."""
        if len(orders) == 1:
            await self.plan(key, orders[0])
        elif orders:
            self._set(Doing(key=key, phase="choosing", choices=orders))
        else:
            self._set(Doing(key=key, phase="refused", reasons=(nothing,)))

    async def plan(self, key: str, order: Order) -> None:
        """Plan it now. The targets of an order that was shown are never exchanged."""
        before = self._all.get(key)
        if before is not None and before.phase not in FREE:
            return
        shown = before.proposal if before else None
        self._set(Doing(key=key, phase="planning", order=order, proposal=shown))
        try:
            proposal = await self.acts.propose(order)
        except Refused as refused:
            self._set(Doing(key=key, phase="refused", order=order, reasons=refused.reasons))
            return
        self._set(_shown(key, proposal, shown))

    async def fire(self, key: str, typed: str, overrides: Iterable[str]) -> Doing | None:
        """Do what is shown, once; how it stands now, or None when nothing was to be fired."""
        doing = self._all.get(key)
        if doing is None or doing.phase != "shown" or doing.proposal is None:
            return None
        flying = replace(
            doing, phase="flying", changed=(), fired_at=self.acts.hands.now_real(), reasons=()
        )
        self._set(flying)
        out = replace(flying, phase="ended", verdict=LOST)
        try:
            ended = await self.acts.fire(doing.proposal, typed, tuple(overrides))
            if isinstance(ended, Changed):
                out = _shown(key, ended.proposal, doing.proposal)
            else:
                out = replace(flying, phase="ended", verdict=ended)
        except Refused as refused:
            out = replace(flying, phase="refused", reasons=refused.reasons)
        finally:
            self._set(out)
        return out


def _shown(key: str, proposal: Proposal, before: Proposal | None) -> Doing:
    """A plan to be looked at, and what differs from the one before."""
    changed = differences(before.plan, proposal.plan) if before else ()
    return Doing(key=key, phase="shown", order=proposal.order, proposal=proposal, changed=changed)
