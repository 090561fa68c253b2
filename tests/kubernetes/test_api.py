"""What the client does beyond the contract: pages, watches, and the event loop it must not hold."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from pathlib import Path

import pytest

from console.kubernetes import Refused
from console.kubernetes.api import PAGE
from console.kubernetes.raw import decode
from tests.kubernetes.cluster import SPACE, cluster, until


def page(pods: int) -> bytes:
    """A page of Pods as large as real ones, which are mostly managedFields."""
    fields = {f"f:field{number}": {"f:inner": {}} for number in range(120)}
    meta = {"namespace": "p", "managedFields": [{"manager": "kubelet", "fieldsV1": fields}]}
    env = [{"name": f"NAME_{number}", "value": "some value"} for number in range(30)]
    items = [
        {"metadata": meta | {"name": f"pod-{number}"}, "spec": {"containers": [{"env": env}]}}
        for number in range(pods)
    ]
    return json.dumps({"items": items}).encode()


def test_a_page_of_large_pods_is_read_without_what_nobody_asks() -> None:
    """managedFields are most of a Pod; the rest is as any reader of JSON has it."""
    body = page(PAGE)
    assert len(body) > 1_000_000
    plain = json.loads(body)
    for item in plain["items"]:
        del item["metadata"]["managedFields"]
    assert decode(body) == plain


async def test_a_watch_from_too_old_a_version_says_so(tmp_path: Path) -> None:
    async with cluster(tmp_path) as lab:
        lab.server.store.log = deque(maxlen=4)
        lab.server.deploy(SPACE, "js")
        path = f"/apis/apps/v1/namespaces/{SPACE}/deployments"
        with pytest.raises(Refused, match="too old resource version") as refused:
            async for _ in lab.api.watch(path, 2, resourceVersion="7"):
                pass
        assert refused.value.status == 410


async def test_a_watch_without_a_version_begins_with_what_is_there(tmp_path: Path) -> None:
    async with cluster(tmp_path) as lab:
        lab.server.deploy(SPACE, "js")
        path = f"/apis/apps/v1/namespaces/{SPACE}/deployments"
        seen = [event["type"] async for event in lab.api.watch(path, 1)]
        assert seen == ["ADDED", "BOOKMARK"]


async def test_requests_at_the_same_time_log_in_once_and_a_closed_client_again(
    tmp_path: Path,
) -> None:
    async with cluster(tmp_path) as lab:
        await asyncio.gather(*(lab.api.get("/version") for _ in range(9)))
        login = lab.api._login
        await lab.api.get("/version")
        assert lab.api._login is login
        await lab.api.close()
        assert lab.api._login is None
        await lab.api.get("/version")


async def test_the_lab_cancels_nothing_when_its_watcher_goes(tmp_path: Path) -> None:
    async with cluster(tmp_path) as lab:
        lab.server.deploy(SPACE, "js")
        path = f"/apis/apps/v1/namespaces/{SPACE}/deployments"
        async for _ in lab.api.watch(path):
            break

        async def answered() -> bool:
            return bool(await lab.api.items(path))

        await until(answered)
