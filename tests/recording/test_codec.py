"""What is recorded is read again as it was, for every kind of row there is."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import get_type_hints

import pytest

from console.aws.reading import Redis, Silent
from console.model import Finding, Row, Snapshot, Trouble
from console.recording.codec import UNREADABLE, of_findings, of_snapshot, to_findings, to_snapshot
from console.sources import row_types
from tests.widgets.hostile import hostile

AT = datetime(2026, 3, 29, 1, 30, 0, 123456, tzinfo=UTC)
TROUBLE = Trouble("it said “no”\n\x1b[31m", AT, auth_expired=True, cure="log in", throttled=True)


OTHERS = {"hosts": {"uses": (hostile(Redis), hostile(Silent))}}
"""Facts whose types a row does not say."""


@pytest.mark.parametrize("source", row_types())
def test_every_kind_of_row_is_read_as_it_was_written(source: str) -> None:
    kind: type[Row] = row_types()[source]
    row = hostile(kind, **OTHERS.get(source, {}))
    rows = (row, replace(row, series={"load": (None, 0.1, 1e300, -0.0)}))
    snapshot = Snapshot(source, "a/part", 60.0, AT, rows, TROUBLE, slept=True)
    again = to_snapshot(of_snapshot(snapshot))
    assert again == snapshot
    assert [type(row) for row in again.rows] == [kind, kind]


def test_no_row_has_a_fact_of_unknown_type_that_a_recording_could_not_bring_back() -> None:
    for kind in row_types().values():
        hints = get_type_hints(kind)
        loose = {one.name for one in fields(kind) if "Any" in str(hints[one.name])}
        assert loose == {one.name for one in fields(kind) if "type" in one.metadata}, kind


def test_findings_are_read_as_they_were_written() -> None:
    findings = (hostile(Finding), hostile(Finding, deferred_until=None))
    assert to_findings(of_findings(findings)) == findings


def test_a_fact_that_is_gone_is_left_out_and_a_new_one_takes_its_default() -> None:
    told = of_snapshot(Snapshot("metrics", "", 60.0, AT, (hostile(row_types()["metrics"]),)))
    head, _, body = told.partition(b"\n")
    row = json.loads(body)
    row["gone"] = 1
    del row["because"]
    (again,) = to_snapshot(head + b"\n" + json.dumps(row).encode()).rows
    assert again.because == ()


def test_rows_that_no_longer_fit_are_said_to_be_unreadable_and_never_shown() -> None:
    told = of_snapshot(Snapshot("metrics", "", 60.0, AT, (hostile(row_types()["metrics"]),)))
    head, _, body = told.partition(b"\n")
    row = json.loads(body)
    row["ref"] = 7
    again = to_snapshot(head + b"\n" + json.dumps(row).encode())
    assert again.rows == ()
    assert again.trouble == Trouble(UNREADABLE, AT)


def test_a_source_that_is_no_more_is_said_to_be_unreadable() -> None:
    again = to_snapshot(of_snapshot(Snapshot("forgotten", "", 60.0, AT)))
    assert again.trouble == Trouble(UNREADABLE, AT)


def test_no_call_encodes_more_than_a_row() -> None:
    """The screen waits for each, whatever thread it is on: 10,000 rows took half a second."""
    row = hostile(row_types()["metrics"])
    one, many = (Snapshot("metrics", "", 60.0, AT, (row,) * count) for count in (1, 1000))
    head, line = of_snapshot(one).split(b"\n")
    assert of_snapshot(many).split(b"\n") == [head, *[line] * 1000]
    assert to_snapshot(of_snapshot(many)) == many
