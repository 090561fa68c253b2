"""Load balancers by keys in a terminal: what must stay cannot be restarted, what is ill can."""

from __future__ import annotations

import time
from pathlib import Path

from tests.driving import ACTED, DOWN, ENTER, ESCAPE, LIVE, Person, in_order
from tests.test_hosts_by_keys import pane

SCOPE = "tenants/prod"
LAST = r"✖ the last healthy target of 3 target groups \(tenants-prod-a, tenants-prod-c"


def on(person: Person, machine: str) -> None:
    """The plan of a reboot of a machine, from the Instances pane."""
    person.press("/")
    person.wait_for("words that a row must have")
    person.press(machine)
    person.wait_for(f"filter: {machine} ")
    person.press(ENTER)
    person.wait_for("enter detail", rf"● {machine} ", seconds=LIVE)
    person.press("a")
    person.read("What could be done", "reboot the machine", r"Cancel", seconds=LIVE)
    person.press(DOWN)
    time.sleep(0.5)
    person.press(ENTER)


def left(person: Person) -> None:
    """Out of the dialog, and the filter away."""
    person.press(ESCAPE)
    person.wait_gone("Reboot Tenants")
    person.press(ESCAPE)
    person.wait_gone("filter: ")


def test_the_last_healthy_target_is_refused_and_the_ill_one_is_restarted(tmp_path: Path) -> None:
    with Person(tmp_path, "last-target", 40, "off") as person:
        person.wait_for("Tenants +prod", seconds=LIVE)
        person.wait_for("cible malade", seconds=LIVE)
        pane(person, "Load balancers", "─ Load balancers")
        person.wait_for(r"WARN +tenants-prod-a +1 of 2", seconds=LIVE)
        pane(person, "Instances", "─ Instances ", "tenants-.*web-4")
        on(person, "tenants-prod-web-1")
        person.read("Reboot Tenants .*web-1", LAST, seconds=ACTED)
        person.arm_inline(SCOPE, "it answers 502")
        person.read(LAST)
        assert "RebootInstances" not in str([*person.story.lab.log.entries])
        left(person)
        on(person, "tenants-prod-web-2")
        person.read("Reboot Tenants .*web-2", "1 target stays", seconds=ACTED)
        person.fire()
        person.read("UNKNOWN in .*checks ok; reboot itself", seconds=LIVE)
        left(person)
        pane(person, "Load balancers", "─ Load balancers")
        person.wait_for("OK +tenants-prod-a +2 of 2", seconds=LIVE)
        assert in_order(person.kinds(), "remedy.planned armed remedy.planned remedy.sent")


def test_where_nobody_serves_a_case_says_so_and_an_ill_one_may_be_restarted(tmp_path: Path) -> None:
    with Person(tmp_path, "no-target", 40, "off") as person:
        person.wait_for("Tenants +prod", seconds=LIVE)
        person.wait_for("plus aucune cible", seconds=LIVE)
        pane(person, "Load balancers", "─ Load balancers")
        person.wait_for(r"CRIT +tenants-prod-a +0 of 2", seconds=LIVE)
        pane(person, "Instances", "─ Instances ", "tenants-.*web-4")
        on(person, "tenants-prod-web-2")
        person.read("Reboot Tenants .*web-2", "this machine included", seconds=ACTED)
        assert "✖ the last healthy target" not in person.text
        left(person)
