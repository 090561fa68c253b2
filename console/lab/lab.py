"""The whole lab: an estate of real local servers in one process, and its life."""

from __future__ import annotations

import asyncio
import inspect
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self

from aiohttp import web

from console.clock import Clock, real_now
from console.commands.init import shipped
from console.config import Estate, load
from console.lab.aws.endpoint import AwsEndpoint, warm
from console.lab.aws.keyring import Keyring
from console.lab.aws.ssm import READS
from console.lab.chat import Chat
from console.lab.control import Control
from console.lab.door import Door
from console.lab.estate import build
from console.lab.faults import AwsFaults
from console.lab.ita import Ita
from console.lab.kafka import Kafka, Traffic, choose
from console.lab.kubernetes import KubernetesServer
from console.lab.kubernetes_exec import disks
from console.lab.relay import Relay
from console.lab.requests import RequestLog
from console.lab.scenarios import SCENARIOS
from console.lab.steps import Step
from console.lab.web import Web

if TYPE_CHECKING:
    from console.config.schema import KafkaCluster

AWS_EVERY, MSK_EVERY, KUBERNETES_EVERY = 4.0, 1.0, 2.0  # seconds, at the least
KAFKA_EVERY, STAND_IN_EVERY = 1.0, 0.3
HTTP_EVERY = 1.5
OURS = ("ONCALL_", "AWS_ENDPOINT_URL")  # of another lab, perhaps
NOBODY = "127.0.0.1:9"  # where nothing listens
PARTITIONS, COPIES = 6, 3
REPLICAS = {"signaling": 1, "loki": 1, "prometheus": 1, "alloy": 1}
OBSERVABILITY = ("loki", "prometheus", "alloy")  # in the cluster's last namespace
PER_S, BEAT_PER_S, MEMBERS = 2.0, 5.0, 2
# The pipe ends with us; brokers that die at the same moment may still write once.
SWEEP = 'cat >/dev/null; rm -rf "$1" 2>/dev/null || { sleep 1; rm -rf "$1"; }'
TICK_S = 0.1  # real seconds between two looks at what is due


class Service(Protocol):
    """A small server of the estate, beside AWS, Kubernetes and Kafka."""

    def app(self) -> web.Application: ...
    def env(self, url: str) -> dict[str, str]:
        """What a console needs to find it, once it is open at this address."""
        ...


