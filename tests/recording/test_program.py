"""`oncall record` on the lab: what it records, how it ends, and what it does when things break."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.request import urlopen

import pytest

from console.commands.init import shipped
from console.config import load
from console.config.secrets import is_secret
from console.config.shown import hidden
from console.estates import open_estate
from console.model import Board
from console.realm import VARIABLE
from console.record import Record
from console.recording.file import Unreadable
from console.recording.recording import Recording
from console.recording.shelf import recordings
from console.recording.values import micros
from tests.driving import LIVE, Served
from tests.recording.equal import assert_equal, changes, decompressed, newest
from tests.recording.living import ENOUGH, SOON, SPEED
from tests.recording.living import night as night

LOOK_S = 0.5  # seconds between two looks at a recording


class Recorder:
    """The command, in a process of its own."""

    def __init__(self, state: Path, lab: str, config: Path | None = None) -> None:
        self.state = state / "demo"
        self.said: list[str] = []
        command = [sys.executable, "-m", "console", "--config", str(config or shipped()), "record"]
        env = {**os.environ, "ONCALL_STATE": str(state), VARIABLE: lab}
        self.process = subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True)

    def until_said(self, wanted: str) -> str:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said.append(line)
            if wanted in line:
                return line
        raise AssertionError(f"{wanted} was not said: {''.join(self.said)}")

    def until(self, holds: Callable[[Recording], Any]) -> Any:
        """Wait until this holds of what is on the disk, and is something."""
        until = time.monotonic() + SOON
        while time.monotonic() < until and self.process.poll() is None:
            try:
                recording = newest(self.state)
            except (Unreadable, IndexError):
                time.sleep(LOOK_S)
                continue
            with closing(recording):
                if found := holds(recording):
                    return found
            time.sleep(LOOK_S)
        raise AssertionError(f"never came to that ({self.process.poll()}): {''.join(self.said)}")

    def limit(self, size: int | None) -> None:
        """The disk is full: no file of this process may grow beyond so many bytes."""
        _, hard = resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE)
        soft = hard if size is None else size
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (soft, hard))

    def end(self, sign: signal.Signals = signal.SIGTERM) -> int:
        """Tell it to end; its exit code."""
        self.process.send_signal(sign)
        _, rest = self.process.communicate(timeout=LIVE)
        self.said += (rest or "").splitlines(keepends=True)
        return self.process.returncode


@contextmanager
def recording(state: Path, lab: str, config: Path | None = None) -> Iterator[Recorder]:
    it = Recorder(state, lab, config)
    try:
        yield it
    finally:
        it.process.kill()
        it.process.wait()
        if it.process.stderr is not None:
            it.process.stderr.close()


def instants(least: int) -> Callable[[Recording], int]:
    return lambda told: len(told) if len(told) >= least else 0


def answered(recording: Recording) -> bool:
    """Whether what is asked most often was seen."""
    return bool(recording.board(len(recording) - 1).rows("kafka_brokers"))


async def looked(seen: list[Board]) -> int:
    """Record in this process until enough was seen; the exit code."""
    record = Record(open_estate(shipped()))
    see = record.lookout.publish

    def both(board: Board) -> None:
        seen.append(board)
        see(board)

    record.lookout.publish = both
    running = asyncio.create_task(record.run())
    while len(changes(seen)) < ENOUGH and not running.done():
        await asyncio.sleep(0.2)
    os.kill(os.getpid(), signal.SIGTERM)
    return await running


def test_200_random_moments_are_what_was_live_and_nothing_was_done(
    tmp_path: Path, night: Served
) -> None:
    seen: list[Board] = []
    with patch.dict(os.environ, {"ONCALL_STATE": str(tmp_path), VARIABLE: night.url}):
        assert asyncio.run(looked(seen)) == 0
    state = tmp_path / "demo"
    assert assert_equal(seen, state) > ENOUGH / 2
    assert any(board.findings for board in seen)
    entries, lines = list(newest(state).entries()), (state / "journal.jsonl").read_bytes()
    assert len(entries) == len(lines.splitlines()) > 0
    assert not [one.kind for _, one in entries if one.kind.startswith(("armed", "remedy."))]
    assert not (state / "operator.lock").exists()


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGHUP])
def test_it_ends_with_its_service_and_nothing_is_left_out(
    tmp_path: Path, night: Served, sign: signal.Signals
) -> None:
    with recording(tmp_path, night.url) as it:
        assert "(30 days, at most 2000 MB)" in it.until_said("recording réseau+製油所 in ")
        it.until(answered)
        assert it.end(sign) == 0, it.said
    assert not any("not recorded" in line for line in it.said)
    assert not list((it.state / "recordings").glob("*-wal"))


def test_what_is_on_the_disk_outlives_sigkill_and_the_next_start_says_what_is_missing(
    tmp_path: Path, night: Served
) -> None:
    with recording(tmp_path, night.url) as it:
        it.until(answered)
        count = it.until(instants(20))
        it.end(signal.SIGKILL)
    told = newest(it.state)
    assert len(told) >= count
    boards = [told.board(index) for index in range(len(told))]  # each can be read
    last = told.now(len(told) - 1).real
    told.close()
    with recording(tmp_path, night.url) as it:
        it.until_said("before this start nothing is recorded: nobody recorded")
        it.until(instants(count + 5))
        assert it.end() == 0
    told = newest(it.state)
    (gap,) = told.gaps()
    assert gap.since == micros(last)
    assert [told.board(index) for index in range(len(boards))] == boards


def test_two_of_them_record_one_after_the_other(tmp_path: Path, night: Served) -> None:
    with recording(tmp_path, night.url) as first:
        first.until(answered)
        with recording(tmp_path, night.url) as second:
            line = second.until_said("recorded by pid ")
            assert f"pid {first.process.pid} (" in line and "goes on when that one ends" in line
            assert first.end() == 0
            count = len(newest(first.state))
            second.until(instants(count + 3))
            assert second.end() == 0


def test_a_full_disk_is_said_once_and_its_end_too(tmp_path: Path, night: Served) -> None:
    with recording(tmp_path, night.url) as it:
        count = it.until(instants(5))
        it.limit(4096)
        it.until_said("not recorded: ")
        it.limit(None)
        it.until_said("recorded again")
        it.until(instants(count + 5))
        assert it.end() == 0
    assert newest(it.state).gaps() == []
    assert sum("not recorded: " in line for line in it.said) == 1


def test_a_disk_that_is_full_to_the_end_is_an_exit_code(tmp_path: Path, night: Served) -> None:
    with recording(tmp_path, night.url) as it:
        it.until(instants(5))
        it.limit(4096)
        it.until_said("not recorded: ")
        assert it.end() == 1
    assert "not everything that was seen is recorded" in "".join(it.said)


def test_it_goes_on_when_every_source_is_dead(tmp_path: Path) -> None:
    with Served("quiet", SPEED, "stand-in") as lab, recording(tmp_path, lab.url) as it:
        it.until(answered)
        lab.close()
        it.until_said("kafka_brokers ")
        it.until(failing("kafka_brokers", "workloads", "instances"))
        count = it.until(instants(1))
        it.until(instants(count + 5))  # each try is on the record
        assert it.end() == 0


def failing(*sources: str) -> Callable[[Recording], bool]:
    def all_of_them(recording: Recording) -> bool:
        board = recording.board(len(recording) - 1)
        return all(any(part.trouble for part in board.parts(source)) for source in sources)

    return all_of_them


def secrets(lab: Mapping[str, str]) -> set[str]:
    """What the configuration hides, and what the environment has under secret names."""
    with patch.dict(os.environ, lab):
        configured = hidden(load(shipped()))
    return {*configured, *(value for name, value in lab.items() if value and is_secret((name,)))}


def test_no_secret_of_the_configuration_or_the_environment_stands_in_it(
    tmp_path: Path, night: Served
) -> None:
    with recording(tmp_path, night.url) as it:
        it.until(answered)
        it.until(lambda told: told.board(len(told) - 1).rows("ita"))
        it.end()
    with urlopen(f"{night.url}/lab") as answer:
        never = secrets(json.load(answer)["env"])
    assert "lab-ita-pass" in never and "lab-devices" in never
    found = list(decompressed(recordings(it.state)[0]))
    assert any(b'"ita"' in one for one in found) and len(found) > 20
    assert not [one for one in never for told in found if one.encode() in told]


def test_it_records_on_when_nobody_reads_what_it_says(tmp_path: Path) -> None:
    with Served("quiet", SPEED, "stand-in") as lab, recording(tmp_path, lab.url) as it:
        it.until(answered)
        assert it.process.stderr is not None
        it.process.stderr.close()
        it.process.stderr = None
        lab.close()
        it.until(failing("kafka_brokers", "workloads", "instances"))  # each was to be said
        count = it.until(instants(1))
        it.until(instants(count + 5))
        it.process.send_signal(signal.SIGTERM)
        assert it.process.wait(LIVE) == 0


def test_an_estate_that_is_not_to_be_recorded_is_a_configuration_error(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.mkdir()
    (config / "estate.yaml").write_text(
        "estate: {name: small, title: Small}\nrecording: {enabled: false}\n"
    )
    out = subprocess.run(
        [sys.executable, "-m", "console", "--config", str(config), "record"],
        env={**os.environ, "ONCALL_STATE": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert out.returncode == 78
    expected = "recording.enabled: nothing is to be recorded of this estate"
    assert out.stderr.strip().endswith(expected)
    assert f"{config}/estate.yaml:2:13: " in out.stderr
