"""A world to act on: a real HTTP server whose log is the judge, and a remedy that asks it."""

from __future__ import annotations

import json
import resource
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit
from urllib.request import ProxyHandler, Request, build_opener

from console.acting import Acts
from console.clients import Clients
from console.clock import real_now
from console.config.flows import Flows
from console.config.load import Configuration
from console.config.planned import Windows
from console.config.plans import Contacts, Remedies
from console.config.schema import Estate
from console.journal import Journal
from console.model import Board, Order, Plan, Ref, Row, Snapshot, Verdict
from console.model import Request as Call
from console.poll import Context, in_thread
from console.remedy import Hands, Refused, Rejected

ACCOUNT = "111122223333"
STS = """<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<GetCallerIdentityResult><Arn>arn:aws:sts::{0}:assumed-role/{1}/{2}</Arn><UserId>A:n</UserId>
<Account>{0}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"""
TARGET = Ref("deployment", "cluster", "shop/web")
ORDER = Order("restart-web", (TARGET,), case="stuck")


class Server(ThreadingHTTPServer):
    """Things that can be restarted: GET what is, POST a restart; it breaks as `mood` says."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.log: list[str] = []
        self.restarts = 0
        self.loses = ["nothing"]
        self.mood = ""
        self.account, self.role, self.session = ACCOUNT, "OnCall", "night-shift"
        self.gate = threading.Event()
        self.gate.set()
        self.arrived = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def writes(self) -> int:
        """How many restarts were asked for: the judge."""
        return self.log.count("POST /restart")


class Answers(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def tell(self, text: str, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def do_GET(self) -> None:
        server = self.server
        phase = parse_qs(urlsplit(self.path).query).get("for", [""])[0]
        server.log.append(f"GET {phase}")
        self.tell(json.dumps({"restarts": server.restarts, "loses": server.loses}))

    def do_POST(self) -> None:
        server = self.server
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if b"GetCallerIdentity" in body:
            server.log.append("POST sts")
            return self.tell(STS.format(server.account, server.role, server.session))
        server.log.append(f"POST {self.path}")
        server.arrived.set()
        server.gate.wait(10)
        if server.mood == "reject":
            return self.tell("not now", 409)
        if server.mood != "lie":
            server.restarts += 1
        if server.mood == "drop":
            self.connection.shutdown(socket.SHUT_RDWR)
            return None
        self.tell(json.dumps({"accepted": True, "at": "2026-11-22T12:00:00Z"}))
        return None


@contextmanager
def serving() -> Iterator[Server]:
    server = Server()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield server
    finally:
        server.gate.set()
        server.shutdown()
        server.server_close()


def ask(url: str, method: str = "GET") -> Any:
    opener = build_opener(ProxyHandler({}))
    data = b"{}" if method == "POST" else None
    with opener.open(Request(url, data, method=method), timeout=10) as answer:
        return json.load(answer)


@dataclass(frozen=True)
class Restart:
    """A remedy like any other: reads to plan, posts once, looks until it has restarted."""

    url: str
    kind: str = "rollout-restart"
    acts_on: frozenset[str] = frozenset({"deployment", "instance", "cache"})
    takes_instance: bool = False
    seen: Mapping[str, Any] = field(default_factory=dict)
    typed: str = ""
    scopes: tuple[str, ...] = ()
    patience: float = 1.0
    last_acted_at: datetime | None = None
    last_acted_by: str = ""

    async def plan(self, order: Order, hands: Hands) -> Plan:
        told = await in_thread(ask, f"{self.url}/?for=plan")
        return Plan(
            remedy=order.remedy,
            title="restart",
            targets=order.targets,
            scopes=self.scopes or tuple({ref.scope for ref in order.targets}),
            where=(("server", self.url),),
            will=("it restarts",),
            loses=tuple(told["loses"]),
            keeps=("the rest",),
            takes="a second",
            requests=(Call("local", "restart", {"name": order.targets[0].name}),),
            proof="one restart more",
            typed=self.typed,
            seen={"restarts": told["restarts"], **self.seen},
            last_acted_at=self.last_acted_at,
            last_acted_by=self.last_acted_by,
        )

    async def apply(self, plan: Plan, hands: Hands) -> Mapping[str, Any]:
        try:
            return dict(await in_thread(ask, f"{self.url}/restart", "POST"))
        except HTTPError as error:
            raise Rejected(f"{error.code} {error.read().decode()}") from None

    async def verify(self, plan: Plan, sent: Mapping[str, Any], hands: Hands) -> Verdict:
        for _ in range(10):
            told = await in_thread(ask, f"{self.url}/?for=proof")
            more = told["restarts"] - plan.seen["restarts"]
            if more:
                return Verdict("verified", f"restarted {more} times", (f"restarts: {more}",))
            await hands.sleep(self.patience / 10)
        return Verdict("failed", "it did not restart", ("restarts: 0",))


def configuration(url: str = "", **entry: Any) -> Configuration:
    """An estate with a cluster that needs no account, and two sites in one account."""
    environment = {"account": "prod", "region": "eu-west-3"}
    site = {"title": "堺", "environments": {"prod": environment, "stg": environment}}
    allowed = {"kind": "rollout-restart", "cool_down": "0.001s", "deadline": "5s"} | entry
    estate = {
        "estate": {"name": "test", "title": "Test"},
        "accounts": {"prod": {"id": ACCOUNT, "regions": ["eu-west-3"], "endpoint_url": url}},
        "sites": {"sakai": site, "kawasaki": {**site, "title": "川崎"}},
        "kafka": {"cluster": {"bootstrap": "127.0.0.1:1"}},
    }
    windows = {
        "night": {"title": "night work", "zone": "UTC", "rrule": "FREQ=DAILY", "from": "00:00"}
        | {"to": "00:00"}
    }
    return Configuration(
        Path(),
        Estate.model_validate(estate),
        {},
        Remedies.model_validate({"remedies": {"restart-web": allowed}}),
        Flows(),
        Windows.model_validate({"windows": windows}),
        Contacts(),
        {},
    )


@dataclass
class Stage:
    """One console's acting side, its clocks in the test's hand."""

    directory: Path
    remedy: Any
    configured: Configuration
    targets: tuple[Ref, ...] = (TARGET,)
    read_only: bool = False
    by: str = "tester"
    ahead: float = 0.0
    """Seconds that both clocks were moved on."""
    asleep: float = 0.0
    """Seconds that only the wall clock went on."""
    age: float = 0.0
    """Of the rows on the board, in seconds."""
    serves: tuple[str, ...] = ()
    world: str = ""
    ask: Callable[..., Any] | None = None

    def now(self) -> datetime:
        return datetime.fromtimestamp(real_now().timestamp() + self.ahead + self.asleep, UTC)

    def steady(self) -> float:
        return real_now().timestamp() + self.ahead

    def board(self, age: float | None = None) -> Board:
        taken = self.now().timestamp() - (self.age if age is None else age)
        at = datetime.fromtimestamp(taken, UTC)
        rows = tuple(Row(ref=ref, at=at, serves=self.serves) for ref in self.targets)
        return Board().with_(Snapshot("things", "all", 60.0, at, rows))

    def acts(self, **options: Any) -> Acts:
        estate = self.configured.estate
        context = Context(estate, Clients(estate), state=self.directory)
        hands = Hands(
            *(context, self.configured, self.board, self.now), ask=self.ask, world=self.world
        )
        return Acts(
            hands,
            Journal(self.directory / "journal.jsonl", now=self.now),
            self.directory,
            self.by,
            self.read_only,
            remedies={self.remedy.kind: self.remedy},
            steady=self.steady,
            **options,
        )

    def kinds(self) -> list[str]:
        entries = Journal(self.directory / "journal.jsonl").entries()
        return [entry.kind for entry in entries]


def stage(
    tmp_path: Path, server: Server, /, entry: dict[str, Any] | None = None, **more: Any
) -> Stage:
    remedy = more.pop("remedy", None) or Restart(server.url)
    return Stage(tmp_path, remedy, configuration(server.url, **(entry or {})), **more)


@asynccontextmanager
async def acting(on: Stage, *scopes: str, **options: Any) -> AsyncIterator[Acts]:
    acts = on.acts(**options)
    try:
        if scopes:
            await acts.arm(scopes, 30, "a test")
        yield acts
    finally:
        await acts.close()


async def refused(acts: Acts, order: Order = ORDER, **firing: Any) -> str:
    """Why firing is refused."""
    proposal = await acts.propose(order)
    try:
        await acts.fire(proposal, **firing)
    except Refused as why:
        return str(why)
    raise AssertionError("it was not refused")


@contextmanager
def no_room() -> Iterator[None]:
    """No file of this process may grow."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
