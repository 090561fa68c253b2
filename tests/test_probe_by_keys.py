"""A test alarm sent and followed through the flow, by keys in a terminal."""

from __future__ import annotations

from pathlib import Path

from tests.driving import ACTED, DOWN, ENTER, Person


def test_a_test_alarm_is_timed_through_every_stage_where_it_shows(tmp_path: Path) -> None:
    with Person(tmp_path, "quiet", 10) as person:
        person.read("Kafka", "dataenricher +crow.alarm")
        person.press("2/crow.alarm" + ENTER)
        person.wait_gone("teamusages")
        person.press("a")
        person.read("send a test alarm: crow.alarm")
        person.press(DOWN * 2 + ENTER)  # after what may be done to the group
        person.read("Send a test alarm into crow.alarm", "marked oncall-")
        person.arm_inline("msk-prod", "is the way open")
        person.fire()
        person.read("VERIFIED in .*seen in event", seconds=ACTED)
