"""Looking back from a living console, and a replay of what it saw: by keys in a terminal."""

from __future__ import annotations

import subprocess
from pathlib import Path

from console.commands.init import shipped
from tests.driving import CONSOLE, LIVE, Person, at
from tests.terminal import OUTSIDE, Terminal


def test_the_past_is_looked_at_while_now_goes_on_and_then_replayed(tmp_path: Path) -> None:
    with Person(tmp_path, "load-sakai", 40, kafka="off") as person:
        person.read("DISARMED", "堺 Sakai/prod", "r restart ElastiCache")
        person.press(",")
        person.read("LOOKING BACK", "0 now", r"now \d\d:\d\d Tokyo")
        person.press("A")
        person.read(r"you look at \d\d:\d\d:\d\d, which is past; 0 returns to now")
        person.press("0")
        person.wait_gone("LOOKING BACK")
        person.read("DISARMED")
        assert "armed" not in person.kinds()
    command = [*CONSOLE, "--config", str(shipped()), "replay", "--estate", "demo"]
    with Terminal(command, env=at(tmp_path)) as replay:
        replay.wait_for(r"\d{4}-\d\d-\d\d.sqlite", "REPLAY", "nothing can be done", seconds=LIVE)
        replay.press(")")
        replay.wait_for("Findings [12]", "ロードアベレージ上昇", seconds=LIVE)
        replay.press("fr")
        replay.wait_for("you look at a recording of", seconds=LIVE)
        replay.press("q")
        replay.wait_end()


def test_a_replay_of_nothing_and_at_no_time_says_so(tmp_path: Path) -> None:
    def said(*words: str) -> tuple[int, str]:
        command = [*CONSOLE, "--config", str(shipped()), "replay", *words]
        done = subprocess.run(
            command, env={**OUTSIDE, **at(tmp_path)}, capture_output=True, text=True
        )
        return done.returncode, done.stderr

    assert said("--estate", "demo")[0] == 78
    assert "nothing is recorded yet" in said("--estate", "demo")[1]
    other = tmp_path / "notes.txt"
    other.write_text("no recording, but a text of some length\n" * 20)
    code, told = said(str(other))
    assert code == 78 and str(other) in told and "Traceback" not in told
    code, told = said(str(tmp_path / "nowhere.sqlite"))
    assert code == 78 and "nowhere.sqlite" in told
