"""Every scenario as a drill, played by somebody who has the screen and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.lab.names import NAMES
from console.lab.scenarios import SCENARIOS
from tests.drills.player import Trainee

GATE = {"memory-signaling": 20}
"""Drills that the gate waits for, and how many times as fast as usual they go."""
SPEED = {
    "load-sakai": 10,
    "load-watch": 12,
    "alarm-flow-broken": 5,
    "quiet": 30,
    **dict.fromkeys(("msk-maintenance", "msk-maintenance-hard", "coordinator-fault"), 12),
    **dict.fromkeys(("two-brokers-down", "maintenance-never-ends", "disk-mediator-crow"), 12),
}
"""A person needs time: the faster the estate's clock, the later every deed."""
USUAL = 15
PATIENCE = {
    **dict.fromkeys(("camunda-offre", "cegedev", "orders-lost", "slow-order-page"), 6),
    "coordinator-fault": 14,
    "maintenance-never-ends": 30,
}
"""Minutes by the console's clock, where what is waited for does not come."""
GOOD = ("all that a good run has", "nothing was sent, and nothing had to be")


def drilled(directory: Path, name: str) -> str:
    """The debrief of a drill that was played."""
    speed = GATE.get(name) or SPEED.get(name, USUAL)
    with Trainee(directory, name, speed, PATIENCE.get(name, 60)) as trainee:
        trainee.play()
        assert SCENARIOS[name].title not in trainee.text, "the screen does not give it away"
        told = trainee.leave()
        assert trainee.process.returncode == 0, told
    return told


def well(told: str, name: str) -> None:
    """A good run, and a debrief that says so."""
    assert f"Drill {name}: " in told, told
    assert any(f"Your run: {one}" in told for one in GOOD), told
    assert "No wrong turn." in told and "A good run: " in told, told


@pytest.mark.parametrize("name", GATE)
def test_a_drill_is_played_by_what_is_on_the_screen_and_has_a_debrief(
    tmp_path: Path, name: str
) -> None:
    well(drilled(tmp_path, name), name)


@pytest.mark.night
@pytest.mark.parametrize("name", [name for name in NAMES if name not in GATE])
def test_every_other_scenario_is_a_drill_too(tmp_path: Path, name: str) -> None:
    well(drilled(tmp_path, name), name)
