"""Three Apache Kafka brokers and their controller, each a real JVM on this machine."""

from __future__ import annotations

import asyncio
import base64
import os
import signal
import subprocess
import tempfile
import uuid
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from console.kafka.values import Address
from console.kafka.wire import EARLIEST, Connection, Question, all_metadata, list_offsets
from console.lab.kafka import BROKERS, jars
from console.lab.kafka.lifeline import Lifeline
from console.lab.kafka.ports import free_ports

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from console.clock import Clock
    from console.lab.kafka.traffic import ApacheTraffic

T = TypeVar("T")
CONTROLLER = 100
START_SECONDS = 60.0
STOP_SECONDS = 15.0
ANSWER = 5.0  # seconds
JVM = [
    *("java", "-Xms48m", "-Xmx160m", "-Xss512k", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
    *("-XX:-UsePerfData", "-Djava.awt.headless=true"),
]
# Retention is off: record times are the estate's, which may be long ago for the broker.
SETTINGS = """\
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
default.replication.factor=3
min.insync.replicas=2
offsets.topic.num.partitions=8
offsets.topic.replication.factor=3
transaction.state.log.replication.factor=3
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
log.retention.ms=-1
log.segment.bytes=16777216
log.retention.bytes=67108864
log.cleaner.dedupe.buffer.size=2097152
leader.imbalance.check.interval.seconds=2
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=4000
num.network.threads=2
num.io.threads=2
background.threads=2
"""
LOGGING = """\
log4j.rootLogger=WARN,c
log4j.appender.c=org.apache.log4j.ConsoleAppender
log4j.appender.c.layout=org.apache.log4j.PatternLayout
log4j.appender.c.layout.ConversionPattern=%d %p %m%n
"""


class NotStarted(Exception):
    """Apache Kafka did not come up or did not do what was asked; `str()` says where to look."""


class ApacheKafka:
    """Real brokers 1, 2, 3 in `directory`; nothing here is tied to one event loop."""

    kind = f"Apache Kafka {jars.VERSION}, three brokers"

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._ports = dict(zip((*BROKERS, CONTROLLER), free_ports(4), strict=True))
        self._cluster_id = _random_id()
        self._nodes: dict[int, subprocess.Popen[bytes]] = {}
        self._lifeline: Lifeline | None = None
        self.faults = None
        self.bootstrap = ",".join(f"127.0.0.1:{self._ports[broker]}" for broker in BROKERS)

    @property
    def pids(self) -> dict[int, int]:
        """Node id → process id of those that run; the controller is node 100."""
        return {node: jvm.pid for node, jvm in self._nodes.items() if jvm.poll() is None}

    async def start(self) -> None:
        """Start all four JVMs at once; return when the metadata lists every broker."""
        if reason := jars.available():
            raise NotStarted(reason)
        self._lifeline = Lifeline()
        self._directory.mkdir(parents=True, exist_ok=True)
        (self._directory / "log4j.properties").write_text(LOGGING)
        async with AsyncExitStack() as undo:
            undo.push_async_callback(self.close)
            for node in (CONTROLLER, *BROKERS):
                self._format(node)
                self._launch(node)
            await self._until_up(set(BROKERS))
            undo.pop_all()

    async def close(self) -> None:
        """Kill every JVM; the directory is the caller's to remove."""
        if self._lifeline is not None:
            self._lifeline.close()
        self._nodes, self._lifeline = {}, None

    async def create_topics(
        self, topics: Mapping[str, tuple[int, int]], configs: Mapping[str, str] | None = None
    ) -> None:
        """Create `{name: (partitions, replication factor)}`; return when all are served.

        That is: every broker tells their leaders, and every leader serves what it leads. Each hears
        of a topic in its own time, the leader itself perhaps last.
        """
        from aiokafka.admin import NewTopic

        told = dict(configs or {})
        asked = [NewTopic(name, *shape, topic_configs=told) for name, shape in topics.items()]
        async with self._admin() as admin:
            answer = await admin.create_topics(asked)
        if refused := [error for error in answer.topic_errors if error[1]]:
            raise NotStarted(f"Kafka refused to create topics: {refused}")
        counts = {name: partitions for name, (partitions, _) in topics.items()}
        async with self._within(f"not all brokers serve {list(topics)}"):
            await self._until_all(lambda broker: self._serves(broker, counts))

    async def stop_broker(self, broker: int) -> None:
        """Shut one broker down in order, as a maintenance does: leaders move away first."""
        self._nodes[broker].send_signal(signal.SIGTERM)
        await self._until_gone(broker)

    async def kill_broker(self, broker: int) -> None:
        """Kill one broker; the others notice when its session runs out (4 s)."""
        self._nodes[broker].send_signal(signal.SIGKILL)
        await self._until_gone(broker)

    async def start_broker(self, broker: int) -> None:
        """Start a stopped broker on its old port; return when the metadata lists it."""
        if broker not in self.pids:
            self._launch(broker)
        await self._until_up({broker})

    async def until_in_sync(self) -> None:
        """Return when every replica is in sync and every partition is led by whom it should be."""
        async with self._within("the brokers are not in sync"):
            await self._until_all(self._tells_in_sync)

    def black_hole(self, broker: int, on: bool) -> None:
        """Make a broker accept connections and never answer (its process is stopped)."""
        self._nodes[broker].send_signal(signal.SIGSTOP if on else signal.SIGCONT)

    def traffic(self, clock: Clock, speed: float = 1.0) -> ApacheTraffic:
        """Real producers and consumers on these brokers."""
        from console.lab.kafka.traffic import ApacheTraffic

        return ApacheTraffic(self.bootstrap, clock, speed)

    def _format(self, node: int) -> None:
        """What `StorageTool format` writes, without a JVM's start for each node."""
        listener = "CONTROLLER" if node == CONTROLLER else "PLAINTEXT"
        data = self._directory / str(node)
        data.mkdir()
        (data / "meta.properties").write_text(
            f"version=1\ncluster.id={self._cluster_id}\nnode.id={node}\n"
            f"directory.id={_random_id()}\n"
        )
        (self._directory / f"{node}.properties").write_text(
            f"process.roles={'controller' if node == CONTROLLER else 'broker'}\nnode.id={node}\n"
            f"controller.quorum.voters={CONTROLLER}@127.0.0.1:{self._ports[CONTROLLER]}\n"
            f"listeners={listener}://127.0.0.1:{self._ports[node]}\nlog.dirs={data}\n{SETTINGS}"
        )

    def _launch(self, node: int, *options: str) -> None:
        assert self._lifeline is not None, "not started"
        if not options and jars.archive().exists():
            options = (f"-XX:SharedArchiveFile={jars.archive()}",)
        logging = f"-Dlog4j.configuration=file:{self._directory / 'log4j.properties'}"
        properties = str(self._directory / f"{node}.properties")
        command = [*JVM, *options, logging, "-cp", jars.classpath(), "kafka.Kafka", properties]
        self._nodes[node] = self._lifeline.spawn(command, self._directory / f"{node}.log")

    async def _until_gone(self, broker: int) -> None:
        jvm = self._nodes[broker]
        try:
            async with asyncio.timeout(STOP_SECONDS):
                while jvm.poll() is None:  # not asyncio's processes: those belong to one loop
                    await asyncio.sleep(0.02)
        except TimeoutError:
            jvm.kill()
            jvm.wait()

    async def _until_up(self, wanted: set[int]) -> None:
        async with self._within(f"brokers {wanted} are not up"):
            for broker in wanted:
                while not await self._lists(broker, wanted):
                    if dead := {CONTROLLER, *wanted} - set(self.pids):
                        raise NotStarted(f"Kafka {dead} ended: see {self._directory}/*.log")
                    await asyncio.sleep(0.05)

    @asynccontextmanager
    async def _within(self, else_: str) -> AsyncIterator[None]:
        """NotStarted, in these words, where this takes too long."""
        try:
            async with asyncio.timeout(START_SECONDS):
                yield
        except TimeoutError:
            raise NotStarted(f"{else_}: see {self._directory}/*.log") from None

    async def _until_all(self, holds: Callable[[int], Awaitable[bool]]) -> None:
        """Ask every broker that runs, one after the other, until this holds at all of them."""
        for broker in self.pids.keys() - {CONTROLLER}:
            while not await holds(broker):
                await asyncio.sleep(0.05)

    async def _lists(self, broker: int, wanted: set[int]) -> bool:
        """Ask this very broker: the others list a killed one until its session runs out."""
        seen = await self._ask(broker, all_metadata([]))
        return seen is not None and seen.brokers.keys() >= wanted

    async def _tells_in_sync(self, broker: int) -> bool:
        """All that this broker knows of is whole, and led by whom it should be."""
        seen = await self._ask(broker, all_metadata())
        return seen is not None and all(
            len(each.isr) == len(each.replicas) and each.leader == each.replicas[0]
            for topic in seen.topics.values()
            for each in topic.values()
        )

    async def _serves(self, broker: int, counts: Mapping[str, int]) -> bool:
        """This broker tells every leader, and of its own partitions where they begin."""
        every = [(topic, number) for topic, count in counts.items() for number in range(count)]
        seen = await self._ask(broker, all_metadata(list(counts)))
        leaders = {tp: seen.leader(tp) for tp in every} if seen is not None else {}
        if seen is None or not all(leader in seen.brokers for leader in leaders.values()):
            return False
        led = [tp for tp, leader in leaders.items() if leader == broker]
        found = await self._ask(broker, list_offsets(led, EARLIEST))
        return found is not None and len(found.offsets) == len(led)

    async def _ask(self, broker: int, question: Question[T]) -> T | None:
        """The answer of this very broker; None while it gives none."""
        from aiokafka.errors import KafkaError

        address = Address("127.0.0.1", self._ports[broker])
        asked = Connection(address, None, asyncio.Lock(), ANSWER, security_protocol="PLAINTEXT")
        try:
            await asked.open()
            return await asked.ask(question)
        except (KafkaError, OSError, TimeoutError):
            return None
        finally:
            asked.close()

    @asynccontextmanager
    async def _admin(self) -> AsyncIterator[Any]:
        from aiokafka.admin import AIOKafkaAdminClient

        admin = AIOKafkaAdminClient(
            bootstrap_servers=self.bootstrap, request_timeout_ms=round(ANSWER * 1000)
        )
        await admin.start()
        try:
            yield admin
        finally:
            await admin.close()


async def make_archive() -> None:
    """Run the brokers once and let one write its loaded classes to the archive as it ends."""
    with tempfile.TemporaryDirectory(prefix="oncall-kafka-") as scratch:
        kafka = ApacheKafka(Path(scratch) / "data")
        made = jars.home() / f"making-{os.getpid()}.jsa"
        await kafka.start()
        try:
            await kafka.stop_broker(1)
            kafka._launch(1, f"-XX:ArchiveClassesAtExit={made}")
            await kafka._until_up({1})
            await kafka.create_topics({"warm": (3, 3)})
            await kafka.stop_broker(1)
            if made.exists():  # a JVM before 13 makes none, and starts as it always did
                made.rename(jars.archive())
        finally:
            await kafka.close()


def _random_id() -> str:
    """A Kafka uuid: 22 characters of URL-safe base64, never with a dash in front."""
    return "A" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode()[1:22]
