"""Performance Insights: the load of a database by wait and by statement."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from console.lab.aws.call import Answer, Asked, Params, Refusal
from console.lab.world import within

if TYPE_CHECKING:
    from console.lab.aws.rds import Database

LOAD = "db.load.avg"


def _database(asked: Asked, params: Params) -> Database:
    found = within(asked.world.databases, asked.account, asked.region)
    for one in found:
        if one.resource == params["Identifier"]:
            if one.insights:
                return one
            break
    raise Refusal("NotAuthorizedException", "Performance Insights is not enabled", 400)


def _times(params: Params) -> Iterator[datetime]:
    period = int(params.get("PeriodInSeconds") or 60)
    start, end = (int(params[name].timestamp()) for name in ("StartTime", "EndTime"))
    for at in range(-(-start // period) * period, end - period + 1, period):
        yield datetime.fromtimestamp(at, UTC)


def _waits(one: Database) -> dict[str, float]:
    """What its active sessions do, the most frequent first."""
    found: dict[str, float] = {}
    for each in one.doing().values():
        for wait, sessions in each.items():
            found[wait] = found.get(wait, 0.0) + sessions
    return dict(sorted(found.items(), key=lambda pair: -pair[1]))


def _wait(name: str) -> dict[str, str]:
    return {"db.wait_event.name": name, "db.wait_event.type": name.partition(":")[0]}


def _series(asked: Asked, params: Params, sessions: float) -> list[Answer]:
    lie = {"old": float("nan"), "other": -7.0}.get(asked.lie, sessions)
    points = [{"Timestamp": at, "Value": lie} for at in _times(params)]
    return [] if asked.lie == "nothing" else points


def get_resource_metrics(asked: Asked, params: Params) -> Answer:
    """Average active sessions, in all or by what they wait for."""
    one = _database(asked, params)
    found: list[Answer] = []
    for query in params["MetricQueries"]:
        if query["Metric"] != LOAD:
            raise Refusal("InvalidArgumentException", f"the lab has no {query['Metric']}", 400)
        each: list[tuple[Answer, float]] = [({"Metric": LOAD}, sum(_waits(one).values()))]
        if by := query.get("GroupBy"):
            waits = list(_waits(one).items())[: by.get("Limit") or 10]
            each = [({"Metric": LOAD, "Dimensions": _wait(n)}, value) for n, value in waits]
        found += [{"Key": key, "DataPoints": _series(asked, params, v)} for key, v in each]
    return {"Identifier": one.resource, "MetricList": found}


def describe_dimension_keys(asked: Asked, params: Params) -> Answer:
    """Statements by their load, each parted by what it waits for."""
    one = _database(asked, params)
    waits = list(_waits(one))
    each = sorted(one.doing().items(), key=lambda pair: -sum(pair[1].values()))
    keys = [
        {
            "Dimensions": {
                "db.sql_tokenized.id": f"T{number}",
                "db.sql_tokenized.statement": statement,
            },
            "Total": sum(sessions.values()),
            "Partitions": [sessions.get(wait, 0.0) for wait in waits],
        }
        for number, (statement, sessions) in enumerate(each)
    ]
    limit = params["GroupBy"].get("Limit") or 10
    return {"PartitionKeys": [{"Dimensions": _wait(w)} for w in waits], "Keys": keys[:limit]}


OPERATIONS = {
    "GetResourceMetrics": get_resource_metrics,
    "DescribeDimensionKeys": describe_dimension_keys,
}
