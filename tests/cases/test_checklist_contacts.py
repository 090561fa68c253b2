"""Checklists and other teams: who is told what, and when a try is an answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from console import checklist
from console.config import load
from console.model import Draft, Finding, Severity
from tests.cases.desk import (
    AT,
    board,
    instance,
    snapshot,
)
from tests.cases.sheet import CONFIG, Sheet, sheet


def test_a_contact_is_done_when_somebody_answered() -> None:
    words = "{title} {scope} {since} {evidence}"
    run = sheet({"id": "a", "contact": "offre", "message": words, "timeout": "1h"})
    run.look()
    step = run.run.of("a")
    assert step and step.message == (
        "C sakai/prod 2026-03-10 03:30 UTC instances web-1: load1 13.2 [2026-03-10 03:30 UTC]"
    )
    run.deed(checklist.sent(run.run, "a", "Teams · offre", run.now, 600))
    step = run.run.of("a")
    assert step and step.sent == ("03:30 UTC Teams · offre",)
    assert step.due == AT + timedelta(minutes=10) and not step.outcome
    with pytest.raises(ValueError, match="who answered"):
        checklist.answered(run.run, "a", " ", run.now)
    run.deed(checklist.answered(run.run, "a", "astreinte", run.now, "on it"))
    assert run.look() == "a:done closed"
    step = run.run.of("a")
    assert step and step.why == "astreinte: on it"


POSTED = [
    ("the reply alone is a try: the console died behind it", "sent", ["webhook: sent"]),
    ("its proof is the same try", "sent verified", ["webhook: verified"]),
    ("and so is what the console wrote of it", "sent verified told", ["by us"]),
    ("a reply that was lost may have been one", "unknown", ["webhook: unknown"]),
    ("what was not sent is none", "failed", []),
    ("a second act is a second try", "sent told again", ["by us", "webhook: sent"]),
]


@pytest.mark.parametrize(("kinds", "tries"), [pytest.param(*row[1:], id=row[0]) for row in POSTED])
def test_a_message_that_was_posted_is_a_try_and_no_answer(kinds: str, tries: list[str]) -> None:
    run = sheet({"id": "a", "contact": "offre", "message": "push is late"})
    run.look()
    told = {"step": "a", "act": "one"}
    run.deed((Draft("remedy.started", told, run.run.id),))
    for kind in kinds.split():
        if kind == "told":
            run.deed(checklist.sent(run.run, "a", "by us", run.now, 600, "one"))
        elif kind == "again":
            run.deed((Draft("remedy.sent", {"step": "a", "act": "two"}, run.run.id),))
        else:
            run.deed((Draft(f"remedy.{kind}", told, run.run.id),))
    step = run.run.of("a")
    assert step and [line.partition(" UTC ")[2] for line in step.sent] == tries
    assert not step.outcome and not step.acting


def test_a_message_says_what_is_seen_when_it_is_sent() -> None:
    run = sheet({"id": "a", "contact": "offre", "message": "{evidence}"})
    host = instance(AT + timedelta(seconds=3500), load1=21)
    found = Finding(
        *(run.case.id, "C", "sakai/prod", Severity.WARNING, AT),
        evidence=(host.ref,),
        why=("instances web-1: load1 21 (rule: > 10)",),
    )
    run.look(replace(board(snapshot("instances", host)), findings=(found,)), 3600)
    run.deed(checklist.sent(run.run, "a", "Teams", run.now, 600))
    assert run.entries[-1].data["text"] == ("instances web-1: load1 21 [2026-03-10 04:28 UTC]")
    run.look(board(snapshot("instances", host)), 60)
    step = run.run.of("a")
    assert step and step.message == ("instances web-1: load1 13.2 [2026-03-10 03:30 UTC]"), (
        "it is gone: what was seen when the run was opened"
    )


# caption → (case, how its earlier steps ended, the contacts' steps that are to do)
TRUE: dict[str, tuple[str, dict[str, str], list[str]]] = {
    "our side is well": ("push-lag", {"ours": "verified"}, ["tell"]),
    "our side lags, too": ("push-lag", {"ours": "failed", "late": "done"}, ["ask"]),
    "nobody can see our side": ("push-lag", {"ours": "unknown"}, ["ask"]),
    "nobody looked at our side": ("push-lag", {"ours": "skipped"}, ["ask"]),
    "cron runs again": ("disk-full-site", {}, ["report"]),
    "cron was not started again": ("disk-full-site", {"cron-active": "skipped"}, ["report-cron"]),
    "nothing is lost": ("slow-order-page", {}, ["warn"]),
    "there is a list": ("slow-order-page", {"lost": "failed"}, ["tell"]),
    "there is no list": ("slow-order-page", {"lost": "failed", "list": "skipped"}, []),
    "nobody looked what is lost": ("slow-order-page", {"lost": "skipped"}, []),
}


@pytest.mark.parametrize("caption", TRUE)
def test_another_team_is_told_only_what_is_so(caption: str) -> None:
    name, outcomes, told = TRUE[caption]
    shipped = load(CONFIG, environ={}).cases[name]
    run, asked = Sheet(shipped), list[str]()
    for _ in shipped.steps:
        run.look()
        step = run.run.step
        if step is None:
            break
        asked += [step.id] if step.kind == "contact" else []
        usual = "verified" if step.kind == "check" else "done"
        outcome = outcomes.get(step.id, usual)
        data = {"step": step.id, "event": "ended", "outcome": outcome, "why": "a test"}
        run.deed((Draft("run.step", data, "run1"),))
    assert asked == told


def test_nobody_answering_is_a_failure_in_time() -> None:
    steps = ({"id": "a", "contact": "offre", "timeout": "30m", "on_fail": "escalate"},)
    run = sheet(*steps, contacts=["ours"])
    run.look()
    assert run.look(after_s=1799) == "a:now"
    assert run.look(after_s=1) == "a:failed"
    assert run.run.call == ("ours",)
