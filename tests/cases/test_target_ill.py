"""The case of an ill target: one finding a site, closed by the groups of that site alone."""

from __future__ import annotations

from datetime import datetime

import yaml

from console import checklist
from console.config.cases import Case
from console.model import Row
from tests.cases.desk import board, row, snapshot
from tests.cases.sheet import CONFIG, Sheet

CASE = Case.model_validate(yaml.safe_load((CONFIG / "cases/target-ill.yaml").read_text("utf-8")))
OURS, OTHER = "tenants/prod", "mizushima/stg"


def group(at: datetime, scope: str, healthy: int, unhealthy: int, total: int) -> Row:
    site, _, env = scope.partition("/")
    facts = {"healthy": healthy, "unhealthy": unhealthy, "total": total, "draining": 0}
    return row("targets", at, scope=scope, site=site, env=env, group="a", **facts)


def ended(*groups: tuple[str, int, int, int]) -> str:
    """How the checklist stands after twenty minutes with these groups; its deeds are ticked."""
    sheet = Sheet(CASE, scope=OURS)
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
