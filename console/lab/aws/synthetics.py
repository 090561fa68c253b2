"""Synthetics: canaries and their last runs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count, islice

from console.lab.aws.call import Answer, Asked, Params, Refusal, page
from console.lab.world import Canary, within

TAKES = timedelta(seconds=20)


def describe_canaries(asked: Asked, params: Params) -> Answer:
    """The canaries with their schedules."""
    canaries, token = page(_named(asked, params), params, "MaxResults", "NextToken", 20)
    described = [
        {
            "Id": canary.name,
            "Name": canary.name,
            "Status": {"State": "RUNNING"},
            "Schedule": {"Expression": f"rate({canary.every / 60:g} minutes)"},
        }
        for canary in canaries
    ]
    return {"Canaries": described, **token}


def _runs(canary: Canary, now: datetime) -> Iterator[Answer]:
    """Its finished runs, newest first, without end."""
    for number in count(int((now - TAKES).timestamp() // canary.every), -1):
        started = datetime.fromtimestamp(number * canary.every, UTC)
        outcome = canary.outcome(started)
        failed = {} if outcome == "PASSED" else {"StateReasonCode": outcome}
        word = "FAILED" if failed else "PASSED"
        timeline = {"Started": started, "Completed": started + TAKES}
        status = {"State": word, "TestResult": word, **failed}
        yield {"Id": f"{number}", "Name": canary.name, "Status": status, "Timeline": timeline}


def _named(asked: Asked, params: Params) -> list[Canary]:
    wanted = params.get("Names") or [params.get("Name")]
    found = within(asked.world.canaries, asked.account, asked.region)
    return [canary for canary in found if wanted == [None] or canary.name in wanted]


def describe_canaries_last_run(asked: Asked, params: Params) -> Answer:
    """The last finished run of each canary."""
    canaries, token = page(_named(asked, params), params, "MaxResults", "NextToken", 100)
    runs = [{"CanaryName": one.name, "LastRun": next(_runs(one, asked.now))} for one in canaries]
    return {"CanariesLastRun": runs, **token}


def get_canary_runs(asked: Asked, params: Params) -> Answer:
    """A day of one canary's runs, newest first."""
    found = _named(asked, params)
    if not found:
        raise Refusal("ResourceNotFoundException", f"no canary {params['Name']}", 404)
    day = list(islice(_runs(found[0], asked.now), 288))
    runs, token = page(day, params, "MaxResults", "NextToken", 100)
    return {"CanaryRuns": runs, **token}


OPERATIONS = {
    "DescribeCanaries": describe_canaries,
    "DescribeCanariesLastRun": describe_canaries_last_run,
    "GetCanaryRuns": get_canary_runs,
}
