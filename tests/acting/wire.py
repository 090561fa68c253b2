"""A lab in a thread of its own, and the wire to it: it cuts a console's life at a named moment."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, build_opener

from console.commands.init import shipped
from console.lab.lab import Lab

SPEED = 1200.0  # a machine that boots in two minutes does so in a tenth of a second
ANY, HEAD = re.compile(b""), re.compile(rb"[A-Z]+ /")
ACT = ""


class Wire:
    """Carries bytes to one server and back.

    Of what matches `mark` the moments are `asked` (it never arrives), `answered` (the answer
    never arrives) and `told` (it did); the same of the first bytes ever (`plan …`), and of the
    first that follow the marked answer (`look …`).
    """

    moment = ""
    child = 0
    mark: re.Pattern[bytes] = ANY

    def __init__(self, server: str) -> None:
        self._there = urlsplit(server)
        self._listener: asyncio.Server | None = None
        self.stage = ""
        self.url = ""

    async def open(self) -> None:
        self._listener = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._listener.sockets[0].getsockname()[1]}"

    def close(self) -> None:
        if self._listener:
            self._listener.close()

    def await_moment(self, child: int, moment: str, mark: str) -> None:
        """From now on this child dies at that moment."""
        self.child, self.moment, self.stage = child, moment, ""
        self.mark = re.compile(mark.encode())

    def _dies(self, moment: str) -> bool:
        if not self._is_now(moment):
            return False
        os.kill(self.child, signal.SIGKILL)
        self.child = 0
        return True

    def _is_now(self, moment: str) -> bool:
        return bool(self.child) and moment == self.moment

    async def _carry(self, here: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        there, on = await asyncio.open_connection(self._there.hostname, self._there.port)
        asked: list[str] = []  # of what the next answer on this connection is
        ways = [self._ask(here, on, asked), self._answer(there, back, asked)]
        try:
            with suppress(OSError):
                tasks = [asyncio.create_task(way) for way in ways]
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
        finally:
            on.close()
            back.close()

    async def _ask(
        self, here: asyncio.StreamReader, on: asyncio.StreamWriter, asked: list[str]
    ) -> None:
        while data := await here.read(65536):
            if self.mark.search(data):
                asked[:] = [ACT]
            elif HEAD.match(data):
                asked[:] = [self._name()]
            if self._dies(f"{asked[0]}asked"):
                return
            on.write(data)
            await on.drain()

    async def _answer(
        self, there: asyncio.StreamReader, back: asyncio.StreamWriter, asked: list[str]
    ) -> None:
        while data := await there.read(65536):
            what = asked[0]
            if self._dies(f"{what}answered"):
                return
            if self._is_now(f"{what}told"):
                os.kill(self.child, signal.SIGSTOP)  # it has the answer, and does no more with it
            back.write(data)
            await back.drain()
            if self._dies(f"{what}told"):
                return
            if what == ACT:
                self.stage = "sent"

    def _name(self) -> str:
        """What a request is, if it is not the act itself."""
        if not self.stage:
            self.stage = "planned"
            return "plan "
        if self.stage == "sent":
            self.stage = "looked"
            return "look "
        return "? "


class Laboratory:
    """The lab as the next room: reached by HTTP alone. `hasty` gives up looking at once."""

    def __init__(self, room: Path) -> None:
        self.room = room
        self.configuration = room / "config"
        shutil.copytree(shipped(), self.configuration)
        self._allow(self.configuration, "cool_down", "0.001s")
        self._allow(self.configuration, "deadline", "4h")  # seconds, at the lab's speed
        self.hasty = room / "hasty"
        shutil.copytree(self.configuration, self.hasty)
        self._allow(self.hasty, "deadline", "0.5s")
        self.loop = asyncio.new_event_loop()
        self.lab = Lab("quiet", SPEED, "off")

    @staticmethod
    def _allow(directory: Path, key: str, value: str) -> None:
        file = directory / "remedies.yaml"
        text = re.sub(rf"{key}: \w+", f"{key}: {value}", file.read_text(encoding="utf-8"))
        file.write_text(text, encoding="utf-8")

    async def open(self) -> None:
        """Start the lab, and lay the wires."""
        await self.lab.start()
        self.aws = Wire(self.lab.env["ONCALL_AWS_ENDPOINT"])
        self.cluster = Wire(self.lab.kubernetes.url)
        await self.aws.open()
        await self.cluster.open()
        wired = self.room / "kubeconfig"
        self.lab.kubernetes.url, url = self.cluster.url, self.lab.kubernetes.url
        self.lab.kubernetes.write_kubeconfig(wired)
        self.lab.kubernetes.url = url
        self.env = self.lab.env | {
            "ONCALL_AWS_ENDPOINT": self.aws.url,
            "ONCALL_KUBECONFIG": str(wired),
            "ONCALL_LAB": self.lab.url,
        }

    async def close(self) -> None:
        self.aws.close()
        self.cluster.close()
        await self.lab.close()
        carrying = asyncio.all_tasks() - {asyncio.current_task()}
        for task in carrying:
            task.cancel()
        await asyncio.gather(*carrying, return_exceptions=True)

    def log(self) -> list[dict[str, Any]]:
        """Everything the lab was ever asked: the judge."""
        with build_opener(ProxyHandler({})).open(f"{self.lab.url}/log", timeout=10) as answer:
            told: list[dict[str, Any]] = json.load(answer)
            return told

    def machine(self, name: str) -> str:
        """The id of an instance."""
        return next(host.id for host in self.lab.world.hosts if host.name == name)

    async def calm(self) -> None:
        """Wait until nothing is stopped or restarting any more."""
        while self.lab.world.pending:
            await asyncio.sleep(0.02)

    def fill(self) -> None:
        """The disk behind mediator-crow is full of dumps, and has been for hours."""
        for disk in self.lab.kubernetes.api.disks.values():
            disk.cleaned = None
            disk.course.points.clear()
            disk.course.ramp(self.lab.clock.now() - timedelta(hours=3), 96 / disk.scale, 1)


@contextmanager
def laboratory(room: Path) -> Iterator[Laboratory]:
    """A lab that lives until the end of the block, whatever loops come and go meanwhile."""
    made = Laboratory(room)
    thread = threading.Thread(target=made.loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(made.open(), made.loop).result(30)
    try:
        yield made
    finally:
        asyncio.run_coroutine_threadsafe(made.close(), made.loop).result(30)
        made.loop.call_soon_threadsafe(made.loop.stop)
        thread.join()
        made.loop.close()
