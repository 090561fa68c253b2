"""The night of a maintenance from its first sign to the closed checklist, by keys in a terminal."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from console.commands.init import shipped
from console.realm import VARIABLE
from tests.driving import ACTED, CONSOLE, ESCAPE, LIVE, Console, Served, at, in_order, told

NIGHT = 120.0  # seconds: a whole night at the pace of these tests, on a busy machine
WATCHED = "watch.phase watch.rang finding.acknowledged watch.phase"
ACT = "remedy.planned remedy.started remedy.sent remedy.verified"
SPEED = {"stand-in": 60, "apache": 15}


def test_a_night_is_watched_and_brought_to_its_end_by_keys(tmp_path: Path) -> None:
    with (
        Served("msk-maintenance", SPEED["stand-in"], "stand-in") as lab,
        Console(tmp_path, lab.url) as person,
    ):
        _watch(person)
        _restart(person)
        person.wait_for("✔ .*wait +flows", "closed", seconds=NIGHT)
        kinds = person.kinds()
        assert in_order(kinds, f"{WATCHED} run.opened {ACT} run.closed")
        assert kinds.count("remedy.started") == 1, "the topic was not emptied"
        phases = [one["data"]["to"] for one in person.journal() if one["kind"] == "watch.phase"]
        assert phases.count("over") == 1 and phases[-1] == "over"


def _watch(person: Console) -> None:
    """From the first broker to the last, acknowledging what rings."""
    person.wait_for("maint ●", seconds=LIVE)
    person.press("w")
    person.wait_for("MSK msk-prod")
    person.wait_for("BROKER 1 DOWN", "expected so far", "x heard", seconds=NIGHT)
    person.press("x")
    person.wait_gone("x heard")
    person.press("c")
    person.read("▸ .*wait +over")
    person.press(ESCAPE)
    person.wait_for("BROKER 3 DOWN", "x heard", seconds=NIGHT)
    person.press("x")
    person.wait_for("maintenance is over", "x heard", seconds=NIGHT)
    person.press("x")


def _restart(person: Console) -> None:
    person.press("c")
    person.read("▸ .*run +rollout restart", seconds=LIVE)
    person.press("r")
    person.read("Restart dataenricher-js", "will +replace the 2 Pods")
    person.arm_inline("eks-v2-prod", "the maintenance is over")
    person.fire()
    person.read("VERIFIED in", seconds=ACTED)
    person.press(ESCAPE)


def test_a_night_goes_by_itself_under_an_arming_that_names_its_case(tmp_path: Path) -> None:
    with Served("msk-maintenance", SPEED["stand-in"], "stand-in") as lab:
        watch = _unattended(tmp_path, lab.url)
    assert watch.returncode == 0, watch.stdout + watch.stderr
    kinds = [one["kind"] for one in told(at(tmp_path))]
    assert in_order(kinds, f"armed run.opened {ACT} run.closed disarmed")
    assert kinds.count("remedy.started") == 1, "the topic was not emptied"


def _unattended(directory: Path, lab: str, *more: str) -> subprocess.CompletedProcess[str]:
    arming = ["--arm", "--case", "msk-maintenance", "--minutes", "240", "--reason", "the night"]
    command = [*CONSOLE, "--config", str(shipped()), "watch", *arming, *more]
    env = os.environ | at(directory) | {VARIABLE: lab}
    return subprocess.run(
        command, env=env, capture_output=True, text=True, timeout=2 * NIGHT, check=False
    )
