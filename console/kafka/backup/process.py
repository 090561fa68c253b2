"""The scribe as the console holds it: fed as fast as it writes, and never outliving the console."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import console
from console.kafka.backup.scribe import END, FRAME
from console.poll import Failed

AHEAD = 2 << 20  # bytes of records that may wait for the scribe
RUN = "from console.kafka.backup.scribe import main; main()"
FAREWELL = 5.0  # seconds for a killed process to be gone


class Scribe:
    """One backup under way. Use as `async with`: left before `finish`, no file stays."""

    def __init__(self, order: Mapping[str, Any]) -> None:
        self.records = 0
        """Written so far."""
        self._order = json.dumps(order).encode() + b"\n"
        self._part: Path | None = None
        self._result: dict[str, Any] | None = None
        self._complaints: deque[str] = deque(maxlen=3)

    async def __aenter__(self) -> Scribe:
        root = str(Path(console.__file__).parents[1])
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-c", RUN),
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            env={"PYTHONPATH": root, "PATH": os.defpath},
            start_new_session=True,  # the terminal's ctrl+c is for the console
        )
        assert self._process.stdin is not None
        self._in = self._process.stdin
        self._in.transport.set_write_buffer_limits(high=AHEAD, low=AHEAD // 2)
        self._hearing = asyncio.gather(self._hear(), self._hear_complaints())
        self._in.write(self._order)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._process.returncode is None:
            with suppress(ProcessLookupError):  # not its kill(): that reaps before asyncio does
                os.kill(self._process.pid, signal.SIGKILL)
        with suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL):
                await self._process.wait()
                await self._hearing  # also what it said before its end, e.g. its file's name
        self._hearing.cancel()
        if self._result is None and self._part is not None:
            self._part.unlink(missing_ok=True)

    async def add(self, partition: int, batches: bytes) -> None:
        """Hand over what a leader gave; waits while the scribe is behind. Raises Failed."""
        await self._send(FRAME.pack(partition, len(batches)), batches)

    async def finish(self) -> dict[str, Any]:
        """All is handed over: counts, sha256 and bytes of the finished file. Raises Failed."""
        await self._send(FRAME.pack(END, 0))
        await self._over()
        if self._result is None or "error" in self._result:
            raise self._failed()
        return self._result

    async def _send(self, *parts: bytes) -> None:
        if self._result is not None:
            raise self._failed()
        try:
            self._in.writelines(parts)
            await self._in.drain()
        except (BrokenPipeError, ConnectionResetError):
            await self._over()
            raise self._failed() from None

    async def _over(self) -> None:
        await self._hearing
        await self._process.wait()

    def _failed(self) -> Failed:
        said = (self._result or {}).get("error")
        last = " ".join(self._complaints) or f"exit code {self._process.returncode}"
        return Failed(f"no backup: {said or f'the process that writes it has ended ({last})'}")

    async def _hear(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            told = json.loads(line)
            if "part" in told:
                self._part = Path(told["part"])
            elif "records" in told:
                self.records = told["records"]
            else:
                self._result = told

    async def _hear_complaints(self) -> None:
        assert self._process.stderr is not None
        async for line in self._process.stderr:
            self._complaints.append(line.decode(errors="replace").strip())
