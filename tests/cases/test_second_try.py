"""A second try of an act that the vendor says no to: what the first one did still counts."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from console import checklist
from console.config import load
from tests.cases.sheet import ASKED, Sheet, sheet

FIRST = "2026-03-10T03:30:07+00:00"
SECOND = "2026-03-10T03:50:00+00:00"
ACT: dict[str, Any] = {"id": "a", "run": "reboot"}
NO = "nothing was done: throttled"

# caption → (what came of the first act, whether R was pressed, the run, whether its act counts)
TRIES: dict[str, tuple[str, bool, str, bool]] = {
    "the first was proved": ("verified", False, "a:verified b:now", True),
    "the reply to the first was lost": ("unknown", False, "a:unknown b:now", True),
    "the first failed": ("failed", False, "a:now b:-", True),
    "the first was not sent either": ("", False, "a:now b:-", False),
    "a person had opened the step again": ("verified", True, "a:now b:-", True),
}


@pytest.mark.parametrize("caption", TRIES)
def test_a_no_to_the_second_try_leaves_what_the_first_did(caption: str) -> None:
    first, anew, state, acted = TRIES[caption]
    run = sheet(ACT, ASKED)
    run.look()
    run.remedy("started", "a", act="one", started_at=FIRST)
    if first:
        run.remedy(first, "a", act="one", said="the first")
    else:
        run.remedy("failed", "a", act="one", said=NO, sent=False)
    run.look()
    before, stopped = run.run.of("a"), run.run.stopped
    if anew:
        run.deed(checklist.again(run.run, "a", run.now))
        before, stopped = run.run.of("a"), ""
    run.remedy("started", "a", act="two", started_at=SECOND)
    going = run.run.of("a")
    assert going and going.acting and not going.outcome
    run.remedy("failed", "a", act="two", said=NO, sent=False)
    assert run.look().replace("a:failed", "a:now") == state
    step = run.run.of("a")
    assert step and before and not step.acting and step.now == f"not sent: {NO}"
    assert (step.outcome, step.why, step.at, step.by) == (
        *(before.outcome, before.why, before.at, before.by),
    )
    assert step.acted == (datetime.fromisoformat(FIRST) if acted else None)
    assert run.run.stopped == stopped and step.earlier is None


def test_a_no_that_comes_late_takes_nothing_from_what_a_person_said_meanwhile() -> None:
    run = sheet(ACT, ASKED)
    run.look()
    run.remedy("started", "a", act="one", started_at=FIRST)
    run.remedy("started", "a", act="two", started_at=SECOND)
    run.remedy("verified", "a", act="one", said="booted")
    run.remedy("failed", "a", act="two", said=NO, sent=False)
    assert run.look() == "a:verified b:now"


CONFIG = Path(__file__).parents[2] / "config"


@pytest.mark.parametrize("known", [True, False])
def test_a_query_without_the_acts_time_is_none(known: bool) -> None:
    run = Sheet(load(CONFIG, environ={}).cases["load-average-elasticache"])
    if known:
        run.remedy("started", "restart", started_at=FIRST)
    text = checklist.message.filled(run.case.step("consistency").message, run.run)  # type: ignore[union-attr]
    assert ("Redis was restarted at 2026-03-10 03:30:07 UTC." in text) is known
    assert ("Redis was restarted at (time not known) UTC." in text) is not known
    assert text.count("SELECT") == (2 if known else 0)
    assert text.count("it needs the time of the act, which is not known") == (0 if known else 2)
