"""What the doctor says of a cluster."""

from __future__ import annotations

from pathlib import Path

from console.commands.checks import Check
from console.commands.live_kubernetes import doctor
from tests.kubernetes.cluster import NAME, SPACE, Cluster, cluster


async def examined(lab: Cluster) -> dict[str, Check]:
    return {check.what: check for check in await doctor(lab.context.estate, lab.clients)}


async def test_a_healthy_cluster_is_well_in_every_line(tmp_path: Path) -> None:
    async with cluster(tmp_path, deployments=["js"]) as lab:
        lab.server.deploy(SPACE, "js")
        found = await examined(lab)
        assert {check.ok for check in found.values()} == {True}
        assert found[f"cluster {NAME}"].said.startswith(f"v1.32.4 at {lab.server.url} · ")
        assert list(found)[1:] == [
            f"{NAME} list deployments.apps in {SPACE}",
            f"{NAME} list pods in {SPACE}",
            f"{NAME} list pods.metrics.k8s.io in {SPACE}",
            f"{NAME} get pods/log in {SPACE}",
            f"{NAME} list events in {SPACE}",
            f"{NAME} patch deployments.apps in {SPACE}",
            f"{NAME} list nodes",
            f"{NAME} metrics server",
            f"{NAME} namespace {SPACE}",
        ]


async def test_each_missing_right_names_its_cost_and_its_cure(tmp_path: Path) -> None:
    async with cluster(tmp_path, deployments=["js", "ghost"]) as lab:
        lab.server.deploy(SPACE, "js")
        lab.server.denied |= {("list", "nodes"), ("get", "pods/log"), ("patch", "deployments")}
        lab.server.api.no_metrics = True
        found = await examined(lab)
        assert found[f"{NAME} list nodes"] == Check(
            f"{NAME} list nodes",
            False,
            "not allowed: no disk pressure",
            "grant list nodes to this login (a ClusterRole)",
        )
        assert found[f"{NAME} get pods/log in {SPACE}"].said == "not allowed: no logs behind `l`"
        patch = found[f"{NAME} patch deployments.apps in {SPACE}"]
        assert patch.ok is None and patch.said == "not allowed: no rollout restart"
        assert found[f"{NAME} metrics server"].ok is None
        assert found[f"{NAME} deployments"].said == "not found: ghost"
        assert found[f"{NAME} list pods in {SPACE}"].ok is True


async def test_an_expired_login_is_said_once_and_nothing_else_is_asked(tmp_path: Path) -> None:
    async with cluster(tmp_path) as lab:
        lab.server.expired = True
        found = list((await examined(lab)).values())
        assert found[0].ok is False and "no longer accepted" in found[0].said and found[0].fix
        assert {check.said for check in found[1:]} == {"not asked without a login"}
        assert {check.ok for check in found[1:]} == {None}


async def test_a_cluster_that_does_not_answer_is_named(tmp_path: Path) -> None:
    async with cluster(tmp_path) as lab:
        await lab.server.down(True)
        first = (await doctor(lab.context.estate, lab.clients))[0]
        assert first.ok is False and "is not reachable" in first.said
        assert first.fix == "is the VPN up?"
