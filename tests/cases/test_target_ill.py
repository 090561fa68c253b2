"""The cases of an ill target and of none that is healthy: a finding of each a site."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import yaml

from console import checklist
from console.config.cases import Case
from console.model import Row
from tests.cases.desk import AT, Night, board, row, snapshot
from tests.cases.sheet import CONFIG, Sheet
from tests.cases.test_memory import silenced


def shipped(name: str) -> Case:
    return Case.model_validate(yaml.safe_load((CONFIG / f"cases/{name}.yaml").read_text("utf-8")))


CASE, NONE = shipped("target-ill"), shipped("target-none")
OURS, OTHER = "tenants/prod", "mizushima/stg"


def group(at: datetime, scope: str, healthy: int, unhealthy: int, total: int) -> Row:
    site, _, env = scope.partition("/")
    facts: dict[str, Any] = {
        "healthy": healthy,
        "unhealthy": unhealthy,
        "total": total,
        "draining": 0,
    }
    facts |= {"unsure": 0, "balancer": "shop"}
    return row("targets", at, scope=scope, site=site, env=env, group="a", **facts)


def ended(*groups: tuple[str, int, int, int], of: Case = CASE) -> str:
    """How the checklist stands after twenty minutes with these groups; its deeds are ticked."""
    shown = tuple(group(AT, *one).ref for one in groups if one[0] == OURS)
    sheet = Sheet(of, scope=OURS, evidence=shown)
    for _ in range(120):
        at = sheet.now.estate
        sheet.look(board(snapshot("targets", *[group(at, *one) for one in groups])), 10)
        step = sheet.run.step
        if step is not None and step.kind == "do":
            sheet.deed(checklist.tick(sheet.run, step.id, sheet.now))
    return sheet.state()


def test_another_sites_ill_target_does_not_hold_the_checklist_open() -> None:
    assert "well:verified" in ended((OURS, 2, 0, 2), (OTHER, 1, 1, 2))


def test_machines_that_are_all_stopped_are_not_called_well() -> None:
    assert "well:verified" not in ended((OURS, 0, 0, 2))


def test_a_silence_over_one_ill_target_of_two_does_not_cover_the_second() -> None:
    night = Night([CASE, NONE])

    def look(healthy: int, unhealthy: int) -> dict[str, bool]:
        """The findings five minutes later, and which of them are silent."""
        for _ in range(5):
            rows = snapshot("targets", group(night.now, OURS, healthy, unhealthy, 2))
            found = night.look(board(rows), 60)
        return {one.case: one.silenced_until is not None for one in found}

    assert look(1, 1) == {"target-ill": False}
    (ill,) = night.look(board(snapshot("targets", group(night.now, OURS, 1, 1, 2))))
    silenced(night, ill)
    assert look(1, 1) == {"target-ill": True}
    assert look(0, 2) == {"target-none": False, "target-ill": True}
    assert look(0, 0) == {"target-none": False}, "all stopped"
    assert look(2, 0) == {}


def test_a_group_is_served_again_with_one_healthy_target_and_whole_with_both() -> None:
    assert "served:failed" in ended((OURS, 0, 2, 2), of=NONE)
    assert "served:verified reserve:now" in ended((OURS, 1, 1, 2), of=NONE)
    assert "served:verified reserve:verified" in ended((OURS, 2, 0, 2), of=NONE)
