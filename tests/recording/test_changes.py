"""What changed between two boards: the worst first, and nothing that only grew older."""

from __future__ import annotations

from dataclasses import replace

from console.model import Board, Finding, Severity, Trouble
from console.recording.changes import differences
from tests.widgets import boards

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
