"""How long a check looks that has no timeout: as long as the reads take that it needs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from console import checklist
from console.config import load
from console.findings import policy_of
from console.match import Policy
from console.model import plain
from tests.cases.desk import AT, board, instance, row, snapshot
from tests.cases.test_checklist import LOW, load_, sheet

CONFIG = Path(__file__).parents[2] / "config"
RATE = {"source": "metrics", "where": {"id": "rate", "value": "> 0"}}
SLOW = Policy(periods={("metrics", "rate"): 300.0, ("instances", "mem_pct"): 900.0})

# caption → (the check, seconds between two questions, seconds that it looks)
PATIENCE: dict[str, tuple[dict[str, Any], float, float]] = {
    "one read": ({"check": LOW}, 60, 300),
    "ten reads, a minute each": ({"check": LOW, "samples": 10}, 60, 720),
    "ten reads, five seconds each": ({"check": LOW, "samples": 10}, 5, 300),
    "the grace comes before": ({"check": LOW, "samples": 10, "grace": "2m"}, 60, 840),
    "a point every five minutes, asked each minute": ({"check": RATE, "samples": 2}, 60, 1200),
    "the slowest of several": ({"check": {"any": [LOW, RATE]}, "samples": 2}, 60, 1200),
    "what is written counts": ({"check": LOW, "samples": 10, "timeout": "4m"}, 60, 240),
}


@pytest.mark.parametrize("caption", PATIENCE)
def test_a_check_has_the_time_that_its_reads_take(caption: str) -> None:
    keys, every, seconds = PATIENCE[caption]
    run = sheet({"id": "a", **keys})
    told = {"scope": "sakai/prod", "site": "sakai", "env": "prod", "id": "rate", "value": 1}
    seen = (
        load_(9, AT).snapshots["instances", "p"],
        snapshot("metrics", row("metrics", AT, **told)),
    )
    parts = board(*(replace(one, interval=float(every)) for one in seen))
    _, (began, *_) = checklist.advance(run.run, run.case, parts, run.now, SLOW)
    assert began.data["due"] == plain(AT + timedelta(seconds=seconds))


def test_ten_reads_a_minute_apart_verify_a_check_without_a_timeout() -> None:
    run = sheet({"id": "a", "check": LOW, "samples": 10})
    assert run.look(load_(3, AT)) == "a:now"
    for _ in range(8):
        assert run.look(load_(3, run.now.estate + timedelta(seconds=60)), 60) == "a:now"
    assert run.look(load_(3, run.now.estate + timedelta(seconds=60)), 60) == "a:verified closed"


def test_the_period_of_each_metric_is_known_to_checklists() -> None:
    estate = (configuration := load(CONFIG, environ={})).estate
    slow = next(one for one in estate.metrics if one.period == 300.0)
    assert policy_of(configuration).periods[slow.of, slow.fact or slow.id] == 300.0


def test_what_a_check_wants_to_be_absent_is_none_and_what_nobody_knows_is_unknown() -> None:
    absent = {"source": "instances", "where": {"env": "prod", "load1": None}}
    for missing, told in (({}, "none"), ({"load1": "not told"}, "unknown")):
        run = sheet({"id": "a", "check": absent, "samples": 2})
        seen = replace(instance(AT, "sakai/prod", load1=None), missing=missing)
        run.look(board(snapshot("instances", seen)))
        assert run.run.steps[0].now == f"web-1 load1 {told}"
