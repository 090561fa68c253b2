"""A restart: kubectl's patch, kubectl's judgement, and no verdict that the Pods do not bear out."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from console.clients import Clients
from console.clock import Clock
from console.commands.init import shipped
from console.config import load
from console.kubernetes.rollout import RESTARTED_AT
from console.lab.lab import Lab
from console.model import Order, Plan, Ref
from console.poll import Context
from console.remedies import REMEDIES
from console.remedy import Refused, Rejected
from console.sources.workloads import Workload, Workloads
from tests.kubernetes.cluster import NAME, SPACE
from tests.kubernetes.test_contract import IMAGE, REAL, Place, judged, place
from tests.remedies.kubernetes.desk import (
    RESTART,
    WORLD,
    Desk,
    act,
    carry_out,
    configured,
    desk,
    hands,
    propose,
)

everywhere = pytest.mark.parametrize("where", ["lab", "real"] if REAL else ["lab"])
PATH = f"/apis/apps/v1/namespaces/{SPACE}/deployments/js"


def on(here: Place, directory: Path) -> tuple[Order, Any]:
    """The order and the hands for a place of the contract."""
    configuration = configured(directory, estate=WORLD, remedies={"remedies": RESTART})
    clients = here.api._clients
    with_ = hands(Context(clients.estate, clients, Clock()), configuration)
    if REAL:
        with_ = replace(with_, sleep=asyncio.sleep)
    return Order("rollout-restart", (Ref("deployment", NAME, f"{here.space}/js"),)), with_


@everywhere
async def test_a_restart_is_verified_once_every_pod_is_new(where: str, tmp_path: Path) -> None:
    async with place(where, tmp_path) as here:
        await here.deploy("js")
        await here.settled("js")
        before = {pod["metadata"]["uid"] for pod in await here.api.items(here.pods)}
        order, with_ = on(here, tmp_path)
        plan = await propose(order, with_)
        assert "replace the 2 Pods" in plan.will[0] and not plan.warnings
        verdict = await carry_out(plan, with_)
        assert (verdict.outcome, verdict.said) == (
            "verified",
            'deployment "js" successfully rolled out',
        )
        pods = await here.api.items(here.pods)
        left = {
            pod["metadata"]["uid"] for pod in pods if "deletionTimestamp" not in pod["metadata"]
        }
        assert len(left) == 2 and not left & before
        again = await propose(order, with_)
        assert again.last_acted_by == "oncall", "managedFields tell who it was"


@everywhere
async def test_a_restart_that_cannot_come_up_fails_and_names_the_way_back(
    where: str, tmp_path: Path
) -> None:
    async with place(where, tmp_path) as here:
        await here.deploy("js")
        await here.settled("js")
        bad = {"spec": {"containers": [{"name": "app", "image": f"{IMAGE}-bad-image"}]}}
        await here.api.patch(f"{here.deployments}/js", {"spec": {"template": bad}})
        await here.settled("js", state="failed")
        order, with_ = on(here, tmp_path)
        plan = await propose(order, with_)
        assert "the last rollout failed" in plan.warnings[0]
        verdict = await carry_out(plan, with_)
        assert verdict.outcome == "failed"
        assert verdict.said.startswith('deployment "js" exceeded its progress deadline')
        assert "rollout undo deployment/js --to-revision=1" in verdict.said, "its Pods still serve"


@judged
async def test_what_is_sent_is_what_kubectl_sends(tmp_path: Path) -> None:
    async with place("lab", tmp_path) as here:
        await here.deploy("js")
        await here.settled("js")
        code, _, said = await here.kubectl("-v=9", "rollout", "restart", "deployment/js")
        assert code == 0, said
        quoted = next(
            line for line in said.splitlines() if '"Request Body"' in line and RESTARTED_AT in line
        )
        theirs = json.loads(json.loads(quoted.split("body=")[1]))
        order, with_ = on(here, tmp_path)
        plan = await propose(order, with_)
        ours = dict(plan.requests[0].params)

        def when(patch: Any) -> Any:
            return patch["spec"]["template"]["metadata"]["annotations"].pop(RESTARTED_AT)

        assert when(theirs) == plan.seen["restarted"]
        assert when(ours) and ours == theirs
        assert plan.last_acted_by == "kubectl-rollout"
        assert dict(plan.where)["last restart"].endswith(" by kubectl-rollout")


async def test_a_paused_or_empty_deployment_is_refused(tmp_path: Path) -> None:
    async with desk(tmp_path) as here:
        for spec, said in (({"paused": True}, "paused"), ({"replicas": 0}, "scaled to 0")):
            await here.lab.api.patch(PATH, {"spec": spec})
            with pytest.raises(Refused, match=said):
                await propose(here.order(), here.hands)
            await here.lab.api.patch(PATH, {"spec": {"paused": None, "replicas": 2}})
        assert not [one for one in here.writes if "fieldManager" in one]


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        pytest.param({"replicas": 1}, "one replica alone", id="one replica"),
        pytest.param({"strategy": {"type": "Recreate"}}, "nothing answers until", id="Recreate"),
        pytest.param({"replicas": 5}, "a rollout is under way already", id="under way"),
    ],
)
async def test_what_costs_an_outage_is_warned_of(
    spec: dict[str, Any], said: str, tmp_path: Path
) -> None:
    async with desk(tmp_path, speed=1) as here:
        await here.lab.api.patch(PATH, {"spec": spec})
        plan = await propose(here.order(), here.hands)
        assert any(said in warning for warning in plan.warnings)


@pytest.mark.parametrize("target", ["deployment", "pod", "none", "two", "unnamed"])
async def test_only_one_named_deployment_is_a_target(target: str, tmp_path: Path) -> None:
    async with desk(tmp_path) as here:
        one = Ref("deployment", NAME, f"{SPACE}/js")
        chosen = {
            "pod": (replace(one, kind="pod"),),
            "none": (),
            "two": (one, one),
            "unnamed": (replace(one, name="js"),),
        }.get(target, (one,))
        order = Order("rollout-restart", chosen)
        if target == "deployment":
            assert (await propose(order, here.hands)).targets == (one,)
        else:
            with pytest.raises(Refused, match="one Deployment"):
                await propose(order, here.hands)


async def test_the_plan_stays_the_same_act_while_nothing_changes(tmp_path: Path) -> None:
    async with desk(tmp_path) as here:
        first = await propose(here.order(), here.hands)
        assert first.same_act(await propose(here.order(), here.hands))
        await here.lab.api.patch(PATH, {"spec": {"replicas": 3}})
        assert not first.same_act(await propose(here.order(), here.hands))


@pytest.mark.parametrize(
    ("lie", "outcome", "said"),
    [
        ("patch-nothing", "failed", "accepted, but nothing was changed"),
        ("patch-claims", "unknown", "the answer told of generation 2, but no look has found it"),
        ("patch-drop", "unknown", "its answer was never read"),
        ("roll-nothing", "unknown", "2 Pods from before are still there, though the status says"),
        ("read-old", "unknown", "Waiting for deployment spec update to be observed"),
    ],
)
async def test_a_cluster_that_lies_is_never_believed(
    lie: str, outcome: str, said: str, tmp_path: Path
) -> None:
    async with desk(tmp_path) as here:
        await here.lab.api.patch(PATH, {"spec": {"progressDeadlineSeconds": 5}})
        here.lab.server.requests.clear()
        plan = await propose(here.order(), here.hands)
        if lie == "patch-claims":
            said = said.replace("2", str(plan.seen["generation"] + 1))
        here.lies.add(lie)
        verdict = await carry_out(plan, here.hands)
        assert (verdict.outcome, said in verdict.said) == (outcome, True), verdict
        assert len(here.writes) == 1


async def test_a_restart_that_never_arrived_is_told_so_and_never_sent_again(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as here:
        plan = await propose(here.order(), here.hands)
        verdict = await look_again(plan, here)
        assert verdict.outcome == "failed" and verdict.said.startswith("nothing arrived (crashed)")
        assert not here.writes


async def test_a_restart_whose_reply_was_lost_is_found_and_not_repeated(tmp_path: Path) -> None:
    async with desk(tmp_path) as here:
        plan = await propose(here.order(), here.hands)
        started = here.hands.clock.now().isoformat()
        await REMEDIES["rollout-restart"].apply(plan, here.hands)
        sent = {"lost": "crashed", "started_at": started}
        verdict = await REMEDIES["rollout-restart"].verify(plan, sent, here.hands)
        assert verdict.outcome == "unknown" and "a restart by this program is done" in verdict.said
        assert len(here.writes) == 1


async def look_again(plan: Plan, here: Desk) -> Any:
    sent = {"lost": "crashed", "started_at": here.hands.clock.now().isoformat()}
    return await REMEDIES["rollout-restart"].verify(plan, sent, here.hands)


async def test_somebody_elses_restart_is_not_taken_for_ours(tmp_path: Path) -> None:
    async with desk(tmp_path) as here:
        plan = await propose(here.order(), here.hands)
        theirs = {RESTARTED_AT: "2030-01-01T00:00:00Z"}
        patch = {"spec": {"template": {"metadata": {"annotations": theirs}}}}
        await here.lab.api.patch(PATH, patch, fieldManager="kubectl-rollout")
        verdict = await look_again(plan, here)
        assert verdict.outcome == "unknown" and "somebody else has restarted it" in verdict.said


async def test_a_deployment_made_anew_meanwhile_is_not_the_one_restarted(tmp_path: Path) -> None:
    async with desk(tmp_path) as here:
        plan = await propose(here.order(), here.hands)
        begun = {"started_at": here.hands.clock.now().isoformat()}
        sent = {**await REMEDIES["rollout-restart"].apply(plan, here.hands), **begun}
        await here.lab.api.delete(PATH)
        here.lab.server.deploy(SPACE, "js")
        verdict = await REMEDIES["rollout-restart"].verify(plan, sent, here.hands)
        assert verdict.outcome == "failed" and "made again" in verdict.said


async def test_a_no_and_an_unreachable_cluster_leave_no_doubt(tmp_path: Path) -> None:
    async with desk(tmp_path) as here:
        plan = await propose(here.order(), here.hands)
        here.lab.server.denied.add(("patch", "deployments"))
        with pytest.raises(Rejected, match="no right to patch deployments"):
            await carry_out(plan, here.hands)
        here.lab.server.denied.clear()
        here.lab.server.expired = True
        with pytest.raises(Rejected, match="401"):
            await carry_out(plan, here.hands)
        assert len(here.writes) == 2, "not even a login that ran out makes it send twice"
        here.lab.server.expired = False
        await here.lab.server.down(True)
        with pytest.raises(Refused, match="nothing was sent"):
            await carry_out(plan, here.hands)


async def test_the_memory_of_signaling_goes_down() -> None:
    async with Lab("memory-signaling", speed=30, kafka="off") as lab:
        configuration = load(shipped(), environ=lab.env)
        clients = Clients(configuration.estate)
        context = Context(configuration.estate, clients, lab.clock)
        (part,) = Workloads().parts(context)

        async def memory() -> float:
            rows = [row for row in await part.fetch() if isinstance(row, Workload)]
            (row,) = [row for row in rows if row.deployment == "signaling"]
            return row.mem_pct or 0.0

        assert await memory() >= 80
        order = Order("rollout-restart", (Ref("deployment", NAME, "platform/signaling"),))
        verdict = await act(order, hands(context, configuration))
        assert verdict.outcome == "verified", verdict
        assert 0 < await memory() < 60
        await clients.close()
