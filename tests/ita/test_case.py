"""The case of ITA's upgrade: it asks after half an hour, never forces, and goes back in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from console.checklist import advance, fold, open_run, runs, skip, tick
from console.config import load
from console.config.cases import Case
from console.examples import row_of
from console.match import Policy
from console.model import ENDINGS, Board, Draft, Entry, Finding, Now, Ref, Run, Severity, Snapshot
from console.model.acts import Outcome
from console.sources import row_types

AT = datetime(2026, 3, 14, 13, 10, tzinfo=UTC)
REAL = datetime(2026, 3, 14, 20, 0, tzinfo=UTC)
NORMAL = {"job_stop": False, "read_only": False, "drained": None, "mode": "normal"}
STOPPED = {"job_stop": True, "read_only": False, "drained": False, "mode": "job_stop"}
DRAINED = STOPPED | {"drained": True}
MIXED = {"job_stop": False, "read_only": True, "drained": None, "mode": "wrong_order"}
BOTH = {"job_stop": True, "read_only": True, "drained": True, "mode": "read_only"}


@cache
def case() -> Case:
    return load(Path(__file__).parents[2] / "config", environ={}).cases["ita-upgrade"]


class Evening:
    """One run of the case on boards one after the other; no act is ever sent."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self.now = Now(AT, REAL)
        self.facts = facts
        ref = Ref("ita", "ita", "ita")
        finding = Finding("ita-upgrade", "ITA", "ita", Severity.WARNING, AT, (ref,))
        (draft,) = open_run(finding, case(), "r1", self.now)
        (self.run,) = runs((self._entry(draft),), {case().id: case()})

    def _entry(self, draft: Draft) -> Entry:
        return Entry(self.now.real, draft.kind, draft.run, "", draft.data)

    def _hear(self, *drafts: Draft) -> None:
        for draft in drafts:
            self.run = fold(self.run, self._entry(draft), case())

    def looks(self, facts: Mapping[str, Any] | None = None, after_s: float = 0.0) -> str:
        """The step it stands at on the next board."""
        self.facts = facts or self.facts
        gone = timedelta(seconds=after_s)
        self.now = replace(self.now, estate=self.now.estate + gone, real=self.now.real)
        told = {"scope": "ita", "name": "ita", "what": "system", **self.facts}
        row = row_of(row_types(), "ita", told, self.now.estate)
        job = {"scope": "ita", "name": "o/w/b/1", "what": "job", "age_s": 30}
        rows = (row, row_of(row_types(), "ita", job, self.now.estate))
        board = Board().with_(Snapshot("ita", "ita", 15.0, self.now.real, rows))
        self.run, _ = advance(self.run, case(), board, self.now, Policy())
        return self.step

    @property
    def step(self) -> str:
        return self.run.step.id if self.run.step else ""

    def ticks(self) -> None:
        self._hear(*tick(self.run, self.step, self.now))
        self.looks()

    def skips(self, why: str) -> None:
        self._hear(*skip(self.run, self.step, why, self.now))
        self.looks()

    def acts(self, facts: Mapping[str, Any], outcome: Outcome = "verified") -> None:
        """The switch of this step is turned, and the next look shows it."""
        data = {"step": self.step, "said": "read back", "started_at": self.now.estate.isoformat()}
        self._hear(Draft("remedy.started", data, "r1"), Draft(ENDINGS[outcome], data, "r1"))
        self.looks()  # at once, on the row of before
        self.looks(facts, 20)


def outcomes(run: Run) -> dict[str, str]:
    return {step.id: str(step.outcome) for step in run.steps}


def stopped(outcome: Outcome = "verified") -> Evening:
    evening = Evening(NORMAL)
    assert evening.looks() == "announced"
    evening.ticks()
    assert evening.step == "job-stop"
    evening.acts(STOPPED, outcome)
    assert evening.step == "drained"
    return evening


