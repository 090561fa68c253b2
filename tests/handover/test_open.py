"""What is still open in less usual ways: half done, stopped, switched on, of another program."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from console.handover import document, words
from console.handover.document import PLOTS
from console.handover.given import Given
from console.handover.story import story
from console.journal import Journal
from console.model import Board, Entry, Finding, Kind, Ref, Row, Severity, Snapshot
from console.model.handover import Item, Part
from console.model.planned import Planned, PlannedStep
from console.sources.ita import ItaRow
from console.sources.maintenance import Maintenance
from tests.handover.last_look import found
from tests.handover.named import BEGAN, CONFIGURATION, CROW, DISK, ENDED, NAMED, NOW, PEIP
from tests.handover.shift import Writing, plan


@pytest.fixture
def pen(tmp_path: Path) -> Writing:
    return Writing(tmp_path / "journal.jsonl")


def given(pen: Writing | None = None, world: str = "", **more: Any) -> Given:
    if pen is not None:
        pen.end()
        entries = Journal(pen.path).entries()
        more["story"] = story(entries, BEGAN, CONFIGURATION.cases, world)
    named = {"contacts": NAMED.contacts, "titles": NAMED.titles, "cases": CONFIGURATION.cases}
    told: dict[str, Any] = {"estate": "e", "zone": "UTC", "now": NOW, "since": BEGAN}
    return Given(**told | named | more)


def items(part: Part, of: Given, lang: str = "en") -> Iterator[Item]:
    return iter(document(of, words(lang, of.zone, of.now)).section(part).items)


def board(*rows: Row, source: str = "", findings: tuple[Finding, ...] = ()) -> Board:
    snapshots = [Snapshot(source, "", 60.0, ENDED, rows)] if rows else []
    return Board(findings=findings).with_(*snapshots)


def test_an_act_done_in_part_says_how_it_stands_and_what_is_left(pen: Writing) -> None:
    pen.started(10, "a1", plan("ec2-stop-start", "Stop and start peip", PEIP))
    rest = "start peip again"
    pen(11, "remedy.sent", act="a1", step="", reply={}, left="peip is stopped", rest=rest)
    (one,) = items("unfinished", given(pen))
    assert "how it stands: peip is stopped" in one.lines
    assert one.next.endswith("what would be left to do: start peip again")


def test_an_act_that_was_accepted_is_not_said_to_be_lost(pen: Writing) -> None:
    pen.started(10, "a1", plan("ec2-reboot", "Reboot peip", PEIP))
    pen(11, "remedy.sent", act="a1", step="", reply={"accepted": True})
    (one,) = items("unfinished", given(pen))
    assert one.lines[1] == "the vendor accepted it"


def test_an_act_of_a_plan_that_nobody_here_can_read_is_told_all_the_same(pen: Writing) -> None:
    pen(10, "remedy.started", act="a1", remedy="ec2-reboot", plan={"later": 1}, world="")
    (one,) = items("unfinished", given(pen))
    assert one.title == "ec2-reboot"
    assert "its plan was written by another program and cannot be read here" in one.lines


def test_another_labs_acts_are_none_of_ours(pen: Writing) -> None:
    pen.world = "http://127.0.0.1:1"
    pen.started(10, "a1", plan("ec2-reboot", "Reboot peip", PEIP))
    assert list(items("unfinished", given(pen))) == []


def test_an_act_begun_before_the_shift_and_without_an_end_is_still_open(pen: Writing) -> None:
    pen.started(-3000, "a1", plan("ec2-reboot", "Reboot peip", PEIP))
    assert [one.id for one in items("unfinished", given(pen))] == ["act:a1"]


def test_an_act_that_ended_before_the_shift_is_of_another_one(pen: Writing) -> None:
    pen.started(-300, "a1", plan("ec2-reboot", "Reboot peip", PEIP))
    pen.ended(-290, "a1", "verified", "it is up")
    of = given(pen)
    assert [*items("unfinished", of), *items("acts", of)] == []


def test_a_checklist_that_stopped_says_why_whom_to_call_and_what_to_decide(pen: Writing) -> None:
    pen.opened(10, "r1", DISK, "disk_pct 93")
    first = CONFIGURATION.cases["disk-full-site"].steps[0].id
    case = CONFIGURATION.cases["load-average-elasticache"]
    assert case.contacts and first
    pen.opened(20, "r2", "load-average-elasticache@sakai/prod", "load1 13")
    for step in ("look", "report", "idle"):
        pen.step(21, "r2", step, "done")
    pen.step(22, "r2", "restart", "failed", "the node never came back")
    stopped = next(one for one in items("open", given(pen)) if one.id == "run:r2")
    assert "it stands still: restart: the node never came back" in stopped.lines
    assert stopped.next.startswith("call 製油所アプリ担当 · refinery application team; decide: ")
    assert stopped.severity is Severity.WARNING


def test_a_checklist_whose_finding_is_gone_is_open_until_somebody_closes_it(pen: Writing) -> None:
    pen.opened(10, "r1", DISK, "disk_pct 93")
    (one,) = items("open", given(pen))
    assert one.id == "run:r1"
    assert one.lines[0].startswith("its finding is not active any more")
    pen(20, "run.closed", "r1", why="done", left=[])
    assert list(items("open", given(pen))) == []


def test_a_checklist_of_a_case_that_is_configured_no_more_is_not_lost(pen: Writing) -> None:
    told = {"case": "gone", "finding": "gone@x", "scope": "x", "title": "an old case", "steps": []}
    pen(10, "run.opened", "r1", since=pen.time(5), **told)
    pen(12, "note", "r1", text="half done")
    (one,) = items("open", given(pen))
    assert (one.id, one.title, one.severity) == ("run:r1", "an old case · x", Severity.UNKNOWN)
    assert one.lines[-1].endswith("half done")


def test_what_was_put_off_until_a_time_that_is_over_is_open_again(pen: Writing) -> None:
    pen.seen(10, CROW, "warning", "87 %")
    pen(11, "finding.deferred", by="", finding=CROW, until=pen.time(100))
    of = given(pen)
    assert list(items("deferred", of)) == []
    assert [one.id for one in items("open", of)] == [f"finding:{CROW}"]


def test_the_days_of_a_rule_are_in_the_readers_language() -> None:
    late = found(CROW, 10, Severity.WARNING, "87 %", deferred=ENDED + timedelta(hours=60))
    of = given(board=board(findings=(late,)), zones={"eks-v2-prod": "Europe/Paris"})
    (one,) = items("deferred", of, "ja")
    assert one.lines[1].startswith("金 17:00 から 月 09:00 までは待てます(Europe/Paris)")


def test_what_is_not_ours_is_told_as_ignored_and_never_as_open() -> None:
    loki = found("log-collectors-ignore@eks-v2-prod", 10, Severity.WARNING, "0 of 1")
    of = given(board=board(findings=(replace(loki, ignored=True),)))
    assert list(items("open", of)) == []
    (one,) = items("quiet", of)
    assert one.kind == "ignored" and "this has no end" in one.lines[0]


def test_a_maintenance_under_way_says_its_phase_and_when_its_window_ends() -> None:
    row = Maintenance(
        ref=Ref("maintenance", "msk-prod", "msk-prod"),
        at=ENDED,
        cluster="msk-prod",
        phase="broker_down",
        severity=Severity.WARNING,
        window_until=ENDED + timedelta(hours=2),
    )
    (one,) = items("quiet", given(board=board(row, source="maintenance")))
    assert one.lines[:2] == (
        "in maintenance, phase: broker down",
        "its planned window ends 2026-12-11 18:30",
    )
    calm = replace(row, phase="over")
    assert list(items("quiet", given(board=board(calm, source="maintenance")))) == []


def test_a_switch_of_ita_that_is_on_has_no_end_but_a_person() -> None:
    row = ItaRow(
        ref=Ref("ita", "ita", "ita"), at=ENDED, name="ita", what="system", mode="read_only"
    )
    (one,) = items("quiet", given(board=board(row, source="ita")))
    assert one.stop == "both switches are off"
    assert "off by nobody but a person" in one.lines[0]
    normal = replace(row, mode="normal")
    assert list(items("quiet", given(board=board(normal, source="ita")))) == []


def window(**more: Any) -> Planned:
    told: dict[str, Any] = {"key": "release", "title": "release", "kind": "release", "zone": "UTC"}
    times = {"start": ENDED - timedelta(hours=1), "end": ENDED + timedelta(hours=1)}
    return Planned(**told | times | more)


def test_a_report_that_was_missed_comes_first_and_says_so() -> None:
    missed = window(key="a", title="a", report_due=ENDED - timedelta(minutes=5))
    coming = window(key="b", title="b", start=ENDED - timedelta(minutes=10))
    one, other = items("ahead", given(windows=(coming, missed)))
    assert (one.title, one.next, one.severity) == ("a", "send the report", Severity.WARNING)
    assert "REPORT MISSED: it was due 2026-12-11 16:25" in one.lines[1]
    assert other.severity is Severity.OK


def test_a_window_says_its_steps_and_which_is_next() -> None:
    steps = (
        PlannedStep(id="a", title="deploy", at=ENDED, by="M."),
        PlannedStep(id="b", title="log in", due=ENDED + timedelta(minutes=20)),
    )
    (one,) = items("ahead", given(windows=(window(steps=steps),)))
    assert one.lines[1:] == ("deploy: done by M.", "log in (by 2026-12-11 16:50)")
    assert one.next == "log in"


def test_what_is_planned_for_the_day_after_tomorrow_is_left_out() -> None:
    later = window(start=ENDED + timedelta(hours=25), end=ENDED + timedelta(hours=26))
    assert list(items("ahead", given(windows=(later,)))) == []


@pytest.mark.parametrize("kind", ["maintenance", "quiet"])
def test_a_planned_maintenance_that_is_open_says_until_when(kind: str) -> None:
    (one,) = items("quiet", given(windows=(window(kind=kind),)))
    assert one.stop == "2026-12-11 17:30"


def test_a_known_issue_that_is_as_it_was_in_the_end_is_no_change(pen: Writing) -> None:
    known = {"number": "1", "site": "sakai", "title": "t", "env": "prod"}
    states = ((-60, "known"), (10, "happening"), (20, "known"))
    for minutes, state in states:
        kind: Kind = "issue.changed"
        pen(minutes, kind, state=state, **known)
    assert list(items("issues", given(pen))) == []


def test_lines_of_another_shape_spoil_no_handover(pen: Writing) -> None:
    kinds: tuple[Kind, ...] = (
        *("disarmed", "armed", "finding.seen", "finding.silenced", "finding.deferred"),
        *("run.opened", "run.step", "remedy.started", "remedy.failed", "remedy.refused"),
        *("issue.changed", "contact.sent", "shift.offered", "shift.taken", "note"),
    )
    for minutes, kind in enumerate(kinds):
        data: dict[str, Any] = {"arming": [1], "finding": 3, "reasons": "no", "plan": [2]}
        data |= {"scopes": 5, "scope": None, "evidence": 1, "severity": [], "deed": 1, "item": {}}
        pen(minutes, kind, f"r{minutes}", act="a", text={"a": 1}, until=7, shift=[], **data)
    assert document(given(pen, board=Board()), words("en", "UTC", NOW)).sections


class Counted(tuple[Entry, ...]):
    """Lines that know how often all of them were gone through."""

    times = 0

    def __iter__(self) -> Iterator[Entry]:
        self.times += 1
        return super().__iter__()


@pytest.mark.parametrize("part", ["open", "tried", "quiet"])
def test_however_much_is_open_the_journal_is_gone_through_as_often(
    tmp_path: Path, part: Part
) -> None:
    times, case = [], CONFIGURATION.cases[DISK.partition("@")[0]]
    for number in (1, 7):
        pen = Writing(tmp_path / f"{number}.jsonl")
        for each in range(number):
            finding = f"{case.id}@site{each}/prod"
            pen.seen(10, finding, "critical", "disk_pct 93")
            pen.opened(11, f"r{each}", finding, "disk_pct 93")
            pen.step(12, f"r{each}", case.steps[0].id, "failed", "nothing to delete")
            pen(13, "finding.silenced", finding=f"{finding}x", until=pen.time(900), reason="y")
        of = given(pen)
        entries, shift = Counted(of.story.entries), Counted(of.story.shift)
        of = replace(of, story=replace(of.story, entries=entries, shift=shift))
        assert len(list(PLOTS[part].items(of, words("en", of.zone, of.now)))) == number
        times.append((entries.times, shift.times))
    assert times[0] == times[1]
