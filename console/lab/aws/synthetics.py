"""Synthetics: canaries and their last runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from console.lab.aws.call import Answer, Asked, Params, page
from console.lab.world import Canary, within

TAKES = timedelta(seconds=20)


def describe_canaries(asked: Asked, params: Params) -> Answer:
    """The canaries with their schedules."""
    found = within(asked.world.canaries, asked.account, asked.region)
    canaries, token = page(found, params, "MaxResults", "NextToken", 20)
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


def _last_run(canary: Canary, now: datetime) -> Answer:
    done = (now - TAKES).timestamp() // canary.every * canary.every
    started = datetime.fromtimestamp(done, UTC)
    status = {
        "State": canary.state,
        "StateReason": canary.reason,
        "StateReasonCode": canary.reason_code or None,
        "TestResult": "PASSED" if canary.state == "PASSED" else "FAILED",
    }
    timeline = {"Started": started, "Completed": started + TAKES}
    return {"Id": f"{done:.0f}", "Name": canary.name, "Status": status, "Timeline": timeline}


def describe_canaries_last_run(asked: Asked, params: Params) -> Answer:
    """The last finished run of each canary."""
    wanted = params.get("Names")
    found = [
        canary
        for canary in within(asked.world.canaries, asked.account, asked.region)
        if not wanted or canary.name in wanted
    ]
    canaries, token = page(found, params, "MaxResults", "NextToken", 100)
    runs = [{"CanaryName": one.name, "LastRun": _last_run(one, asked.now)} for one in canaries]
    return {"CanariesLastRun": runs, **token}


OPERATIONS = {
    "DescribeCanaries": describe_canaries,
    "DescribeCanariesLastRun": describe_canaries_last_run,
}
