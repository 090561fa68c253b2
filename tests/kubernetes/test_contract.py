"""What the console relies on, held against the lab's cluster and, if named, a real one.

`ONCALL_TEST_KUBECONFIG` names a kubeconfig whose current context may make and remove a namespace,
`ONCALL_TEST_IMAGE` an image that cluster can run. `kubectl` judges where it is installed.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from console.clients import Clients
from console.clock import Clock, real_now
from console.closer.lines import Splitter, stamped
from console.kubernetes import KubernetesApi, Refused
from console.kubernetes.closer import concerns, event, logs, replica_sets
from console.kubernetes.pods import by_deployment
from console.kubernetes.reviews import allowed
from console.kubernetes.rollout import RESTARTED_AT, Rollout, rollout
from tests.kubernetes.cluster import NAME, cluster, estate, until

REAL = os.environ.get("ONCALL_TEST_KUBECONFIG", "")
IMAGE = os.environ.get("ONCALL_TEST_IMAGE", "nginx")
MERGE = "application/merge-patch+json"
pytestmark = pytest.mark.parametrize("where", ["lab", "real"] if REAL else ["lab"])
judged = pytest.mark.skipif(not shutil.which("kubectl"), reason="kubectl is not installed")


@dataclass(slots=True)
class Place:
    """A namespace of its own in the cluster under test."""

    api: KubernetesApi
    kubeconfig: str
    space: str

    @property
    def deployments(self) -> str:
        return f"/apis/apps/v1/namespaces/{self.space}/deployments"

    @property
    def pods(self) -> str:
        return f"/api/v1/namespaces/{self.space}/pods"

    async def deploy(self, name: str, replicas: int = 2, **labels: str) -> dict[str, Any]:
        """Create a Deployment; it has to be rolled out yet."""
        own = {"app": name, **labels}
        pod = {"containers": [{"name": "app", "image": IMAGE}], "terminationGracePeriodSeconds": 0}
        spec = {"replicas": replicas, "selector": {"matchLabels": own}}
        spec |= {
            "template": {"metadata": {"labels": own}, "spec": pod},
            "progressDeadlineSeconds": 4,
        }
        meta = {"name": name, "labels": own}
        body = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": spec}
        return await self.api.post(self.deployments, body)

    async def restart(self, name: str, at: str) -> dict[str, Any]:
        """As `kubectl rollout restart` does it."""
        template = {"metadata": {"annotations": {RESTARTED_AT: at}}}
        return await self.api.patch(f"{self.deployments}/{name}", {"spec": {"template": template}})

    async def settled(self, name: str, generation: int = 0, state: str = "done") -> Rollout:
        """Wait until a rollout is done, or has failed."""
        found = Rollout("waiting", "")

        async def over() -> bool:
            nonlocal found
            item = await self.api.get(f"{self.deployments}/{name}")
            found = rollout(item, generation)
            return found.state == state

        await until(over)
        return found

    async def kubectl(self, *words: str) -> tuple[int, str, str]:
        """Exit code, output and complaint of kubectl in this namespace."""
        command = ["kubectl", f"--kubeconfig={self.kubeconfig}", "-n", self.space, *words]
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.DEVNULL, stdout=pipe, stderr=pipe
        )
        out, said = await process.communicate()
        return process.returncode or 0, out.decode().strip(), said.decode().strip()


@asynccontextmanager
async def place(where: str, directory: Path) -> AsyncIterator[Place]:
    """A new namespace, removed at the end."""
    space = f"oncall-test-{uuid4().hex[:8]}"
    made = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": space}}
    if where == "real":
        clients = Clients(estate(kubeconfig=REAL, namespaces=[space]))
        api = clients.kubernetes(NAME)
        await api.post("/api/v1/namespaces", made)
        try:
            yield Place(api, REAL, space)
        finally:
            await api.delete(f"/api/v1/namespaces/{space}")
            await clients.close()
    else:
        now = real_now()
        async with cluster(directory, Clock(now, now, 4.0)) as lab:
            await lab.api.post("/api/v1/namespaces", made)
            yield Place(lab.api, str(lab.kubeconfig), space)
            await lab.api.delete(f"/api/v1/namespaces/{space}")
            with pytest.raises(Refused, match="404"):
                await lab.api.get(f"/api/v1/namespaces/{space}")


async def test_a_restart_replaces_every_pod(where: str, tmp_path: Path) -> None:
    async with place(where, tmp_path) as here:
        await here.deploy("js")
        await here.settled("js")
        before = {pod["metadata"]["uid"] for pod in await here.api.items(here.pods)}
        at = datetime.now(UTC).isoformat(timespec="seconds")
        asked = await here.restart("js", at)
        generation = asked["metadata"]["generation"]
        assert rollout(asked, generation).state == "waiting", "the answer is older than the act"
        done = await here.settled("js", generation)
        assert done.sentence == 'deployment "js" successfully rolled out'

        async def replaced() -> bool:
            its = by_deployment(await here.api.items(here.pods))[here.space, "js"]
            return len(its) == 2 and not before & {pod["metadata"]["uid"] for pod in its}

        await until(replaced)
        again = await here.restart("js", at)
        assert again["metadata"]["generation"] == generation, "twice in a second is once"


async def test_a_rollout_that_cannot_start_fails_and_the_old_pods_go_on(
    where: str, tmp_path: Path
) -> None:
    async with place(where, tmp_path) as here:
        await here.deploy("js")
        await here.settled("js")
        containers = [{"name": "app", "image": f"{IMAGE}-bad-image"}]
        patch = {"spec": {"template": {"spec": {"containers": containers}}}}
        asked = await here.api.patch(f"{here.deployments}/js", patch)
        assert len(asked["spec"]["template"]["spec"]["containers"]) == 1, "merged by its name"
        failed = await here.settled("js", asked["metadata"]["generation"], "failed")
        assert failed.sentence == 'deployment "js" exceeded its progress deadline'
        item = await here.api.get(f"{here.deployments}/js")
        assert item["status"]["readyReplicas"] >= 1


async def test_lists_by_selector_and_in_pages(where: str, tmp_path: Path) -> None:
    async with place(where, tmp_path) as here:
        for name, tier in (("a", "front"), ("b", "back"), ("c", "back"), ("d", "store")):
            await here.deploy(name, replicas=0, tier=tier)

        async def names(**query: str | int) -> list[str]:
            return [i["metadata"]["name"] for i in await here.api.items(here.deployments, **query)]

        assert await names() == ["a", "b", "c", "d"]
        assert await names(labelSelector="tier=back") == ["b", "c"]
        assert await names(labelSelector="tier!=back") == ["a", "d"]
        assert await names(labelSelector="tier in (front, store),app!=a") == ["d"]
        assert await names(labelSelector="tier notin (front, store)") == ["b", "c"]
        assert await names(labelSelector="tier,!other") == ["a", "b", "c", "d"]
        assert await names(fieldSelector="metadata.name=c") == ["c"]
        assert await names(fieldSelector="metadata.name!=c") == ["a", "b", "d"]
        page = await here.api.get(here.deployments, limit=3)
        assert page["kind"] == "DeploymentList" and len(page["items"]) == 3
        token = page["metadata"]["continue"]
        rest = await here.api.get(here.deployments, **{"limit": 3, "continue": token})
        assert [item["metadata"]["name"] for item in rest["items"]] == ["d"]
        assert "continue" not in rest["metadata"]


async def test_a_watch_tells_changes_since_a_list_and_ends(where: str, tmp_path: Path) -> None:
    async with place(where, tmp_path) as here:
        await here.deploy("js", replicas=0)
        await here.deploy("other", replicas=0)
        await here.settled("js")
        version = (await here.api.get(here.deployments))["metadata"]["resourceVersion"]
        patch = {"metadata": {"annotations": {"note": "鹿島"}}}
        await here.api.patch(f"{here.deployments}/other", patch, MERGE)
        await here.api.patch(f"{here.deployments}/js", patch, MERGE)
        seen = []
        async for event in here.api.watch(
            here.deployments, 2, resourceVersion=version, fieldSelector="metadata.name=js"
        ):
            if event["type"] == "BOOKMARK":
                continue
            seen.append((event["type"], event["object"]["metadata"]["name"]))
            if len(seen) == 1:
                assert event["object"]["metadata"]["annotations"]["note"] == "鹿島"
                await here.api.delete(f"{here.deployments}/js")
        assert seen[0] == ("MODIFIED", "js") and seen[-1] == ("DELETED", "js")
        assert {name for _, name in seen} == {"js"}


async def test_a_refusal_has_its_code_and_a_sentence(where: str, tmp_path: Path) -> None:
    async with place(where, tmp_path) as here:
        await here.deploy("js", replicas=0)
        with pytest.raises(Refused) as missing:
            await here.api.get(f"{here.deployments}/none")
        assert (missing.value.status, missing.value.reason) == (404, "NotFound")
        assert "not found" in str(missing.value)
        with pytest.raises(Refused) as twice:
            await here.deploy("js")
        assert (twice.value.status, twice.value.reason) == (409, "AlreadyExists")
        assert await allowed(here.api, "patch", "apps", "deployments", here.space)


@judged
async def test_kubectl_sees_the_same_deployments(where: str, tmp_path: Path) -> None:
    async with place(where, tmp_path) as here:
        for name, replicas in (("js", 2), ("signaling", 1)):
            await here.deploy(name, replicas)
            await here.settled(name)
        code, out, said = await here.kubectl("get", "deployments", "-o", "json")
        assert code == 0, said
        theirs = {i["metadata"]["name"]: i["status"] for i in json.loads(out)["items"]}
        ours = {i["metadata"]["name"]: i["status"] for i in await here.api.items(here.deployments)}
        assert theirs == ours and set(ours) == {"js", "signaling"}
        code, out, said = await here.kubectl("get", "pods", "-o", "name", "-l", "app=js")
        assert code == 0, said
        mine = await here.api.items(here.pods, labelSelector="app=js")
        assert out.split() == [f"pod/{pod['metadata']['name']}" for pod in mine]


async def test_logs_are_streamed_with_times_and_there_is_none_of_a_life_before(
    where: str, tmp_path: Path
) -> None:
    async with place(where, tmp_path) as here:
        await here.deploy("js", 1)
        await here.settled("js")
        (log,) = logs(await here.api.items(here.pods))
        assert (log.previous, log.word) == (False, "running")
        asked = {"container": log.container, "timestamps": "true", "tailLines": 3}
        path = f"{here.pods}/{log.pod}/log"
        told = b"".join([piece async for piece in here.api.stream(path, 5.0, **asked)])
        lines = [stamped(line) for line in Splitter().feed(told)]
        assert 0 < len(lines) <= 3 and all(line.at and line.text for line in lines)
        with pytest.raises(Refused, match="previous terminated container") as none:
            await anext(here.api.stream(path, 5.0, **asked, previous="true"))
        assert none.value.status == 400
        events = await here.api.items(f"/api/v1/namespaces/{here.space}/events")
        sets = replica_sets("js", await here.api.items(here.pods, labelSelector="app=js"), events)
        mine = [event(one).said for one in events if concerns("js", sets, one)]
        assert any(one.startswith("Started") for one in mine)


@judged
async def test_kubectl_prints_the_same_log(where: str, tmp_path: Path) -> None:
    async with place(where, tmp_path) as here:
        await here.deploy("js", 1)
        await here.settled("js")
        (log,) = logs(await here.api.items(here.pods))
        path = f"{here.pods}/{log.pod}/log"
        code, out, said = await here.kubectl("logs", log.pod, "-c", log.container)
        assert code == 0, said
        ours = b"".join([piece async for piece in here.api.stream(path, 5.0)]).decode()
        assert ours.startswith(out) and out


@judged
async def test_kubectl_says_the_same_of_a_rollout(where: str, tmp_path: Path) -> None:
    async with place(where, tmp_path) as here:
        await here.deploy("js")
        done = await here.settled("js")
        status = ("rollout", "status", "deployment/js", "--watch=false")
        assert await here.kubectl(*status) == (0, done.sentence, "")
        code, _, said = await here.kubectl("rollout", "restart", "deployment/js")
        assert code == 0, said
        item = await here.api.get(f"{here.deployments}/js")
        assert RESTARTED_AT in item["spec"]["template"]["metadata"]["annotations"]
        code, out, said = await here.kubectl("rollout", "status", "deployment/js")
        assert code == 0 and out.endswith(done.sentence), said
        assert (await here.settled("js", item["metadata"]["generation"])).state == "done"
        code, _, said = await here.kubectl(
            "set", "image", "deployment/js", f"app={IMAGE}-bad-image"
        )
        assert code == 0, said
        failed = await here.settled("js", state="failed")
        assert await here.kubectl(*status) == (1, "", f"error: {failed.sentence}")
