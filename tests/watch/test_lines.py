"""The night as lines: what people read while it goes on, and in the morning."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from console.model import Entry
from console.watch.lines import document, line

AT = datetime(2026, 11, 24, 20, 4, tzinfo=UTC)
DOWN = {"cluster": "msk-prod", "to": "broker_down", "text": "broker 2 left"}
LINES: list[tuple[str, dict[str, Any], str]] = [
    ("watch.phase", DOWN | {"expected": ["it is away"]}, "msk-prod: broker 2 left (expected)"),
    (
        "watch.phase",
        DOWN | {"unexpected": ["two are down", "x"]},
        "msk-prod: broker 2 left. UNEXPECTED: two are down; x",
    ),
    ("watch.phase", DOWN | {"to": "over", "text": "over"}, "msk-prod: over"),
    ("watch.rang", {"why": "broker_down", "text": "its transition says it"}, ""),
    ("watch.rang", {"why": "stopped", "text": "CALL the night"}, "CALL the night"),
    (
        "remedy.started",
        {"step": "restart", "remedy": "r", "unattended": True},
        "restart begun unattended: r",
    ),
    ("remedy.started", {"step": "restart", "remedy": "r"}, "restart begun by akira: r"),
    ("remedy.verified", {"step": "restart", "said": "it did"}, "restart verified: it did"),
    ("remedy.refused", {"remedy": "r", "reasons": ["a", "b"]}, "r refused: a; b"),
    ("run.step", {"step": "over", "event": "began"}, ""),
    ("run.step", {"step": "over", "event": "ended", "outcome": "left_out"}, ""),
    ("run.step", {"step": "over", "event": "ended", "outcome": "verified"}, "over verified"),
    ("finding.acknowledged", {"finding": "", "cluster": "msk-prod"}, "msk-prod: heard by akira"),
    ("disarmed", {"why": "on request"}, "disarmed: on request"),
    ("disarmed", {"why": "\x1b[31mred\x07"}, "disarmed: \ufffd[31mred\ufffd"),
    ("shift.taken", {}, ""),
]


@pytest.mark.parametrize(("kind", "data", "said"), LINES)
def test_a_line_of_the_journal_as_people_read_it(
    kind: str, data: dict[str, Any], said: str
) -> None:
    assert line(Entry(AT, kind, "7f3a", "akira", data)) == said


def test_for_a_program_it_is_the_entry_with_both_times() -> None:
    told = document(Entry(AT, "watch.phase", "", "akira", DOWN), AT)
    assert told["at"] == told["estate"] == "2026-11-24T20:04:00Z"
    assert (told["kind"], told["text"]) == ("watch.phase", "msk-prod: broker 2 left (expected)")
    assert told["data"] == DOWN
