"""What a journal makes of a drill: what was done when, and where it went wrong."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, timedelta

import pytest

from console.commands.drill import Names, words
from console.drill import Goal, debrief
from console.model import Entry
from tests.drills.lines import (
    BEGAN,
    ESTATE,
    GOAL,
    LOAD,
    OTHER,
    Line,
    act,
    answered,
    entries,
    found,
    gone,
    looked,
    opened,
    step,
    taken,
    wrong,
)

NAMES = Names({"load": "Load average", "elasticache-reboot": "restart ElastiCache"}, UTC)
RIGHT = (found(12), taken(14), opened(15), answered(20), *act(30))


def test_a_good_run_has_everything_in_the_order_it_happened_by_the_estates_clock() -> None:
    told = looked(*RIGHT, gone(60))
    assert told.well and not told.turns
    order = [mark.what for mark in told.marks if mark.at is not None]
    assert order == ["found", "taken", "opened", "answered", "sent", "verified", "cleared"]
    assert told.began == ESTATE + timedelta(seconds=60)
    assert told.marks[0].at == ESTATE + timedelta(seconds=120), "12 s at ten times the speed"


def test_what_came_before_the_drill_is_no_part_of_it() -> None:
    early = Entry(BEGAN - timedelta(seconds=1), "finding.seen", "", "", {"finding": LOAD})
    told = debrief([early, *entries([])], GOAL)
    assert told is not None and told.marks[0].at is None
    assert debrief([early], GOAL) is None, "no drill has begun"


@pytest.mark.parametrize(
    ("lines", "turns", "well"),
    [
        pytest.param([opened(16, OTHER, "r2")], [("opened", OTHER)], True, id="another list"),
        pytest.param(
            act(16, "ec2-reboot", "web-1", ""),
            [("planned", "ec2-reboot web-1")],
            True,
            id="another plan, only looked at, and only once told",
        ),
        pytest.param(
            [*act(16, "ec2-reboot", "web-1", ""), *act(18, "ec2-reboot", "web-1")],
            [("sent", "ec2-reboot web-1")],
            False,
            id="another act",
        ),
        pytest.param(
            act(16, target="kawasaki-redis"),
            [("sent", "elasticache-reboot kawasaki-redis")],
            False,
            id="the right act on the wrong thing",
        ),
        pytest.param(
            act(40), [("twice", "elasticache-reboot sakai-redis")], False, id="sent twice"
        ),
        pytest.param(
            act(16, outcome="failed"),
            [("failed", "elasticache-reboot sakai-redis")],
            True,
            id="failed first, then as it should be",
        ),
        pytest.param(
            act(16, "ec2-reboot", "web-1", "failed", sent=False),
            [("failed", "ec2-reboot web-1")],
            True,
            id="another act, and nothing went out",
        ),
        pytest.param(
            [(16, "remedy.refused", "", {"remedy": "ec2-reboot", "reasons": ["the last one"]})],
            [("refused", "ec2-reboot")],
            True,
            id="refused",
        ),
        pytest.param(
            [step(16, "idle", "skipped", "no time")], [("skipped", "idle")], True, id="skipped"
        ),
    ],
)
def test_a_wrong_turn_is_told_and_spoils_the_run_only_where_something_was_sent(
    lines: list[Line], turns: list[tuple[str, str]], well: bool
) -> None:
    told = looked(*sorted([*RIGHT, *lines], key=lambda line: line[0]))
    assert wrong(told) == turns
    assert told.well is well


def test_what_is_fine_is_no_wrong_turn() -> None:
    goal = Goal(good="", findings=(LOAD,), fine=frozenset({OTHER, "ec2-reboot", "idle"}))
    lines = [opened(16, OTHER, "r2"), *act(18, "ec2-reboot", "web-1"), step(22, "idle", "skipped")]
    told = looked(found(12), taken(14), opened(15), *lines, goal=goal)
    assert not told.turns and told.well


def test_that_the_right_act_was_refused_at_first_is_no_wrong_turn() -> None:
    told = {"remedy": "elasticache-reboot", "reasons": ["it was read too long ago"]}
    refused: Line = (25, "remedy.refused", "r1", told)
    assert not looked(*sorted([*RIGHT, refused], key=lambda line: line[0])).turns


def test_a_message_to_a_contact_is_never_a_wrong_turn() -> None:
    assert not looked(*RIGHT, *act(50, "notify", "refinery-application")).turns


@pytest.mark.parametrize("left_out", ["finding.acknowledged", "run.opened", "contact.answered"])
def test_what_a_good_run_has_and_this_one_had_not_is_told(left_out: str) -> None:
    told = looked(*(line for line in RIGHT if line[1] != left_out))
    assert told.missed and not told.well


def test_one_of_several_who_may_be_asked_is_enough() -> None:
    goal = replace(GOAL, answers=("report|ask",), cures=())
    told = looked(found(12), taken(14), opened(15), answered(20), goal=goal)
    (answer,) = (mark for mark in told.marks if mark.what == "answered")
    assert told.well and answer.about == "report"
    (missed,) = looked(found(12), taken(14), opened(15), goal=goal).missed
    assert missed.about == "report or ask"


def test_where_nothing_is_to_be_done_doing_nothing_is_a_good_run() -> None:
    goal = Goal(good="Do nothing.")
    assert looked(goal=goal).well
    assert wrong(looked(*act(5), goal=goal)) == [("sent", "elasticache-reboot sakai-redis")]


def test_what_is_anothers_may_be_left_alone_or_looked_into() -> None:
    goal = Goal(good="Leave it.", findings=(LOAD,), leave=True)
    assert looked(found(5), goal=goal).well
    assert looked(found(5), taken(6), opened(7), goal=goal).well


def test_a_report_is_out_when_somebody_said_so_and_did_not_take_it_back() -> None:
    goal = Goal(good="", report="peak")
    told = {"window": "peak@2026-03-10T03:00:00Z"}
    assert looked((5, "window.reported", "", told), goal=goal).well
    out: Line = (5, "window.reported", "", told)
    back: Line = (6, "window.reported", "", told | {"undone": True})
    assert not looked(out, back, goal=goal).well
    (mark,) = looked(out, back, (7, "window.reported", "", told), goal=goal).marks
    assert mark.at == ESTATE + timedelta(seconds=70), "the last word counts"
    assert not looked(goal=goal).well


def test_a_report_that_comes_after_it_was_due_is_late() -> None:
    goal, window = Goal(good="", report="peak"), "peak@2026-03-10T03:00:00Z"
    missed: Line = (3, "watch.rang", "", {"why": "missed", "finding": window})
    told = looked(missed, (5, "window.reported", "", {"window": window}), goal=goal)
    assert wrong(told) == [("late", "peak")] and not told.well
    assert "Your run: the report was late" in "\n".join(words(told, goal, NAMES))
    other: Line = (3, "watch.rang", "", {"why": "missed", "finding": "release@x"})
    assert not looked(other, (5, "window.reported", "", {"window": window}), goal=goal).turns


def test_the_debrief_says_what_its_times_are_and_names_things_as_people_do() -> None:
    told = looked(*RIGHT, *act(50, "ec2-reboot", "web\x1b[31m-1"))
    text = "\n".join(words(told, GOAL, NAMES))
    assert text.startswith("Times are the estate's (UTC), 10 times as fast as yours")
    assert "03:21:00          it began" in text
    assert "03:22:00   +60 s  the console found              Load average · sakai/prod" in text
    assert "SENT what does not help here" in text and "\x1b" not in text
    assert "Your run: 1 act sent that should not have been" in text
    assert text.endswith("A good run: Restart the full Redis.")


def test_what_never_went_and_what_was_left_open_is_told_though_the_run_was_good() -> None:
    told = looked(*RIGHT)
    text = "\n".join(words(told, GOAL, NAMES))
    assert "Your run: all that a good run has" in text
    assert re.search(r"^  never +gone +Load average · sakai/prod$", text, re.M)
    assert re.search(r"^  never +its checklist was closed +Load average", text, re.M)
    nobody = "\n".join(words(looked(found(12)), GOAL, NAMES))
    assert "its checklist was closed" not in nobody, "it was never opened"


def test_a_good_run_and_one_of_doing_nothing_say_so() -> None:
    assert "Your run: all that a good run has" in "\n".join(words(looked(*RIGHT), GOAL, NAMES))
    nothing = Goal(good="Do nothing.")
    text = "\n".join(words(looked(goal=nothing), nothing, NAMES))
    assert "Your run: nothing was sent, and nothing had to be" in text
    assert "No wrong turn." in text


def test_where_no_act_of_the_consoles_helps_the_debrief_says_so() -> None:
    others = Goal(good="Call them.", findings=(LOAD,))
    assert "The right act: none of the console's." in "\n".join(words(looked(), others, NAMES))
    alone = Goal(good="Leave it.", findings=(LOAD,), leave=True)
    assert "The right act: none. It can be left alone." in "\n".join(words(looked(), alone, NAMES))
    assert "The right act" not in "\n".join(words(looked(), GOAL, NAMES))
