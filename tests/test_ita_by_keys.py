"""ITA's maintenance mode by keys in a terminal: drained though jobs end late, and lied to."""

from __future__ import annotations

from pathlib import Path

from console.lab.lab import Lab
from console.lab.steps import Step
from console.lab.stories.ita import lies
from tests.driving import ACTED, ESCAPE, LIVE, Person, in_order

SPEED = 40
DONE = "remedy.planned remedy.started remedy.sent remedy.verified"


def lasting(seconds: float) -> Step:
    """Every job takes so long, from its beginning; one is late by now."""

    def act(lab: Lab) -> None:
        lab.ita.settle()
        for job in (*lab.ita.jobs, *lab.ita.racers):
            job.takes_s = seconds
        lab.ita.jobs[0].late_s = 0.0

    return act


def begun(person: Person) -> None:
    """From the finding to its checklist, and the first step of it."""
    person.read("ITA メンテナンス", "r ITA job stop on")
    person.press("fc")
    person.read("▸ .*do +Every organization")
    person.press(" ")
    person.story.turn(lasting(1e9))


def turned(person: Person, step: str, title: str, arm: bool = False) -> None:
    """One switch, by the step of the checklist."""
    person.read(rf"▸ .*run +{step}", seconds=LIVE)
    person.press("r")
    person.read(title, "in all organizations", "sends +ita PATCH", seconds=ACTED)
    if arm:
        person.arm_inline("ita", "the upgrade")
    person.fire()
    person.read("VERIFIED in", r"read back \d+ times", seconds=ACTED)
    person.press(ESCAPE)


def pane(person: Person) -> None:
    """From the checklist to the ITA pane."""
    person.press(ESCAPE)
    person.wait_for("Findings 1")
    person.press("7")
    person.wait_for("system / workspace")


def test_an_upgrade_is_drained_with_jobs_that_end_late_and_comes_all_the_way_back(
    tmp_path: Path,
) -> None:
    with Person(tmp_path, "ita-upgrade", SPEED, "off") as person:
        begun(person)
        turned(person, "ITA job stop on", "Job stop on", arm=True)
        person.read("▸ .*wait +drained: until no job runs any more", "drained no")
        pane(person)
        person.read("JOB STOP", "[1-9] jobs left; agents in use", "running late")
        person.story.turn(lasting(0.0))
        person.read("DRAINED", seconds=ACTED)
        person.press("fc")
        person.read("✔ .*until no job runs any more", "▸ .*do +Where Ansible execution agents")
        person.press(" ")
        turned(person, "ITA read-only on", "Read-only on")
        person.read("▸ .*do +The backup of the databases")
        assert set(person.story.lab.ita.mode.values()) == {"1"}
        person.press(" ")
        turned(person, "ITA read-only off", "Read-only off")
        turned(person, "ITA job stop off", "Job stop off")
        person.read("✔ .*both switches are off", "▸ .*do +A small job", seconds=ACTED)
        person.press(" ")
        person.wait_for("CLOSED")
        assert in_order(person.kinds(), f"finding.seen run.opened armed {' '.join([DONE] * 4)}")
        log = person.story.lab.log.entries
        assert sum("PATCH" in one["operation"] and one["vendor"] == "ita" for one in log) == 4


def test_a_platform_that_says_that_nothing_runs_and_lies_drains_nothing(tmp_path: Path) -> None:
    with Person(tmp_path, "ita-lying", SPEED, "off") as person:
        begun(person)
        person.story.turn(lies(False))
        turned(person, "ITA job stop on", "Job stop on", arm=True)
        person.read("▸ .*wait +drained: until no job runs any more", "drained no")
        person.story.turn(lies(True))
        person.read("old: ita drained no", seconds=ACTED)
        pane(person)
        person.read("cannot read its database|are not told, though the answer", seconds=ACTED)
        person.story.turn(lies(False))
        person.read("JOB STOP", "jobs left", seconds=ACTED)
        assert person.kinds().count("remedy.started") == 1
