"""What is recorded is read again as it was, for every kind of row there is."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from console.model import Finding, Row, Snapshot, Trouble
from console.recording.codec import UNREADABLE, of_findings, of_snapshot, to_findings, to_snapshot
from console.sources import row_types
from tests.widgets.hostile import hostile

AT = datetime(2026, 3, 29, 1, 30, 0, 123456, tzinfo=UTC)
TROUBLE = Trouble("it said “no”\n\x1b[31m", AT, auth_expired=True, cure="log in", throttled=True)


@pytest.mark.parametrize("source", row_types())
def test_every_kind_of_row_is_read_as_it_was_written(source: str) -> None:
    kind: type[Row] = row_types()[source]
    rows = (hostile(kind), replace(hostile(kind), series={"load": (None, 0.1, 1e300, -0.0)}))
    snapshot = Snapshot(source, "a/part", 60.0, AT, rows, TROUBLE, slept=True)
    again = to_snapshot(of_snapshot(snapshot))
    assert again == snapshot
    assert [type(row) for row in again.rows] == [kind, kind]


def test_findings_are_read_as_they_were_written() -> None:
    findings = (hostile(Finding), hostile(Finding, deferred_until=None))
    assert to_findings(of_findings(findings)) == findings


def test_a_fact_that_is_gone_is_left_out_and_a_new_one_takes_its_default() -> None:
    told = of_snapshot(Snapshot("metrics", "", 60.0, AT, (hostile(row_types()["metrics"]),)))
    head, _, body = told.partition(b"\n")
    (row,) = json.loads(body)
    row["gone"] = 1
    del row["because"]
    (again,) = to_snapshot(head + b"\n" + json.dumps([row]).encode()).rows
    assert again.because == ()


def test_rows_that_no_longer_fit_are_said_to_be_unreadable_and_never_shown() -> None:
    told = of_snapshot(Snapshot("metrics", "", 60.0, AT, (hostile(row_types()["metrics"]),)))
    head, _, body = told.partition(b"\n")
    (row,) = json.loads(body)
    row["ref"] = 7
    again = to_snapshot(head + b"\n" + json.dumps([row]).encode())
    assert again.rows == ()
    assert again.trouble == Trouble(UNREADABLE, AT)


def test_a_source_that_is_no_more_is_said_to_be_unreadable() -> None:
    again = to_snapshot(of_snapshot(Snapshot("forgotten", "", 60.0, AT)))
    assert again.trouble == Trouble(UNREADABLE, AT)
