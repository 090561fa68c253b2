"""A small world behind a real endpoint, and real boto3 clients to ask it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config

from console.clock import Clock
from console.lab.aws.endpoint import AwsEndpoint
from console.lab.aws.keyring import Keyring, secret
from console.lab.door import Door
from console.lab.faults import AwsFaults
from console.lab.requests import RequestLog
from console.lab.world import World

PROD, DEV = "111122223333", "111122224444"
TOKYO, PARIS = "ap-northeast-1", "eu-west-3"


@dataclass(slots=True)
class Lab:
    """An endpoint over a world, with its logins, faults and log."""

    world: World = field(default_factory=lambda: World(Clock()))
    keys: Keyring = field(
        default_factory=lambda: Keyring({"prod": (PROD, TOKYO), "dev": (DEV, TOKYO)})
    )
    faults: AwsFaults = field(default_factory=AwsFaults)
    log: RequestLog = field(default_factory=lambda: RequestLog(Clock()))
    url: str = ""

    async def ask(self, service: str, operation: str, **params: Any) -> dict[str, Any]:
        """One call of the production account in Tokyo, or as `account`, `region`, `key` say."""
        account, region = params.pop("account", PROD), params.pop("region", TOKYO)
        key = params.pop("key", None) or self.keys.current(account)
        client = boto3.client(
            service,
            region_name=region,
            endpoint_url=self.url,
            aws_access_key_id=key,
            config=Config(retries={"total_max_attempts": 1}),
            **secret(key),
        )
        return await asyncio.to_thread(getattr(client, operation), **params)


@asynccontextmanager
async def aws_lab(world: World | None = None) -> AsyncIterator[Lab]:
    """The endpoint, served on a free local port."""
    lab = Lab() if world is None else Lab(world)
    door = Door(AwsEndpoint(lab.world, lab.keys, lab.faults, lab.log).app())
    await door.open()
    lab.url = door.url
    try:
        yield lab
    finally:
        await door.close()
