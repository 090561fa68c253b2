"""An alarm looked at from outside, by keys: its history, its log, the vendor's own page."""

from __future__ import annotations

import base64
import re
from pathlib import Path

from console.lab.steps import alarm
from tests.driving import DOWN, ENTER, LIVE, TAB, Person

PAGE = (
    "https://eu-west-3.console.aws.amazon.com/cloudwatch/home?region=eu-west-3"
    "#alarmsV2:alarm/v2-alarm-robot"
)
COPIED = re.compile(rb"\x1b\]52;c;([A-Za-z0-9+/=]+)")


def test_an_alarm_shows_its_history_and_its_log_and_its_link_is_copied(tmp_path: Path) -> None:
    with Person(tmp_path, "quiet", 20, kafka="off") as person:
        person.wait_for("mizushima-prod-load1 +OK", seconds=LIVE)
        person.story.turn(alarm("v2-alarm-robot", "ALARM", "Threshold Crossed: 3 datapoints"))
        person.wait_for("✖ v2-alarm-robot +ALARM", seconds=LIVE)
        person.press("4")
        person.press("l")
        person.wait_for("cloudwatch:DescribeAlarmHistory: at most 3 calls")
        person.wait_for("Alarm updated from OK to ALARM: Threshold Crossed: 3 datapoints")
        person.press(f"{TAB}{DOWN}{ENTER}")
        person.wait_for("logs:FilterLogEvents on /aws/eks/v2-prod/platform")
        person.wait_for("ERROR v2-alarm-robot: Threshold Crossed", "at platform.Health.check")
        person.press("q")
        person.wait_for("✖ v2-alarm-robot +ALARM")

        person.press("o")
        person.wait_for("the CloudWatch alarm", "account 2222-3333-4444")
        copied = [base64.b64decode(text).decode() for text in COPIED.findall(bytes(person.raw))]
        assert copied == [PAGE]
        assert (tmp_path / "demo" / "link.txt").read_text() == f"{PAGE}\n"
        person.press("1o")
        person.wait_for("no link: a site is many things")
