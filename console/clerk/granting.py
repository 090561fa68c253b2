"""Grants wishes: to the engine what acts, to the journal what is written. It decides nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, assert_never

from console import checklist
from console.acting.arming import ON_REQUEST
from console.acting.pen import UNWRITTEN
from console.clerk.aims import Aims
from console.clerk.clerk import Clerk
from console.model import Draft, Finding, Now, Run, plain
from console.model import wishes as w
from console.model.shift import OfHands, OfWalk
from console.remedy import Refused

if TYPE_CHECKING:
    from console.config import Configuration

NOTHING = "no remedy of remedies.yaml acts on this"
RETRY_S = 900.0  # until the next try of a contact that contacts.yaml has not


def nowhere(text: str, name: str, what: str) -> None:
    """Where nobody sits before the screen."""


class Granting:
    """One for a console; a wish that cannot be granted is said, with the reason."""

    def __init__(
        self,
        configuration: Configuration,
        clerk: Clerk,
        take_along: Callable[[str, str, str], object] = nowhere,
    ) -> None:
        """`take_along` hands a text to the person: the text, a file's name, what it is."""
        self.clerk, self.acts, self.rounds = clerk, clerk.acts, clerk.rounds
        self.aims = Aims(configuration, clerk.acts.survey.remedies)
        self._contacts = configuration.contacts.contacts
        self._turn = asyncio.Lock()
        self._take_along = take_along

    async def grant(self, wish: w.Wish) -> None:
        """Do what is wanted, or say why not."""
        try:
            if isinstance(wish, w.OfActs):
                await self._act(wish)
            elif isinstance(wish, OfWalk):
                await self.clerk.shifts.look(wish)
            else:
                async with self._turn:  # each sees what the one before it wrote
                    await self._write(wish)
                    await self.clerk.catch_up()
                    await self.rounds.go_on(self.clerk.lookout.board, self.clerk.now())
        except (Refused, ValueError, *UNWRITTEN) as error:
            self.clerk.desk.say(str(error), bad=True)
        self.clerk.publish()

    async def _act(self, wish: w.OfActs) -> None:
        doings = self.clerk.doings
        match wish:
            case w.AskWhat():
                await self._ask(wish)
            case w.PlanIt():
                await doings.plan(wish.key, wish.order)
            case w.FireIt():
                await self._fire(wish)
            case w.DropIt():
                doings.drop(wish.key)
            case w.ArmIt():
                await self._arm(wish)
            case w.DisarmIt():
                await self.acts.disarm(ON_REQUEST)
            case w.CopyLink():
                self._link(wish)
            case w.LookAgain():
                await self.clerk.look_again(wish.act)
            case _:
                assert_never(wish)

    def _link(self, wish: w.CopyLink) -> None:
        from console.links import link_on

        lookout = self.clerk.lookout
        link = link_on(lookout.board, wish.refs, lookout.context.estate)
        self._take_along(link.url, "link.txt", link.told)

    async def _write(self, wish: w.Written) -> None:
        if isinstance(wish, OfHands):
            await self.clerk.shifts.write(wish)
            return
        match wish:
            case w.Acknowledge():
                finding = self._finding(wish.finding)
                await self.acts.pen.write("finding.acknowledged", finding=finding.id)
            case w.Heard():
                told = {"finding": "", "cluster": wish.scope}
                await self.acts.pen.write("finding.acknowledged", **told)
            case w.Silence():
                await self._silence(wish)
            case w.WriteNote():
                await self._note(wish)
            case w.OpenRun():
                await self.rounds.open(self._finding(wish.finding), self.clerk.now())
            case w.TickPlanned() | w.ReportOut():
                await self.clerk.planning.take(wish, self.clerk.now())
            case w.ChangeIssue():
                await self.clerk.issues.change(wish.issue, wish.before)
            case w.ImportIssues():
                await self.clerk.issues.take_in(wish.file)
            case w.ExportIssues():
                await self.clerk.issues.take_out(wish.form, wish.file)
            case _:
                await self.rounds.write(self._deed(wish, self.rounds.run(wish.run)))

    def _deed(self, wish: w.OfRuns, run: Run) -> tuple[Draft, ...]:
        """The entries that say what a person did to a checklist. Raises ValueError."""
        now = self.clerk.now()
        if isinstance(wish, w.Told):  # also of one that was closed while it was being sent
            return self._told(wish, run, now)
        if run.closed_at is not None:
            raise ValueError("this checklist is closed")
        match wish:
            case w.Tick():
                return checklist.tick(run, wish.step, now)
            case w.Skip():
                return checklist.skip(run, wish.step, wish.reason, now)
            case w.SawIt():
                return checklist.saw(run, wish.step, wish.what, now)
            case w.TryAgain():
                return checklist.again(run, wish.step, now)
            case w.Answered():
                return checklist.answered(run, wish.step, wish.who, now, wish.text)
            case w.CloseRun():
                return checklist.close(run, wish.why)
            case _:
                assert_never(wish)

    def _told(self, wish: w.Told, run: Run, now: Now) -> tuple[Draft, ...]:
        step = run.of(wish.step)
        contact = self._contacts.get(step.contact) if step else None
        after = contact.retry_after if contact else RETRY_S
        return checklist.sent(run, wish.step, wish.channel, now, after, wish.act)

    def _finding(self, id: str) -> Finding:
        found = next((one for one in self.clerk.lookout.board.findings if one.id == id), None)
        if found is None:
            raise ValueError("this finding is gone")
        return found

    async def _ask(self, wish: w.AskWhat) -> None:
        board, why = self.clerk.lookout.board, ""
        if wish.run:
            run = self.rounds.run(wish.run)
            why = checklist.barred(run, wish.step)
            orders = () if why else self.aims.of_step(run, wish.step, board)
        elif wish.finding:
            open_run = self.clerk.desk.affairs.run_of(wish.finding)
            finding = self._finding(wish.finding)
            orders = self.aims.of_finding(finding, open_run, board, self.clerk.now(), wish.all)
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
        await self.clerk.doings.choose(wish.key, orders, why or NOTHING)

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

    async def _arm(self, wish: w.ArmIt) -> None:
        await self.acts.arm(
            wish.scopes, wish.minutes, wish.reason, wish.cases, wish.may_empty_topics
        )
        doing = self.clerk.doings.all.get(wish.key)
        if doing is not None and doing.order is not None:
            await self.clerk.doings.plan(wish.key, doing.order)

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
