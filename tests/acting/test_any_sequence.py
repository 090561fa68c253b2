"""Whatever is called in whatever order: nothing is applied that was not shown, armed, written."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections import Counter
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from console.acting import Acts
from console.config.cases import Case
from console.journal import Journal
from console.model import Changed, Order, Plan, Proposal, Ref, Request, Verdict
from console.remedy import Hands, Refused, Rejected
from tests.acting.world import Stage, configuration

T = TypeVar("T")
ONE, TWO = Ref("deployment", "cluster", "shop/one"), Ref("deployment", "cluster", "shop/two")
FAR = Ref("deployment", "elsewhere", "shop/far")
ORDERS = [Order("restart-web", (ref,)) for ref in (ONE, TWO, FAR)]
ORDERS += [Order("restart-web", ()), Order("no-such", (ONE,)), Order("restart-web", (ONE, TWO))]
NIGHT = {
    "id": "night",
    "title": "the night",
    "severity": "warning",
    "when": [{"source": "workloads", "where": {"mem_pct": "> 80"}}],
    "steps": [
        {"id": "auto", "run": "restart-web", "auto": True},
        {"id": "by-hand", "run": "restart-web"},
    ],
}
STEPS = [("r1", "auto"), ("r2", "auto"), ("r1", "by-hand"), ("r1", "gone")]
ALONE = [Order("restart-web", (ONE,), "night", run, step, unattended=True) for run, step in STEPS]
ALONE += [replace(ALONE[0], case="other"), replace(ALONE[0], run="")]


@dataclass
class Ledger:
    """A remedy in memory: what it would lose is the test's to change, what it sends is counted."""

    kind: str = "rollout-restart"
    acts_on: frozenset[str] = frozenset({"deployment"})
    takes_instance: bool = False
    loses: str = "nothing"
    mood: str = ""
    applied: list[Plan] = field(default_factory=list)
    meanwhile: list[Any] = field(default_factory=list)
    """Called while the plan is made anew, as a person's key might be."""

    async def plan(self, order: Order, hands: Hands) -> Plan:
        for call in self.meanwhile:
            call()
        self.meanwhile.clear()
        call = Request("local", "restart", {"names": [ref.name for ref in order.targets]})
        base = dict.fromkeys(("where", "will", "keeps"), ())
        return Plan(
            remedy=order.remedy,
            title="restart",
            targets=order.targets,
            scopes=tuple(sorted({ref.scope for ref in order.targets})),
            **base,
            loses=(self.loses,),
            takes="",
            requests=(call,),
            proof="",
            typed="jobs" if self.loses == "jobs" else "",
        )

    async def apply(self, plan: Plan, hands: Hands) -> Mapping[str, Any]:
        self.applied.append(plan)
        if self.mood == "reject":
            raise Rejected("no")
        if self.mood == "lost":
            raise ConnectionResetError("gone")
        return {}

    async def verify(self, plan: Plan, sent: Mapping[str, Any], hands: Hands) -> Verdict:
        return Verdict("verified", "it did")


UPSETS = [*[""] * 9, "disarm", "sleep", "change", "age", "lock", "expire", "late"]
CALM = [*[""] * 9, *sorted(set(UPSETS))]
FORGED = [*[""] * 9, "copy", "guards", "act", "plan"]
CASES = {"night": Case.model_validate(NIGHT)}
CONFIGURED = replace(configuration(cool_down="0.000001s"), cases=CASES)
OTHER = {"nothing": "jobs", "jobs": "nothing"}
BETWEEN = ["", "", "", "as a person", "disarm"]
COUNT: Counter[str] = Counter()


