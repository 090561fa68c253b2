"""A night of maintenance played by a person at the keys, or by nobody."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

from console.commands.init import shipped
from console.realm import VARIABLE
from tests.driving import ACTED, CONSOLE, ESCAPE, LIVE, Console, Served, at, in_order, told

SPEED = {"stand-in": 45, "apache": 20}
NIGHT = 240.0  # seconds: at such a speed, on a busy machine
ACT = "remedy.planned remedy.started remedy.sent remedy.verified"
RANG = "watch.rang watch.phase finding.acknowledged"  # the ring first, then what rang, then who
CASE = "msk-maintenance"
HEARTBEATS = "teamusages.dataEnrichement.heartbeatSercomm.send"
Record = Callable[[str, object], None]


@contextmanager
def timed(record: Record, what: str) -> Iterator[None]:
    """Print with the results how long it took."""
    begun = time.monotonic()
    yield
    record(what, f"{time.monotonic() - begun:.0f} s")


def by_keys(directory: Path, kafka: str, record: Record) -> None:
    """Watched, heard, and after its end the checklist walked to its close."""
    with (
        timed(record, f"a night by keys ({kafka})"),
        Served(CASE, SPEED[kafka], kafka) as lab,
        Console(directory, lab.url) as person,
    ):
        watch(person)
        restart(person)
        person.wait_for("✔ .*wait +flows", "CLOSED", seconds=NIGHT)
        journal = person.journal()
    kinds = [one["kind"] for one in journal]
    assert in_order(kinds, f"{RANG} run.opened {RANG} {ACT} run.closed")
    assert heard(journal) == ["broker_down", "over"]
    assert kinds.count("remedy.started") == 1, "no topic was emptied"
    assert once_over(journal)


def watch(person: Console) -> None:
    """From the first broker to the end, hearing what rings."""
    person.wait_for("w watch", "Kafka · msk-prod · brokers", seconds=LIVE)
    person.press("w")
    person.wait_for("MSK msk-prod")
    # which broker it is by now depends on how long the console took to start
    person.wait_for("MSK msk-prod · MAINTENANCE", "BROKER . DOWN", "expected so far", seconds=NIGHT)
    hear(person, "msk-prod: broker . left")
    person.press("c")
    person.read("▸ .*wait +over")
    person.press(ESCAPE)
    hear(person, "msk-prod: the maintenance is over")


def hear(person: Console, said: str) -> None:
    """The ring that says so, on the screen until `x`, and gone then."""
    person.wait_for(f"{said}.*x heard", seconds=NIGHT)
    person.press("x")
    person.wait_gone("x heard")


def heard(journal: Any) -> list[str]:
    """Why it had rung last each time that somebody heard it: of the cluster, and of the finding."""
    told = [one for one in journal if one["kind"] in ("watch.rang", "finding.acknowledged")]
    return [
        before["data"]["why"]
        for before, one in pairwise(told)
        if before["kind"] == "watch.rang" and one["kind"] == "finding.acknowledged"
    ]


def restart(person: Console) -> None:
    """The one act of an easy night."""
    person.press("c")
    person.read("▸ .*run +rollout restart", seconds=LIVE)
    person.press("r")
    person.read("Restart dataenricher-js", "will +replace the 2 Pods")
    person.arm_inline("eks-v2-prod", "the maintenance is over")
    person.fire()
    person.read("VERIFIED in", seconds=ACTED)
    person.press(ESCAPE)


def unattended(directory: Path, kafka: str, record: Record, *more: str, night: str = CASE) -> Any:
    """The journal of a night that went by itself, under an arming that names its case."""
    with (
        timed(record, f"{night}, unattended ({kafka})"),
        Served(night, SPEED[kafka], kafka) as lab,
    ):
        arming = ("--arm", "--case", CASE, "--minutes", "240", "--reason", "the night")
        done = watched(directory, lab.url, *arming, *more)
    assert done.returncode == 0, done.stdout + done.stderr
    return told(at(directory))


def watched(directory: Path, lab: str, *options: str) -> subprocess.CompletedProcess[str]:
    """`oncall watch` until it ends."""
    command = [*CONSOLE, "--config", str(shipped()), "watch", *options]
    env = os.environ | at(directory) | {VARIABLE: lab}
    return subprocess.run(
        command, env=env, capture_output=True, text=True, timeout=2 * NIGHT, check=False
    )


def easy(journal: Any) -> None:
    """One restart, verified; nothing was emptied; closed, and disarmed at the end."""
    kinds = [one["kind"] for one in journal]
    assert in_order(kinds, f"armed run.opened {ACT} run.closed disarmed")
    assert kinds.count("remedy.started") == 1, "no topic was emptied"
    assert once_over(journal)


def hard(journal: Any) -> None:
    """Restarted, emptied with a backup, restarted again, each verified; closed."""
    kinds = [one["kind"] for one in journal]
    assert in_order(kinds, f"armed run.opened {ACT} {ACT} {ACT} run.closed disarmed")
    started = [one["data"]["plan"] for one in journal if one["kind"] == "remedy.started"]
    assert [plan["remedy"] for plan in started] == [
        *("rollout-restart", "empty-topic", "rollout-restart")
    ]
    assert [ref["name"] for ref in started[1]["targets"]] == [HEARTBEATS], "not the good one"


def once_over(journal: Any) -> bool:
    """Whether the watch said `over` once, and nothing but quiet after it."""
    phases = [one["data"]["to"] for one in journal if one["kind"] == "watch.phase"]
    return phases.count("over") == 1 and set(phases[phases.index("over") + 1 :]) <= {"quiet"}
