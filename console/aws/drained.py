"""An act on a machine that is taken out of its load balancers before it, and put back after it.

Each answer is on the disk before anything else is sent. A no, a delay that passes, a neighbour
that is ill, disarming, an answer that could not be written down: before the act each of them puts
it back at once. Nothing more is sent where an answer was lost, nor by a console that is quit or
killed: the next plan for the machine puts it back then, and says since when it is out. After an
act that is not proven it stays out, and a person decides.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from console.aws import drain
from console.aws.drain import IDLE, LOST, Seat, names_of, seats_of
from console.aws.patience import PAUSES
from console.aws.watch import watch
from console.aws.writes import Postponed, send_one
from console.model import Plan, Verdict
from console.model.words import lasting
from console.poll import Failed
from console.proof import rest
from console.remedy import Refused, Rejected

if TYPE_CHECKING:
    from console.aws.drain import Found
    from console.proof import Proof
    from console.remedy import Hands

LOOK_S, SLACK_S = 5.0, 60.0  # between two looks; beyond the delay until it must be drained
CLEAR = STAYS = 2  # looks on end: one may be a stale read
ONE_S = 12.0  # a look of the proof: the last one must be over before it is given up as a whole
LATE_S = 60.0  # after which nothing that was sent arrives any more, and no look is a stale one
BACK, AGAIN = "register it again", "the same remedy registers it again"

Send = Callable[[Plan, "Hands"], Awaitable[Mapping[str, Any]]]
Prove = Callable[[Plan, Mapping[str, Any], "Hands"], Awaitable[Verdict]]


async def out_and_back(plan: Plan, hands: Hands, send: Send, prove: Prove) -> Mapping[str, Any]:
    """All of it, each request once; as `apply` of a remedy."""
    return await _Way(plan, hands, send, prove).go()


class _Way:
    """One machine on its way out and back."""

    def __init__(self, plan: Plan, hands: Hands, send: Send, prove: Prove) -> None:
        self.plan, self.hands, self.send, self.prove = plan, hands, send, prove
        self.seats, number = seats_of(plan), plan.seen["taken"]
        self.taken, last = self.seats[:number], number + plan.seen["acts"]
        self.act, self.first_back = replace(plan, requests=plan.requests[number:last]), last
        self.told: dict[str, Any] = {}
        """What is known so far: with every answer it is written down."""
        self.pauses = list(PAUSES)
        """Before a throttled request is sent again."""

    async def go(self) -> Mapping[str, Any]:
        """Out, drained, the act, its proof, and in again."""
        if why := await self._out() or await self._drained():
            return await self._back(why)
        if self.act.requests:
            try:
                verdict = await self._act()
            except (Rejected, Refused) as error:  # nothing was done to the machine
                if not self.taken:
                    raise
                return await self._back(str(error))
            if verdict.outcome != "verified":
                return {**self.told, "out": names_of(self.seats)}
        return await self._in(self.seats)

    async def _out(self) -> str:
        """Take its seats; why not all of them."""
        for number in range(len(self.taken)):
            if number:
                if why := self.hands.go_on():
                    self.taken = self.taken[:number]
                    return why
                self.hands.sends()
            try:
                reply = await send_one(self.plan, self.hands, number)
            except (Rejected, Refused) as error:
                if not number:
                    raise
                self.taken = self.taken[:number]
                return str(error)
            some = self.taken[: number + 1]
            self.told["taken_out"] = [seat.name for seat in some]
            if why := await self._note(reply, f"taken out of {names_of(some)}"):
                self.taken = some  # what nobody would know of after a crash is put back
                return why
        return ""

    async def _drained(self) -> str:
        """Wait until nothing drains any more; why it is not done."""
        begun, clear, said = self.hands.clock.now(), 0, ""
        limit = max((seat.delay_s for seat in self.taken), default=0.0) + SLACK_S
        while self.taken and clear < CLEAR:
            gone = (self.hands.clock.now() - begun).total_seconds()
            if why := self.hands.go_on():
                return why
            try:
                found = await drain.look(self.taken, self.plan, self.hands)
                still = [str(one) for one in found if not one.is_all(*drain.GONE, LOST)]
                clear, said = 0 if still else clear + 1, "; ".join(still)
                asks = clear >= CLEAR  # of EC2, right before the act
                if why := await drain.alone(found, self.plan, self.hands, asks=asks):
                    return why
            except Failed as error:
                clear, said = 0, str(error)
            if gone > limit and not clear:
                return f"it is not drained in {lasting(limit)}: {said}"
            self.hands.tell(f"drains: {said or 'it is drained'}", min(gone / limit, 1.0))
            if clear < CLEAR:
                await rest(self.hands, LOOK_S)
        return ""

    async def _act(self) -> Verdict:
        if self.taken and (why := self.hands.go_on()):
            raise Refused(why)
        started = {"started_at": self.hands.clock.now().isoformat()}
        self.hands.sends()
        sent = {**started, **await self.send(self.act, replace(self.hands, partly=self._partly))}
        self.told |= sent
        await self._note(sent, "the act was sent, and is not proven")
        verdict = await self.prove(self.act, sent, self.hands)
        told = {"outcome": verdict.outcome, "said": verdict.said}
        self.told["act"] = {**told, "evidence": list(verdict.evidence)}
        return verdict

    async def _back(self, why: str) -> Mapping[str, Any]:
        """Put back what was taken before the act; whatever was disarmed meanwhile."""
        self.told["stopped"] = why
        return await self._in(self.taken)

    async def _in(self, some: Sequence[Seat]) -> Mapping[str, Any]:
        """Give seats back, each once, whatever the answer to another was."""
        missed: dict[str, str] = {}
        self.told["started_at"] = self.hands.clock.now().isoformat()
        for number, seat in enumerate(some):
            try:
                self.told |= await self._give(self.first_back + self.seats.index(seat))
            except (Rejected, Refused, Failed) as error:
                if len(some) == 1 and not self.first_back:
                    raise
                missed[seat.name] = str(error)
                if isinstance(error, Failed):
                    self.told["lost"] = f"{seat.name}: {error}"
            if number + 1 < len(some):
                tried = names_of([one for one in some[: number + 1] if one.name not in missed])
                await self._note({}, f"registered again in {tried or 'none'}", some)
        return {**self.told, "missed": missed}

    async def _give(self, which: int) -> Mapping[str, Any]:
        """Send one of the last requests; where AWS said `not now`, again, within bounds."""
        while True:
            self.hands.sends()
            try:
                return await send_one(self.plan, self.hands, which)
            except Postponed:
                if not self.pauses:
                    raise
            await rest(self.hands, self.pauses.pop())

    async def _note(self, reply: Mapping[str, Any], how: str, seats: Sequence[Seat] = ()) -> str:
        """Why it is not on the disk, or nothing."""
        return await self._partly(reply, how, BACK, seats)

    async def _partly(
        self, reply: Mapping[str, Any], left: str, rest: str = "", seats: Sequence[Seat] = ()
    ) -> str:
        """On the disk: how it stands, and that the machine is out."""
        names = names_of(seats or self.seats)
        also = rest if rest == BACK else f"{rest}, and {BACK}"
        told = {**self.told, **reply}
        return await self.hands.partly(told, f"{left}; not yet back in all of {names}", also)


async def returned(plan: Plan, sent: Mapping[str, Any], hands: Hands) -> Verdict:
    """Healthy in every target group again, after an act that was proven."""
    proof = watch(plan, sent, hands)
    return await proof.follow(_Return(plan, sent, proof, hands).look)


class _Return:
    """One machine being followed back into its target groups."""

    def __init__(self, plan: Plan, sent: Mapping[str, Any], proof: Proof, hands: Hands) -> None:
        self.plan, self.sent, self.proof, self.hands = plan, sent, proof, hands
        self.seats, self.act = seats_of(plan), sent.get("act") or {}
        self.missing = 0
        """In how many looks on end it was missing somewhere."""

    async def look(self) -> Verdict | None:
        """One look at every seat; where it fails, what is known of them is said all the same."""
        try:
            async with asyncio.timeout(ONE_S):
                found = await drain.look(self.seats, self.plan, self.hands)
        except (Failed, TimeoutError) as error:
            return self._unseen(str(error) or f"no answer in {ONE_S:g} s")
        return self._seen(found)

    def _unseen(self, why: str) -> Verdict | None:
        proof = self.proof
        proof.said = f"{self._before()}the last look failed: {why}; {self._out()}: {AGAIN}"
        if not proof.over:
            return None
        late = f"not proven in {lasting(proof.deadline)}: {proof.said}"
        return proof.verdict(self.act.get("outcome", "unknown") if self._left else "unknown", late)

    @property
    def _left(self) -> bool:
        """Whether it was left out on purpose, after an act that was not proven."""
        return bool(self.act) and self.act["outcome"] != "verified"

    def _out(self) -> str:
        """Of what it was taken out by what was written down, while nobody sees where it is."""
        number = self.plan.seen["taken"]
        owed = [seat.name for seat in self.seats[number:]]
        sure = [*self.sent.get("taken_out", ()), *owed]
        begun = "stopped" in self.sent or self.act  # no further one is taken
        rest = [] if begun else [seat for seat in self.seats[:number] if seat.name not in sure]
        told = [f"taken out of {', '.join(dict.fromkeys(sure))}"] if sure else []
        told += [f"perhaps taken out of {names_of(rest)}"] if rest else []
        return f"{', '.join(told)}, not known whether back"

    def _seen(self, found: Sequence[Found]) -> Verdict | None:
        proof, before = self.proof, self._before()
        proof.evidence = [*self.act.get("evidence", ()), *map(str, found)]
        missing = [one.seat for one in found if one.is_missing]
        self.missing = self.missing + 1 if missing else 0
        out = f"{before}it is out of {names_of(missing)}: {AGAIN}"
        if self._left and (missing or "out" in self.sent):
            return proof.verdict(self.act["outcome"], out if missing else before)
        proof.said = f"{before}{'; '.join(map(str, found))}"
        if all(one.is_all(*drain.BACK) for one in found):
            sure = "lost" not in self.sent or proof.gone >= LATE_S
            return replace(self._whole(found), settled=sure) if sure or proof.over else None
        if missing and (self.missing > STAYS or proof.over):
            return proof.verdict("failed", out)
        return proof.verdict("failed", proof.said) if proof.over else None

    def _whole(self, found: Sequence[Found]) -> Verdict:
        """It is in every target group, and healthy wherever one is in use."""
        well = [one.seat for one in found if not one.is_all(IDLE, LOST)]
        told = [f"healthy in {names_of(well)}"] if well else []
        told += [str(one) for one in found if one.is_all(IDLE, LOST)]
        said = f"{self._before()}{'; '.join(told)}"
        if "stopped" in self.sent:
            return self.proof.verdict("failed", said)
        if self.act or not self.plan.seen["acts"]:
            return self.proof.verdict("verified", said)
        return self.proof.verdict("unknown", f"{said}; how far the act came is not known")

    def _before(self) -> str:
        """What there is to say before where it is."""
        why = self.sent.get("stopped")
        told = [f"nothing was done to the machine: {why}"] if why else []
        told += [str(self.act["said"])] if self.act else []
        told += [f"not registered in {n}: {w}" for n, w in self.sent.get("missed", {}).items()]
        if "lost" in self.sent and (left := self.sent.get("left")):
            told.append(f"{left}; {self.sent['lost']}")
        return "".join(f"{one}; " for one in told)
