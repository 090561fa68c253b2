"""Where a flow is broken, read and cured by keys in a terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.lab import lab
from tests.driving import ACTED, ENTER, LIVE, Person, in_order

CURED = (
    "finding.seen remedy.planned armed remedy.planned remedy.started remedy.sent remedy.verified"
)


def test_an_alarm_flow_that_is_broken_at_dataenricher_is_seen_explained_and_cured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Three looks missed break the history that a verdict needs: a busy machine must keep its pace.
    monkeypatch.setattr(lab, "STAND_IN_EVERY", 1.0)
    with Person(tmp_path, "alarm-flow-broken", 20) as person:
        person.read("alarmes bloquées V2", "r rollout restart")
        person.wait_for("✖ dataenricher +BROKEN", r"○ \[output\] +starved")
        person.wait_for("○ ThingsBoard +starved", "○ rule chain +starved", "→ Camunda +starved")
        assert "● reporter crow" in person.text, "what is before it is well"
        person.press("5z")
        person.wait_for("Life of an alarm: broken at dataenricher · 6 starved after it")
        person.wait_for("✖ alarm +dataenricher +▸ BROKEN")
        person.press("e")
        person.wait_for("dataenricher/crow.alarm: verdict stuck")
        person.press("q")
        person.read("broken at dataenricher")
        person.press("z")
        person.read("alarmes bloquées V2", "r rollout restart")
        person.press("r")
        person.read("Restart dataenricher", "will +replace the 2 Pods")
        person.arm_inline("eks-v2-prod", "alarms are stuck")
        person.fire()
        person.read("VERIFIED in", seconds=ACTED)
        person.press(ENTER)
        person.wait_for("● alarm +dataenricher +OK", r"● alarm +\[output\] +OK", seconds=LIVE)
        assert in_order(person.kinds(), CURED)


def test_a_flow_that_is_broken_at_camunda_because_offre_is_down_names_it_and_whose_it_is(
    tmp_path: Path,
) -> None:
    with Person(tmp_path, "camunda-offre", 30) as person:
        person.wait_for("✖ +→ Camunda +BROKEN", seconds=LIVE)
        person.press("5")
        person.wait_for("Life of an alarm: broken at Camunda")
        person.wait_for(r"✖ alarm +→ Camunda \(offre\) +▸ BROKEN .* offre")
        assert "starved" not in person.text, "nothing comes after it"
