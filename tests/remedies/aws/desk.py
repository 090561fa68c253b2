"""A person's hands on the lab's AWS, under a clock that only moves while a remedy sleeps."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from console.clients import Clients
from console.clock import real_now
from console.commands.init import shipped
from console.config import Configuration, load
from console.lab.aws.endpoint import AwsEndpoint
from console.lab.aws.ssm import READS
from console.lab.door import Door
from console.lab.faults import ACTS
from console.lab.lab import Lab
from console.lab.world import CacheNode, Course, Host
from console.model import Board, Order, Plan, Ref, Verdict
from console.poll import Context, Failed
from console.remedies import REMEDIES
from console.remedy import Hands

SAKAI = Ref("cache", "sakai/prod", "sakai-prod-redis")
DEADLINE = 300.0
REFUSED_OR_LOST = ("nothing", "old", "other", "drop", "silent")
COMMANDS = """
  free-disk:
    kind: ssm-command
    title: rotate the logs
    on: {scopes: ["*/prod"]}
    command: [logrotate, -f, "/etc/logrotate.d/it's rails"]
"""


@dataclass(slots=True)
class Stepped:
    """The estate's clock; `sleep` is what moves it."""

    begun: datetime = field(default_factory=lambda: real_now().replace(microsecond=0))
    gone: float = 0.0
    speed: float = 1.0

    def now(self) -> datetime:
        return self.begun + timedelta(seconds=self.gone)

    async def sleep(self, seconds: float) -> None:
        self.gone += seconds


@dataclass(slots=True)
class Desk:
    """The lab's world and what acts on it."""

    lab: Lab
    clock: Stepped
    hands: Hands

    async def live(self, seconds: float) -> None:
        """Let time pass in the lab, in small steps."""
        for _ in range(int(seconds // 10)):
            self.lab.world.settle()
            await self.clock.sleep(10)
        self.lab.world.settle()

    def course(self, metric: str, **dimensions: str) -> Course:
        """The course of one metric of CloudWatch."""
        wanted = set(dimensions.items())
        (found,) = [
            course
            for (*_, name, its), course in self.lab.world.courses.items()
            if name == metric and wanted <= its
        ]
        return found

    def host(self, name: str) -> Host:
        (found,) = [one for one in self.lab.world.hosts if one.name == name]
        return found

    def cache(self, name: str = SAKAI.name) -> CacheNode:
        (found,) = [one for one in self.lab.world.caches if one.name == name]
        return found

    def machine(self, name: str, scope: str) -> Ref:
        return Ref("instance", scope, self.host(name).id)

    def replica(self, name: str = "sakai-prod-redis-2", **facts: Any) -> CacheNode:
        """Put Sakai's cache into a group with a replica."""
        primary = self.cache()
        primary.group = "sakai-prod-group"
        found = replace(primary, name=name, primary=False, run_id="b" * 32, **facts)
        self.lab.world.caches.append(found)
        return found

    def lie(self, how: str, action: str = "*") -> None:
        self.lab.aws_faults.lies[action] = how

    @property
    def writes(self) -> list[str]:
        """What was sent that changes anything: the log is the judge."""
        log = self.lab.log.entries
        own = [e["operation"] for e in log if e["operation"] in ACTS]
        return own + [e["operation"] for e in log if "AWS-RunShellScript" in e["params"]]

    def reread(self, configuration: Configuration) -> None:
        """Go on with another configuration."""
        self.hands = replace(self.hands, configuration=configuration)

    async def plan(self, entry: str, *targets: Ref) -> Plan:
        kind = self.hands.allowance(entry).kind
        return await REMEDIES[kind].plan(Order(entry, targets), self.hands)

    async def fire(self, plan: Plan) -> tuple[Mapping[str, Any], Verdict]:
        """Apply and verify as the engine does, a lost answer included."""
        remedy = REMEDIES[self.hands.allowance(plan.remedy).kind]
        started = {"started_at": self.clock.now().isoformat()}
        try:
            sent = {**await remedy.apply(plan, self.hands), **started}
        except Failed as error:
            sent = {"lost": str(error), **started}
        return sent, await remedy.verify(plan, sent, self.hands)

    async def act(self, entry: str, *targets: Ref) -> Verdict:
        return (await self.fire(await self.plan(entry, *targets)))[1]


@asynccontextmanager
async def desk(
    directory: Path, scenario: str = "quiet", ssm: bool = True, edit: Mapping[str, str] = {}
) -> AsyncIterator[Desk]:
    """The shipped estate in a lab of AWS alone; `edit` replaces text of estate.yaml."""
    room = _configured(directory, edit)
    lab = Lab(scenario, kafka="off", config=room)
    clock = Stepped()
    lab.clock = lab.world.clock = lab.log.clock = clock  # type: ignore[assignment]
    lab.play(scenario)
    door = Door(AwsEndpoint(lab.world, lab.keys, lab.aws_faults, lab.log).app())
    await door.open()
    environ = {
        "ONCALL_LAB": door.url,
        "ONCALL_AWS_ENDPOINT": door.url,
        "ONCALL_KAFKA_BOOTSTRAP": "127.0.0.1:9",
        **{name: url for one in lab.services for name, url in one.env(door.url).items()},
        "ONCALL_SSM_DOCUMENT": f"{READS}:1" if ssm else "",
    }
    with pytest.MonkeyPatch.context() as environment:
        for name, value in lab.keys.write(directory, door.url).items():
            environment.setenv(name, value)
        environment.setattr("console.aws.login.WRITE_S", 2.0)
        environment.setattr("console.aws.watch.LOOK_S", 25.0)
        environment.setattr("console.remedies.ec2_stop_start.LOOK_S", 25.0)
        environment.setattr("console.aws.drained.LOOK_S", 25.0)
        configuration = load(room, environ=environ)
        clients = Clients(configuration.estate)
        context = Context(configuration.estate, clients, clock)  # type: ignore[arg-type]
        yield Desk(lab, clock, Hands(context, configuration, Board, clock.now, clock.sleep))
        await clients.close()
    await door.close()


def _configured(directory: Path, edit: Mapping[str, str]) -> Path:
    """The shipped configuration with short deadlines and one more command; cases do not act."""
    directory.mkdir(exist_ok=True)
    room = directory / "config"
    shutil.copytree(shipped(), room, ignore=shutil.ignore_patterns("cases"))
    allowed = (room / "remedies.yaml").read_text(encoding="utf-8")
    for minutes in (10, 15):
        allowed = allowed.replace(f"deadline: {minutes}m", f"deadline: {DEADLINE:g}s")
    (room / "remedies.yaml").write_text(allowed + COMMANDS, encoding="utf-8")
    text = (room / "estate.yaml").read_text(encoding="utf-8")
    for old, new in edit.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    (room / "estate.yaml").write_text(text, encoding="utf-8")
    return room


def words(plan: Plan) -> list[str]:
    """A plan as lines: what a person is shown."""
    each = {
        "where": [" ".join(pair) for pair in plan.where],
        "will": plan.will,
        "lost": plan.loses,
        "kept": plan.keeps,
        "takes": [plan.takes],
        "sends": [f"{r.service} {r.operation} {dict(r.params)}" for r in plan.requests],
        "proof": [plan.proof],
        "warning": plan.warnings,
        "type": [plan.typed] if plan.typed else [],
    }
    return [plan.title, *(f"{word}: {line}" for word, lines in each.items() for line in lines)]
