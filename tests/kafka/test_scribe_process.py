"""The process that writes a backup ends with whoever wanted it, and says why it could not."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import pytest

from console.kafka.backup.process import Scribe
from console.poll import Failed
from tests.kafka.scribing import batch, names, order, plain
from tests.lab.kafka.looking import until

PACKED = batch(0, [plain(offset) for offset in range(5)])
CONSOLE = """
import asyncio, json, sys
from console.kafka.backup.process import Scribe

async def main():
    async with Scribe(json.loads(sys.argv[1])) as scribe:
        await scribe.add(0, bytes.fromhex(sys.argv[2]))
        while not scribe.records:
            await asyncio.sleep(0.01)
        print(scribe._process.pid, flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


def status(pid: int) -> str:
    """A process that nobody waits for stays as a zombie in some containers."""
    path = Path(f"/proc/{pid}/status")
    return path.read_text() if path.exists() else ""


async def test_it_writes_what_it_is_handed(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl.gz"
    async with Scribe(order(path, {0: (0, 5)})) as scribe:
        await scribe.add(0, PACKED)
        result = await scribe.finish()
    assert result["bytes"] == path.stat().st_size
    assert scribe.records == 5
    assert names(tmp_path) == ["c.jsonl.gz"]


async def test_left_before_its_end_it_is_gone_and_so_is_its_file(tmp_path: Path) -> None:
    async with Scribe(order(tmp_path / "c.jsonl.gz", {0: (0, 9)})) as scribe:
        await scribe.add(0, PACKED)
        await until(_told(scribe), bool)
        assert names(tmp_path) == ["c.jsonl.gz.part"]
    assert scribe._process.returncode == -signal.SIGKILL
    assert names(tmp_path) == []


def _told(scribe: Scribe):  # type: ignore[no-untyped-def]
    async def records() -> int:
        return scribe.records

    return records


async def test_its_reason_is_told_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl.gz"
    path.write_text("another's")
    with pytest.raises(Failed, match=r"no backup: .*c\.jsonl\.gz: there is a file already"):
        async with Scribe(order(path, {0: (0, 5)})) as scribe:
            await scribe.add(0, PACKED)
            await scribe.finish()
    assert path.read_text() == "another's"


async def test_a_process_that_is_killed_is_a_failure_and_no_file(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="the process that writes it has ended"):
        async with Scribe(order(tmp_path / "c.jsonl.gz", {0: (0, 10)})) as scribe:
            await scribe.add(0, PACKED)
            await until(_told(scribe), bool)
            scribe._process.kill()
            await scribe.finish()
    assert names(tmp_path) == []


async def test_it_never_outlives_a_console_that_was_killed(tmp_path: Path) -> None:
    told = json.dumps(order(tmp_path / "c.jsonl.gz", {0: (0, 9)}))
    console = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", CONSOLE, told, PACKED.hex()), stdout=asyncio.subprocess.PIPE
    )
    assert console.stdout is not None
    pid = int(await console.stdout.readline())
    assert names(tmp_path) == ["c.jsonl.gz.part"]
    console.kill()
    await console.wait()

    async def alive() -> bool:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        return "zombie" not in status(pid)

    await until(alive, lambda found: not found)
    assert names(tmp_path) == [], "it takes its unfinished file with it"
