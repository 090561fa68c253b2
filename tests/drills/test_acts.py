"""Which acts of a drill were the right ones, at the right time, and known to have worked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC

import pytest

from console.commands.drill import Names, words
from console.drill import Cure, Debrief, Goal
from tests.drills.lines import (
    GOAL,
    LOAD,
    OTHER,
    Line,
    act,
    found,
    gone,
    good,
    looked,
    opened,
    step,
    taken,
    wrong,
)

FIRST, SECOND = "unhealthy@sakai/prod", "none@sakai/prod"
PAIR = Goal(
    good="One machine, then the other.",
    findings=(FIRST, SECOND),
    cures=(Cure("ec2-reboot", "web-1"), Cure("ec2-reboot", "web-2")),
)


def before(told: Debrief) -> list[str]:
    """What was sent before its time."""
    return [turn.about for turn in told.turns if turn.what == "ahead"]


@pytest.mark.parametrize(
    ("lines", "right"),
    [
        pytest.param(act(30), True, id="that thing"),
        pytest.param(act(30, target="i-1", title="Restart Sakai · sakai-redis"), True, id="title"),
        pytest.param(act(30, target="i-1", title="Restart sakai-redis-2"), False, id="in a word"),
        pytest.param(
            act(30, target="i-1", title="Restart Sakai · sakai-redis, other-redis"),
            False,
            id="the title has one more",
        ),
        pytest.param(act(30, target="sakai-redis other-redis"), False, id="one more"),
        pytest.param(act(30, scope="sakai/stg"), False, id="of the same name elsewhere"),
        pytest.param(act(30, "elasticache-failover"), False, id="another act on it"),
    ],
)
def test_the_right_act_is_on_that_thing_and_on_nothing_else(lines: list[Line], right: bool) -> None:
    told = looked(*good(*lines))
    assert told.well is right
    assert [turn.what for turn in told.turns] == ([] if right else ["sent"])


def test_what_helps_may_be_elsewhere_than_what_is_found() -> None:
    goal = replace(GOAL, cures=(Cure("rollout-restart", "platform/x", "eks-v2-prod"),))
    there = act(30, "rollout-restart", "platform/x", scope="eks-v2-prod")
    assert looked(*good(*there), goal=goal).well
    assert not looked(*good(*act(30, "rollout-restart", "platform/x")), goal=goal).well


def test_what_may_be_done_and_need_not_is_neither_missed_nor_a_wrong_turn() -> None:
    goal = replace(GOAL, cures=(replace(GOAL.cures[0], optional=True),))
    assert looked(*good(), goal=goal).well
    done = looked(*good(*act(30)), goal=goal)
    assert done.well and not done.turns and "sent" in [mark.what for mark in done.marks]
    assert wrong(looked(*good(*act(30), *act(40)), goal=goal)) == [
        ("twice", "elasticache-reboot sakai-redis")
    ]


def test_before_the_maintenance_is_over_a_restart_is_sent_in_vain() -> None:
    goal = Goal(good="", findings=(LOAD,), cures=GOAL.cures, over=True)
    over: Line = (25, "watch.phase", "", {"to": "over"})
    early = looked(found(1), taken(2), opened(3), *act(10), over, goal=goal)
    assert wrong(early) == [("early", "elasticache-reboot sakai-redis")] and not early.well
    assert looked(found(1), taken(2), opened(3), over, *act(30), goal=goal).well
    never = looked(found(1), taken(2), opened(3), *act(10), goal=goal)
    assert [turn.what for turn in never.turns] == ["early"]


def test_what_comes_first_must_have_been_sent_and_seen_to_have_worked() -> None:
    goal = replace(GOAL, cures=(Cure("on"), Cure("off")))
    assert looked(*good(*act(30, "on"), *act(40, "off")), goal=goal).well
    swapped = looked(*good(*act(30, "off"), *act(40, "on")), goal=goal)
    assert before(swapped) == ["off sakai-redis"] and not swapped.well
    at_once = looked(*good(*act(30, "on"), *act(31, "off")), goal=goal)
    assert before(at_once) == ["off sakai-redis"], "sent at 32, and the first had its end at 33"
    text = "\n".join(words(at_once, goal, Names({}, UTC)))
    assert "wrong turn: SENT before what comes first was seen to have worked: off" in text
    unsure = act(30, "on", outcome="unknown")
    assert before(looked(*good(*unsure, *act(40, "off"), gone(50)), goal=goal))
    seen = good(*unsure, step(36, "load", "verified"), *act(40, "off"))
    assert looked(*seen, goal=goal).well


def test_the_same_act_again_before_what_comes_between_is_before_its_time() -> None:
    goal = replace(GOAL, cures=(Cure("restart"), Cure("empty"), Cure("restart")))
    told = looked(*good(*act(30, "restart"), *act(40, "restart"), *act(50, "empty")), goal=goal)
    assert before(told) == ["restart sakai-redis"]


def test_of_two_alike_any_may_come_first_but_one_after_the_other() -> None:
    lines = [*act(30, "ec2-reboot", "web-2"), *act(40, "ec2-reboot", "web-1")]
    start = [*good(), found(2, FIRST), taken(3, FIRST), opened(4, FIRST, "r2")]
    start += [found(2, SECOND), taken(3, SECOND), opened(4, SECOND, "r3")]
    pair = replace(PAIR, any_order=True)
    assert not [t for t in looked(*start, *lines, goal=pair).turns if t.sent]
    assert before(looked(*start, *lines, goal=PAIR)) == ["ec2-reboot web-2"]
    both = [*act(30, "ec2-reboot", "web-1"), *act(31, "ec2-reboot", "web-2")]
    assert before(looked(*start, *sorted(both, key=lambda one: one[0]), goal=pair)) == [
        "ec2-reboot web-2"
    ]


UNSURE = act(30, outcome="unknown")


def test_an_act_of_which_nobody_can_tell_is_not_proved_by_itself() -> None:
    assert [mark.what for mark in looked(*good(*UNSURE)).missed] == ["verified"]


@pytest.mark.parametrize(
    ("lines", "proved"),
    [
        pytest.param([step(40, "load", "verified")], True, id="a later step held"),
        pytest.param([step(40, "idle", "verified")], False, id="an earlier step held"),
        pytest.param([step(40, "restart", "verified")], False, id="its own step"),
        pytest.param([step(40, "load", "by_hand")], False, id="somebody says so"),
        pytest.param(
            [opened(16, LOAD, "r2"), step(40, "load", "verified", run="r2")],
            False,
            id="another checklist's step",
        ),
        pytest.param([gone(32)], True, id="gone before the act has its end"),
        pytest.param([gone(29)], False, id="gone before it was sent"),
        pytest.param([gone(40, OTHER)], False, id="another finding is gone"),
    ],
)
def test_an_act_that_is_not_proved_counts_once_it_was_seen_to_work(
    lines: list[Line], proved: bool
) -> None:
    assert looked(*good(*UNSURE, *lines)).well is proved


def test_what_was_done_outside_any_checklist_is_proved_by_the_end_of_what_was_found() -> None:
    alone = act(30, outcome="unknown", run="")
    assert not looked(*good(*alone, step(40, "load", "verified"))).well
    told = looked(*good(*alone, gone(40)))
    (mark,) = (one for one in told.marks if one.what == "verified")
    assert told.well and mark.said == "not by the act itself; the finding is gone"
