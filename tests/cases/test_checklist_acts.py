"""Checklists and acts: what an act's end makes of the steps after it, and what it is aimed at."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from console import checklist
from console.config import load
from console.model import Board, Ref
from tests.cases.desk import (
    AT,
    board,
    cache,
    instance,
    lag,
    row,
    snapshot,
    workload,
)
from tests.cases.sheet import ACT, ASKED, CONFIG, LOOKED, Sheet, sheet

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


def night(
    at: Any, phase: str, save: str, send: str, fault: str | None = None, members: int = 2
) -> Board:
    """The MSK night: the maintenance, both topics, the Deployment."""

    told: dict[str, Any] = {"scope": "msk-prod", "cluster": "msk-prod"}
    of_lag = told | {"coordinator_fault": fault, "members": members}
    topics = [lag(at, t, verdict=v, **of_lag) for t, v in ((SAVE, save), (SEND, send))]
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
    assert look(600, "over", "stuck").startswith("over:verified coordinator:verified restart:now")
    assert [ref.scope for ref in order("restart")] == ["eks-v2-prod"]
    run.remedy("verified", "restart", said="rolled out")
    assert "flows:now" in look(1, "over", "stuck")
    assert "flows:failed answers:verified empty:now" in look(300, "over", "stuck")
    assert order("empty") == (Ref("topic", "msk-prod", SAVE),), "the good one is not touched"
    run.remedy("verified", "empty", said="12,403 records copied and deleted")
    assert "empty:verified answers-then:verified again:now" in look(1, "over", "stuck")
    run.remedy("verified", "again", said="rolled out")
    states = [look(60, "over", "ok") for _ in range(6)]
    assert states[-1].endswith("check:verified closed")


# caption → (verdicts of both topics five minutes after the restart, the coordinator's fault, where
# the checklist is then, the topics that emptying would take)
UNREAD: dict[str, tuple[str, str, str | None, str, tuple[str, ...]]] = {
    "both are stuck": ("stuck", "stuck", None, "empty:now", (SAVE, SEND)),
    "lost and rewound": ("lost", "rewound", None, "empty:now", (SAVE, SEND)),
    "nothing is known": ("unknown", "unknown", None, "flows:unknown answers:left_out", ()),
    "one is fine, of the other nothing is known": (
        *("ok", "unknown", None),
        "flows:unknown answers:left_out empty:left_out answers-then:left_out again:left_out "
        "check:now",
        (),
    ),
    "one is stuck, of the other nothing is known": ("stuck", "unknown", None, "empty:now", (SAVE,)),
    "one is read with delay": ("catching_up", "stuck", None, "empty:now", (SEND,)),
    "both are read, the one slowly": ("slow", "catching_up", None, "flows:failed", ()),
    "nothing is produced": ("silent", "ok", None, "flows:failed", ()),
    "the coordinator failed meanwhile": ("stuck", "ok", "16", "flows:failed answers:failed", ()),
}


@pytest.mark.parametrize("caption", UNREAD)
def test_only_what_is_known_to_be_unread_is_emptied(caption: str) -> None:
    save, send, fault, state, taken = UNREAD[caption]
    shipped = load(CONFIG, environ={}).cases["msk-maintenance"]
    run = Sheet(shipped, scope="msk-prod")
    run.look(night(AT, "over", "stuck", "stuck"))
    run.remedy("verified", "restart")
    run.look(night(AT + timedelta(seconds=1), "over", save, send), 1)
    seen = night(AT + timedelta(seconds=301), "over", save, send, fault)
    assert state in run.look(seen, 300)
    assert bool(run.run.stopped) is (fault is not None)
    (empty,) = [one for one in shipped.steps if one.id == "empty"]
    refs = () if fault else checklist.order(run.run, shipped, empty, seen).targets
    assert refs == tuple(Ref("topic", "msk-prod", one) for one in taken)


def test_the_coordinator_is_asked_again_before_the_second_restart() -> None:
    shipped = load(CONFIG, environ={}).cases["msk-maintenance"]
    run = Sheet(shipped, scope="msk-prod")
    run.look(night(AT, "over", "stuck", "stuck"))
    run.remedy("verified", "restart")
    run.look(night(AT + timedelta(seconds=1), "over", "stuck", "stuck"), 1)
    run.look(night(AT + timedelta(seconds=301), "over", "stuck", "stuck"), 300)
    run.remedy("verified", "empty")
    seen = night(AT + timedelta(seconds=302), "over", "unknown", "unknown", "16")
    assert "answers-then:failed again:- " in run.look(seen, 1)
    assert run.run.stopped


def test_the_easy_maintenance_empties_nothing() -> None:
    shipped = load(CONFIG, environ={}).cases["msk-maintenance"]
    run = Sheet(shipped, scope="msk-prod")
    run.look(night(AT, "over", "stuck", "stuck"))
    run.look(night(AT + timedelta(seconds=5), "over", "stuck", "stuck"), 5)
    run.remedy("verified", "restart")
    for _ in range(12):
        at = run.now.estate + timedelta(seconds=60)
        run.look(night(at, "over", "ok", "idle"), 60)
    left = ("answers", "empty", "answers-then", "again", "check")
    assert f"flows:verified {' '.join(f'{one}:left_out' for one in left)} closed" in run.state()


def test_no_topic_is_emptied_for_a_group_that_nobody_is_in() -> None:
    shipped = load(CONFIG, environ={}).cases["msk-maintenance"]
    run = Sheet(shipped, scope="msk-prod")
    run.look(night(AT, "over", "stuck", "stuck", members=0))
    run.look(night(AT + timedelta(seconds=5), "over", "stuck", "stuck", members=0), 5)
    run.remedy("verified", "restart")
    for _ in range(12):
        at = run.now.estate + timedelta(seconds=60)
        run.look(night(at, "over", "stuck", "stuck", members=0), 60)
    assert "flows:failed" in run.state()
    assert "empty:left_out" in run.state()