class Lab:
    """One running lab; `env` is what a console needs in its environment to look at it."""

    kafka: Kafka
    traffic: Traffic
    kubernetes: KubernetesServer

    def __init__(
        self,
        scenario: str = "quiet",
        speed: float = 1.0,
        kafka: str = "auto",
        config: Path | None = None,
        say: Callable[[str], object] = lambda line: None,
        placed: Callable[[str], object] = lambda url: None,
        drill: bool = False,
    ) -> None:
        if kafka == "auto" and SCENARIOS[scenario].scripted:
            kafka = "stand-in"
        self.scenario, self._wanted, self._say = scenario, kafka, say
        self._placed = placed  # told our address once every address in `env` is settled
        now = real_now()
        self.clock = Clock(SCENARIOS[scenario].start or now, now, speed)
        outside = {k: v for k, v in os.environ.items() if not k.startswith(OURS)}
        self.estate: Estate = load(config or shipped(), environ=outside).estate
        self.world = build(self.estate, self.clock)
        self.log = RequestLog(self.clock)
        self.chat = Chat(self.log)
        self.web = Web(self.log, self.clock)
        self.relay = Relay(self)
        self.ita = Ita(self.clock, self.log)
        self.services: tuple[Service, ...] = (self.ita, self.chat, self.web)
        self.aws_faults: AwsFaults = AwsFaults()
        accounts = self.estate.accounts.items()
        self.keys = Keyring({a.profile or name: (a.id, a.regions[0]) for name, a in accounts})
        self.env: dict[str, str] = {}
        self.url, self.drill = "", drill
        self.banner = "DRILL" if drill else "DEMO"
        self._stack = AsyncExitStack()
        self.acting: set[asyncio.Future[object]] = set()
        """Steps of the scenario that are under way."""
        self._story = object()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *why: object) -> None:
        await self.close()

    async def start(self) -> None:
        """Start every server, fill the clusters, begin the scenario. On failure nothing stays."""
        async with AsyncExitStack() as failed:
            failed.push_async_callback(self.close)
            await self._start()
            failed.pop_all()

    async def close(self) -> None:
        """End everything that was started and remove its directory."""
        for act in self.acting:
            act.cancel()
        await self._stack.aclose()

    def play(self, scenario: str) -> None:
        """Begin a scenario now, in the world as it is."""
        self.scenario = scenario
        self.tell(SCENARIOS[scenario].steps)

    def tell(self, steps: Iterable[tuple[float, Step]]) -> None:
        """Let these steps happen, each after its estate seconds."""
        for seconds, step in steps:
            self.world.after(seconds, partial(self._act, step), story=True)

    def _act(self, step: Step) -> None:
        done = step(self)
        if inspect.isawaitable(done):
            act = asyncio.ensure_future(done)
            self.acting.add(act)
            act.add_done_callback(self.acting.discard)

    async def later(self, seconds: float) -> None:
        """Let estate time go by in a story; it ends here when another one begins."""
        story, until = self._story, self.clock.now() + timedelta(seconds=seconds)
        while (left := (until - self.clock.now()).total_seconds()) > 0:
            await asyncio.sleep(min(TICK_S, left / self.clock.speed))
            if self._story is not story:
                raise asyncio.CancelledError

    def end_story(self) -> None:
        """The scripts that are under way end where they wait next."""
        self._story = object()

    async def _start(self) -> None:
        warming = asyncio.create_task(asyncio.to_thread(warm))
        directory = Path(tempfile.mkdtemp(prefix="oncall-lab-"))
        self._stack.callback(_sweeper(directory))
        aws = await self._open(AwsEndpoint(self.world, self.keys, self.aws_faults, self.log).app())
        self.env |= {"ONCALL_AWS_ENDPOINT": aws, "AWS_EC2_METADATA_DISABLED": "true"}
        # asking is free here: a world that runs faster is looked at more often
        self.env["ONCALL_AWS_EVERY"] = self._every(60, AWS_EVERY)
        self.env["ONCALL_MSK_EVERY"] = self._every(60, MSK_EVERY)
        self.env["ONCALL_HTTP_EVERY"] = self._every(30, HTTP_EVERY)
        self.env["ONCALL_ORDERS_EVERY"] = self._every(120, HTTP_EVERY)
        self.env["ONCALL_KUBERNETES_EVERY"] = self._every(10, KUBERNETES_EVERY)
        self.env["ONCALL_HOSTS_EVERY"] = self._every(1800, AWS_EVERY)
        self.env["ONCALL_DATABASES_EVERY"] = self._every(300, AWS_EVERY)
        self.env["ONCALL_TARGETS_EVERY"] = self._every(300, AWS_EVERY)
        self.env["ONCALL_BACKUPS_EVERY"] = self._every(7200, AWS_EVERY)
        self.env |= self.keys.write(directory, aws) | {"ONCALL_SSM_DOCUMENT": f"{READS}:2"}
        for service in self.services:
            self.env |= service.env(await self._open(service.app()))
        await self._start_kubernetes(directory / "kubeconfig")
        kafka = self._place_kafka(directory / "kafka")
        self.url = self.env["ONCALL_LAB"] = await self._open(Control(self).app())
        self._placed(self.url)
        if kafka is not None:
            await self._start_kafka(kafka)
        await warming
        self.play(self.scenario)
        ticking = asyncio.create_task(self._tick())
        self._stack.callback(ticking.cancel)

    def _every(self, usual_s: float, least_s: float) -> str:
        return f"{max(usual_s / self.clock.speed, least_s):.1f}s"

    async def _open(self, app: web.Application) -> str:
        door = Door(app)
        self._stack.push_async_callback(door.close)
        await door.open()
        return door.url

    async def _start_kubernetes(self, kubeconfig: Path) -> None:
        self._say("starting Kubernetes")
        self.kubernetes = KubernetesServer(self.clock)
        self._stack.push_async_callback(self.kubernetes.close)
        await self.kubernetes.start()
        self.kubernetes.write_kubeconfig(kubeconfig)
        self.env["ONCALL_KUBECONFIG"] = str(kubeconfig)
        for cluster in self.estate.kubernetes.values():
            for name in cluster.deployments:
                foreign = name in OBSERVABILITY
                namespace = cluster.namespaces[-1 if foreign else 0]
                self.kubernetes.deploy(namespace, name, replicas=REPLICAS.get(name, 2))
        self.kubernetes.api.disks |= disks(self.estate, self.world)

    def _place_kafka(self, directory: Path) -> Kafka | None:
        self.env |= {"ONCALL_KAFKA_BOOTSTRAP": NOBODY, "ONCALL_KAFKA_SECURITY": "plaintext"}
        kafka = _kafka(self._wanted, directory)
        if kafka is not None:
            self.env["ONCALL_KAFKA_BOOTSTRAP"] = kafka.bootstrap
            self.banner += f" · {kafka.kind}"
            least = KAFKA_EVERY if kafka.faults is None else STAND_IN_EVERY
            self.env["ONCALL_KAFKA_EVERY"] = self._every(5, least)
        return kafka

    async def _start_kafka(self, kafka: Kafka) -> None:
        self._say(f"starting {kafka.kind}")
        self.kafka = kafka
        self._stack.push_async_callback(kafka.close)
        await kafka.start()
        for cluster in self.estate.kafka.values():
            await self._fill(cluster)

    async def _fill(self, cluster: KafkaCluster) -> None:
        """Every topic and group the estate names; the groups keep up with the producers."""
        grouped = [topic for group in cluster.groups.values() for topic in group.topics]
        topics = dict.fromkeys([*cluster.topics, *grouped])
        self._say(f"creating {len(topics)} topics")
        await self.kafka.create_topics(dict.fromkeys(topics, (PARTITIONS, COPIES)))
        self.traffic = traffic = self.kafka.traffic(self.clock, self.clock.speed)
        self._stack.push_async_callback(traffic.close)
        traffic.heard = self.relay.heard
        for topic in topics:
            beats = topic in cluster.topics and cluster.topics[topic].heartbeat_every
            traffic.produce(topic, BEAT_PER_S if beats else PER_S)
        self.kubernetes.on_restart = lambda _, deployment: self._join(cluster, deployment)
        self._join(cluster)
        await traffic.joined()

    def _join(self, cluster: KafkaCluster, deployment: str = "") -> None:
        """New members for every group, or for those of a Deployment that was restarted."""
        for name, group in cluster.groups.items():
            if deployment in ("", group.deployment):
                self.traffic.consume(name, group.topics, MEMBERS)

    async def _tick(self) -> None:
        while True:
            self.world.settle()
            await self.relay.settle()
            await asyncio.sleep(TICK_S)


def _sweeper(directory: Path) -> Callable[[], None]:
    """Removes the directory off our time; also when this process is killed outright."""
    command = ["/bin/sh", "-c", SWEEP, "sh", str(directory)]
    shell = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
    assert shell.stdin is not None
    return shell.stdin.close


def _kafka(wanted: str, directory: Path) -> Kafka | None:
    """As `choose`; `off` for a lab without."""
    return None if wanted == "off" else choose(wanted, directory)
