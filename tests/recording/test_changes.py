"""What changed between two boards: the worst first, and nothing that only grew older."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from console.model import Board, Finding, Severity, Trouble
from console.recording.changes import differences
from console.sources.flows import FlowStage
from console.sources.kafka_lag import GroupLag, PartitionLag
from tests.widgets import boards
from tests.widgets.hostile import hostile

CALM = boards.night()


def test_nothing_changed_where_a_board_was_only_read_again() -> None:
    again = CALM.with_(*(replace(one, taken_at=boards.AT) for one in CALM.snapshots.values()))
    assert differences(CALM, again) == ()


def test_findings_come_first_then_parts_then_rows_then_values() -> None:
    finding = Finding("load", "Load", "sakai/prod", Severity.WARNING, boards.AT, why=("load1: 13",))
    sites = [
        replace(site, severity=boards.CRIT, because=("disk full",))
        if site.site == "mizushima"
        else replace(site, load1=7.5)
        if site.site == "kashima"
        else site
        for site in boards.SITES
    ]
    after = CALM.with_(
        boards.snapshot("sites", sites),
        boards.snapshot(
            "canaries",
            boards.CANARIES,
            part="rpg-prod eu-west-3",
            trouble=Trouble("time-out", boards.AT),
        ),
    )
    after = replace(after, findings=(finding,))
    found = differences(CALM, after)
    assert [(one.what, one.name, one.before, one.after) for one in found] == [
        ("finding", "Load", None, Severity.WARNING),
        ("part", "rpg-prod eu-west-3", None, Severity.UNKNOWN),
        ("row", "mizushima", Severity.OK, Severity.CRITICAL),
        ("row", "kashima", Severity.OK, Severity.OK),
    ]
    assert found[0].said == "load1: 13" and found[1].said == "time-out"
    assert found[2].said == "disk full"
    assert found[3].values == (("load1", 0.9, 7.5),)
    back = {one.name: (one.before, one.after) for one in differences(after, CALM)}
    assert back["Load"] == (Severity.WARNING, None)
    assert back["mizushima"] == (Severity.CRITICAL, Severity.OK)


def test_a_row_that_is_gone_and_one_that_is_new_are_said_apart() -> None:
    fewer = CALM.with_(boards.snapshot("sites", boards.SITES[1:]))
    (gone,) = differences(CALM, fewer)
    (new,) = differences(fewer, CALM)
    assert (gone.before, gone.after) == (new.after, new.before)
    assert gone.after is None and new.before is None


def test_of_a_finding_that_stays_it_is_told_who_took_it() -> None:
    finding = Finding("load", "Load", "sakai/prod", Severity.WARNING, boards.AT)
    taken = replace(finding, acknowledged_by="dana")
    before, after = (replace(Board(), findings=(one,)) for one in (finding, taken))
    (found,) = differences(before, after)
    assert found.before is found.after
    assert found.values == (("acknowledged_by", "", "dana"),)


MOVED = Finding("load", "Load", "sakai/prod", Severity.WARNING, boards.AT, why=("load1: 11",))


@pytest.mark.parametrize(
    ("caption", "now", "values"),
    [
        (
            "it is there for another reason",
            replace(MOVED, why=("memory: 97 %",)),
            (("why", ("load1: 11",), ("memory: 97 %",)),),
        ),
        (
            "it went and came again",
            replace(MOVED, since=boards.ago(-60)),
            (("since", boards.AT, boards.ago(-60)),),
        ),
        (
            "it is about another machine",
            replace(MOVED, evidence=(boards.SITES[0].ref,)),
            (("evidence", (), (boards.SITES[0].ref,)),),
        ),
        ("it may not wait any more", replace(MOVED, urgent=True), (("urgent", False, True),)),
    ],
)
def test_of_a_finding_that_stays_it_is_told_what_is_another(
    caption: str, now: Finding, values: tuple[object, ...]
) -> None:
    (found,) = differences(*(replace(Board(), findings=(one,)) for one in (MOVED, now)))
    assert (found.what, found.values) == ("finding", values)


def stage(**facts: object) -> Board:
    """One stage of a flow, in a board."""
    known: dict[str, Any] = {"lost_things": (), "because": (), "missing": {}, **facts}
    row = replace(hostile(FlowStage), **known)
    return CALM.with_(boards.snapshot("flows", [row]))


@pytest.mark.parametrize(
    ("caption", "was", "now", "values"),
    [
        (
            "another member",
            {"after": ("a",)},
            {"after": ("b",)},
            (("other after", ("a",), ("b",)),),
        ),
        (
            "one more member",
            {"after": ("a",)},
            {"after": ("a", "b")},
            (("after (how many)", 1, 2), ("other after", (), ("b",))),
        ),
        (
            "many more are not all named",
            {"after": ()},
            {"after": tuple("abcdefgh")},
            (("after (how many)", 0, 8), ("other after", (), (*"abcdef", "and 2 more"))),
        ),
        (
            "it is as bad for another reason",
            {"because": ("the queue stands",)},
            {"because": ("the exit is closed",)},
            (("because", ("the queue stands",), ("the exit is closed",)),),
        ),
        ("a number in a reason", {"because": ("12 late",)}, {"because": ("13 late",)}, None),
        (
            "another owner",
            {"owner": "ours"},
            {"owner": "offre"},
            (("owner", ("ours",), ("offre",)),),
        ),
        (
            "a value is missing for another reason",
            {"missing": {"lost": "time-out"}},
            {"missing": {"lost": "denied"}},
            (("missing", ("lost: time-out",), ("lost: denied",)),),
        ),
    ],
)
def test_of_a_row_that_stays_it_is_told_what_is_another(
    caption: str, was: dict[str, Any], now: dict[str, Any], values: tuple[object, ...] | None
) -> None:
    found = differences(stage(**was), stage(**now))
    assert (found[0].values if found else None) == values


def test_members_of_the_same_names_with_other_values_are_counted() -> None:
    parts = tuple(hostile(PartitionLag, partition=number, lag=5) for number in range(3))
    lag = hostile(GroupLag, partitions=parts)
    later = replace(lag, partitions=(*parts[:2], replace(parts[2], lag=9)))
    before, after = (CALM.with_(boards.snapshot("kafka_lag", [one])) for one in (lag, later))
    (found,) = differences(before, after)
    assert found.values == (("partitions (how many moved)", 0, 1),)


def test_a_part_that_cannot_be_read_for_another_reason_is_told() -> None:
    def troubled(why: str) -> Board:
        trouble = Trouble(why, boards.AT)
        return CALM.with_(boards.snapshot("canaries", boards.CANARIES, trouble=trouble))

    (found,) = differences(troubled("time-out"), troubled("denied"))
    assert (found.what, found.values) == ("part", (("cannot be read", "time-out", "denied"),))
