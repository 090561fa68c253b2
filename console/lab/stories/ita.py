"""An evening of ITA's upgrade: jobs that end late, one that starts at the last moment; a lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from console.drill import Cure, Goal
from console.lab.ita import Job
from console.lab.steps import Scenario, Step

if TYPE_CHECKING:
    from console.lab.lab import Lab

EVENING = datetime(2026, 3, 14, 22, 5, tzinfo=ZoneInfo("Asia/Tokyo")).astimezone(UTC)


def busy(lab: Lab) -> None:
    """Jobs of an evening; the longest is late, and one more starts just after job stop."""
    jobs = (
        Job("refinery", "mizushima", "ansible-execute", 240, gone_s=60),
        Job("refinery", "mizushima", "conductor-synchronize", 1500, gone_s=400),
        Job("refinery", "sakai", "ansible-execute", 480, late_s=300, gone_s=290),
        Job("refinery", "sakai", "terraform-cli-execute", 420, gone_s=100),
        Job("plant-it", "common", "menu-export-import", 180, gone_s=30),
    )
    for job in jobs:
        job.again = True
    lab.ita.start(jobs)
    lab.ita.racers = [Job("plant-it", "common", "ansible-execute", 300)]


def asked_for(lab: Lab) -> None:
    """Somebody starts one more: under job stop it waits until the end of it."""
    lab.ita.start((Job("plant-it", "common", "ansible-execute", 120),))


def lies(on: bool) -> Step:
    """The platform cannot read its databases, and says that all is well."""
    return lambda lab: setattr(lab.ita, "lying", on)


SWITCHES = ("ita-job-stop-on", "ita-read-only-on", "ita-read-only-off", "ita-job-stop-off")
UPGRADE = Goal(
    good="Job stop on; wait until nothing runs, however long; read-only on; the work; then "
    "read-only off and job stop off, in this order. No job is ended by hand.",
    findings=("ita-upgrade@ita",),
    cures=tuple(map(Cure, SWITCHES)),
    fine=frozenset({"agents"}),
)
LYING = replace(
    UPGRADE,
    good="The same; and while the platform cannot read its databases, nothing counts as drained, "
    "whatever it answers: wait, and send nothing meanwhile.",
)
SCENARIOS: Mapping[str, Scenario] = {
    "ita-upgrade": Scenario(
        "the evening of ITA's upgrade: job stop, jobs that end late, read-only, and back",
        ((0, busy), (200, asked_for)),
        EVENING,
        goal=UPGRADE,
    ),
    "ita-lying": Scenario(
        "the same evening, and for ten minutes the platform answers that nothing runs",
        ((0, busy), (300, lies(True)), (900, lies(False))),
        EVENING,
        goal=LYING,
    ),
}
