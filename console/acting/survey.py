"""Gathers what the guards judge by, just now: identities, old rows read again, the journal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from console.acting.arming import Arms
from console.acting.circumstances import (
    Circumstances,
    Identified,
    Past,
    Window,
    deciding,
    evidence,
    too_old,
)
from console.acting.held import account_of, acted, held, past, still_open, thing, things
from console.acting.locks import TargetLocks
from console.adopted import in_time
from console.begun import Begun, begun
from console.journal import Journal, JournalBroken
from console.lookout import scopes_of
from console.model import Board, Now, Order, Plan, Ref
from console.poll import Failed, in_thread
from console.remedy import Hands, Refused, Remedy, anything
from console.windows import span

if TYPE_CHECKING:
    from console.config.plans import Remedy as Allowance

IDENTITY_S = 10.0


@dataclass(frozen=True, slots=True)
class Told:
    """What the journal tells of a plan's targets and scopes."""

    past: tuple[Past, ...] = ()
    unfinished: tuple[str, ...] = ()
    step_acted: str = ""
    trouble: str = ""


class Survey:
    """Reads for the guards; it decides nothing."""

    def __init__(
        self,
        hands: Hands,
        arms: Arms,
        journal: Journal,
        locks: Path,
        remedies: Mapping[str, Remedy],
    ) -> None:
        self.hands, self.arms, self.journal = hands, arms, journal
        self.locks, self.remedies = locks, remedies

    def remedy(self, order: Order) -> tuple[Allowance, Remedy]:
        """What the allow-list says, and who does it. Raises Refused."""
        entry = self.hands.allowance(order.remedy)
        remedy = self.remedies.get(entry.kind)
        if remedy is None:
            raise Refused(f"{entry.kind}: this program has no such remedy")
        return entry, remedy

    def names(self, plan: Plan) -> tuple[str, ...]:
        """What is locked for a plan: its targets, and every scope that they serve."""
        return tuple(sorted(held(plan, self.hands.estate)))

    def now(self) -> Now:
        """This instant on both clocks."""
        clock = self.hands.clock
        return Now(clock.now(), self.hands.now_real(), clock.speed)

    async def circumstances(self, plan: Plan, order: Order, *, ours: bool) -> Circumstances:
        """Everything about a plan now, with what accounts and clusters say they are.

        `ours`: we hold the locks of its targets already.
        """
        entry, remedy = self.remedy(order)
        board, identities, told = await asyncio.gather(
            self._board(plan, order), self._identities(plan.scopes), self._told(plan, order)
        )
        arming = self.arms.current()  # last: asking the rest took its time
        verified = {one.name: one.is_ for one in identities if one.ok}
        return Circumstances(
            plan=replace(plan, identity={**plan.identity, **verified}),
            order=order,
            kind=entry.kind,
            acts_on=remedy.acts_on,
            takes_instance=remedy.takes_instance,
            allowance=entry,
            now=self.now(),
            board=board,
            scopes=frozenset(scopes_of(self.hands.context)),
            read_only=self.arms.read_only,
            operator="" if self.arms.read_only else self.arms.operator(),
            arming=arming,
            disarmed=self.arms.why,
            identities=identities,
            in_flight="" if ours else self.in_flight(plan),
            open_windows=tuple(self._windows(entry.forbidden)),
            past=told.past,
            unfinished=told.unfinished,
            auto=self._auto(order),
            step_acted=told.step_acted,
            journal=told.trouble,
        )

    def in_flight(self, plan: Plan) -> str:
        """Who acts on a plan's targets or scopes; empty when nobody does. Raises Refused."""
        locks = TargetLocks(self.locks)
        try:
            return locks.take(self.names(plan), self.arms.by)
        finally:
            locks.release()

    async def acts(self) -> tuple[Begun, ...]:
        """Every act of this world that was begun, oldest first, by all of the journal.

        Raises Refused where it cannot be read.
        """
        try:
            return await in_thread(self._begun)
        except (OSError, JournalBroken) as error:
            raise Refused(f"the journal cannot be read: {error}") from error

    def _begun(self) -> tuple[Begun, ...]:
        return begun(in_time(self.journal.entries()), self.hands.world)

    def lockable(self, scopes: Iterable[str]) -> None:
        """Whether acts on these scopes could be kept apart at all. Raises Refused."""
        locks = TargetLocks(self.locks)
        locks.take(scopes, self.arms.by)  # who holds one now gives it back
        locks.release()

    def _windows(self, names: Iterable[str]) -> Iterable[Window]:
        windows = self.hands.configuration.windows.windows
        for name in names:
            window = windows[name]
            if inside := span(window, self.hands.clock.now()):
                yield Window(name, window.title, inside[1])

    def _auto(self, order: Order) -> bool:
        """Whether the configuration marks this very act of the case."""
        case = self.hands.configuration.cases.get(order.case)
        step = case.step(order.step) if case else None
        return step is not None and step.acts_alone and step.run == order.remedy

    async def _told(self, plan: Plan, order: Order) -> Told:
        try:
            acts = await self.acts()
        except Refused as error:
            return Told(trouble=str(error))
        estate = self.hands.estate
        still = tuple(str(one) for one in still_open(acts, plan, estate))
        return Told(past(acts, plan, estate), still, acted(acts, order))

    async def latest(self, target: Ref, fits: Callable[[Begun], bool] = anything) -> Begun | None:
        """The last act on a target that may have been sent, of those that fit. Raises Refused."""
        estate = self.hands.estate
        its = thing(target, estate)
        acts = (a for a in reversed(await self.acts()) if not a.unsent and fits(a))
        return next((a for a in acts if its in things(a.plan, estate)), None)

    async def _board(self, plan: Plan, order: Order) -> Board:
        """The board; what is too old to decide, or failed, is asked again first."""
        board = self.hands.board()
        now = self.hands.now_real()
        refs = evidence(board, plan, order)
        some = [s for s in deciding(board, refs, plan.scopes) if too_old(s, now)]
        old = [board.snapshots[each.source, each.part] for each in some]
        if not old or self.hands.ask is None:
            return board
        return await self.hands.ask(old)

    async def _identities(self, scopes: tuple[str, ...]) -> tuple[Identified, ...]:
        estate = self.hands.estate
        accounts = sorted({name for scope in scopes if (name := account_of(scope, estate))})
        clusters = sorted(scope for scope in set(scopes) if scope in estate.kubernetes)
        systems = sorted(scope for scope in set(scopes) if scope in estate.ita)
        asked = (*map(self._account, accounts), *map(self._cluster, clusters))
        return tuple(await asyncio.gather(*asked, *map(self._system, systems)))

    async def _account(self, name: str) -> Identified:
        try:
            async with asyncio.timeout(IDENTITY_S):
                told = await self.hands.clients.aws.identity(name)
        except TimeoutError:
            return Identified(name, False, f"{name}: STS did not answer in {IDENTITY_S:g} s")
        except Failed as error:
            cure = f" ({error.cure})" if error.cure else ""
            return Identified(name, False, f"{name} cannot be verified: {error}{cure}")
        who = str(told.get("Arn", ""))
        role, _, session = who.rpartition("/")
        # a session's name may be another after each renewal; what it may do is the role's
        is_ = f"{told['Account']}, as {role if ':assumed-role/' in who else who}"
        said = f"{name} is {told['Account']}, as {who or 'nobody known'}"
        return Identified(name, True, said, is_, session)

    async def _cluster(self, name: str) -> Identified:
        try:
            async with asyncio.timeout(IDENTITY_S):
                api = self.hands.clients.kubernetes(name)
                told, is_ = await api.get("/version"), await api.server()
        except TimeoutError:
            return Identified(name, False, f"{name} did not answer in {IDENTITY_S:g} s")
        except Failed as error:
            return Identified(name, False, f"{name} cannot be verified: {error}")
        version = told.get("gitVersion", "its version unknown")
        return Identified(name, True, f"{name} is {is_} ({version})", is_)

    async def _system(self, name: str) -> Identified:
        api = self.hands.clients.ita(name)
        try:
            async with asyncio.timeout(IDENTITY_S):
                await api.mode()  # the administrator's site knows this login, and is what it says
        except TimeoutError:
            return Identified(name, False, f"{name} did not answer in {IDENTITY_S:g} s")
        except Failed as error:
            return Identified(name, False, f"{name} cannot be verified: {error}")
        user = api.settings.user or "the holder of its token"
        return Identified(name, True, f"{name} is {api.settings.url}, as {user}", api.host)
