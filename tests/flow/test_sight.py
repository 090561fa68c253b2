"""What probes see on rows: what holds, what arrives, what was last seen, what is not known."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from console.config.flows import Probe
from console.match import Truth
from console.model import Ref, Row, Severity, Snapshot
from console.sources.http import HttpCheck, State
from tests.flow.desk import AT, alarm, board, flow, lag, metric, probe, seen, workload

YES, NO, UNKNOWN = Truth.YES, Truth.NO, Truth.UNKNOWN


def short(**facts: Any) -> tuple[Probe, ...]:
    """The probes of a stage written in short."""
    return flow(stages=[{"id": "one", "title": "One", **facts}]).looks["one"]


GROUP, TOPIC = short(group="dataenricher"), short(topic="crow.alarm")
DEPLOYED = short(deployment="dataenricher")
ROBOTS = (probe(source="alarms", where={"name": "v2-*-robot"}, arrives={"state": "ok"}),)
DUE = (probe(source="metrics", where={"id": "age_s"}, seen="value", every="5m", title="robots"),)
BY_SEVERITY = (probe(source="alarms", where={"name": "offre-health"}),)
OFFRE = (probe(source="alarms", where={"name": "offre-*"}, ok={"state": "ok"}),)
ENRICHER = ("dataenricher", "crow.alarm")


def web(state: State, severity: Severity = Severity.WARNING) -> HttpCheck:
    """An address that the estate minds little."""
    ref = Ref("http", "eks", "offre")
    return HttpCheck(ref=ref, at=AT, check="offre", state=state, severity=severity)


@pytest.mark.parametrize(
    ("row", "holds"),
    [
        (web("unreachable"), Truth.NO),
        (web("failed"), Truth.NO),
        (web("wrong"), Truth.NO),
        (web("ok"), Truth.YES),  # slow, or its certificate ends soon
        (web("ok", Severity.CRITICAL), Truth.NO),
    ],
)
def test_what_does_not_work_breaks_its_stage_however_little_the_estate_minds(
    row: HttpCheck, holds: Truth
) -> None:
    on = board(more={"http": Snapshot("http", "offre", 30.0, AT, (row,))})
    assert seen(on, probe(source="http", where={"check": "offre"})).holds is holds
    assert seen(on, probe(source="http", where={"check": "off*"})).holds is holds


# caption → (probes, rows, holds, arrives, rate)
SEEN: dict[str, tuple[tuple[Probe, ...], tuple[Row, ...], Truth, Truth | None, float | None]] = {
    "a group that reads": (GROUP, (lag(*ENRICHER),), YES, YES, 2.0),
    "a group that is stuck": (
        GROUP,
        (lag(*ENRICHER, verdict="stuck", out_per_s=0.0),),
        NO,
        YES,
        0.0,
    ),
    "a group without a verdict yet": (
        GROUP,
        (lag(*ENRICHER, verdict="unknown", out_per_s=None),),
        UNKNOWN,
        UNKNOWN,
        None,
    ),
    "a group whose topic is silent": (GROUP, (lag(*ENRICHER, verdict="silent"),), YES, NO, 2.0),
    "a group with several topics: what it reads of all": (
        short(group="datajs"),
        (lag("datajs", "a"), lag("datajs", "b", out_per_s=3.0)),
        YES,
        YES,
        5.0,
    ),
    "one topic of several is stuck": (
        short(group="datajs"),
        (lag("datajs", "a"), lag("datajs", "b", verdict="stuck")),
        NO,
        YES,
        4.0,
    ),
    "a topic, however its reader fares": (TOPIC, (lag(*ENRICHER, verdict="stuck"),), YES, YES, 2.0),
    "a topic of which no verdict is there yet": (
        TOPIC,
        (lag(*ENRICHER, verdict="unknown"),),
        YES,
        YES,
        2.0,
    ),
    "a topic that two groups read has its records once": (
        TOPIC,
        (lag(*ENRICHER), lag("audit", "crow.alarm")),
        YES,
        YES,
        2.0,
    ),
    "a Deployment": (DEPLOYED, (workload("dataenricher"),), YES, None, None),
    "a Deployment without a Pod": (DEPLOYED, (workload("dataenricher", 0),), NO, None, None),
    "a Deployment nobody knows of yet": (
        DEPLOYED,
        (workload("dataenricher", None),),
        UNKNOWN,
        None,
        None,
    ),
    "another Deployment": (DEPLOYED, (workload("signaling", 0),), UNKNOWN, None, None),
    "every robot is content": (
        ROBOTS,
        (alarm("v2-flood-robot"), alarm("v2-smoke-robot"), alarm("v2-chain", "alarm")),
        YES,
        YES,
        None,
    ),
    "one robot of two is not": (
        ROBOTS,
        (alarm("v2-flood-robot", "alarm"), alarm("v2-smoke-robot")),
        YES,
        NO,
        None,
    ),
    "a robot whose alarm has no data says nothing of what arrives": (
        ROBOTS,
        (alarm("v2-flood-robot", "insufficient_data"), alarm("v2-smoke-robot")),
        YES,
        UNKNOWN,
        None,
    ),
    "an alarm without data breaks nothing": (
        OFFRE,
        (alarm("offre-health", "insufficient_data"),),
        UNKNOWN,
        None,
        None,
    ),
    "without tests the severity decides": (
        BY_SEVERITY,
        (alarm("offre-health", severity=Severity.CRITICAL),),
        NO,
        None,
        None,
    ),
    "a warning works": (
        BY_SEVERITY,
        (alarm("offre-health", severity=Severity.WARNING),),
        YES,
        None,
        None,
    ),
    "an unknown severity is never ok": (
        BY_SEVERITY,
        (alarm("offre-health", severity=Severity.UNKNOWN),),
        UNKNOWN,
        None,
        None,
    ),
}


@pytest.mark.parametrize("caption", SEEN)
def test_what_is_seen(caption: str) -> None:
    probes, rows, holds, arrives, rate = SEEN[caption]
    look = seen(board(*rows), *probes)
    assert (look.holds, look.arrives, look.rate) == (holds, arrives, rate)


@pytest.mark.parametrize(
    ("value", "point", "ago", "late"),
    [
        (120.0, 60.0, 180.0, 0.0),
        (500.0, 60.0, 560.0, 0.0),  # one was missed
        (700.0, 60.0, 760.0, 460.0),  # two were
    ],
)
def test_two_missed_are_overdue(value: float, point: float, ago: float, late: float) -> None:
    look = seen(board(metric("age_s", value, point)), *DUE)
    assert look.seen_at == AT - timedelta(seconds=ago)
    assert look.overdue_s == late
    assert bool(look.why) == bool(late), "what is late is said"


def test_a_time_is_when_it_was_seen() -> None:
    since = AT - timedelta(minutes=20)
    one = probe(source="alarms", where={"name": "run"}, seen="since", every="5m")
    assert seen(board(alarm("run", since=since)), one).overdue_s == 900.0


def test_a_value_that_is_not_there_is_not_known_and_its_reason_is_said() -> None:
    look = seen(board(metric("age_s", None, missing={"value": "the cap is reached"})), *DUE)
    assert look.holds is UNKNOWN and look.seen_at is None
    assert look.why == ("robots: age_s: the cap is reached",)


def test_old_rows_say_nothing_and_the_stage_says_why() -> None:
    look = seen(board(workload("dataenricher", 0), old=60), *DEPLOYED)
    assert look.holds is UNKNOWN
    assert look.why == ("platform/dataenricher: the values of workloads are old",)


def test_a_source_that_did_not_answer_is_told_from_a_row_that_is_not_there() -> None:
    (silent,) = seen(board(), *DEPLOYED).why
    (absent,) = seen(board(workload("signaling")), *DEPLOYED).why
    assert silent == "no answer from workloads"
    assert absent == "nothing of workloads is cluster eks, deployment dataenricher"


def test_what_is_wrong_is_said_with_the_reason_of_the_row() -> None:
    row = lag(*ENRICHER, verdict="stuck", why="committed unmoved for 4 m")
    (why,) = seen(board(row), *GROUP).why
    assert why == "dataenricher/crow.alarm: verdict stuck; committed unmoved for 4 m"
