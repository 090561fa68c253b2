"""Checklists as sequences: what each look, tick and entry makes of a run."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from console import checklist
from console.config import load
from console.config.cases import Case
from console.model import Board, Draft, Entry, Finding, Now, Ref, Run, Severity, plain
from tests.cases.desk import AT, REAL, board, cache, case, instance, lag, later, snapshot, workload

CONFIG = Path(__file__).parents[2] / "config"
TRIVIAL = "{source: instances}"


@dataclass
class Sheet:
    """One run with its journal, as a console keeps it."""

    case: Case
    now: Now = field(default_factory=lambda: Now(AT, REAL))
    entries: list[Entry] = field(default_factory=list)
    run: Run = field(init=False)
    scope: str = "sakai/prod"
    evidence: tuple[Ref, ...] = ()

    def __post_init__(self) -> None:
        found = Finding(
            *(self.case.id, self.case.title, self.scope, Severity.WARNING, AT),
            evidence=self.evidence,
            why=("instances web-1: load1 13.2 (rule: > 10)",),
        )
        self.write(checklist.open_run(found, self.case, "run1", self.now))
        (self.run,) = self.read()

    def write(self, drafts: tuple[Draft, ...], by: str = "dana") -> None:
        self.entries += [Entry(self.now.real, d.kind, d.run, by, plain(d.data)) for d in drafts]

    def deed(self, drafts: tuple[Draft, ...]) -> None:
        self.write(drafts)
        (self.run,) = self.read()

    def read(self) -> tuple[Run, ...]:
        """As after a crash: from the journal alone."""
        return checklist.runs(self.entries, {self.case.id: self.case})

    def look(self, seen: Board | None = None, after_s: float = 0.0) -> str:
        """One look; the outcomes so far, the current step marked."""
        self.now = later(self.now, after_s)
        self.run, drafts = checklist.advance(self.run, self.case, seen or board(), self.now)
        self.write(drafts, by="")
        return self.state()

    def remedy(self, kind: str, step: str, **data: Any) -> None:
        self.deed((Draft(f"remedy.{kind}", {"step": step, **data}, "run1"),))

    def state(self) -> str:
        now = self.run.step
        told = [f"{s.id}:{s.outcome or ('now' if s is now else '-')}" for s in self.run.steps]
        return " ".join(told) + (" closed" if self.run.closed_at else "")


def sheet(*steps: dict[str, Any], **more: Any) -> Sheet:
    return Sheet(case(TRIVIAL, join="site", steps=list(steps), **more))


LOW = {"source": "instances", "where": {"env": "prod", "load1": "< 8"}}


def load_(load1: float | None, at: Any, old_s: float = 0.0, scope: str = "sakai/prod") -> Board:
    return board(snapshot("instances", instance(at, scope, load1=load1), old_s=old_s))


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


FAILS = {"id": "a", "check": LOW}
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


ONLY: dict[str, tuple[str, Any, str]] = {
    # how the remedy ended, what the next step asks for, what becomes of it
    "verified as asked": ("verified", "verified", "now"),
    "failed, verified asked": ("failed", "verified", "left_out"),
    "failed as asked": ("failed", "failed", "now"),
    "unknown is not failed": ("unknown", "failed", "left_out"),
    "verified counts as done": ("verified", "done", "now"),
    "one of several": ("unknown", ["verified", "unknown"], "now"),
    "none of several": ("failed", ["verified", "unknown"], "left_out"),
    "seen by a person counts as verified": ("by_hand", "verified", "now"),
    "and as done": ("by_hand", "done", "now"),
    "but it can be asked for": ("verified", "by_hand", "left_out"),
}


@pytest.mark.parametrize("caption", ONLY)
def test_a_step_that_depends_on_an_earlier_one(caption: str) -> None:
    ended, asked, state = ONLY[caption]
    run = sheet(
        {"id": "a", "run": "reboot", "on_fail": "go_on"},
        {"id": "b", "do": "x", "only_if": {"step": "a", "outcome": asked}},
        {"id": "c", "do": "y"},
    )
    run.look()
    run.remedy("started", "a")
    acting = run.run.of("a")
    assert acting and acting.acting
    if ended == "by_hand":
        run.remedy("unknown", "a", said="no answer came")
        run.deed(checklist.saw(run.run, "a", "its uptime", run.now))
    else:
        run.remedy(ended, "a", said="the event came")
    run.look()
    after = run.run.of("b")
    assert after and (after.outcome or ("now" if run.run.step is after else "-")) == state


ACT: dict[str, Any] = {"id": "a", "run": "reboot"}
LOOKED: dict[str, Any] = {"id": "b", "do": "x"}
ASKED: dict[str, Any] = LOOKED | {"only_if": {"step": "a", "outcome": ["verified", "unknown"]}}
# caption → (the step after the act, how the act ended, what is left of the run)
ENDED: dict[str, tuple[dict[str, Any], str, str]] = {
    "unknown, and the case looks": (ASKED, "unknown", "a:unknown b:now"),
    "unknown, and nobody looks": (LOOKED, "unknown", "a:now b:-"),
    "failed, and nobody looks": (ASKED, "failed", "a:now b:-"),
}


@pytest.mark.parametrize("caption", ENDED)
def test_an_act_of_which_nobody_can_tell_is_no_failed_one(caption: str) -> None:
    follows, ended, state = ENDED[caption]
    run = sheet(ACT, follows)
    run.look()
    run.remedy("started", "a")
    run.remedy(ended, "a", said="no answer came")
    assert run.look().replace(f"a:{ended} b:-", "a:now b:-") == state
    assert (run.run.stopped_at == "a") is (state == "a:now b:-")


def test_what_was_left_out_is_asked_anew_when_a_person_saw_the_act_happen() -> None:
    run = sheet(ACT, ASKED)
    run.look()
    run.deed(checklist.skip(run.run, "a", "it did restart, I saw it", run.now))
    assert run.look() == "a:skipped b:left_out", "an act that was passed over closes nothing"
    assert run.run.waits_to_be_closed
    run.deed(checklist.saw(run.run, "a", "the uptime is two minutes", run.now))
    assert run.look() == "a:by_hand b:now"
    run.deed(checklist.tick(run.run, "b", run.now))
    assert run.look() == "a:by_hand b:done closed"


def test_nobody_sees_what_is_no_act_or_still_goes_on() -> None:
    run = sheet(ACT, LOOKED)
    for step, what, why in (("a", " ", "what shows"), ("b", "x", "only an act")):
        with pytest.raises(ValueError, match=why):
            checklist.saw(run.run, step, what, run.now)
    run.remedy("started", "a")
    with pytest.raises(ValueError, match="not over"):
        checklist.saw(run.run, "a", "x", run.now)


def test_an_act_that_was_not_sent_leaves_its_step_to_be_done() -> None:
    run = sheet(ACT, LOOKED)
    run.look()
    run.remedy("started", "a")
    run.remedy("failed", "a", said="nothing was done: not allowed", sent=False)
    assert run.look() == "a:now b:-" and not run.run.stopped
    step = run.run.of("a")
    assert step and not step.acting
    assert step.now == "not sent: nothing was done: not allowed"


def test_the_check_of_the_data_is_asked_for_when_the_restarts_answer_was_lost() -> None:
    shipped = load(CONFIG, environ={}).cases["load-average-elasticache"]
    run = Sheet(shipped)
    for id in ("look", "report", "idle"):
        run.deed(checklist.skip(run.run, id, "a test", run.now))
    run.look()
    run.remedy("started", "restart", started_at="2026-03-10T03:30:07.250+00:00")
    run.remedy("unknown", "restart", said="no reply came")
    run.look()
    for id in ("cache", "sidekiq", "load"):
        run.deed(checklist.skip(run.run, id, "a test", run.now))
    run.look()
    step = run.run.of("consistency")
    assert step and not step.outcome and run.run.closed_at is None
    assert "Redis was restarted at 2026-03-10 03:30:07 UTC" in step.message
    assert "updated_at >= '2026-03-10 03:30:07'" in step.message
    with pytest.raises(ValueError, match="a person ticks steps of the kind do"):
        checklist.tick(run.run, "consistency", run.now)


def test_a_contact_is_done_when_somebody_answered() -> None:
    words = "{title} {scope} {since} {evidence}"
    run = sheet({"id": "a", "contact": "offre", "message": words, "timeout": "1h"})
    run.look()
    step = run.run.of("a")
    assert step and step.message == (
        "C sakai/prod 2026-03-10 03:30 UTC instances web-1: load1 13.2"
        " [2026-03-10 03:30 UTC]"
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
    run.deed(checklist.sent(run.run, "a", "Teams", run.now))
    assert run.entries[-1].data["text"] == (
        "instances web-1: load1 21 [2026-03-10 04:28 UTC]"
    )
    run.look(board(snapshot("instances", host)), 60)
    step = run.run.of("a")
    assert step and step.message == (
        "instances web-1: load1 13.2 [2026-03-10 03:30 UTC]"
    ), "it is gone: what was seen when the run was opened"


# caption → (case, how its earlier steps ended, the contacts' steps that are to do)
TRUE: dict[str, tuple[str, dict[str, str], list[str]]] = {
    "our side is well": ("push-lag", {"ours": "verified"}, ["tell"]),
    "our side lags, too": ("push-lag", {"ours": "failed", "late": "done"}, ["ask"]),
    "nobody can see our side": ("push-lag", {"ours": "unknown"}, ["ask"]),
    "nobody looked at our side": ("push-lag", {"ours": "skipped"}, ["ask"]),
    "cron runs again": ("disk-full-site", {}, ["report"]),
    "cron was not started again": ("disk-full-site", {"start-cron": "skipped"}, ["report-cron"]),
    "there is a list": ("slow-order-page", {}, ["tell"]),
    "there is no list": ("slow-order-page", {"lost": "skipped"}, ["warn"]),
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
        outcome = outcomes.get(step.id, "done")
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


def test_evidence_is_kept_before_and_after() -> None:
    run = sheet({"id": "a", "do": "x", "evidence": ["instances"]}, FAILS | {"id": "b"})
    run.look(load_(13, AT))
    step = run.run.of("a")
    assert step and len(step.before) == 1 and "load1=13" in step.before[0]


def test_a_note_stands_on_its_step_with_who_said_it() -> None:
    run = sheet({"id": "a", "do": "x"})
    run.deed(checklist.note(run.run, "ask again at nine", "a"))
    run.deed(checklist.note(run.run, "quiet night"))
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


def test_the_restarts_target_is_the_sites_own_cache() -> None:
    shipped = load(CONFIG, environ={}).cases["load-average-elasticache"]
    host = instance(AT, load1=13)
    run = Sheet(shipped, evidence=(host.ref,))
    seen = board(
        snapshot("instances", host),
        snapshot("caches", cache(AT), cache(AT, "kashima/prod"), cache(AT, "sakai/stg")),
    )
    step = next(one for one in shipped.steps if one.run)
    order = checklist.order(run.run, shipped, step, seen)
    assert {ref.scope for ref in order.targets} == {"sakai/prod"}
    assert (order.remedy, order.run, order.step) == ("elasticache-reboot", "run1", "restart")
    assert checklist.order(run.run, shipped, step, board()).targets == ()


def test_peip_and_no_other_machine_is_restarted() -> None:
    shipped = load(CONFIG, environ={}).cases["alarms-stuck-v1"]
    rows = [instance(AT, "sitv1/prod", name) for name in ("peip", "worker")]
    run = Sheet(shipped, scope="sitv1/prod")
    step = next(one for one in shipped.steps if one.run)
    order = checklist.order(run.run, shipped, step, board(snapshot("instances", *rows)))
    assert order.targets == (rows[0].ref,)


SAVE = "teamusages.dataEnrichementCrow.heartbeat.save"
SEND = "teamusages.dataEnrichement.heartbeatSercomm.send"


def night(at: Any, phase: str, save: str, send: str) -> Board:
    """The MSK night: the maintenance, both topics, the Deployment."""
    from tests.cases.desk import row

    told = {"scope": "msk-prod", "cluster": "msk-prod"}
    topics = [lag(at, t, verdict=v, **told) for t, v in ((SAVE, save), (SEND, send))]
    js = workload(at, "dataenricher-js", scope="eks-v2-prod", cluster="eks-v2-prod")
    return board(
        snapshot("maintenance", row("maintenance", at, **told, phase=phase)),
        snapshot("kafka_lag", *topics),
        snapshot("workloads", js),
    )


def test_the_hard_maintenance_goes_through_the_emptying_of_what_is_still_bad() -> None:
    shipped = load(CONFIG, environ={}).cases["msk-maintenance"]
    run = Sheet(shipped, scope="msk-prod")

    def look(after_s: float, phase: str, save: str, send: str = "ok") -> str:
        at = run.now.estate + timedelta(seconds=after_s)
        return run.look(night(at, phase, save, send), after_s)

    def order(step: str) -> tuple[Ref, ...]:
        told = next(one for one in shipped.steps if one.id == step)
        seen = night(run.now.estate, "over", "stuck", "ok")
        return checklist.order(run.run, shipped, told, seen).targets

    assert look(0, "broker_down", "stuck").startswith("over:now")
    assert look(3600, "between", "stuck").startswith("over:now")
    assert look(600, "over", "stuck").startswith("over:verified restart:now")
    assert [ref.scope for ref in order("restart")] == ["eks-v2-prod"]
    run.remedy("verified", "restart", said="rolled out")
    assert "flows:now" in look(1, "over", "stuck")
    assert "flows:failed empty:now" in look(300, "over", "stuck")
    assert order("empty") == (Ref("topic", "msk-prod", SAVE),), "the good one is not touched"
    run.remedy("verified", "empty", said="12,403 records copied and deleted")
    run.look()
    run.remedy("verified", "again", said="rolled out")
    states = [look(60, "over", "ok") for _ in range(6)]
    assert states[-1].endswith("check:verified closed")


def test_the_easy_maintenance_empties_nothing() -> None:
    shipped = load(CONFIG, environ={}).cases["msk-maintenance"]
    run = Sheet(shipped, scope="msk-prod")
    run.look(night(AT, "over", "stuck", "stuck"))
    run.look(night(AT + timedelta(seconds=5), "over", "stuck", "stuck"), 5)
    run.remedy("verified", "restart")
    for _ in range(12):
        at = run.now.estate + timedelta(seconds=60)
        run.look(night(at, "over", "ok", "idle"), 60)
    assert "flows:verified empty:left_out again:left_out check:verified closed" in run.state()
