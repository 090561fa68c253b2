"""`oncall watch` as people and scripts start it, on the lab: lines, exit codes, and its end."""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from console.commands.init import shipped
from console.commands.watch import LONGEST, deadline
from console.lab.nights import msk
from console.realm import VARIABLE
from tests.driving import Story

SPEED = 60
SOON = 60.0  # seconds that two busy cores may take
PLAIN = {k: v for k, v in os.environ.items() if k not in ("TMUX", "ONCALL_BELL")} | {
    "TERM": "xterm"
}
ARMED = ["--arm", "--case", "msk-maintenance", "--reason", "a night"]


@pytest.fixture
def story() -> Iterator[Story]:
    told = Story("quiet", SPEED)
    yield told
    told.close()


@pytest.fixture(scope="module")
def quiet() -> Iterator[Story]:
    """A lab that nothing happens to, for those that do nothing to it."""
    told = Story("quiet", SPEED)
    yield told
    told.close()


@pytest.fixture
def rushing() -> Iterator[Story]:
    """A lab whose clock is past any deadline before the first answer came."""
    told = Story("quiet", 3600)
    yield told
    told.close()


class Watcher:
    """The command, in a process of its own."""

    def __init__(self, state: Path, lab: str, *options: str, config: Path | None = None) -> None:
        self.journal = state / "demo" / "journal.jsonl"
        self.lines: list[str] = []
        place = ["--config", str(config or shipped())]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "console", *place, "watch", *options],
            env={**os.environ, "ONCALL_STATE": str(state)} | ({VARIABLE: lab} if lab else {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def until(self, wanted: str) -> str:
        """Read on until a line holds this."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            if wanted in line:
                return line
        raise AssertionError(f"{wanted} was not said: {''.join(self.lines)}")

    def written(self, kind: str) -> None:
        """Wait until a line of this kind is on the disk."""
        until = time.monotonic() + SOON
        while not self.journal.exists() or f'"kind":"{kind}"' not in self.journal.read_text():
            assert time.monotonic() < until, self.journal.read_text()
            time.sleep(0.002)

    def end(self) -> int:
        """Its exit code; what it said last is kept."""
        out, _ = self.process.communicate(timeout=SOON)
        self.lines += out.splitlines(keepends=True)
        return self.process.returncode

    @property
    def said(self) -> str:
        return "".join(self.lines)

    def entries(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.journal.read_text().splitlines()]


@contextmanager
def watching(state: Path, story: Story | None, *options: str, **more: Any) -> Iterator[Watcher]:
    it = Watcher(state, story.url if story else "", *options, **more)
    try:
        yield it
    finally:
        it.process.kill()
        it.process.wait()
        if it.process.stdout is not None:
            it.process.stdout.close()


def begin(story: Story) -> None:
    """Amazon says that it maintains; nothing happens to the brokers."""
    story.turn(msk("MAINTENANCE", "SECURITY_PATCHING"))


def finish(story: Story) -> None:
    story.turn(msk("ACTIVE"))


def test_it_tells_a_maintenance_and_ends_with_it_and_does_nothing_unarmed(
    tmp_path: Path, story: Story
) -> None:
    with watching(tmp_path, story, "msk-prod") as it:
        assert "nothing is armed, nothing is done" in it.until("watching msk-prod until")
        begin(story)
        it.until("msk-prod: the maintenance has begun")
        finish(story)
        it.until("msk-prod: the maintenance is over")
        assert it.end() == 0
        kinds = [entry["kind"] for entry in it.entries()]
        assert {"watch.phase", "watch.rang", "finding.seen"} <= set(kinds)
        assert not [k for k in kinds if k.startswith(("remedy.", "run.", "armed"))]


def test_armed_for_the_case_it_does_the_marked_steps_and_ends_when_the_checklist_is_closed(
    tmp_path: Path, story: Story
) -> None:
    with watching(tmp_path, story, "msk-prod", "--json", *ARMED) as it:
        it.until('"kind": "armed"')
        begin(story)
        it.until("the maintenance has begun")
        finish(story)
        begun = json.loads(it.until('"kind": "remedy.started"'))
        assert begun["data"]["unattended"] is True
        assert it.end() == 0
        told = [json.loads(line) for line in it.lines]
        assert [one["kind"] for one in told[-3:]] == ["run.closed", "watch.rang", "disarmed"]
        assert "restart verified" in told[-2]["text"]
        kinds = [entry["kind"] for entry in it.entries()]
        assert kinds.count("remedy.started") == kinds.count("run.opened") == 1


def test_killed_in_the_middle_of_a_step_it_neither_repeats_nor_forgets(
    tmp_path: Path, story: Story
) -> None:
    with watching(tmp_path, story, "msk-prod", *ARMED) as it:
        it.until("armed: ")
        begin(story)
        it.until("the maintenance has begun")
        finish(story)
        it.written("remedy.started")
        it.process.send_signal(signal.SIGKILL)
        it.end()
    with watching(tmp_path, story, "msk-prod", *ARMED) as it:
        code = it.end()
        acts = [e["kind"] for e in it.entries() if e["kind"].startswith("remedy.")]
        assert acts.count("remedy.started") == 1, "what was begun is begun by nobody again"
        if "remedy.verified" in acts:  # it ended before the signal came
            assert code == 0
        else:
            assert code == 1
            assert "CALL " in it.said and "begun before, its end is open" in it.said
        assert [e["kind"] for e in it.entries()].count("run.opened") == 1


@pytest.mark.parametrize(("sign", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_it_disarmed(
    tmp_path: Path, quiet: Story, sign: signal.Signals, code: int
) -> None:
    with watching(tmp_path, quiet, *ARMED) as it:
        it.until("armed: ")
        it.process.send_signal(sign)
        assert it.end() == code
        assert it.entries()[-1]["kind"] == "disarmed"
        assert "Traceback" not in it.said


def test_at_its_deadline_it_says_that_it_is_not_over(tmp_path: Path, quiet: Story) -> None:
    with watching(tmp_path, quiet, "--for", "10m") as it:
        assert it.end() == 1
        assert "the deadline has come: not over by then" in it.said


def test_where_nothing_can_be_read_it_says_so(tmp_path: Path, rushing: Story) -> None:
    with watching(tmp_path, rushing, "--for", "1s") as it:
        assert it.end() == 3
        assert "the deadline has come: nothing could be read" in it.said


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["nowhere"], "there is no Kafka cluster nowhere; there are: msk-prod"),
        (["--until", "25:00"], "expected a time of day such as 03:30"),
        (["--for", "soon"], "expected a duration such as 90m or 4h"),
        (["--until", "03:00", "--for", "4h"], "not allowed with"),
        (["--case", "msk-maintenance"], "--case means nothing without --arm"),
        (["--may-empty-topics"], "--may-empty-topics means nothing without --arm"),
        (["--arm", "--reason", "x"], "--arm needs --case"),
        (["--arm", "--case", "msk-maintenance"], "--arm needs --reason"),
        ([*ARMED, "--minutes", "481"], "--minutes 481: it is between 1 and 480"),
        (["--arm", "--case", "qr-code", "--reason", "x"], "no act that may go on by itself"),
    ],
)
def test_what_cannot_be_meant_is_usage(tmp_path: Path, options: list[str], said: str) -> None:
    with watching(tmp_path, None, *options) as it:
        assert it.end() == os.EX_USAGE, it.said
        assert said in it.said


def test_without_a_configuration_it_is_78(tmp_path: Path) -> None:
    with watching(tmp_path, None, config=tmp_path / "none") as it:
        assert it.end() == os.EX_CONFIG


NOW = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)  # 21:00 in Paris


@pytest.mark.parametrize(
    ("until", "lasting", "at"),
    [
        (None, None, NOW + LONGEST),
        (None, timedelta(hours=4), NOW + timedelta(hours=4)),
        ((23, 30), None, datetime(2026, 11, 24, 22, 30, tzinfo=UTC)),
        ((3, 0), None, datetime(2026, 11, 25, 2, 0, tzinfo=UTC)),
    ],
)
def test_a_deadline_is_a_clock_time_where_the_cluster_is(
    until: tuple[int, int] | None, lasting: timedelta | None, at: datetime
) -> None:
    assert deadline(NOW, "Europe/Paris", until, lasting) == at


@contextmanager
def on_a_terminal(state: Path, story: Story, *options: str) -> Iterator[tuple[int, Any]]:
    """The terminal's other end, and the process."""
    command = [sys.executable, "-m", "console", "--config", str(shipped()), "watch", *options]
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        command,
        env={**PLAIN, "ONCALL_STATE": str(state), VARIABLE: story.url},
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.STDOUT,
    )
    try:
        yield ours, process
    finally:
        process.kill()
        process.wait()
        os.close(theirs)
        os.close(ours)


def test_on_a_terminal_it_rings_until_enter_says_that_it_was_heard(
    tmp_path: Path, story: Story
) -> None:
    with on_a_terminal(tmp_path, story, "msk-prod") as (ours, process):
        seen = read_until(ours, b"nothing is armed")
        assert b"\a" not in seen, "a quiet night is quiet"
        begin(story)
        read_until(ours, b"\a")
        os.write(ours, b"\n")
        read_until(ours, b"msk-prod: heard by")
        finish(story)
        read_until(ours, b"\x1b]9;oncall: msk-prod: the maintenance is over")
        assert process.wait(SOON) == 0


def test_a_full_disk_silences_no_night(tmp_path: Path, story: Story) -> None:
    with on_a_terminal(tmp_path, story, "msk-prod") as (ours, process):
        read_until(ours, b"nothing is armed")
        begin(story)
        read_until(ours, b"\a")
        written = (tmp_path / "demo" / "journal.jsonl").stat().st_size
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (written, -1))
        finish(story)
        told = read_until(
            ours, b"\x1b]9;oncall: not written down: msk-prod: the maintenance is over"
        )
        assert b"  msk-prod: not written down: the maintenance is over" in told
        assert told.count(b"what the watch sees is not written down: ") == 1
        assert process.wait(SOON) == 0


def read_until(fd: int, wanted: bytes) -> bytes:
    """What a terminal shows, until it shows this."""
    seen, until = b"", time.monotonic() + SOON
    while wanted not in seen:
        assert time.monotonic() < until, seen
        ready, _, _ = select.select([fd], [], [], 1.0)
        seen += os.read(fd, 4096) if ready else b""
    return seen
