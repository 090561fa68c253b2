"""Canaries: what their last run says of the site, and when it says nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from console.model import Severity
from console.poll import Context
from console.sources.canaries import Canaries, Canary, every_s
from tests.aws.edge import Asked, Edge, Refused

Make = Callable[..., Context]
LATE = "no run for 16 min, due every 5 min"
OURS = {"account": "prod", "region": "eu-west-3", "prefix": "device", "owner": "ours"}


def run(state: str, ago: float = 1, code: str = "") -> dict[str, Any]:
    at = datetime.now(UTC) - timedelta(minutes=ago)
    return {
        "Id": f"{ago}",
        "Name": "devicemanagement",
        "Status": {"State": state, "StateReasonCode": code},
        "Timeline": {"Started": at, "Completed": at},
    }


def serve(
    edge: Edge,
    last: dict[str, Any] | None,
    *earlier: Any,
    status: str = "RUNNING",
    schedule: str = "rate(5 minutes)",
) -> None:
    canary = {
        "Name": "devicemanagement",
        "Status": {"State": status},
        "Schedule": {"Expression": schedule},
    }
    runs = [{"CanaryName": "devicemanagement", "LastRun": last}] if last else []
    others = [{"CanaryName": "others", "LastRun": run("FAILED")}]
    edge.handlers |= {
        "synthetics.DescribeCanariesLastRun": lambda asked: {"CanariesLastRun": runs + others},
        "synthetics.DescribeCanaries": lambda asked: {"Canaries": [canary]},
        "synthetics.GetCanaryRuns": lambda asked: {"CanaryRuns": [last, *earlier]},
    }


async def only(context: Context) -> Canary:
    (part,) = Canaries().parts(context)
    (row,) = await part.fetch()
    assert isinstance(row, Canary)
    return row


@pytest.mark.parametrize(
    ("last", "status", "state", "severity", "why"),
    [
        (("PASSED",), "RUNNING", "passed", Severity.OK, ""),
        (("FAILED", 1, "CANARY_FAILURE"), "RUNNING", "failed", Severity.CRITICAL, ""),
        (("FAILED", 1, "EXECUTION_FAILURE"), "RUNNING", "canary_error", Severity.WARNING, ""),
        (("RUNNING",), "RUNNING", "running", Severity.UNKNOWN, ""),
        (
            ("PASSED", 16),
            "RUNNING",
            None,
            Severity.UNKNOWN,
            "no run for 16 min, due every 5 min",
        ),
        (("PASSED",), "STOPPED", None, Severity.UNKNOWN, "the canary is stopped"),
        (None, "RUNNING", None, Severity.UNKNOWN, "it never ran"),
    ],
)
async def test_a_canary_says_what_its_last_run_says(
    edge: Edge,
    context: Make,
    last: tuple[Any, ...] | None,
    status: str,
    state: str | None,
    severity: Severity,
    why: str,
) -> None:
    serve(edge, run(*last) if last else None, status=status)
    row = await only(context(canaries=[OURS]))
    assert (row.state, row.severity, row.missing.get("state", "")) == (state, severity, why)


async def test_a_failing_canary_tells_since_when_from_its_earlier_runs(
    edge: Edge, context: Make
) -> None:
    runs = [run("FAILED", ago) for ago in (1, 6, 11)]
    serve(edge, *runs, run("PASSED", 16), run("FAILED", 21))
    row = await only(context(canaries=[OURS]))
    assert row.since == runs[2]["Timeline"]["Completed"]


async def test_while_it_runs_a_canary_is_as_bad_as_it_was(edge: Edge, context: Make) -> None:
    serve(edge, run("FAILED"))
    (part,) = Canaries().parts(context(canaries=[OURS]))
    await part.fetch()
    serve(edge, run("RUNNING"))
    (row,) = await part.fetch()
    assert isinstance(row, Canary)
    assert (row.state, row.severity) == ("running", Severity.CRITICAL)


async def test_without_schedules_the_runs_are_told_all_the_same(edge: Edge, context: Make) -> None:
    def refuse(asked: Asked) -> dict[str, Any]:
        raise Refused("AccessDeniedException", status=403)

    serve(edge, run("PASSED", ago=50))
    edge.handlers["synthetics.DescribeCanaries"] = refuse
    row = await only(context(canaries=[OURS]))
    assert row.state == "passed"
    assert "DescribeCanaries is not allowed" in row.missing["schedule"]


DAYS_5 = 5 * 24 * 60.0
NO_SCHEDULE: dict[str, tuple[str, float, str]] = {
    "a cron schedule, young enough": ("cron(0 10 * * ? *)", 50, ""),
    "a cron schedule, too old": (
        "cron(0 10 * * ? *)",
        DAYS_5,
        "last run 5 d ago; it has no rate, so 60 min counts",
    ),
    "run once": ("rate(0 minute)", 180, "last run 3 h ago; it has no rate, so 60 min counts"),
    "no right to read it": (
        "",
        DAYS_5,
        "last run 5 d ago; its schedule is not readable, so 60 min counts",
    ),
}


@pytest.mark.parametrize("caption", NO_SCHEDULE)
async def test_an_old_run_says_nothing_where_no_schedule_tells_when_one_is_due(
    edge: Edge, context: Make, caption: str
) -> None:
    def refuse(asked: Asked) -> dict[str, Any]:
        raise Refused("AccessDeniedException", status=403)

    schedule, ago, why = NO_SCHEDULE[caption]
    serve(edge, run("PASSED", ago), schedule=schedule)
    if not schedule:
        edge.handlers["synthetics.DescribeCanaries"] = refuse
    row = await only(context(canaries=[OURS]))
    assert row.missing.get("state", "") == why
    assert row.severity is (Severity.UNKNOWN if why else Severity.OK)


async def test_the_configured_age_is_what_counts_without_a_schedule(
    edge: Edge, context: Make
) -> None:
    serve(edge, run("PASSED", 20 * 60), schedule="cron(0 10 * * ? *)")
    row = await only(context(canaries=[OURS | {"max_age": "25h"}]))
    assert row.severity is Severity.OK


@pytest.mark.parametrize(
    ("expression", "seconds"),
    [
        ("rate(1 minute)", 60),
        ("rate(5 minutes)", 300),
        ("rate(1 hour)", 3600),
        ("rate(0 hour)", None),
        ("cron(0 10 * * ? *)", None),
    ],
)
def test_a_schedule_is_seconds_or_unknown(expression: str, seconds: float | None) -> None:
    assert every_s({"Schedule": {"Expression": expression}}) == seconds


async def test_a_canary_that_is_gone_is_forgotten(edge: Edge, context: Make) -> None:
    serve(edge, run("FAILED", ago=3))
    (part,) = Canaries().parts(context(canaries=[OURS]))
    look = part.fetch.__self__  # type: ignore[attr-defined]
    await part.fetch()
    assert list(look.seen) == ["devicemanagement"]
    edge.handlers["synthetics.DescribeCanariesLastRun"] = lambda asked: {"CanariesLastRun": []}
    look.described = {}
    assert await part.fetch() == ()
    assert look.seen == {}
