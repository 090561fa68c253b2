"""Where a flow is broken, what starves after it, and what nobody can see."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from console.flow import Look, judge
from console.match import Truth

AT = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
SHOWS = {
    "well": Look(),
    "fails": Look(holds=Truth.NO),
    "blind": Look(holds=Truth.UNKNOWN),
    "unprobed": Look(probed=False),
    "flowing": Look(rate=2.0),
    "dry": Look(rate=0.0),
    "silent": Look(arrives=Truth.NO),
    "unheard": Look(arrives=Truth.UNKNOWN),
    "late": Look(seen_at=AT, overdue_s=400.0),
    "seen": Look(seen_at=AT, overdue_s=0.0),
    "fails, yet flowing": Look(holds=Truth.NO, rate=2.0),
    "blind and dry": Look(holds=Truth.UNKNOWN, rate=0.0),
}
LINE = {"a": (), "b": ("a",), "c": ("b",), "d": ("c",)}
FORK = {"a": (), "b": ("a",), "c": ("a",), "d": ("a",)}
JOIN = {"a": (), "b": (), "c": ("a", "b"), "d": ("c",)}

# caption → (the stages' order, what each shows, how each stands; * = broken first)
STANDINGS = {
    "all is well": (LINE, "well flowing well seen", "ok ok ok ok"),
    "a quiet night: nothing comes, and nothing is wrong": (
        LINE,
        "well dry dry dry",
        "ok ok ok ok",
    ),
    "what comes after a break starves": (
        LINE,
        "well fails dry well",
        "ok broken* starved starved",
    ),
    "a stage nobody looks at starves with what is before it": (
        LINE,
        "well fails dry unprobed",
        "ok broken* starved starved",
    ),
    "what still works off a queue does not starve": (
        LINE,
        "fails flowing flowing well",
        "broken* ok ok ok",
    ),
    "a second break behind the first is broken, but not first": (
        LINE,
        "fails dry fails dry",
        "broken* starved broken starved",
    ),
    "a break that lets some pass": (
        LINE,
        "well fails, yet flowing|flowing flowing",
        "ok broken* ok ok",
    ),
    "nothing arrives although nothing before is broken: it got lost on the way": (
        LINE,
        "well well silent dry",
        "ok ok broken* starved",
    ),
    "nothing arrives, and a stage before is not known: nobody can say where": (
        LINE,
        "well blind silent dry",
        "ok unknown unknown ok",
    ),
    "nothing arrives, and nobody looks at the stage before": (
        LINE,
        "unprobed silent dry dry",
        "unknown broken* starved starved",
    ),
    "nothing arrives because of a break before": (
        LINE,
        "well fails silent late",
        "ok broken* starved starved",
    ),
    "a robot is late and nothing is broken: nobody knows why": (
        LINE,
        "well flowing well late",
        "ok ok ok unknown",
    ),
    "old values are unknown and never starved": (
        LINE,
        "well fails blind well",
        "ok broken* unknown starved",
    ),
    "old values of one probe, and a rate that is known": (
        LINE,
        "well fails blind and dry|well",
        "ok broken* starved starved",
    ),
    "what is not known breaks nothing": (LINE, "blind well well well", "unknown ok ok ok"),
    "whether something arrives is not known": (LINE, "well unheard well well", "ok unknown ok ok"),
    "nobody looks anywhere": (
        LINE,
        "unprobed unprobed unprobed unprobed",
        "unknown unknown unknown unknown",
    ),
    "what is seen behind it passed the stage nobody looks at": (
        LINE,
        "unprobed well flowing unprobed",
        "ok ok ok unknown",
    ),
    "one branch of a fork is broken": (FORK, "flowing well fails seen", "ok ok broken* ok"),
    "two branches are broken, each first": (
        FORK,
        "well fails fails well",
        "ok broken* broken* ok",
    ),
    "a break before the fork starves all branches": (
        FORK,
        "fails well unprobed late",
        "broken* starved starved starved",
    ),
    "where ways join, one of them is enough": (JOIN, "fails well well well", "broken* ok ok ok"),
    "where ways join and nothing comes": (
        JOIN,
        "fails well dry dry",
        "broken* ok starved starved",
    ),
    "where ways join nobody knows by which a thing came": (
        JOIN,
        "unprobed unprobed flowing well",
        "unknown unknown ok ok",
    ),
}


@pytest.mark.parametrize("caption", STANDINGS)
def test_how_stages_stand(caption: str) -> None:
    before, shown, expected = STANDINGS[caption]
    words = _words(shown)
    found = judge(before, {stage: SHOWS[word] for stage, word in zip(before, words, strict=True)})
    said = " ".join(one.state + "*" * one.first for one in found.values())
    assert said == expected


def _words(shown: str) -> list[str]:
    """Names of SHOWS one after the other; those of several words end with `|`."""
    found: list[str] = []
    while shown := shown.strip(" |"):
        name = max(
            (one for one in SHOWS if f"{shown} ".startswith((f"{one} ", f"{one}|"))), key=len
        )
        found.append(name)
        shown = shown.removeprefix(name)
    return found


def test_a_starved_stage_knows_the_breaks_it_starves_from() -> None:
    looks = dict(zip(JOIN, (SHOWS["fails"], SHOWS["fails"], Look(), Look()), strict=True))
    found = judge(JOIN, looks)
    assert found["d"].roots == ("a", "b") and found["a"].roots == ()


def test_a_stage_of_which_nothing_was_told_is_one_that_nobody_looks_at() -> None:
    assert judge({"a": ()}, {})["a"].state == "unknown"


def test_a_backlog_that_is_worked_off_does_not_show_that_anything_still_comes() -> None:
    before = {"gateway": (), "topic": ("gateway",), "reader": ("topic",)}
    looks = {"topic": Look(arrives=Truth.NO), "reader": Look(rate=4.0, arrives=Truth.YES)}
    found = judge(before, looks)
    assert found["gateway"].state == "unknown" and found["reader"].state == "ok"
    some = judge(before, looks | {"topic": Look(arrives=Truth.YES)})
    assert some["gateway"].state == "ok"