def back(evening: Evening, outcome: Outcome = "verified") -> None:
    """From the work to the end."""
    assert evening.step == "work"
    evening.ticks()
    assert evening.step == "read-only-off"
    evening.acts(DRAINED, outcome)
    assert evening.step == "job-stop-off"
    evening.acts(NORMAL, outcome)
    assert evening.looks(after_s=20) == "tried"
    evening.ticks()
    assert evening.run.closed_at is not None


def test_it_goes_there_and_back_in_order() -> None:
    evening = stopped()
    assert evening.looks(STOPPED, 600) == "drained"
    assert evening.looks(DRAINED, 20) == "agents"
    evening.skips("no agents here")
    assert evening.step == "read-only"
    evening.acts(BOTH)
    back(evening)
    left = {name for name, outcome in outcomes(evening.run).items() if outcome == "left_out"}
    assert left == {"unmix", "ask", "longer", "back-out"}


def test_after_half_an_hour_it_asks_and_goes_on_waiting_when_told_to() -> None:
    evening = stopped()
    assert evening.looks(STOPPED, 1801) == "ask"
    assert not evening.run.stopped, "nothing is forced, nobody is called yet"
    evening.ticks()
    assert evening.step == "longer"
    assert evening.looks(STOPPED, 3600) == "longer"
    assert evening.looks(DRAINED, 20) == "agents"
    evening.ticks()
    assert evening.step == "read-only"


def test_who_backs_out_turns_job_stop_off_and_nothing_else() -> None:
    evening = stopped()
    evening.looks(STOPPED, 1801)
    evening.skips("too late for tonight")
    assert evening.step == "back-out"
    evening.acts(NORMAL)
    assert evening.looks(after_s=20) == "tried"
    left = {name for name, outcome in outcomes(evening.run).items() if outcome == "left_out"}
    assert left >= {"agents", "read-only", "work", "read-only-off", "job-stop-off"}


def test_who_gives_up_on_the_way_is_still_shown_the_way_back() -> None:
    evening = stopped()
    evening.skips("nobody waits for this")
    assert evening.step == "job-stop-off"
    evening = stopped()
    evening.looks(STOPPED, 1801)
    evening.ticks()
    evening.skips("it takes too long")
    assert evening.step == "job-stop-off"
    evening = stopped()
    evening.looks(DRAINED, 20)
    evening.ticks()
    evening.skips("the backup was called off")
    assert evening.step == "job-stop-off"
    evening.acts(NORMAL)
    assert evening.looks(after_s=20) == "tried"


@pytest.mark.parametrize("outcome", ["verified", "unknown"])
def test_an_act_of_which_nobody_heard_the_end_is_no_reason_to_stop(outcome: Outcome) -> None:
    evening = stopped(outcome)
    evening.looks(DRAINED, 20)
    evening.ticks()
    evening.acts(BOTH, outcome)
    back(evening, outcome)


def test_a_failed_switch_stops_and_calls() -> None:
    evening = stopped()
    evening.looks(DRAINED, 20)
    evening.ticks()
    evening.acts(DRAINED, "failed")
    assert evening.run.stopped.startswith("read-only") and evening.run.call == ("ours",)


def test_opened_when_both_are_on_already_it_goes_on_from_what_the_platform_says() -> None:
    evening = Evening(BOTH)
    evening.looks()
    evening.ticks()
    assert evening.step == "agents", "job stop is on, and nothing runs"
    evening.ticks()
    back(evening)
    assert outcomes(evening.run)["read-only"] == outcomes(evening.run)["job-stop"] == "left_out"


def test_the_wrong_order_is_undone_before_the_right_one_begins() -> None:
    evening = Evening(MIXED)
    evening.looks()
    evening.ticks()
    assert evening.step == "unmix"
    evening.looks(NORMAL, 20)
    evening.ticks()
    assert evening.step == "job-stop"
    evening.acts(DRAINED)
    assert evening.step == "agents"


def test_nothing_of_it_ever_goes_by_itself() -> None:
    assert not [step.id for step in case().steps if step.auto]
