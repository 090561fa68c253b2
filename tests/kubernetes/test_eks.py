"""EKS: the token is signed here, names its cluster, and is made again before it ends."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import web

from console.clients import Clients
from console.config.schema import Estate
from console.kubernetes import KubernetesApi, eks
from console.poll import AuthExpired, Failed
from tests.aws.conftest import ACCOUNT, estate_of, write_keys
from tests.aws.edge import Edge, Refused, at_the_edge
from tests.kubernetes.tls import certificate

WHERE = {"account": "prod", "region": "eu-west-3", "name": "v2-prod"}


@dataclass
class Door:
    """What an EKS endpoint was shown."""

    url: str = ""
    ca: str = ""
    tokens: list[str] = field(default_factory=list)


@asynccontextmanager
async def endpoint(directory: Path) -> AsyncIterator[Door]:
    """An API server behind its own CA that writes the tokens down."""
    context, ca, *_ = certificate(directory)
    door = Door(ca=ca)

    async def answer(request: web.Request) -> web.Response:
        door.tokens.append(request.headers["Authorization"])
        return web.json_response({"gitVersion": "v1.33.1-eks"})

    app = web.Application()
    app.router.add_get("/version", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    door.url = f"https://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield door
    finally:
        await runner.cleanup()


@pytest.fixture
def edge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Edge]:
    """AWS, with one login of keys."""
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    write_keys(tmp_path / "credentials", "KEYOLD")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    identity = {"Account": ACCOUNT, "Arn": "arn:me"}
    with at_the_edge(Edge({"sts.GetCallerIdentity": lambda asked: identity})) as found:
        yield found


def eks_estate() -> Estate:
    return estate_of(kubernetes={"v2": {"eks": WHERE, "namespaces": ["platform"]}})


def described(door: Door) -> dict[str, Any]:
    data = base64.b64encode(door.ca.encode()).decode()
    return {"cluster": {"endpoint": door.url, "certificateAuthority": {"data": data}}}


@asynccontextmanager
async def asking(edge: Edge, directory: Path) -> AsyncIterator[tuple[KubernetesApi, Door]]:
    """The client of the EKS cluster, and the cluster's door."""
    async with endpoint(directory) as door:
        edge.handlers["eks.DescribeCluster"] = lambda asked: described(door)
        clients = Clients(eks_estate())
        try:
            yield clients.kubernetes("v2"), door
        finally:
            await clients.close()


async def test_the_token_is_a_signed_question_who_am_i_that_names_the_cluster(
    edge: Edge, tmp_path: Path
) -> None:
    async with asking(edge, tmp_path) as (api, door):
        assert (await api.get("/version"))["gitVersion"] == "v1.33.1-eks"
        await api.get("/version")
        assert edge.count("eks.DescribeCluster") == 1
        assert edge.log[-1].params["name"] == "v2-prod"
        [token] = set(door.tokens)
    prefix, _, encoded = token.removeprefix("Bearer ").partition(".")
    assert prefix == "k8s-aws-v1" and "=" not in encoded
    url = urlsplit(base64.urlsafe_b64decode(encoded + "==").decode())
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert url.hostname == "sts.eu-west-3.amazonaws.com" and url.scheme == "https"
    assert query["Action"] == "GetCallerIdentity" and query["X-Amz-Expires"] == "60"
    assert query["X-Amz-SignedHeaders"] == "host;x-k8s-aws-id"
    assert query["X-Amz-Credential"].startswith("KEYOLD/")


async def test_the_token_is_made_again_before_it_ends(
    edge: Edge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(eks, "KEEP", timedelta(0))
    async with asking(edge, tmp_path) as (api, door):
        for _ in range(4):
            await api.get("/version")
        assert edge.count("eks.DescribeCluster") == 4 and len(door.tokens) == 4


async def test_an_expired_aws_login_is_the_clusters_too(edge: Edge, tmp_path: Path) -> None:
    async with asking(edge, tmp_path) as (api, door):

        def refuse(asked: object) -> dict[str, Any]:
            raise Refused("ExpiredTokenException")

        edge.handlers["eks.DescribeCluster"] = refuse
        with pytest.raises(AuthExpired) as failed:
            await api.get("/version")
        assert failed.value.cure == "aws sso login --profile prod"
        edge.handlers["eks.DescribeCluster"] = lambda asked: described(door)
        assert await api.get("/version")


async def test_a_cluster_that_is_being_created_has_no_endpoint_yet(
    edge: Edge, tmp_path: Path
) -> None:
    async with asking(edge, tmp_path) as (api, _):
        edge.handlers["eks.DescribeCluster"] = lambda asked: {"cluster": {"status": "CREATING"}}
        with pytest.raises(Failed, match=r"no endpoint yet \(state CREATING\)"):
            await api.get("/version")
