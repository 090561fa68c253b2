"""`oncall replay`: what it opens, what it refuses and with which code, and what it cannot reach."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from console.cli import main
from console.recording.file import FORMAT
from console.recording.shelf import recordings
from tests.recording import nights

SHOWN = """
import asyncio, json, sys
from pathlib import Path
from unittest.mock import patch
from console.app import Console
from console.cli import main

def run(self):
    async def show():
        async with self.run_test() as pilot:
            while self.past is None or not self.board.snapshots:
                await pilot.pause(0.01)
            await pilot.press("r", "a", "A", "x")
            print(json.dumps({"modules": sorted(sys.modules), "at": str(self.now.estate)}))
    asyncio.run(show())

with patch.object(Console, "run", run):
    sys.exit(main(["replay", sys.argv[1], "--at", "21:22"]))
"""
OUT_OF_REACH = (
    *("boto3", "botocore", "aiokafka", "kubernetes", "aiohttp"),
    *("console.acting", "console.clerk", "console.lookout", "console.clients", "console.remedies"),
)


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a recorded night."""
    state = tmp_path_factory.mktemp("night")
    nights.recorded(state)
    (path,) = recordings(state)
    return path


def test_a_replay_begins_where_it_is_told_and_has_nothing_to_act_with(night: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-c", SHOWN, str(night)], capture_output=True, text=True, check=True
    )
    told = json.loads(said.stdout)
    assert told["at"] == "2026-11-24 20:22:00+00:00", "21:22 in Paris"
    loaded = [one for one in told["modules"] if one.startswith(OUT_OF_REACH)]
    assert loaded == []


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("25:00", "--at 25:00: hour must be in 0..23"),
        ("soon", "--at soon: expected a time such as 02:14"),
        ("03:00", "--at 03:00: recorded is from 2026-11-24 20:52:00 to 2026-11-24 21:32:00"),
    ],
)
def test_a_time_that_is_not_in_it_is_a_mistake_of_usage(
    night: Path, at: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", str(night), "--at", at]) == 64
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("version", "said"),
    [(FORMAT + 1, "update this one"), (FORMAT - 1, "no recording of this program")],
)
def test_another_format_is_said_and_is_no_crash(
    tmp_path: Path, version: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "2026-11-24.sqlite"
    with sqlite3.connect(path) as file:
        file.execute("create table frame (what text)")
        file.execute(f"pragma user_version = {version}")
    file.close()
    assert main(["replay", str(path)]) == 78
    told = capsys.readouterr().err
    assert said in told and str(path) in told


def test_values_that_no_recorder_writes_are_said_and_are_no_crash(
    night: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = Path(shutil.copy(night, tmp_path))
    with sqlite3.connect(path) as file:
        file.execute("update instant set at = 'noon'")
    file.close()
    assert main(["replay", str(path)]) == 78
    assert capsys.readouterr().err.startswith(f"oncall replay: {path}: damaged: ")


def test_no_recording_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ONCALL_STATE", str(tmp_path))
    assert main(["replay", "--estate", "nowhere"]) == 78
    assert "nothing is recorded yet" in capsys.readouterr().err
    assert main(["replay", str(tmp_path / "nothing.sqlite")]) == 78
    assert "nothing.sqlite" in capsys.readouterr().err
