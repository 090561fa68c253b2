"""Grants wishes: to the engine what acts, to the journal what is written. It decides nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from console import checklist
from console.acting.pen import UNWRITTEN
from console.clerk.aims import Aims
from console.clerk.clerk import Clerk
from console.model import Finding, Now, plain
from console.model import wishes as w
from console.remedy import Refused

if TYPE_CHECKING:
    from console.config import Configuration

NOTHING = "no remedy of remedies.yaml acts on this"


class Granting:
    """One for a console; a wish that cannot be granted is said, with the reason."""

    def __init__(self, configuration: Configuration, clerk: Clerk) -> None:
        self.clerk, self.acts, self.rounds = clerk, clerk.acts, clerk.rounds
        self.aims = Aims(configuration, clerk.acts.survey.remedies)
        self._contacts = configuration.contacts.contacts
        self._turn = asyncio.Lock()
        self._grant: dict[type[w.Wish], Callable[[Any], Awaitable[object]]] = {
            w.AskWhat: self._ask,
            w.PlanIt: lambda wish: clerk.doings.plan(wish.key, wish.order),
            w.FireIt: self._fire,
            w.DropIt: self._drop,
            w.ArmIt: self._arm,
            w.DisarmIt: lambda wish: self.acts.disarm("on request"),
            w.LookAgain: lambda wish: clerk.look_again(wish.act),
        }
        self._write: dict[type[w.Wish], Callable[[Any], Awaitable[object]]] = {
            w.Acknowledge: self._acknowledge,
            w.Silence: self._silence,
            w.WriteNote: self._note,
            w.OpenRun: self._open_run,
            w.Tick: self._deed(lambda run, wish, now: checklist.tick(run, wish.step, now)),
            w.Skip: self._deed(
                lambda run, wish, now: checklist.skip(run, wish.step, wish.reason, now)
            ),
            w.SawIt: self._deed(
                lambda run, wish, now: checklist.saw(run, wish.step, wish.what, now)
            ),
            w.TryAgain: self._deed(lambda run, wish, now: checklist.again(run, wish.step, now)),
            w.Told: self._told,
            w.Answered: self._deed(
                lambda run, wish, now: checklist.answered(run, wish.step, wish.who, now, wish.text)
            ),
            w.CloseRun: self._deed(lambda run, wish, now: checklist.close(run, wish.why)),
        }

    async def grant(self, wish: w.Wish) -> None:
        """Do what is wanted, or say why not."""
        try:
            if type(wish) in self._grant:
                await self._grant[type(wish)](wish)
            else:
                async with self._turn:  # each sees what the one before it wrote
                    await self._write[type(wish)](wish)
                    await self.clerk.catch_up()
                    await self.rounds.go_on(self.clerk.lookout.board, self.clerk.now())
        except (Refused, ValueError, *UNWRITTEN) as error:
            self.clerk.desk.say(str(error), bad=True)
        self.clerk.publish()

    def _finding(self, id: str) -> Finding:
        found = next((one for one in self.clerk.lookout.board.findings if one.id == id), None)
        if found is None:
            raise ValueError("this finding is gone")
        return found

    async def _ask(self, wish: w.AskWhat) -> None:
        board = self.clerk.lookout.board
        if wish.run:
            orders = self.aims.of_step(self.rounds.run(wish.run), wish.step, board)
        elif wish.finding:
            run = self.clerk.desk.affairs.run_of(wish.finding)
            finding = self._finding(wish.finding)
            orders = self.aims.of_finding(finding, run, board, self.clerk.now(), wish.all)
        else:
            assert wish.row is not None
            scopes = {wish.row.scope} | {
                scope
                for snapshot in board.snapshots.values()
                for row in snapshot.rows
                if row.ref == wish.row
                for scope in row.scopes
            }
            orders = self.aims.of_row(wish.row, scopes, board)
        await self.clerk.doings.choose(wish.key, orders, NOTHING)

    async def _fire(self, wish: w.FireIt) -> None:
        done = await self.clerk.doings.fire(wish.key, wish.typed, wish.overrides)
        await self.clerk.catch_up()
        if done is None or done.order is None or done.proposal is None or done.verdict is None:
            return
        order, outcome = done.order, done.verdict.outcome
        if order.run and order.step and order.targets[0].kind == "contact" and outcome != "failed":
            # a message that was posted is a try of the contact's step; an answer is still due
            told = w.Told(order.run, order.step, f"webhook: {outcome}", done.proposal.act)
            await self.grant(told)

    async def _drop(self, wish: w.DropIt) -> None:
        self.clerk.doings.drop(wish.key)

    async def _arm(self, wish: w.ArmIt) -> None:
        await self.acts.arm(wish.scopes, wish.minutes, wish.reason)
        doing = self.clerk.doings.all.get(wish.key)
        if doing is not None and doing.order is not None:
            await self.clerk.doings.plan(wish.key, doing.order)

    async def _acknowledge(self, wish: w.Acknowledge) -> None:
        await self.acts.pen.write("finding.acknowledged", finding=self._finding(wish.finding).id)

    async def _silence(self, wish: w.Silence) -> None:
        if wish.until is not None and not wish.reason.strip():
            raise ValueError("say why it is silenced")
        finding, reason = self._finding(wish.finding), wish.reason.strip()
        told = {name: plain(getattr(finding, name)) for name in ("severity", "evidence", "urgent")}
        until = plain(wish.until)
        await self.acts.pen.write(
            "finding.silenced", finding=finding.id, until=until, reason=reason, **told
        )

    async def _note(self, wish: w.WriteNote) -> None:
        if not wish.text.strip():
            raise ValueError("an empty note is not kept")
        about = {"finding": wish.finding, "about": wish.about, "step": wish.step}
        told = {name: value for name, value in about.items() if value}
        await self.acts.pen.write("note", run=wish.run, text=wish.text.strip(), **told)

    async def _open_run(self, wish: w.OpenRun) -> None:
        await self.rounds.open(self._finding(wish.finding), self.clerk.now())

    async def _told(self, wish: w.Told) -> None:
        run = self.rounds.run(wish.run)
        step = run.of(wish.step)
        contact = self._contacts.get(step.contact) if step else None
        after = contact.retry_after if contact else 900.0
        now = self.clerk.now()
        drafts = checklist.sent(run, wish.step, wish.channel, now, after, wish.act)
        await self.rounds.write(drafts)

    def _deed(self, drafts: Callable[[Any, Any, Now], Any]) -> Callable[[Any], Awaitable[object]]:
        async def write(wish: Any) -> None:
            run = self.rounds.run(wish.run)
            if run.closed_at is not None:
                raise ValueError("this checklist is closed")
            await self.rounds.write(drafts(run, wish, self.clerk.now()))

        return write
