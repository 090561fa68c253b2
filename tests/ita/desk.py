"""An ITA of the lab behind a real door, the console's own client of it, and hands to act on it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from console.clients import Clients
from console.clock import Clock, real_now
from console.config import Configuration, load
from console.ita.api import ItaApi
from console.lab.door import Door
from console.lab.ita import KEYS, PASSWORD, USER, ZONE, Ita, Job
from console.lab.requests import RequestLog
from console.model import Board, Order, Plan, Ref, Snapshot, Verdict
from console.poll import Context, Part, poll_once
from console.remedies import REMEDIES
from console.remedy import Hands, Refused, Rejected, run
from console.sources import SOURCES

SYSTEM = Ref("ita", "ita", "ita")
SPEED = 200.0
ENTRIES = {
    f"{kind}-{switch}": {"kind": kind, "switch": switch, "cool_down": "0s", "deadline": "1m"}
    for kind in ("ita-job-stop", "ita-read-only")
    for switch in ("on", "off")
}


def configured(directory: Path, url: str, **settings: Any) -> Configuration:
    """An estate with one ITA system at this address."""
    room = directory / "configuration"
    room.mkdir(exist_ok=True)
    login = {"user": USER, "password": PASSWORD, "zone": str(ZONE), "tunnelled": True}
    estate = {
        "estate": {"name": "test", "title": "Test"},
        "ita": {"ita": {"url": url, **login, **settings}},
    }
    (room / "estate.yaml").write_text(json.dumps(estate), encoding="utf-8")
    (room / "remedies.yaml").write_text(json.dumps({"remedies": ENTRIES}), encoding="utf-8")
    return load(room, environ={})


@dataclass(slots=True)
class Desk:
    """The platform, and a console that looks at it."""

    server: Ita
    configuration: Configuration
    context: Context
    board: Board = field(default_factory=Board)

    @property
    def api(self) -> ItaApi:
        return self.context.clients.ita("ita")

    @property
    def hands(self) -> Hands:
        return Hands(self.context, self.configuration, lambda: self.board)

    @property
    def part(self) -> Part:
        (part,) = SOURCES["ita"].parts(self.context)
        return part

    @property
    def writes(self) -> list[str]:
        """What was asked to be turned, as the platform heard it."""
        return [one["params"] for one in self.server.log.entries if "PATCH" in one["operation"]]

    def turned(self, job_stop: bool = False, read_only: bool = False) -> None:
        """The switches stand so, by whomever."""
        self.server.mode = dict(zip(KEYS, ("01"[job_stop], "01"[read_only]), strict=True))

    async def look(self, part: Part, last: Snapshot | None = None) -> Snapshot:
        """One poll, and on the board."""
        seen = await poll_once(part, last)
        self.board = self.board.with_(seen)
        return seen


def job(backyard: str = "ansible-execute", takes_s: float = 1e6, **more: Any) -> Job:
    """Something that runs for days."""
    return Job("refinery", "sakai", backyard, takes_s, **more)


@asynccontextmanager
async def ita(
    directory: Path, *faults: str, speed: float = SPEED, **settings: Any
) -> AsyncIterator[Desk]:
    """A platform in which nothing runs, with these faults."""
    now = real_now()
    clock = Clock(now, now, speed)
    server = Ita(clock, RequestLog(clock), set(faults))
    door = Door(server.app())
    await door.open()
    told = configured(directory, settings.pop("url", door.url), **settings)
    context = Context(told.estate, Clients(told.estate), clock)
    try:
        yield Desk(server, told, context)
    finally:
        await context.clients.close()
        await door.close()


def order(name: str) -> Order:
    """What an entry of the allow-list does to the system."""
    return Order(name, (SYSTEM,))


async def propose(name: str, hands: Hands) -> Plan:
    """The plan alone."""
    return await REMEDIES[hands.allowance(name).kind].plan(order(name), hands)


async def carry_out(plan: Plan, hands: Hands) -> Verdict:
    """Apply, and look; a reply that was lost is told to the looking, as the engine does."""
    remedy = REMEDIES[hands.allowance(plan.remedy).kind]
    started = hands.clock.now().isoformat()
    told = await run(remedy.apply(plan, hands))
    if isinstance(told, Refused | Rejected):
        raise told
    sent = {"lost": str(told)} if isinstance(told, Exception) else dict(told)
    kept = json.loads(json.dumps(sent | {"started_at": started}))
    return await remedy.verify(plan, kept, hands)


async def act(name: str, desk: Desk) -> Verdict:
    """Plan and carry out."""
    return await carry_out(await propose(name, desk.hands), desk.hands)
