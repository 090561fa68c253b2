"""A machine is drained before it is restarted, and put back after it: or it is said where it is."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from console.acting import Acts
from console.journal import Journal
from console.lab.aws.elbv2 import address_of
from console.lab.world import TargetGroup
from console.model import Changed, Order, Proposal, Verdict
from console.remedy import Refused
from tests.acting.world import no_room
from tests.remedies.aws.desk import Desk, words
from tests.remedies.aws.test_half_done import closed_asleep, fired, next_start, sleeping
from tests.remedies.aws.test_last_target import ill, web
from tests.remedies.aws.test_whole_act import acting

SCOPE, STOP_START, REBOOT = "tenants/prod", "ec2-stop-start", "ec2-reboot"
GROUPS = "tenants-prod-a, tenants-prod-c, tenants-prod-e"
OUT, BACK = ["DeregisterTargets"] * 3, ["RegisterTargets"] * 3
HALVES = {STOP_START: ["StopInstances", "StartInstances"], REBOOT: ["RebootInstances"]}
ACTS = [STOP_START, REBOOT]
AGAIN = "the same remedy registers it again"


@asynccontextmanager
async def draining(
    directory: Path, *, drains: Sequence[str] = ACTS
) -> AsyncIterator[tuple[Desk, Acts, Journal]]:
    """A console whose restarts drain first, armed; the sites behind load balancers are read."""
    async with acting(directory) as (lab, acts, journal):
        made = acts.hands.configuration
        entries = dict(made.remedies.remedies)
        for name in drains:
            entries[name] = entries[name].model_copy(update={"drain_first": True})
        site = made.estate.sites["tenants"]
        read = site.environments["prod"].model_copy(update={"ssm_reads": True})
        sites = {"tenants": site.model_copy(update={"environments": {"prod": read}})}
        estate = made.estate.model_copy(update={"sites": {**made.estate.sites, **sites}})
        allowed = made.remedies.model_copy(update={"remedies": entries})
        made = replace(made, estate=estate, remedies=allowed)
        context = replace(acts.hands.context, estate=estate)
        hands = replace(acts.hands, configuration=made, context=context)
        lab.hands = acts.hands = acts.survey.hands = hands
        await acts.arm([SCOPE], 60, "it is slow")
        yield lab, acts, journal


def order(lab: Desk, entry: str = STOP_START, number: int = 1) -> Order:
    return Order(entry, (web(lab, number),))


def groups(lab: Desk) -> list[TargetGroup]:
    """The target groups with the first machine, or without it."""
    return [one for one in lab.lab.world.groups if one.name in GROUPS.split(", ")]


def is_in(lab: Desk) -> list[bool]:
    id = web(lab, 1).name
    return [id in one.targets and id not in one.states for one in groups(lab)]


async def acted(lab: Desk, acts: Acts, entry: str = STOP_START) -> Verdict:
    return await fired(acts, await acts.propose(order(lab, entry)))


async def put_back(lab: Desk, acts: Acts, entry: str = STOP_START) -> Proposal:
    """What is offered after an act that left it out; it is run, and only registers."""
    lab.lab.aws_faults.lies.clear()
    lab.lab.aws_faults.denied.clear()
    for act in await acts.unfinished():
        await acts.look_again(act)
    before = len(lab.writes)
    rest = await acts.propose(order(lab, entry))
    assert {one.operation for one in rest.plan.requests} == {"RegisterTargets"}, rest.plan
    assert rest.plan.finishes and rest.refusals == (), rest.refusals
    ended = await fired(acts, rest)
    assert ended.outcome == "verified" and all(is_in(lab)), ended
    assert lab.writes[before:] == ["RegisterTargets"] * len(rest.plan.requests)
    again = await acts.propose(order(lab, entry))
    assert not again.plan.finishes and "DeregisterTargets" in str(again.plan.requests)
    return rest


async def test_the_plan_names_every_target_group_and_shows_every_request(tmp_path: Path) -> None:
    async with draining(tmp_path) as (lab, acts, _):
        groups(lab)[1].port, groups(lab)[1].delay_s = 8080, 20.0
        told = words((await acts.propose(order(lab))).plan)
        assert f"will: take it out of {GROUPS}, and wait until it is drained there" in told
        assert f"will: once it is proven and well, register it again in {GROUPS}" in told
        assert "kept: requests of its load balancers that end while it drains" in told
        assert any("takes: up to 5 min to drain, then about 3 to 6 min" in one for one in told)
        sent = [one.removeprefix("sends: ") for one in told if one.startswith("sends: ")]
        kinds = [one.split()[1] for one in sent]
        assert kinds == [*OUT, *HALVES[STOP_START], *BACK]
        assert "'Port': 8080" in sent[1] and "'Port': 8080" in sent[6] and "'Port': 80}" in sent[0]
        assert any(one.endswith(f"then healthy again in {GROUPS}") for one in told)


@pytest.mark.parametrize("entry", ACTS)
async def test_it_is_out_and_drained_before_the_act_and_healthy_in_all_after_it(
    tmp_path: Path, entry: str
) -> None:
    async with draining(tmp_path) as (lab, acts, journal):
        groups(lab)[1].port = 8080
        verdict = await acted(lab, acts, entry)
        assert verdict.outcome == "verified", verdict
        assert verdict.said.endswith(f"healthy in {GROUPS}") and all(is_in(lab))
        assert lab.writes == [*OUT, *HALVES[entry], *BACK]
        parts = [one.data.get("request") for one in journal.entries() if one.kind == "remedy.sent"]
        whole = len(lab.writes)
        assert parts == [*range(1, whole), None], "each answer is on the disk by itself"


async def test_nothing_is_restarted_while_it_drains(tmp_path: Path) -> None:
    async with draining(tmp_path) as (lab, acts, _):
        groups(lab)[2].delay_s = 1200.0
        proposal = await acts.propose(order(lab))
        seen: list[tuple[int, bool]] = []

        async def sleep(seconds: float) -> None:
            lab.lab.world.settle()
            drains = any("draining" in str(one.states) for one in groups(lab))
            seen.append((len(lab.writes), drains))
            await lab.clock.sleep(seconds)

        sleeping(acts, sleep)
        assert (await fired(acts, proposal)).outcome == "verified"
        assert {number for number, drains in seen if drains} == {3}
        assert sum(drains for _, drains in seen) >= 1200 / 25 - 1


async def test_a_stale_look_without_the_target_is_not_believed(tmp_path: Path) -> None:
    async with draining(tmp_path) as (lab, acts, _):
        lab.lie("old", "DescribeTargetHealth")
        proposal, begun = await acts.propose(order(lab)), lab.clock.gone
        sent: list[float] = []

        async def sleep(seconds: float) -> None:
            if "StopInstances" not in lab.writes:
                sent.append(lab.clock.gone)
            await lab.clock.sleep(seconds)

        sleeping(acts, sleep)
        assert (await fired(acts, proposal)).outcome == "verified"
        assert sent[-1] - begun >= 300


async def test_where_the_entry_does_not_say_so_nothing_is_drained(tmp_path: Path) -> None:
    async with acting(tmp_path) as (lab, acts, _):
        plan = (await acts.propose(order(lab))).plan
        assert [one.operation for one in plan.requests] == HALVES[STOP_START]


def by_address(lab: Desk) -> None:
    host = lab.host("tenants-prod-web-1")
    groups(lab)[0].kind = "ip"
    groups(lab)[0].targets[0] = address_of(host)


def scaled(lab: Desk) -> None:
    lab.host("tenants-prod-web-1").tags["aws:autoscaling:groupName"] = "web"


def half_out(lab: Desk) -> None:
    groups(lab)[0].states[web(lab, 1).name] = ("draining", "Target.DeregistrationInProgress")


def unsure(lab: Desk) -> None:
    groups(lab)[0].states[web(lab, 1).name] = ("unavailable", "Target.HealthCheckDisabled")


def unread(lab: Desk) -> None:
    lab.host("tenants-prod-web-1").agent = "ConnectionLost"


CANNOT: list[tuple[str, Callable[[Desk], None]]] = [
    ("is registered by its address in target group tenants-prod-a", by_address),
    ("the Auto Scaling group web, which registers and replaces its machines by itself", scaled),
    ("is draining in target group tenants-prod-a: somebody takes it out", half_out),
    ("is unavailable in target group tenants-prod-a: .* its health is not known", unsure),
    ("cannot be drained first, as nothing would prove its reboot", unread),
]


@pytest.mark.parametrize(("why", "change"), CANNOT, ids=[one.__name__ for _, one in CANNOT])
async def test_what_cannot_be_put_back_is_not_taken_out(
    tmp_path: Path, why: str, change: Callable[[Desk], None]
) -> None:
    async with draining(tmp_path) as (lab, acts, _):
        change(lab)
        with pytest.raises(Refused, match=why):
            await acts.propose(order(lab, REBOOT))
        assert lab.writes == []


@pytest.mark.parametrize("entry", ACTS)
async def test_the_last_healthy_target_is_not_drained_either(tmp_path: Path, entry: str) -> None:
    async with draining(tmp_path) as (lab, acts, _):
        ill(lab, 2)
        proposal = await acts.propose(order(lab, entry))
        assert "the last healthy target" in str(proposal.refusals)
        with pytest.raises(Refused):
            await acts.fire(proposal, proposal.plan.typed, [proposal.plan.targets[0].name])
        assert lab.writes == []


async def test_a_machine_that_is_ill_everywhere_is_restarted_without_draining(
    tmp_path: Path,
) -> None:
    async with draining(tmp_path) as (lab, acts, _):
        ill(lab, 1)
        plan = (await acts.propose(order(lab))).plan
        assert [one.operation for one in plan.requests] == HALVES[STOP_START]


async def neighbour_ill(lab: Desk, acts: Acts) -> None:
    ill(lab, 2)


async def neighbour_stopped(lab: Desk, acts: Acts) -> None:
    """The load balancer has not noticed."""
    for group in groups(lab):
        group.states[web(lab, 2).name] = ("healthy", "")
    lab.host("tenants-prod-web-2").state = "stopped"


async def disarmed(lab: Desk, acts: Acts) -> None:
    await acts.disarm("on request")


async def no_stop(lab: Desk, acts: Acts) -> None:
    lab.lab.aws_faults.denied.add(("*", "StopInstances"))


BEFORE = [
    (neighbour_ill, "nothing else is healthy in", []),
    (neighbour_stopped, f"healthy in {GROUPS} any more \\(i-.*: it is stopped\\)", []),
    (disarmed, "on request, since the act was begun", []),
    (no_stop, "ec2:StopInstances is not allowed", ["StopInstances"]),
]


@pytest.mark.parametrize(
    ("change", "why", "tried"), BEFORE, ids=[one.__name__ for one, *_ in BEFORE]
)
async def test_what_ends_it_before_the_act_puts_it_back_at_once(
    tmp_path: Path, change: Callable, why: str, tried: list[str]
) -> None:
    async with draining(tmp_path) as (lab, acts, _):
        proposal = await acts.propose(order(lab))
        changed = False

        async def sleep(seconds: float) -> None:
            nonlocal changed
            if not changed:
                await change(lab, acts)
            changed = True
            await lab.clock.sleep(seconds)

        sleeping(acts, sleep)
        verdict = await fired(acts, proposal)
        assert verdict.outcome == "failed", verdict
        assert "nothing was done to the machine" in verdict.said
        assert re.search(why, verdict.said), verdict
        assert all(is_in(lab)) and f"healthy in {GROUPS}" in verdict.said
        assert lab.writes == [*OUT, *tried, *BACK]
        assert lab.host("tenants-prod-web-1").state == "running"


async def test_what_is_said_to_be_drained_and_is_not_is_put_back(tmp_path: Path) -> None:
    async with draining(tmp_path) as (lab, acts, _):
        lab.lie("nothing", "DeregisterTargets")
        verdict = await acted(lab, acts)
        assert verdict.outcome == "failed" and all(is_in(lab)), verdict
        assert "it is not drained in 6 min: tenants-prod-a: healthy" in verdict.said
        assert lab.writes == [*OUT, *BACK]


class Second(set[tuple[str, str]]):
    """Every deregistering but the first is denied."""

    def __init__(self, lab: Desk) -> None:
        self.lab = lab

    def __contains__(self, pair: object) -> bool:
        return pair == ("*", "DeregisterTargets") and bool(self.lab.writes)


async def test_a_second_group_that_refuses_puts_the_first_one_back(tmp_path: Path) -> None:
    async with draining(tmp_path) as (lab, acts, _):
        lab.lab.aws_faults.denied = Second(lab)
        verdict = await acted(lab, acts)
        assert verdict.outcome == "failed" and all(is_in(lab)), verdict
        assert "DeregisterTargets is not allowed" in verdict.said
        assert lab.writes == [*OUT[:2], *BACK[:1]]


async def test_a_first_group_that_refuses_leaves_nothing_undone(tmp_path: Path) -> None:
    async with draining(tmp_path) as (lab, acts, _):
        lab.lab.aws_faults.denied.add(("*", "DeregisterTargets"))
        assert (await acted(lab, acts)).said.startswith("nothing was done: ")
        lab.lab.aws_faults.denied.clear()
        assert (await acted(lab, acts)).outcome == "verified", "no cool-down began"


class Full(set[tuple[str, str]]):
    """From the first deregistering until the first registering no file may grow."""

    def __init__(self, room: ExitStack) -> None:
        self.room = room

    def __contains__(self, pair: object) -> bool:
        if pair == ("*", "DeregisterTargets"):
            self.room.enter_context(no_room())
        if pair == ("*", "RegisterTargets"):
            self.room.close()
        return False


async def test_what_could_not_be_written_down_is_put_back_before_the_act(tmp_path: Path) -> None:
    async with draining(tmp_path) as (lab, acts, _):
        with ExitStack() as room:
            lab.lab.aws_faults.denied = Full(room)
            verdict = await acted(lab, acts)
        assert verdict.outcome == "failed" and all(is_in(lab)), verdict
        assert "nothing was done to the machine: not written down: " in verdict.said
        assert lab.writes == [*OUT[:1], *BACK[:1]]


async def test_while_aws_is_dead_nothing_is_restarted_and_the_rest_is_a_plan(
    tmp_path: Path,
) -> None:
    async with draining(tmp_path) as (lab, acts, _):
        proposal = await acts.propose(order(lab))

        async def sleep(seconds: float) -> None:
            lab.lab.aws_faults.down.add("*")
            await lab.clock.sleep(seconds)

        sleeping(acts, sleep)
        verdict = await fired(acts, proposal)
        assert verdict.outcome == "unknown", verdict
        unseen = f"taken out of {GROUPS}, not known whether back: {AGAIN}"
        assert verdict.said.endswith(unseen), verdict
        assert "the last look failed: " in verdict.said
        assert lab.writes == OUT and lab.host("tenants-prod-web-1").state == "running"
        sleeping(acts, lab.clock.sleep)
        lab.lab.aws_faults.down.clear()
        await put_back(lab, acts)


@pytest.mark.parametrize("entry", ACTS)
async def test_after_an_act_that_is_not_proven_it_stays_out_and_that_is_said(
    tmp_path: Path, entry: str
) -> None:
    async with draining(tmp_path) as (lab, acts, _):
        lab.lie("nothing", HALVES[entry][-1])
        verdict = await acted(lab, acts, entry)
        assert verdict.outcome in ("failed", "unknown")
        assert verdict.said.endswith(f"it is out of {GROUPS}: {AGAIN}"), verdict
        assert lab.writes == [*OUT, *HALVES[entry]] and not any(is_in(lab))
        if entry == REBOOT:  # it runs, and is well
            rest = await put_back(lab, acts, entry)
            assert "out of it since the act of" in rest.plan.will[0]
            return
        lab.lab.aws_faults.lies.clear()
        rest = await acts.propose(order(lab, entry))
        assert [one.operation for one in rest.plan.requests] == ["StartInstances", *BACK]
        assert rest.refusals == () and rest.plan.finishes
        ended = await fired(acts, rest)
        assert ended.outcome == "verified" and all(is_in(lab)), ended


@pytest.mark.parametrize("how", ["nothing", "drop", "silent", "deny"])
async def test_a_register_that_lies_is_never_verified(tmp_path: Path, how: str) -> None:
    async with draining(tmp_path) as (lab, acts, _):
        if how == "deny":
            lab.lab.aws_faults.denied.add(("*", "RegisterTargets"))
        else:
            lab.lie(how, "RegisterTargets")
        verdict = await acted(lab, acts, REBOOT)
        assert verdict.outcome == ("unknown" if how == "drop" else "failed"), verdict
        assert lab.writes == [*OUT, *HALVES[REBOOT], *BACK], "each once, whatever the other said"
        assert all(is_in(lab)) == (how == "drop")
        if how != "drop":
            assert f"it is out of {GROUPS}: {AGAIN}" in verdict.said
            await put_back(lab, acts, REBOOT)


@pytest.mark.parametrize("how", ["drop", "silent"])
@pytest.mark.parametrize("operation", ["DeregisterTargets", "RebootInstances"])
async def test_after_a_lost_answer_nothing_more_is_sent_and_the_rest_is_a_plan(
    tmp_path: Path, how: str, operation: str
) -> None:
    async with draining(tmp_path) as (lab, acts, _):
        lab.lie(how, operation)
        verdict = await acted(lab, acts, REBOOT)
        first = operation == "DeregisterTargets"
        assert lab.writes == ([operation] if first else [*OUT, operation])
        assert verdict.outcome == ("unknown" if first else "failed"), verdict
        if (how, first) == ("silent", True):
            assert all(is_in(lab))
            return
        out = "tenants-prod-a" if first else GROUPS
        assert f"it is out of {out}: {AGAIN}" in verdict.said, verdict
        await lab.live(120)
        rest = await put_back(lab, acts, REBOOT)
        assert len(rest.plan.requests) == (1 if first else 3)


async def test_a_machine_that_is_ill_and_out_may_be_restarted_and_is_put_back_after_it(
    tmp_path: Path,
) -> None:
    async with draining(tmp_path) as (lab, acts, _):
        lab.lie("drop", "RebootInstances")
        await acted(lab, acts, REBOOT)
        lab.lab.aws_faults.lies.clear()
        await lab.live(120)
        lab.host("tenants-prod-web-1").checks["system"] = "impaired"
        plan = await acts.propose(order(lab))
        sent = [one.operation for one in plan.plan.requests]
        assert sent == [*HALVES[STOP_START], *BACK] and not plan.plan.finishes
        ended = await fired(acts, plan)
        assert ended.outcome == "verified" and all(is_in(lab)), ended


@pytest.mark.parametrize("moment", ["drains", "stops"])
async def test_quitting_on_the_way_says_what_is_left_and_the_next_start_does_it(
    tmp_path: Path, moment: str
) -> None:
    async with draining(tmp_path) as (lab, acts, _):
        waits = asyncio.Event()

        async def hang(seconds: float) -> None:
            if (moment == "drains") == ("StopInstances" not in lab.writes):
                waits.set()
                await asyncio.Event().wait()
            await lab.clock.sleep(seconds)

        proposal = await acts.propose(order(lab))
        sleeping(acts, hang)
        await closed_asleep(acts, proposal, waits)
        sleeping(acts, lab.clock.sleep)
        later = next_start(tmp_path, acts, lab)
        (left,) = await later.unfinished()
        assert f"not yet back in all of {GROUPS}" in str(left) and "register it again" in left.rest
        await lab.live(400)
        await later.arm([SCOPE], 20, "the next start")
        verdict = await later.look_again(left)
        assert verdict.outcome == "failed" and AGAIN in verdict.said, verdict
        rest = await later.propose(order(lab))
        sent = [one.operation for one in rest.plan.requests]
        assert sent == ([] if moment == "drains" else ["StartInstances"]) + BACK
        ended = await later.fire(rest, "", [web(lab, 1).name])
        assert not isinstance(ended, Changed) and ended.outcome == "verified", ended
        assert all(is_in(lab)) and set(Counter(lab.writes).values()) <= {1, 3}
        await later.close()