class AnySequence(RuleBasedStateMachine):
    """Two consoles of one estate, and everything that can be done to them."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.directory = Path(tempfile.mkdtemp(prefix="acting-"))
        self.remedy = Ledger()
        self.stage = Stage(self.directory, self.remedy, CONFIGURED, targets=(ONE, TWO, FAR))
        self.consoles = [self.stage.acts(), self.stage.acts()]
        self.shown: list[tuple[Acts, Proposal]] = []
        self.fired: list[Proposal] = []
        self.begun: set[tuple[str, str]] = set()
        """Steps of which an act may have been sent."""

    def run(self, work: Coroutine[Any, Any, T]) -> T | Refused:
        async def caught() -> T | Refused:
            try:
                return await work
            except Refused as refused:
                return refused

        return self.loop.run_until_complete(caught())

    def teardown(self) -> None:
        for acts in self.consoles:
            self.run(acts.close())
        self.loop.close()
        shutil.rmtree(self.directory)

    @rule(
        who=st.integers(0, 1),
        scopes=st.lists(st.sampled_from(["cluster", "sakai/stg", "none"]), max_size=2),
        minutes=st.sampled_from([0, 1, 10, 480, 481]),
        reason=st.sampled_from(["a test", "a test", ""]),
        cases=st.sampled_from([[], [], ["night"], ["none"]]),
    )
    def arm(self, who: int, scopes: list[str], minutes: int, reason: str, cases: list[str]) -> None:
        acts = self.consoles[who]
        armed = self.run(acts.arm(scopes, minutes, reason, cases))
        if not isinstance(armed, Refused):
            assert cases != ["none"]
            assert scopes and reason and 0 < minutes <= 480
            assert set(scopes) <= {"cluster", "sakai/stg"}
            assert acts.armed == armed and self.consoles[1 - who].armed is None

    @initialize(order=st.sampled_from(ALONE), between=st.sampled_from(BETWEEN))
    def begin(self, order: Order, between: str) -> None:
        self.go_alone(0, order, between, "")
        self.arm_well(0)
        self.propose(0, ORDERS[0])

    @rule(
        who=st.sampled_from([0, 0, 0, 1]),
        order=st.sampled_from(ORDERS[:2]),
        shown=st.sampled_from(UPSETS),
        fired=st.sampled_from(UPSETS),
        forge=st.sampled_from(FORGED),
        rearm=st.booleans(),
        again=st.booleans(),
    )
    def act(
        self, who: int, order: Order, shown: str, fired: str, forge: str, rearm: bool, again: bool
    ) -> None:
        """A whole act, with what may come between its showing, its firing and its request."""
        self.arm_well(who)
        self.propose(who, order)
        self.upset(shown, self.consoles[who])
        if rearm:
            self.arm_well(who)
        if self.shown:
            acts, proposal = self.shown[-1]
            self.fire_one(acts, proposal, self.consoles[who], forge, "jobs", fired)
            if again:
                self.fire_one(acts, proposal, self.consoles[who], "", "jobs", "")

    @rule(fired=st.sampled_from(CALM))
    def act_calmly(self, fired: str) -> None:
        self.act(0, ORDERS[0], "", fired, "", False, True)

    @rule(who=st.integers(0, 1))
    def arm_well(self, who: int) -> None:
        self.run(self.consoles[who].arm(["cluster"], 10, "a test"))

    @rule(
        who=st.integers(0, 1),
        order=st.sampled_from([*ALONE, ALONE[0], ALONE[0]]),
        between=st.sampled_from(BETWEEN),
        mood=st.sampled_from(["", "", "lost", "reject"]),
    )
    def go_alone(self, who: int, order: Order, between: str, mood: str) -> None:
        """A machine's act under an arming for the night, and what may come in between."""
        acts, self.remedy.mood = self.consoles[who], mood
        self.run(acts.arm(["cluster"], 10, "a night", ["night"]))
        self.propose(who, order)
        if between == "as a person":
            self.run(acts.arm(["cluster"], 10, "a test"))
        elif between == "disarm":
            self.run(acts.disarm("by hand"))
        if self.shown and self.shown[-1][1].order is order:
            before = len(self.remedy.applied)
            self.fire_one(acts, self.shown[-1][1], acts, "", "jobs", "")
            COUNT["alone" if len(self.remedy.applied) > before else "not alone"] += 1
        self.remedy.mood = ""

    @rule(who=st.integers(0, 1))
    def disarm(self, who: int) -> None:
        self.run(self.consoles[who].disarm("by hand"))
        assert self.consoles[who].armed is None

    @rule(who=st.integers(0, 1), order=st.sampled_from([*ORDERS, ORDERS[0], ORDERS[0]]))
    def propose(self, who: int, order: Order) -> None:
        acts = self.consoles[who]
        proposal = self.run(acts.propose(order))
        if isinstance(proposal, Proposal):
            self.shown.append((acts, proposal))

    @precondition(lambda self: self.shown)
    @rule(
        data=st.data(),
        who=st.integers(0, 1),
        forge=st.sampled_from(FORGED),
        typed=st.sampled_from(["", "jobs", "force"]),
        meanwhile=st.sampled_from(
            ["", "", "", "disarm", "sleep", "change", "age", "lock", "expire"]
        ),
    )
    def fire(self, data: Any, who: int, forge: str, typed: str, meanwhile: str) -> None:
        acts, shown = data.draw(st.sampled_from(self.shown[-4:]))
        self.fire_one(acts, shown, self.consoles[who], forge, typed, meanwhile)

    def fire_one(
        self, acts: Acts, shown: Proposal, firing: Acts, forge: str, typed: str, meanwhile: str
    ) -> None:
        proposal = {
            "": shown,
            "copy": replace(shown),
            "guards": replace(shown, guards=()),
            "act": replace(shown, act="forged"),
            "plan": replace(shown, plan=replace(shown.plan, loses=())),
        }[forge]
        if meanwhile:
            self.remedy.meanwhile.append(lambda: self.upset(meanwhile, firing))
        may = self.may(firing, acts, proposal, shown, typed, meanwhile)
        before = len(self.remedy.applied)
        said = self.run(firing.fire(proposal, typed, ["force", typed]))
        self.remedy.meanwhile.clear()
        self.stage.age = 0
        sent = len(self.remedy.applied) - before
        assert sent in (0, 1)
        COUNT["sent" if sent else "refused"] += 1
        if sent:
            assert isinstance(said, Verdict)
            assert may
            assert self.remedy.applied[-1].same_act(shown.plan)
            assert shown.plan.loses == (self.remedy.loses,)
            assert not any(one is shown for one in self.fired)
            self.fired.append(shown)
            order = shown.order
            if order.unattended:
                assert (order.run, order.step) not in self.begun, "a machine does a step once"
            if isinstance(said, Verdict) and "nothing was done" not in said.said:
                self.begun.add((order.run, order.step))
        else:
            assert isinstance(said, Refused | Changed)
        if isinstance(said, Changed):
            self.shown.append((firing, said.proposal))
        if may:
            assert sent, f"nothing was against it, but: {said}"

    def may(
        self,
        firing: Acts,
        acts: Acts,
        proposal: Proposal,
        shown: Proposal,
        typed: str,
        meanwhile: str,
    ) -> bool:
        """Whether everything that must hold does, told apart from the program's own way."""
        armed = firing.armed
        loses = OTHER[self.remedy.loses] if meanwhile == "change" else self.remedy.loses
        slept = firing.arms.slept_at
        return (
            meanwhile in ("", "change")
            and self.stage.age == 0
            and firing is acts
            and proposal is shown
            and not any(one is shown for one in self.fired)
            and firing.shown._shown.get(shown.act) is shown
            and armed is not None
            and armed.scopes >= set(shown.plan.scopes)
            and len(shown.plan.targets) == 1
            and shown.plan.loses == (loses,)
            and (shown.plan.typed in ("", typed))
            and (slept is None or shown.at > slept)
            and (self.stage.now() - shown.at).total_seconds() < 890
            and (not shown.order.unattended or self.may_alone(shown.order, armed.cases, loses))
        )

    def may_alone(self, order: Order, cases: frozenset[str], loses: str) -> bool:
        """Whether an arming for the night lets a machine do this: once, where it is marked."""
        marked = order.case == "night" and order.step == "auto" and bool(order.run)
        done = (order.run, order.step) in self.begun
        return "night" in cases and marked and not done and loses == "nothing"

    def upset(self, how: str, acts: Acts) -> None:
        """Something happens between the key and the request."""
        if how == "disarm":
            acts.arms.end("by hand")
        elif how == "sleep":
            self.stage.asleep += 60
        elif how == "change":
            self.change()
        elif how == "age":
            self.stage.age = 500
        elif how == "lock":
            (self.directory / "operator.lock").unlink(missing_ok=True)
        elif how == "expire":
            self.stage.ahead += 9 * 3600
        elif how == "late":
            self.stage.ahead += 1000

    @rule()
    def change(self) -> None:
        self.remedy.loses = OTHER[self.remedy.loses]

    @rule(mood=st.sampled_from(["", "reject", "lost"]))
    def mood(self, mood: str) -> None:
        self.remedy.mood = mood

    @rule(seconds=st.sampled_from([1, 59, 601, 1000]))
    def wait(self, seconds: int) -> None:
        self.stage.ahead += seconds

    @rule()
    def sleep(self) -> None:
        self.stage.asleep += 60
        assert all(acts.armed is None for acts in self.consoles)

    @rule(who=st.integers(0, 1))
    def resume(self, who: int) -> None:
        self.consoles[who].resumed()
        assert self.consoles[who].armed is None

    @rule()
    def lose_the_lock(self) -> None:
        (self.directory / "operator.lock").unlink(missing_ok=True)
        assert all(acts.armed is None for acts in self.consoles)

    @rule(who=st.integers(0, 1))
    def restart(self, who: int) -> None:
        self.run(self.consoles[who].close())
        assert isinstance(self.run(self.consoles[who].arm(["cluster"], 10, "late")), Refused)
        self.consoles[who] = self.stage.acts()

    @rule(who=st.integers(0, 1))
    def look_again(self, who: int) -> None:
        before = len(self.remedy.applied)
        for act in self.run(self.consoles[who].unfinished()):  # type: ignore[union-attr]
            self.run(self.consoles[who].look_again(act))
        assert len(self.remedy.applied) == before

    @invariant()
    def every_act_was_shown_and_begun_on_the_disk_and_has_its_end(self) -> None:
        entries = Journal(self.directory / "journal.jsonl").entries()
        acts: dict[str, list[str]] = {}
        for entry in entries:
            if entry.kind.startswith("remedy."):
                acts.setdefault(entry.data["act"], []).append(entry.kind)
        begun = [kinds for kinds in acts.values() if "remedy.started" in kinds]
        # what the vendor turned down was sent, though it did nothing
        unsent = [
            e
            for e in entries
            if e.kind == "remedy.failed" and e.data.get("sent") is False
            if not e.data["said"].startswith("nothing was done")
        ]
        assert len(begun) - len(unsent) == len(self.remedy.applied)
        for kinds in begun:
            assert kinds[:2] == ["remedy.planned", "remedy.started"]
            assert kinds.count("remedy.started") == 1

    @invariant()
    def at_most_one_console_is_armed(self) -> None:
        assert sum(acts.armed is not None for acts in self.consoles) <= 1


def test_any_sequence() -> None:
    COUNT.clear()
    run_state_machine_as_test(
        AnySequence,
        settings=settings(
            max_examples=100,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
        ),
    )
    assert COUNT["alone"] >= 15 and COUNT["not alone"] >= 50, COUNT
    # of what was fired: sent in many an example, and refused in each on the average
    assert COUNT["sent"] >= 75 and COUNT["refused"] >= 100, COUNT
