"""Checklists as sequences: what each look, tick and entry makes of a run."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from console import checklist
from console.model import Draft
from tests.cases.desk import (
    AT,
    REAL,
    board,
    instance,
    snapshot,
)
from tests.cases.sheet import FAILS, LOW, load_, sheet


def test_a_person_ticks_what_a_person_does() -> None:
    run = sheet({"id": "a", "do": "look"}, {"id": "b", "do": "tell"})
    assert run.look() == "a:now b:-"
    run.deed(checklist.tick(run.run, "a", run.now, "seen"))
    assert run.look() == "a:done b:now"
    done = run.run.of("a")
    assert done and (done.by, done.at, done.why) == ("dana", REAL, "seen")
    run.deed(checklist.tick(run.run, "b", run.now))
    assert run.look() == "a:done b:done closed"


def test_nobody_ticks_what_ticks_itself_or_skips_without_a_reason() -> None:
    run = sheet({"id": "a", "check": LOW, "timeout": "5m"})
    with pytest.raises(ValueError, match="this ticks itself"):
        checklist.tick(run.run, "a", run.now)
    with pytest.raises(ValueError, match="needs a reason"):
        checklist.skip(run.run, "a", "  ", run.now)
    run.deed(checklist.skip(run.run, "a", "the host is gone", run.now))
    assert run.look() == "a:skipped closed"


# caption → (the step's own keys, looks as (seconds later, load, age of it), states of step a)
LOOKS: dict[str, tuple[dict[str, Any], list[tuple[float, float | None, float]], list[str]]] = {
    "one good read is enough": ({"timeout": "5m"}, [(1, 3, 0)], ["verified"]),
    "three in a row": (
        {"timeout": "5m", "samples": 3},
        [(1, 3, 0), (9, 3, 0), (9, 3, 0)],
        ["now", "now", "verified"],
    ),
    "a bad one begins them anew": (
        {"timeout": "5m", "samples": 2},
        [(1, 3, 0), (9, 9, 0), (9, 3, 0), (9, 3, 0)],
        ["now", "now", "now", "verified"],
    ),
    "an unknown one, too": (
        {"timeout": "5m", "samples": 2},
        [(1, 3, 0), (9, None, 0), (9, 3, 0)],
        ["now", "now", "now"],
    ),
    "the same read is counted once": (
        {"timeout": "5m", "samples": 2},
        [(1, 3, 0), (0, 3, 0), (0, 3, 0)],
        ["now", "now", "now"],
    ),
    "not before the grace is over": (
        {"timeout": "5m", "grace": "60s"},
        [(1, 3, 0), (58, 3, 0), (2, 3, 0)],
        ["now", "now", "verified"],
    ),
    "the time-out is a failure": ({"timeout": "5m"}, [(1, 9, 0), (299, 9, 0)], ["now", "failed"]),
    "unless nobody could see": ({"timeout": "5m"}, [(1, 9, 0), (299, 9, 900)], ["now", "unknown"]),
    "nor is it one where too few reads said that it holds": (
        {"timeout": "5m", "samples": 3},
        [(1, 9, 0), (290, 3, 0), (9, 3, 0)],
        ["now", "now", "unknown"],
    ),
    "old reads do not verify": ({"timeout": "5m"}, [(1, 3, 900)], ["now"]),
    "without a time-out it is judged at once": ({}, [(1, 9, 0)], ["failed"]),
    "but what nobody can see is unknown": ({}, [(1, None, 0), (299, None, 0)], ["now", "unknown"]),
    "also where no row is read any more": ({}, [(1, 9, 900), (299, 9, 900)], ["now", "unknown"]),
    "not within its grace": ({"grace": "60s"}, [(1, None, 0), (301, None, 0)], ["now", "now"]),
    "by as many reads as it asks": ({"samples": 2}, [(1, 9, 0), (9, 9, 0)], ["now", "failed"]),
}


@pytest.mark.parametrize("caption", LOOKS)
def test_a_check_ticks_itself_on_fresh_rows(caption: str) -> None:
    keys, looks, states = LOOKS[caption]
    run = sheet({"id": "a", "check": LOW, **keys})
    run.look()
    seen = []
    for after_s, load1, old_s in looks:
        at = run.now.estate + timedelta(seconds=after_s)
        seen.append(run.look(load_(load1, at, old_s), after_s).split()[0].removeprefix("a:"))
    assert seen == states


def test_a_check_of_what_does_not_exist_holds_nothing_up() -> None:
    run = sheet({"id": "a", "check": LOW, "on_fail": "go_on"}, {"id": "b", "do": "x"})
    assert run.look() == "a:now b:-"
    assert run.look(board(snapshot("instances")), 299) == "a:now b:-"
    assert run.look(board(snapshot("instances")), 1) == "a:unknown b:now"


def test_rows_of_another_site_verify_nothing() -> None:
    run = sheet({"id": "a", "check": LOW, "timeout": "5m"})
    run.look()
    at = run.now.estate + timedelta(seconds=1)
    assert run.look(load_(3, at, scope="kashima/prod"), 1) == "a:now"


def test_every_chosen_row_must_pass() -> None:
    run = sheet({"id": "a", "check": LOW, "timeout": "5m"})
    run.look()
    at = run.now.estate + timedelta(seconds=1)
    rows = [instance(at, name="web-1", load1=3), instance(at, name="web-2", load1=9)]
    assert run.look(board(snapshot("instances", *rows)), 1) == "a:now"
    told = run.run.of("a")
    assert told and told.now == "web-1 load1 3; web-2 load1 9"


# caption → (on_fail, what is left of the run)
ON_FAIL: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "stop": ("stop", "a:failed b:-", ()),
    "go_on": ("go_on", "a:failed b:now", ()),
    "escalate": ("escalate", "a:failed b:-", ("ours", "offre")),
}


@pytest.mark.parametrize("caption", ON_FAIL)
def test_a_failure_stops_goes_on_or_calls(caption: str) -> None:
    on_fail, state, call = ON_FAIL[caption]
    steps = (FAILS | {"on_fail": on_fail}, {"id": "b", "do": "x"})
    run = sheet(*steps, contacts=["ours", "offre"])
    run.look()
    assert run.look(load_(9, run.now.estate + timedelta(seconds=1)), 1) == state
    assert run.run.call == call
    assert bool(run.run.stopped) is (on_fail != "go_on")


def test_a_stopped_run_goes_on_when_the_step_is_tried_again_or_skipped() -> None:
    run = sheet(FAILS, {"id": "b", "do": "x"})
    run.look()
    run.look(load_(9, run.now.estate + timedelta(seconds=1)), 1)
    assert run.run.step is run.run.of("a")
    run.deed(checklist.again(run.run, "a", run.now))
    assert run.look() == "a:now b:-"
    assert run.look(load_(3, run.now.estate + timedelta(seconds=9)), 9) == "a:verified b:now"


def test_evidence_is_kept_before_and_after() -> None:
    run = sheet({"id": "a", "do": "x", "evidence": ["instances"]}, FAILS | {"id": "b"})
    run.look(load_(13, AT))
    step = run.run.of("a")
    assert step and len(step.before) == 1 and "load1=13" in step.before[0]


def test_a_note_stands_on_its_step_with_who_said_it() -> None:
    run = sheet({"id": "a", "do": "x"})
    about = {"step": "a", "text": "ask again at nine"}
    run.deed((Draft("note", about, run.run.id), Draft("note", {"text": "quiet night"}, run.run.id)))
    step = run.run.of("a")
    assert step and step.notes == ("ask again at nine (dana)",)
    assert run.run.notes == ("quiet night",)


def test_after_a_crash_a_colleague_goes_on_at_the_same_step() -> None:
    run = sheet({"id": "a", "do": "x"}, {"id": "b", "check": LOW, "timeout": "5m"})
    run.look()
    run.deed(checklist.tick(run.run, "a", run.now))
    run.look()
    began = run.run.of("b")
    (again,) = run.read()
    assert began and again.of("b") == replace(began, now="") and began.began == AT
    run.run = again
    assert run.look(load_(9, AT + timedelta(seconds=300)), 300) == "a:done b:failed"


def test_a_closed_run_says_why_and_moves_no_more() -> None:
    run = sheet({"id": "a", "do": "x"})
    run.deed(checklist.close(run.run, "handed over"))
    assert run.run.closed_why == "handed over" and run.run.step is None
    before = len(run.entries)
    run.look(after_s=60)
    assert len(run.entries) == before
