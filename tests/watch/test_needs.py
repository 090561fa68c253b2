"""What a watch asks, and which cases it may judge by that."""

from __future__ import annotations

from datetime import UTC, datetime

from console.commands.init import shipped
from console.config import load
from console.model import Entry
from console.watch.needs import asked, judged, spoken_of

CASES = load(shipped()).cases


def test_a_watch_asks_what_maintenances_and_their_cases_need_and_no_more() -> None:
    wanted = asked(CASES, ())
    assert wanted == {"msk", "kafka_brokers", "kafka_lag", "workloads"}
    assert "instances" in asked(CASES, ["disk-full-site"])


def test_it_judges_no_case_whose_rows_it_does_not_ask() -> None:
    """Else it would write that their findings are gone."""
    own = judged(CASES, asked(CASES, ()))
    assert "msk-maintenance" in own and "coordinator-fault" in own
    assert "alarms-stuck" not in own and "disk-full-site" not in own


def test_findings_of_other_cases_are_not_remembered() -> None:
    own = judged(CASES, asked(CASES, ()))
    at = datetime(2026, 11, 24, tzinfo=UTC)
    kept = Entry(at, "finding.seen", data={"finding": "msk-maintenance@msk-prod"})
    other = Entry(at, "finding.seen", data={"finding": "alarms-stuck@x"})
    note = Entry(at, "note", data={"text": "x"})
    assert spoken_of((kept, other, note), own) == (kept, note)
