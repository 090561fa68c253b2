"""What the lab's containers write to their logs: a life's story, and how it ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from console.lab.kubernetes_controller import Controller, Pod

EVERY = timedelta(seconds=10)  # estate seconds between two lines
MOST = 2_000  # lines that a node still has
LOOK_S = 0.1  # real seconds
OOM = (
    "ERROR [io-3] session store: no room for one more session",
    "java.lang.OutOfMemoryError: Java heap space",
    "\tat java.base/java.util.Arrays.copyOf(Arrays.java:3537)",
    "\tat example.sessions.SessionStore.remember(SessionStore.java:212)",
    "\tat example.sessions.Gateway.onMessage(Gateway.java:88)",
    "FATAL heap exhausted; the process is about to be killed",
)
BROKEN = ("ERROR cannot read its configuration: no such file", "FATAL exit 1")
Pieces = Callable[[], AsyncIterator[bytes]]
"""What is sent instead of a log, piece by piece."""


@dataclass(frozen=True, slots=True)
class Teller:
    """One request for one container's log."""

    controller: Controller
    pod: Pod
    query: Mapping[str, str]

    @property
    def _name(self) -> str:
        name: str = self.pod.template["spec"]["containers"][0]["name"]
        return name

    def refusal(self) -> str:
        """Why there is no such log, in the API server's and the kubelet's words; else nothing."""
        asked = self.query.get("container", self._name)
        if asked != self._name:
            return f"container {asked} is not valid for pod {self.pod.name}"
        if self._before and self.pod.past is None:
            return f'previous terminated container "{asked}" in pod "{self.pod.name}" not found'
        if not self._before and self.pod.started is None and not self.pod.evicted:
            why = f"is waiting to start: {self.pod.waiting}"
            return f'container "{asked}" in pod "{self.pod.name}" {why}'
        return ""

    @property
    def _before(self) -> bool:
        return self.query.get("previous") == "true"

    async def answer(self, request: web.Request, instead: Pieces | None) -> web.StreamResponse:
        """The lines there are, and with `follow` those to come while the container lives."""
        stream = web.StreamResponse()
        stream.content_type = "text/plain"
        await stream.prepare(request)
        with suppress(ConnectionResetError):
            if instead is not None:
                async for piece in instead():
                    await stream.write(piece)
                return stream
            written = await self._write(stream, None)
            while self.query.get("follow") == "true" and self.pod.started is not None:
                await asyncio.sleep(LOOK_S)
                written = await self._write(stream, written)
        return stream

    async def _write(self, stream: web.StreamResponse, after: datetime | None) -> datetime | None:
        lines = [one for one in self._lines() if after is None or one[0] > after]
        tail = self.query.get("tailLines", "")
        if after is None and tail.isdigit():
            lines = lines[-int(tail) :]
        stamps = self.query.get("timestamps") == "true"
        told = (f"{_nano(at)} {said}\n" if stamps else f"{said}\n" for at, said in lines)
        await stream.write("".join(told).encode())
        return lines[-1][0] if lines else after

    def _lines(self) -> list[tuple[datetime, str]]:
        now = self.controller.store.clock.now()
        if self._before and self.pod.past is not None:
            begun, ended, reason = self.pod.past
        else:
            begun, ended, reason = self.pod.started or self.pod.born, now, ""
        return list(self._life(begun, ended, reason))[-MOST:]

    def _life(
        self, begun: datetime, ended: datetime, reason: str
    ) -> Iterator[tuple[datetime, str]]:
        yield begun, f"INFO  {self._name} starts"
        beats = int((ended - begun) / EVERY)
        for beat in range(max(beats - MOST, 1), beats + 1):
            at = begun + beat * EVERY
            yield at, self._beat(at, begun, ended, reason)
        end = OOM if reason == "OOMKilled" else BROKEN if reason else ()
        for number, said in enumerate(end):
            yield ended - timedelta(milliseconds=10 * (len(end) - number)), said

    def _beat(self, at: datetime, begun: datetime, ended: datetime, reason: str) -> str:
        """A line about the heap. It climbs towards the end of a life that ended for want of it."""
        age, left = (at - begun).total_seconds(), (ended - at).total_seconds()
        known = self.controller.memory.get(self.pod.key)
        used = max(40.0, 99.0 - left / 60) if reason == "OOMKilled" else 40.0
        if not reason and known is not None:
            used = known(age)
        level = "WARN " if used > 85 else "INFO "
        return f"{level} heap {used:.1f} % used, sessions {int(used * 31)}"


def _nano(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%f000Z")
