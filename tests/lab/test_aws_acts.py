"""What the lab does when it is told to act on AWS, and its newer stories."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.lab.faults import FAULTS
from console.lab.lab import Lab
from console.model import Ref
from console.remedies import REMEDIES
from tests.remedies.aws.desk import Desk, desk

SENTENCES = [
    ("push-lag", 400, "metric", "PushDelaySeconds", 60),
    ("disk-full-site", 400, "metric", "disk_used_percent", 90),
    ("camunda-offre", 80, "alarm", "offre-health", 0),
    ("cegedev", 80, "alarm", "rpg-cegedev-health", 0),
    ("qr-code", 80, "alarm", "rpg-camera-health", 0),
]


def shows(lab: Desk, kind: str, name: str, above: float) -> bool:
    now = lab.clock.now()
    if kind == "alarm":
        return any(a.state == "ALARM" for a in lab.lab.world.alarms if a.name == name)
    courses = lab.lab.world.courses.items()
    return any(course.level(now) > above for (*_, its, _), course in courses if its == name)


@pytest.mark.parametrize(("story", "after", "kind", "name", "above"), SENTENCES)
async def test_a_story_comes_to_show(
    tmp_path: Path, story: str, after: float, kind: str, name: str, above: float
) -> None:
    async with desk(tmp_path, story) as lab:
        assert not shows(lab, kind, name, above)
        await lab.live(after)
        assert shows(lab, kind, name, above)


async def test_the_order_page_fails_from_its_next_run_on(tmp_path: Path) -> None:
    async with desk(tmp_path, "slow-order-page") as lab:
        await lab.live(10)
        (page,) = [one for one in lab.lab.world.canaries if one.name == "order-page"]
        assert page.outcome(lab.clock.now()) == "CANARY_FAILURE"


async def test_another_story_does_not_stop_a_restart_under_way(tmp_path: Path) -> None:
    async with desk(tmp_path, "load-sakai") as lab:
        plan = await lab.plan("elasticache-reboot", Ref("cache", "sakai/prod", "sakai-prod-redis"))
        await REMEDIES["elasticache-reboot"].apply(plan, lab.hands)
        await lab.live(20)
        assert lab.cache().status == "rebooting cluster nodes"
        lab.lab.play("quiet")
        await lab.live(90)
        assert lab.cache().status == "available" and set(lab.cache().jobs.values()) == {0}


def test_a_lie_is_told_of_one_operation_or_of_all_that_write() -> None:
    lab = Lab(kafka="off")
    FAULTS["aws-lie"](lab, True, {"how": "old"})
    lies = lab.aws_faults.lie
    assert [lies(one) for one in ("RebootInstances", "DescribeEvents")] == ["old", "old"]
    assert [lies(one) for one in ("SendCommand", "DescribeInstances")] == ["", ""]
    FAULTS["aws-lie"](lab, True, {"how": "drop", "action": "SendCommand"})
    assert lies("SendCommand") == "drop"
    FAULTS["aws-lie"](lab, False, {})
    FAULTS["aws-lie"](lab, False, {"action": "SendCommand"})
    assert not lab.aws_faults.lies
