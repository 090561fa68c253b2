"""Machines, their Sidekiqs and a full disk with its gates, by keys in a terminal."""

from __future__ import annotations

import re
import time
from pathlib import Path

from console.lab.stories.hosts import cron, uploaded
from tests.driving import ACTED, ENTER, Person, first_hit, in_order

KASHIMA = "kashima/prod"


def pane(person: Person, name: str, *wanted: str) -> None:
    """Through the palette, as for every pane beyond the ninth."""
    person.press(":")
    person.wait_for("Search for commands")
    person.press(f"Pane: {name}")
    person.wait_for(first_hit(name))
    person.press(ENTER)
    person.wait_for(*wanted)


def again(person: Person, *wanted: str) -> None:
    """Try a step that looks until it sees this: on a busy computer a reading may come too late."""
    until = time.monotonic() + ACTED
    while time.monotonic() < until and not all(re.search(one, person.text) for one in wanted):
        if "R tries again" in person.text:
            person.press("R")
        time.sleep(1.0)
    person.read(*wanted)


def test_of_two_applications_on_one_machine_the_one_nobody_works_for_is_seen(
    tmp_path: Path,
) -> None:
    with Person(tmp_path, "sidekiq-no-workers", 20, "off") as person:
        person.read("Sidekiq 停止", "川崎 Kawasaki/prod", "processes 0, waiting")
        pane(person, "Sidekiq", "✖ CRIT +kawasaki .*no Sidekiq process runs", "● OK +sakai ")
        pane(person, "Hosts", "sakai-prod-web-1 +sakai.kawasaki")
        asked = person.story.lab.log.entries
        before = len([one for one in asked if one["operation"] == "SendCommand"])
        person.press("\x12")  # ctrl+r
        person.wait_for("the machines shown are read through SSM")
        until = time.monotonic() + ACTED
        while time.monotonic() < until:
            now = len([one for one in asked if one["operation"] == "SendCommand"])
            if now > before:
                break
            time.sleep(0.1)
        assert now > before


def test_a_full_disk_is_worked_on_in_order_and_the_bucket_bars_the_script(tmp_path: Path) -> None:
    with Person(tmp_path, "disk-full-site", 40, "off") as person:
        person.read("ディスク満杯", "c checklist")
        person.press("fc")
        person.read("what fills it", "space ticks it")
        person.press(" ")
        person.read("▸ .*cron を止める")
        person.press(" ")
        person.read("✖ .*cron-stopped:", "FAILED .*web-1 cron active", seconds=ACTED)
        assert "GATE: no later step" in person.text
        person.story.turn(cron(KASHIMA, "inactive"))  # now somebody really does it
        again(person, "✔ .*cron-stopped:", "✖ .*bucket:", "FAILED .*proven no")
        person.press("jj")  # the change of the script, before its time
        person.press(" ")
        person.wait_for("script: not before the gate bucket holds")
        person.press("kks")
        person.wait_for("Skip this step: why")
        person.press("I am sure" + ENTER)
        person.wait_for("bucket is a gate")
        person.story.turn(uploaded("kashima-prod-backup"))
        again(person, "✔ .*bucket:", "▸ .*Compress the old logs")
        person.press(" ")
        person.read("▸ .*Change the cron script")
        person.press(" ")
        person.read("▸ .*cron を再開する")
        person.story.turn(cron(KASHIMA, "active"))
        person.press(" ")
        person.read("✔ .*cron-active:", seconds=ACTED)
        steps = [
            (one["data"]["step"], one["data"].get("outcome"))
            for one in person.journal()
            if one["kind"] == "run.step" and one["data"]["event"] == "ended"
        ]
        wanted = "cron-stopped bucket move script start-cron cron-active"
        done = [step for step, outcome in steps if outcome in ("done", "verified")]
        assert in_order(done, wanted)
        assert ("bucket", "failed") in steps and ("script", "skipped") not in steps
