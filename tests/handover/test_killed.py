"""A taking killed in its middle: what was here is here, and the next one ends it."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from console.journal import JOURNAL, Journal
from console.recording.recording import Recording
from console.recording.shelf import recordings
from tests.handover.bundles import bundle, journal, recorded, take, texts

ROOT = Path(__file__).parents[2]
KEPT = ("sync 1", "sync 2", "sync 3")  # the recording, their journal, their document
MOMENTS = {
    **dict.fromkeys(KEPT, 0),
    "before": 0,
    "half": 1,
    "written": 3,
    "synced": 3,
}
"""When it is killed → how many of the giver's three lines are in the journal by then, at least."""


@pytest.mark.parametrize("moment", MOMENTS)
def test_nothing_is_lost_or_doubled_wherever_a_taking_is_killed(
    tmp_path: Path, moment: str
) -> None:
    giver, taker, file = tmp_path / "giver", tmp_path / "taker", tmp_path / "shift.tar"
    journal(giver, "one 堺", "two", "three")
    recorded(giver)
    bundle(giver, file)
    before = journal(taker, "mine").path.read_bytes()
    child = [sys.executable, "-m", "tests.handover.killed", str(file), str(taker), moment]
    ended = subprocess.run(child, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    left = (taker / JOURNAL).read_bytes()
    assert left.startswith(before), "what stood here stands here"
    assert left.count(b"\n") - 1 >= MOMENTS[moment]
    assert bool(left.removeprefix(before)) == bool(MOMENTS[moment]), "the journal comes last"

    done = take(file, taker)
    there = texts(taker)
    assert [there.count(text) for text in ("mine", "one 堺", "two", "three")] == [1, 1, 1, 1]
    Journal(taker / JOURNAL).verify()
    assert done.kept.read_bytes() == (giver / JOURNAL).read_bytes()
    (path,) = (taker / "recordings" / "taken").iterdir()
    assert len(Recording(path)) == len(Recording(recordings(giver)[0]))
    assert not list(taker.rglob(".*")), "nothing half done is left"
    assert take(file, taker).entries == 0
