"""An AWS edge and a small estate for every test of this room."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from console.clients import Clients
from console.config.schema import Estate
from console.poll import Context
from tests.aws.edge import Edge, at_the_edge

ACCOUNT = "111122223333"


@pytest.fixture
def keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shared credentials file with one profile, and no other way to log in."""
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    file = tmp_path / "credentials"
    write_keys(file, "KEYOLD")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))
    return file


def write_keys(file: Path, key: str, profile: str = "prod") -> None:
    file.write_text(f"[{profile}]\naws_access_key_id={key}\naws_secret_access_key=secret\n")


@pytest.fixture
def edge(keys: Path) -> Iterator[Edge]:
    """AWS; the login is of the right account."""
    found = Edge({"sts.GetCallerIdentity": lambda asked: {"Account": ACCOUNT, "Arn": "arn:me"}})
    with at_the_edge(found):
        yield found


def estate_of(**changes: Any) -> Estate:
    """An estate of one account and one site, with what a test needs on top."""
    base: dict[str, Any] = {
        "estate": {"name": "test", "title": "test"},
        "accounts": {"prod": {"id": ACCOUNT, "regions": ["eu-west-3"], "profile": "prod"}},
    }
    return Estate.model_validate(base | changes)


def site(environments: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A site's entry in the estate, everything in the one account."""
    here = {"account": "prod", "region": "eu-west-3"}
    return {
        "title": "a site",
        "environments": {env: here | each for env, each in environments.items()},
        **more,
    }


@pytest.fixture
def context(edge: Edge) -> Callable[..., Context]:
    """Makes what a source is given, for an estate with the changes asked for."""

    def make(**changes: Any) -> Context:
        estate = estate_of(**changes)
        return Context(estate, Clients(estate))

    return make
