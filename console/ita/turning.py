"""What both switches have in common: planned, turned once, read back twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from console.ita.refusal import Answered, Unreached
from console.ita.values import JOB_STOP, READ_ONLY, WORDS, Mode
from console.model import Order, Plan, Request, Verdict
from console.model.words import lasting
from console.poll import AuthExpired, Failed
from console.proof import Proof
from console.remedy import Refused, Rejected

if TYPE_CHECKING:
    from console.ita.api import ItaApi
    from console.remedy import Hands

LOOK_S = 2.0  # seconds between two reads of the proof
AGREE, DENY = 2, 3  # reads in a row that prove it, and that prove the contrary
LONG_S = 30.0  # and so long must "all is off" be said: a read that fails says it as well
OPERATION = "PATCH /api/platform/maintenance-mode-setting"
ALL = "in all organizations of the system"
LIES = "the platform also answers off/off when it cannot read its database"


def system_of(of: Order | Plan, hands: Hands) -> ItaApi:
    """The one system that is aimed at. Raises Refused."""
    if len(of.targets) != 1:
        raise Refused("one system has to be named")
    (target,) = of.targets
    if target.scope not in hands.estate.ita:
        raise Refused(f"there is no ITA system {target.scope} (estate.yaml)")
    return hands.clients.ita(target.scope)


def wanted(order: Order, hands: Hands) -> bool:
    """On or off, as the allow-list has it. Raises Refused."""
    entry = hands.allowance(order.remedy)
    if not entry.switch:
        raise Refused(f"{order.remedy} does not say `switch: on` or `switch: off` (remedies.yaml)")
    return entry.switch == "on"


def turned(key: str, on: bool, api: ItaApi, mode: Mode, order: Order) -> dict[str, Any]:
    """What every plan for a switch says alike."""
    settings, word = api.settings, "on" if on else "off"
    title = settings.title or api.name
    return {
        "remedy": order.remedy,
        "title": f"{WORDS[key].capitalize()} {word} · {title} · {ALL}",
        "targets": order.targets,
        "scopes": tuple(sorted({target.scope for target in order.targets})),
        "where": (
            ("system", title),
            ("address", settings.url),
            ("login", f"{settings.user or 'token'} ({settings.auth}), realm master"),
            ("now", str(mode)),
        ),
        "requests": (Request("ita", OPERATION, {key: "1" if on else "0"}),),
        "proof": f"read back twice: {WORDS[key]} {word}{_longer(key, on, mode)}",
        "seen": {"job_stop": mode.job_stop, "read_only": mode.read_only},
        "identity": {"address": settings.url},
    }


def _longer(key: str, on: bool, mode: Mode) -> str:
    """What leaves all off is read for longer."""
    other = READ_ONLY if key == JOB_STOP else JOB_STOP
    return "" if on or mode.of(other) else f", for {LONG_S:g} s: {LIES}"


def already(key: str, on: bool, mode: Mode) -> Refused:
    """It is as it is wanted: somebody did it, or an act of ours whose end was not heard."""
    word = "on" if on else "off"
    doubt = f"; {LIES}: look at it again before you believe it" if mode.off else ""
    return Refused(f"{WORDS[key]} is {word} already ({mode}): nothing is sent{doubt}")


@dataclass(frozen=True, slots=True)
class Switch:
    """One PATCH of one switch of the whole system; which one, and when, the plan says."""

    kind: str
    acts_on: frozenset[str] = frozenset({"ita"})
    takes_instance: bool = False

    async def apply(self, plan: Plan, hands: Hands) -> Mapping[str, Any]:
        """The one PATCH, once. An error of the platform is an answer; what it did is read."""
        api, (request,) = system_of(plan, hands), plan.requests
        ((key, value),) = request.params.items()
        try:
            return await api.switch(key, value == "1")
        except Unreached as error:
            raise Refused(f"nothing was sent: {error}") from None
        except AuthExpired as error:
            raise Rejected(f"{error} ({error.cure})") from None
        except Answered as error:
            if error.is_no:
                raise Rejected(str(error)) from None
            return {"error": str(error)}

    async def verify(self, plan: Plan, sent: Mapping[str, Any], hands: Hands) -> Verdict:
        """Read back until two reads in a row say so, or three that it is not."""
        proof = Proof(plan, sent, hands, every=LOOK_S)
        return await proof.follow(_ReadBack(plan, sent, proof, system_of(plan, hands)).look)


class _ReadBack:
    """One switch being read back."""

    def __init__(self, plan: Plan, sent: Mapping[str, Any], proof: Proof, api: ItaApi) -> None:
        self.proof, self.api, self.error = proof, api, str(sent.get("error", ""))
        self.answer = self.error or ("no answer came" if "lost" in sent else "it was accepted")
        ((self.key, value),) = plan.requests[0].params.items()
        self.on = value == "1"
        other = READ_ONLY if self.key == JOB_STOP else JOB_STOP
        self.other, self.other_was = other, bool(plan.seen.get(_fact(other)))
        self.agreed = self.denied = 0
        self.since = 0.0
        """When the first of those that agree was read, in seconds since the act was begun."""

    async def look(self) -> Verdict | None:
        """One read: what does not come, or cannot be believed, begins the count anew."""
        try:
            mode = await self.api.mode()
            if mode.off:  # said, too, where a read failed: then this one fails as well
                await self.api.running()
        except Failed:
            self.agreed = self.denied = 0
            raise
        if why := self._doubtful(mode):
            self.agreed = self.denied = 0
            self.proof.evidence = [f"reads: {mode}"]
            self.proof.said = f"it reads back as {mode}, and {why}; {LIES}"
            return None
        good = mode.of(self.key) is self.on
        self.agreed, self.denied = (self.agreed + 1, 0) if good else (0, self.denied + 1)
        self.proof.evidence = [f"reads: {mode}", *([f"answered: {self.error}"] * bool(self.error))]
        self.proof.said = f"it reads back as {mode}"
        if self.agreed == 1:
            self.since = self.proof.gone
        lasted = self.proof.gone - self.since
        if self.agreed >= AGREE and (lasted >= LONG_S or not mode.off):
            return self._turned(mode, lasted)
        return self._unturned(mode) if self.denied >= DENY else None

    def _doubtful(self, mode: Mode) -> str:
        """Why off/off cannot be believed, or nothing: this act can turn one switch alone.

        Nor can it where the switch was not written for an error: what fails to write the database
        fails to read it.
        """
        if mode.off and self.other_was:
            return f"{WORDS[self.other]} was on"
        return self.error if mode.off and self.error and not self.on else ""

    def _turned(self, mode: Mode, lasted: float) -> Verdict:
        long = f" in {lasting(lasted)}" if mode.off else ""
        said = f"read back {self.agreed} times{long}: {mode}"
        if mode.of(self.other) is self.other_was:
            return self.proof.verdict("verified", said)
        word = "on" if mode.of(self.other) else "off"
        meanwhile = f"{said}; {WORDS[self.other]} was turned {word} meanwhile, and not by this act"
        return self.proof.verdict("failed" if mode.read_only else "verified", meanwhile)

    def _unturned(self, mode: Mode) -> Verdict:
        said = f"{self.answer}, and reads back as {mode}"
        if not (mode.off and self.on):
            return self.proof.verdict("failed", said)
        # an error says by itself that nothing was turned; after an accepted request off/off may lie
        return self.proof.verdict("failed" if self.error else "unknown", f"{said}; {LIES}")


def _fact(key: str) -> str:
    return "job_stop" if key == JOB_STOP else "read_only"


def named(items: Sequence[Any], most: int = 5) -> str:
    """Some jobs by what they are, for a sentence."""
    told = [f"{i.organization}/{i.workspace} {i.backyard} ({i.status})" for i in items[:most]]
    return "; ".join(told) + (f"; {len(items) - most} more" if len(items) > most else "")
