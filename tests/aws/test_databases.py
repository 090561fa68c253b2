"""RDS as the console shows it: what a database's sessions wait for, and what nobody could read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from console.aws.databases import cores, pending, planned, sign
from console.aws.insights import (
    HIDDEN,
    LATER,
    LONGEST,
    MOST,
    OFF,
    digest,
    is_lock,
    load_of,
    statement_of,
)
from console.model import Severity
from console.poll import AuthExpired, Context, Failed
from console.sources.databases import Database, Databases
from tests.aws.conftest import site
from tests.aws.edge import Asked, Edge, Refused

Make = Callable[..., Context]
NOW = datetime(2026, 3, 10, 3, 30, tzinfo=UTC)
NAN = float("nan")


def instance(name: str, status: str = "available", **more: Any) -> dict[str, Any]:
    return {
        "DBInstanceIdentifier": name,
        "DBInstanceArn": f"arn:aws:rds:eu-west-3:111122223333:db:{name}",
        "DbiResourceId": f"db-{name.upper()}",
        "DBInstanceClass": "db.m6g.large",
        "DBInstanceStatus": status,
        "Engine": "postgres",
        "AllocatedStorage": 100,
        "PerformanceInsightsEnabled": True,
        **more,
    }


def points(*values: float) -> list[dict[str, Any]]:
    return [{"Timestamp": NOW, "Value": value} for value in values]


def load(total: list[dict[str, Any]], **waits: list[dict[str, Any]]) -> dict[str, Any]:
    """An answer of GetResourceMetrics; `Lock_tuple` stands for `Lock:tuple`."""
    each = [{"Key": {"Metric": "db.load.avg"}, "DataPoints": total}]
    for wait, some in waits.items():
        named = {"db.wait_event.name": wait.replace("_", ":")}
        each.append({"Key": {"Metric": "db.load.avg", "Dimensions": named}, "DataPoints": some})
    return {"MetricList": each}


STATEMENTS = {
    "PartitionKeys": [{"Dimensions": {"db.wait_event.name": n}} for n in ("CPU", "Lock:tuple")],
    "Keys": [
        {
            "Dimensions": {"db.sql_tokenized.statement": "UPDATE x SET a = ?"},
            "Total": 3.0,
            "Partitions": [0.5, 2.5],
        },
        {"Dimensions": {"db.sql_tokenized.statement": "SELECT 1"}, "Total": 1.0},
    ],
}


def serve(edge: Edge, *instances: Any, **answers: Any) -> None:
    edge.handlers |= {
        "rds.DescribeDBInstances": lambda asked: {"DBInstances": list(instances)},
        "rds.DescribePendingMaintenanceActions": lambda asked: {"PendingMaintenanceActions": []},
        "pi.GetResourceMetrics": lambda asked: load(points(0.4, 0.6), CPU=points(0.5)),
        "pi.DescribeDimensionKeys": lambda asked: dict(STATEMENTS),
        "cloudwatch.GetMetricData": lambda asked: {"MetricDataResults": []},
    }
    edge.handlers |= answers


def of(*selectors: dict[str, Any]) -> dict[str, Any]:
    return {"x": site({"prod": {"databases": list(selectors)}})}


async def rows(context: Context) -> list[Database]:
    (part,) = Databases().parts(context)
    return [row for row in await part.fetch() if isinstance(row, Database)]


def looking(context: Context) -> Context:
    context.clients.aws.metrics.focus(["x/prod"])
    return context


CLASSES = [
    ("db.m6g.large", 2),
    ("db.t3.micro", 2),
    ("db.r6i.xlarge", 4),
    ("db.r6i.12xlarge", 48),
    ("db.t2.small", None),
    ("db.r5.4xlarge.tpc2.mem2x", None),
    ("db.serverless", None),
]


@pytest.mark.parametrize(("kind", "number"), CLASSES, ids=[kind for kind, _ in CLASSES])
def test_a_class_tells_its_cores_by_its_name_or_not_at_all(kind: str, number: int | None) -> None:
    assert cores(kind) == number


STATES = [
    ("available", "OK"),
    ("backing-up", "OK"),
    ("modifying", "WARNING"),
    ("rebooting", "WARNING"),
    ("storage-full", "CRITICAL"),
    ("stopped", "CRITICAL"),
    ("incompatible-parameters", "CRITICAL"),
    ("not found", "CRITICAL"),
    (None, "UNKNOWN"),
]


@pytest.mark.parametrize(("status", "severity"), STATES, ids=[str(state) for state, _ in STATES])
def test_a_database_is_as_bad_as_its_status(status: str | None, severity: str) -> None:
    assert sign(status)[0].name == severity


DIGESTS = [
    ("the digest of the vendor stays", "SELECT a WHERE b = ?", "", "SELECT a WHERE b = ?"),
    ("a string and a number are masked", "n = 'Иван' AND id = 4711", "", "n = ? AND id = ?"),
    ("an escaped quote does not end it", r"x = 'it\'s' OR y = 'a''b'", "mysql", "x = ? OR y = ?"),
    ("a backslash is a letter elsewhere", r"a = 'b\' AND c = 'x'", "postgres", "a = ? AND c = ?"),
    ("but not in E''", r"a = E'b\' c' AND d = 'x'", "postgres", "a = ? AND d = ?"),
    ("a quote in a comment", "SELECT 'x' -- it's\n, 'y'", "postgres", "SELECT ? , ?"),
    ("a quote in a long comment", "SELECT /* it's */ 'x'", "postgres", "SELECT ?"),
    ("a comment in a comment", "a /* b /* c */ secret */", "postgres", "a"),
    ("a comment in a string", "a = 'x -- y' AND b = 'z'", "postgres", "a = ? AND b = ?"),
    ("MySQL's own comment", "x = 'a' # it's\n AND y = 'b'", "mysql", "x = ? AND y = ?"),
    ("an operator is none", "SELECT a #>> b", "postgres", "SELECT a #>> b"),
    ("two minuses are none in MySQL", "a --'it\n' AND b", "mysql", "a --? AND b"),
    ("a quote in a name", """SELECT "it's", 'x'""", "postgres", """SELECT "it's", ?"""),
    ("a quote in MySQL's name", "SELECT `it's`, 'x'", "mysql", "SELECT `it's`, ?"),
    ("Oracle's quotes", "SELECT q'[it's x]', 'y' FROM d", "oracle-ee", "SELECT ?, ? FROM d"),
    ("a hexadecimal number", "id = 0xDEADBEEF", "mysql", "id = ?"),
    ("a password", "ALTER USER app PASSWORD secret", "postgres", HIDDEN),
    ("a password in two words", "CREATE USER u IDENTIFIED/**/BY x", "oracle-ee", HIDDEN),
    ("one cut off in a string", "x WHERE n = 'secr", "", "x WHERE n = ?"),
    ("dollar quotes", "SELECT $q$ top $q$, $1", "", "SELECT ?, $1"),
    ("a name with a digit stays", "SELECT a1 FROM t2", "", "SELECT a1 FROM t2"),
    ("double quotes name a column", 'SELECT "a b"', "postgres", 'SELECT "a b"'),
    ("double quotes are a string in MySQL", 'x = "a b"', "mysql", "x = ?"),
    ("comments go", "SELECT a /* by x */ FROM t -- y\nWHERE b", "", "SELECT a FROM t WHERE b"),
    ("a comment that was cut off", "SELECT a /* tel 5", "", "SELECT a"),
    ("lines and controls go", "SELECT\n\t1\x1b[31m", "", "SELECT ?"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("what", "text", "engine", "shown"), DIGESTS, ids=[one[0] for one in DIGESTS]
)
def test_a_statement_is_shown_without_its_literals(
    what: str, text: str, engine: str, shown: str
) -> None:
    assert digest(text, engine) == shown


def test_a_statement_is_bounded() -> None:
    assert len(digest("a " * 10_000)) == LONGEST


WAITS = [
    ("Lock:transactionid", True),
    ("Lock:tuple", True),
    ("wait/lock/table/sql/handler", True),
    ("enq: TX - row lock contention", True),
    ("LCK_M_X", True),
    ("LWLock:buffer_mapping", False),
    ("wait/synch/mutex/innodb/lock_mutex", False),
    ("IO:DataFileRead", False),
    ("CPU", False),
]


@pytest.mark.parametrize(("wait", "lock"), WAITS, ids=[wait for wait, _ in WAITS])
def test_a_lock_is_of_a_row_or_table_and_not_inside_the_engine(wait: str, lock: bool) -> None:
    assert is_lock(wait) is lock


LIES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("no list at all", {}, {}),
    ("no point", load([]), {}),
    ("points that are no numbers", load(points(NAN, NAN)), {}),
    ("negative sessions", load(points(-3.0)), {}),
    ("points without a value", load([{"Timestamp": NOW}]), {}),
    (
        "one bad point among good ones",
        load(points(NAN, 2.0), CPU=points(1.5), Lock_tuple=points(0.5)),
        {"load": 2.0, "lock_load": 0.5, "top_wait": "CPU"},
    ),
]


@pytest.mark.parametrize(("what", "answer", "facts"), LIES, ids=[one[0] for one in LIES])
def test_what_is_no_number_of_sessions_is_nothing(
    what: str, answer: dict[str, Any], facts: dict[str, Any]
) -> None:
    assert load_of(answer) == facts


def test_the_worst_statement_has_its_share_and_what_it_waits_for() -> None:
    told = statement_of(STATEMENTS, 4.0, "postgres")
    wanted = {"top_sql": "UPDATE x SET a = ?", "top_sql_pct": 75.0, "top_sql_wait": "Lock:tuple"}
    assert told == wanted
    assert statement_of({"Keys": [{"Total": NAN}]}, 4.0, "") == {}
    assert statement_of(STATEMENTS, 0.0, "") == {}


def test_what_waits_is_told_and_a_password_never_is() -> None:
    waiting = {"AllocatedStorage": 200, "MasterUserPassword": "****", "EngineVersion": None}
    group = [{"ParameterApplyStatus": "pending-reboot"}]
    said = pending({"PendingModifiedValues": waiting, "DBParameterGroups": group})
    assert said == "AllocatedStorage → 200, a new password, parameters wait for a restart"
    assert pending({}) is None


def test_what_aws_plans_is_told_with_the_first_moment_it_may_happen() -> None:
    later = {"Action": "db-upgrade", "ForcedApplyDate": NOW + timedelta(days=9)}
    soon = {"Action": "system-update", "CurrentApplyDate": NOW}
    assert planned([later, soon, {"Action": "ca-rotation"}]) == (
        "db-upgrade, system-update, ca-rotation",
        NOW,
    )
    assert planned([]) == (None, None)


async def test_a_database_shows_its_sessions_against_its_cores(edge: Edge, context: Make) -> None:
    busy = load(points(4.0), CPU=points(1.0), Lock_tuple=points(3.0))
    serve(edge, instance("a"), **{"pi.GetResourceMetrics": lambda asked: busy})
    (row,) = await rows(looking(context(sites=of({"id": "a"}))))
    assert (row.load, row.vcpus, row.lock_load, row.top_sql_pct) == (4.0, 2, 3.0, 75.0)
    assert row.because == ("4.0 sessions are active on 2 vCPUs", "3.0 sessions wait for a lock")
    assert (row.severity, row.top_sql) == (Severity.WARNING, "UPDATE x SET a = ?")


async def test_databases_are_found_by_tags_and_one_that_is_gone_is_critical(
    edge: Edge, context: Make
) -> None:
    serve(edge, instance("a", TagList=[{"Key": "Site", "Value": "x"}]), instance("b"))
    found = await rows(context(sites=of({"tags": {"Site": "x"}}, {"id": "gone"})))
    told = [(row.db_id, row.status, row.severity.name) for row in found]
    assert told == [("a", "available", "UNKNOWN"), ("gone", "not found", "CRITICAL")]
    assert found[1].missing["load"] == "AWS has no such database"


async def test_where_performance_insights_is_off_its_facts_say_so(
    edge: Edge, context: Make
) -> None:
    serve(edge, instance("a", PerformanceInsightsEnabled=False))
    (row,) = await rows(looking(context(sites=of({"id": "a"}))))
    assert (row.load, row.missing["load"], row.missing["top_sql"]) == (None, OFF, OFF)
    assert not edge.count("pi.GetResourceMetrics")


@pytest.mark.parametrize("code", ["AccessDeniedException", "NotAuthorizedException"])
async def test_without_the_right_only_the_facts_it_costs_are_missing(
    edge: Edge, context: Make, code: str
) -> None:
    def refuse(asked: Asked) -> dict[str, Any]:
        raise Refused(code, status=400)

    serve(edge, instance("a"))
    edge.handlers["pi.DescribeDimensionKeys"] = refuse
    edge.handlers["rds.DescribePendingMaintenanceActions"] = refuse
    (row,) = await rows(looking(context(sites=of({"id": "a"}))))
    assert (row.load, row.top_sql) == (0.5, None)
    assert row.missing["top_sql"] == "prod: pi:DescribeDimensionKeys is not allowed"
    why = "prod: rds:DescribePendingMaintenanceActions is not allowed"
    assert row.missing["maintenance"] == why and "load" not in row.missing


async def test_without_an_answer_to_the_description_there_is_no_row(
    edge: Edge, context: Make
) -> None:
    def refuse(asked: Asked) -> dict[str, Any]:
        raise Refused("AccessDenied", status=403)

    serve(edge, instance("a"))
    edge.handlers["rds.DescribeDBInstances"] = refuse
    with pytest.raises(Failed, match="rds:DescribeDBInstances is not allowed"):
        await rows(context(sites=of({"id": "a"})))


async def test_a_login_that_ran_out_is_no_missing_right(edge: Edge, context: Make) -> None:
    def refuse(asked: Asked) -> dict[str, Any]:
        raise Refused("ExpiredTokenException", status=400)

    serve(edge, instance("a"), **{"pi.GetResourceMetrics": refuse})
    with pytest.raises(AuthExpired):
        await rows(looking(context(sites=of({"id": "a"}))))


async def test_performance_insights_is_asked_of_few_and_first_of_what_a_checklist_looks_at(
    edge: Edge, context: Make
) -> None:
    names = [f"db{number}" for number in range(MOST + 3)]
    serve(edge, *map(instance, names))
    sites = {name: site({"prod": {"databases": [{"id": name}]}}) for name in names}
    made = context(sites=sites)
    made.clients.aws.metrics.focus(f"{name}/prod" for name in names)
    made.clients.aws.metrics.deciding([f"{names[-1]}/prod"])
    (part,) = Databases().parts(made)
    found = {row.db_id: row for row in await part.fetch() if isinstance(row, Database)}
    asked = [name for name, row in found.items() if row.load is not None]
    assert len(asked) == MOST and names[-1] in asked
    assert {row.missing.get("load") for row in found.values()} == {None, LATER}
    assert edge.count("pi.GetResourceMetrics") == MOST
    later = [row for row in await part.fetch() if isinstance(row, Database)]
    again = {row.db_id for row in later if row.load is not None}
    assert again == set(names), "what was read holds, and the others have their turn"


async def test_nobody_looks_and_nothing_is_wrong_so_only_descriptions_are_asked(
    edge: Edge, context: Make
) -> None:
    serve(edge, instance("a"))
    (row,) = await rows(context(sites=of({"id": "a"})))
    assert row.missing["load"] == "not asked: not on the screen and no trouble here"
    assert (row.severity, row.because) == (Severity.UNKNOWN, ("only its status was read",))
    asked = {one.operation for one in edge.log}
    assert asked <= {
        *("rds.DescribeDBInstances", "rds.DescribePendingMaintenanceActions"),
        "sts.GetCallerIdentity",
    }


async def test_a_metric_that_does_not_come_is_unknown_and_never_ok(
    edge: Edge, context: Make
) -> None:
    serve(edge, instance("a"))
    cpu = {"id": "c", "of": "databases", "fact": "cpu_pct", "namespace": "AWS/RDS", "warn": 80}
    cpu |= {"name": "CPUUtilization", "dimensions": {"DBInstanceIdentifier": "{db_id}"}}
    (row,) = await rows(looking(context(sites=of({"id": "a"}), metrics=[cpu])))
    assert (row.cpu_pct, row.severity) == (None, Severity.UNKNOWN)
    assert row.because == ("cpu_pct: CloudWatch failed inside: AWS/RDS CPUUtilization",)
