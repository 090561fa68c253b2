"""The row of a site: the worst of what is known of it, and never better than what is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console import derive as deriving
from console.config import Estate
from console.config.amazon import Behind
from console.config.schema import Environment, Identity, Selector, Site
from console.config.schema import Metric as MetricConfig
from console.issues.reading import UNREAD
from console.model import Board, Now, Ref, Row, Severity, Snapshot, Trouble, fact_names, facts
from console.model.issues import Issue
from console.poll import Given
from console.sources.alarms import Alarm
from console.sources.caches import Cache
from console.sources.databases import Database
from console.sources.instances import Instance
from console.sources.metrics import Metric
from console.sources.sites import INPUTS, SiteHealth, Sites
from console.sources.targets import TargetGroup

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)  # the estate's clock
REAL = datetime(2030, 1, 1, tzinfo=UTC)
PLACE = "refinery-prod/ap-northeast-1"
OK, UNKNOWN, WARNING, CRITICAL = Severity


def environment(**given: object) -> Environment:
    named: dict[str, object] = {
        "account": "refinery-prod",
        "region": "ap-northeast-1",
        "instances": (Selector(id="i-1"),),
        "caches": (Selector(id="r-1"),),
        "alarm_prefix": "sakai-prod-",
    }
    return Environment(**named | given)  # type: ignore[arg-type]


HTTP = MetricConfig(id="alb_http_5xx", site="sakai", env="prod", namespace="n", name="n")
BARE = environment(instances=(), caches=(), alarm_prefix="")
ESTATE = Estate(
    estate=Identity(name="e", title="e"),
    sites={
        "sakai": Site(title="堺 Sakai", environments={"prod": environment()}),
        "kawasaki": Site(title="川崎 Kawasaki", owner="offre", environments={"prod": BARE}),
    },
    metrics=(HTTP,),
)


def instance(name: str = "web-1", **given: object) -> Instance:
    known: dict[str, object] = {
        "state": "running",
        "system_check": "ok",
        "instance_check": "ok",
        "ebs_check": "ok",
        "load1": 1.0,
        "vcpus": 4,
        "mem_pct": 50.0,
        "disk_pct": 60.0,
        "disk_mount": "/",
        "severity": OK,
        "at": NOW,
    }
    ref = Ref("instance", "sakai/prod", name)
    named: dict[str, object] = {"ref": ref, "site": "sakai", "env": "prod", "name": name}
    return Instance(instance_id=name, **named | known | given)  # type: ignore[arg-type]


def cache(name: str = "redis", **given: object) -> Cache:
    known: dict[str, object] = {
        "status": "available",
        "memory_pct": 40.0,
        "evictions": 0.0,
        "connections": 200.0,
        "severity": OK,
        "at": NOW,
        "site": "sakai",
        "env": "prod",
    }
    ref = Ref("cache", "sakai/prod", name)
    return Cache(ref=ref, cluster_id=name, **known | given)  # type: ignore[arg-type]


def alarm(name: str, state: str = "alarm", severity: Severity = CRITICAL, **given: object) -> Alarm:
    ref = Ref("alarm", "sakai/prod", name)
    return Alarm(ref=ref, at=NOW, name=name, state=state, severity=severity, **given)  # type: ignore[arg-type]


def errors(value: float | None, severity: Severity = OK, **given: object) -> Metric:
    ref = Ref("metric", "sakai/prod", HTTP.id)
    return Metric(ref=ref, at=NOW, id=HTTP.id, value=value, severity=severity, **given)  # type: ignore[arg-type]


GOOD: dict[str, tuple[Row, ...]] = {
    "instances": (instance(),),
    "caches": (cache(),),
    "alarms": (alarm("sakai-prod-5xx", "ok", OK),),
    "metrics": (errors(0.0),),
}


def board(**rows: tuple[Row, ...]) -> Board:
    each = GOOD | rows
    return Board().with_(*(Snapshot(s, PLACE, 60.0, REAL, each[s]) for s in INPUTS))


def derive(
    of: Board,
    scope: str = "sakai/prod",
    issues: tuple[Issue, ...] | None = None,
    estate: Estate = ESTATE,
) -> SiteHealth:
    rows = Sites().derive(of, Given(estate, Now(NOW, REAL), issues=issues))
    (row,) = [row for row in rows if row.ref.scope == scope]
    assert isinstance(row, SiteHealth)
    return row


def test_a_site_in_order_is_ok_with_all_its_facts() -> None:
    row = derive(board())
    assert (row.title, row.severity, row.at, row.ref) == (
        "堺 Sakai",
        OK,
        NOW,
        Ref("site", "sakai/prod", "sakai"),
    )
    assert (row.instances_ok, row.instances_total, row.load1, row.disk_mount) == (1, 1, 1.0, "/")
    assert (row.cache_status, row.http_5xx, row.alarms) == ("available", 0.0, 0)
    unread = dict.fromkeys(("errors", "known_issues", "late_fixes"), UNREAD)
    assert row.missing == unread, "no register was given"


KNOWN = Issue(number="500-3", site="sakai", title="x", fix_on=date(2026, 11, 24))
LOUD = {
    "metrics": (errors(7.0, WARNING, because=("alb_http_5xx 7 ≥ 5 warning",)),),
    "alarms": (alarm("sakai-prod-5xx", because=("in ALARM",)), alarm("sakai-prod-load")),
}


def test_errors_that_are_only_known_leave_what_else_is_wrong() -> None:
    row = derive(board(**LOUD), issues=(KNOWN,))
    assert (row.errors, row.known_issues, row.issues, row.late_fixes) == (
        *("known_only", 1, ("500-3",), 0),
    )
    assert (row.severity, row.because) == (CRITICAL, ("sakai-prod-load: no reason is known",))
    assert {ref.kind for ref in row.explained} == {"metric", "alarm"}
    alone = derive(board(metrics=LOUD["metrics"]), issues=(KNOWN,))
    assert (alone.severity, alone.because) == (OK, ())


OLD: dict[str, dict[str, object]] = {
    "stale": {"taken_at": REAL - timedelta(minutes=6)},
    "failed": {"trouble": Trouble("no route to AWS", REAL)},
    "never answered": {"taken_at": None, "rows": ()},
}


@pytest.mark.parametrize("caption", OLD)
def test_an_old_rate_of_errors_explains_no_alarm(caption: str) -> None:
    good = board(**LOUD | {"alarms": LOUD["alarms"][:1]})
    assert derive(good, issues=(KNOWN,)).severity is OK
    hurt = replace(good.snapshots["metrics", PLACE], **OLD[caption])  # type: ignore[arg-type]
    row = derive(good.with_(hurt), issues=(KNOWN,))
    assert (row.severity, row.errors, row.explained) == (CRITICAL, None, ())
    assert "sakai-prod-5xx: in ALARM" in row.because and row.missing["errors"]


def test_half_of_a_rate_explains_no_alarm() -> None:
    unread = errors(None, missing={"value": "throttled"})
    other = replace(
        unread, ref=Ref("metric", "sakai/prod", "second_http_5xx"), id="second_http_5xx"
    )
    row = derive(board(**LOUD | {"metrics": (*LOUD["metrics"], other)}), issues=(KNOWN,))
    assert (row.http_5xx, row.errors, row.severity) == (7.0, None, CRITICAL)


def test_errors_of_a_site_without_an_open_issue_are_new() -> None:
    elsewhere = replace(KNOWN, site="kawasaki")
    row = derive(board(metrics=LOUD["metrics"]), issues=(elsewhere, replace(KNOWN, state="fixed")))
    assert (row.errors, row.severity, row.explained) == ("new", WARNING, ())
    assert row.because == ("new errors: alb_http_5xx 7 ≥ 5 warning",)


def test_the_day_of_a_fix_is_the_site_s_own() -> None:
    late = NOW.replace(day=24, hour=15, minute=1)  # past midnight in Tokyo
    site = replace_zone("Asia/Tokyo")
    given = Given(site, Now(late, REAL), issues=(KNOWN,))
    row = next(r for r in Sites().derive(board(metrics=(errors(1.0),)), given))
    assert isinstance(row, SiteHealth)
    assert (row.late_fixes, row.severity) == (1, WARNING)
    assert row.because == ("500-3: its fix was due on 2026-11-24, and it still happens",)


def replace_zone(zone: str) -> Estate:
    sites = {"sakai": ESTATE.sites["sakai"].model_copy(update={"zone": zone})}
    return ESTATE.model_copy(update={"sites": sites})


def test_the_worst_load_is_by_vcpu_and_brings_its_own_trend() -> None:
    small = instance(
        "small", load1=6.0, vcpus=2, load1_trend="rising", series={"load1": (1.0, 6.0)}
    )
    row = derive(board(instances=(instance("big", load1=9.0, vcpus=16), small)))
    assert (row.load1, row.vcpus, row.load1_trend) == (6.0, 2, "rising")
    assert row.series == {"load1": (1.0, 6.0)}


def test_worst_memory_and_disk_may_be_of_two_instances() -> None:
    full = instance("b", disk_pct=93.0, disk_mount="/var", mem_pct=10.0)
    row = derive(board(instances=(instance("a", mem_pct=88.0), full)))
    assert (row.mem_pct, row.disk_pct, row.disk_mount) == (88.0, 93.0, "/var")


SOUND = {
    "running, all checks passed": ({}, 1),
    "no EBS check on this type": ({"ebs_check": "not-applicable"}, 1),
    "stopped": ({"state": "stopped", "system_check": None, "instance_check": None}, 0),
    "not found": ({"state": "not found", "system_check": None, "instance_check": None}, 0),
    "impaired": ({"instance_check": "impaired"}, 0),
    "a volume impaired": ({"ebs_check": "impaired"}, 0),
    "starting": ({"system_check": "initializing"}, 0),
    "state unknown": ({"state": None}, None),
    "a check without an answer": ({"system_check": None}, None),
}


@pytest.mark.parametrize("caption", SOUND)
def test_only_a_running_instance_with_passed_checks_counts_as_ok(caption: str) -> None:
    given, count = SOUND[caption]
    row = derive(board(instances=(instance("web-7", **given),)))
    assert (row.instances_ok, row.instances_total) == (count, 1)
    assert ("web-7" in row.missing.get("instances_ok", "")) == (count is None)


def test_a_value_that_one_instance_lacks_is_said_with_its_name() -> None:
    blind = instance("web-2", mem_pct=None, missing={"mem_pct": "no CloudWatch agent"})
    row = derive(board(instances=(instance("web-1"), blind)))
    assert (row.mem_pct, row.missing["mem_pct"]) == (50.0, "web-2: no CloudWatch agent")
    alone = derive(board(instances=(blind,)))
    assert (alone.mem_pct, alone.missing["mem_pct"]) == (None, "web-2: no CloudWatch agent")


def test_the_worst_cache_gives_the_status() -> None:
    second = cache("r2", status="modifying", memory_pct=91.0, severity=WARNING)
    row = derive(board(caches=(cache("r1"), second)))
    assert (row.cache_status, row.cache_memory_pct, row.severity) == ("modifying", 91.0, WARNING)


def test_muted_and_quiet_alarms_are_not_counted() -> None:
    alarms = (alarm("a"), alarm("b", muted=True, severity=OK), alarm("c", "ok", OK))
    row = derive(board(alarms=alarms))
    assert (row.alarms, row.severity) == (1, CRITICAL)


def test_a_shared_host_counts_for_every_site_it_serves() -> None:
    shared = instance("i-0aaa", load1=13.0, severity=CRITICAL, serves=("kawasaki/prod",))
    row = derive(board(instances=(shared,)), "kawasaki/prod")
    assert (row.load1, row.severity, row.owner) == (13.0, CRITICAL, "offre")


def test_what_is_not_configured_is_unknown_and_says_so() -> None:
    row = derive(board(), "kawasaki/prod")
    assert (row.severity, row.instances_total, row.alarms) == (UNKNOWN, None, None)
    assert row.missing["instances_ok"] == "no instance is configured"
    assert row.missing["cache_status"] == "no cache is configured"
    assert row.missing["http_5xx"] == "no http_5xx metric is configured"
    assert row.missing["alarms"] == "no alarm_prefix is configured"


def test_a_row_is_as_old_as_its_oldest_input() -> None:
    old = NOW - timedelta(minutes=4)
    assert derive(board(caches=(cache(at=old),))).at == old


TROUBLES = {
    "failed": {"trouble": Trouble("no route to AWS", REAL)},
    "the login ran out": {"trouble": Trouble("login expired", REAL, auth_expired=True)},
    "stale": {"taken_at": REAL - timedelta(minutes=6)},
    "slept": {"slept": True},
    "never answered": {"taken_at": None, "rows": ()},
}


@pytest.mark.parametrize("source", INPUTS)
@pytest.mark.parametrize("caption", TROUBLES)
def test_an_input_that_cannot_be_trusted_never_looks_ok(caption: str, source: str) -> None:
    good = board()
    hurt = replace(good.snapshots[source, PLACE], **TROUBLES[caption])  # type: ignore[arg-type]
    assert derive(good.with_(hurt)).severity is UNKNOWN


@pytest.mark.parametrize("source", INPUTS)
def test_a_source_that_is_not_asked_never_looks_ok(source: str) -> None:
    rest = [s for s in board().snapshots.values() if s.source != source]
    row = derive(Board().with_(*rest))
    assert row.severity is UNKNOWN
    assert any("not asked" in why for why in row.missing.values())


def test_another_accounts_trouble_does_not_age_this_site() -> None:
    trouble = Trouble("login expired", REAL, auth_expired=True)
    other = Snapshot("instances", "rpg-prod/eu-west-3", 60.0, None, (), trouble)
    assert derive(board().with_(other)).severity is OK


def test_facts_of_a_failed_input_stay_with_their_old_value() -> None:
    good = board()
    hurt = replace(good.snapshots["instances", PLACE], trouble=Trouble("throttled", REAL))
    row = derive(good.with_(hurt))
    assert (row.load1, row.severity) == (1.0, UNKNOWN)


def test_a_prefix_that_matches_no_alarm_is_said() -> None:
    row = derive(board(alarms=()))
    assert (row.alarms, row.missing["alarms"]) == (0, "no alarm begins with sakai-prod-")


def test_a_value_keeps_its_age_on_the_way_to_the_site() -> None:
    older, young = NOW - timedelta(minutes=6), NOW - timedelta(minutes=2)
    busy = instance("web-1", load1=9.0, ages={"load1": older, "mem_pct": older})
    calm = instance("web-2", mem_pct=80.0, ages={"load1": young, "mem_pct": young})
    told = (errors(0.0, ages={"value": young}),)
    row = derive(board(instances=(busy, calm), metrics=told))
    assert row.ages == {"load1": older, "mem_pct": young, "http_5xx": young}


def test_a_disk_without_data_is_named_beside_the_one_that_is_known() -> None:
    half = instance("web-1", disk_pct=50.0, missing={"disk_pct": "/var: no metric"})
    row = derive(board(instances=(half,)))
    assert (row.disk_pct, row.missing["disk_pct"]) == (50.0, "web-1: /var: no metric")


def test_an_alarm_that_was_told_not_to_ring_does_not_age_its_site() -> None:
    read = NOW - timedelta(minutes=50)
    quiet = replace(alarm("a", "ok", OK), at=read, ages={"state": NOW - timedelta(minutes=1)})
    assert derive(board(alarms=(quiet,))).at == NOW - timedelta(minutes=1)


def test_a_site_says_why_it_is_bad_the_worst_first_and_each_once() -> None:
    hot = instance("web-1", severity=WARNING, because=("mem_pct 88 % ≥ 85 warning",))
    ringing = alarm("sakai-prod-5xx", because=("in ALARM: threshold",))
    slow = errors(7.0, WARNING, because=("alb_http_5xx 7 ≥ 5 warning",))
    seen = board(instances=(hot,), alarms=(ringing,), metrics=(slow,))
    assert derive(seen).because == (
        "sakai-prod-5xx: in ALARM: threshold",
        "web-1: mem_pct 88 % ≥ 85 warning",
        "alb_http_5xx 7 ≥ 5 warning",
    )
    assert derive(board()).because == ()
    lost = replace(seen.snapshots["caches", PLACE], trouble=Trouble("no route", REAL))
    assert derive(board().with_(lost)).because == ("caches: no route",)
    none = derive(board(), "kawasaki/prod")
    assert none.because == ("nothing that could be looked at is configured",)


@pytest.mark.parametrize("source", INPUTS)
@pytest.mark.parametrize("severity", list(Severity))
def test_whatever_is_not_ok_has_a_reason(source: str, severity: Severity) -> None:
    rows = tuple(replace(row, severity=severity) for row in GOOD[source])
    row = derive(board(**{source: rows}))
    assert bool(row.because) is (row.severity is not OK)


SEVERITIES = st.sampled_from(list(Severity))


@given(SEVERITIES, SEVERITIES, SEVERITIES, SEVERITIES)
def test_a_site_is_as_bad_as_its_worst_input(
    a: Severity, b: Severity, c: Severity, d: Severity
) -> None:
    row = derive(
        board(
            instances=(instance(severity=a),),
            caches=(cache(severity=b),),
            alarms=(alarm("x", severity=c),),
            metrics=(errors(1.0, d),),
        )
    )
    assert row.severity is max(a, b, c, d)


@given(st.sets(st.sampled_from(INPUTS)))
def test_every_unknown_fact_has_its_reason(without: set[str]) -> None:
    rows: dict[str, tuple[Row, ...]] = dict.fromkeys(without, ())
    row = derive(board(**rows))
    optional = {"load1_trend", "vcpus", "disk_mount"}
    unknown = {name for name, value in facts(row) if value is None} - optional
    assert unknown <= set(row.missing)
    assert set(row.missing) <= set(fact_names(SiteHealth))


SELDOM: dict[str, dict[str, Any]] = {
    "databases": {"databases": (Selector(id="d"),)},
    "targets": {"targets": (Behind(load_balancer="b"),)},
}


@pytest.mark.parametrize("source", SELDOM)
@pytest.mark.parametrize("caption", TROUBLES)
def test_a_site_never_looks_ok_that_has_what_nobody_knows(caption: str, source: str) -> None:
    site = Site(title="堺", environments={"prod": environment(**SELDOM[source])})
    estate = ESTATE.model_copy(update={"sites": {"sakai": site}})
    good = Snapshot(source, PLACE, 300.0, REAL - timedelta(seconds=290), ())
    assert derive(board().with_(good), estate=estate).severity is OK, "as old as it may be"
    told: dict[str, object] = {"taken_at": REAL - timedelta(hours=6)}
    told = told if caption == "stale" else TROUBLES[caption]
    hurt = replace(good, **told)  # type: ignore[arg-type]
    row = derive(board().with_(hurt), estate=estate)
    assert row.severity is UNKNOWN and row.because[0].startswith(f"{source}: ")


GROUPS = [
    ("nobody serves its host names", CRITICAL, CRITICAL),
    ("one target is left", WARNING, WARNING),
    ("no load balancer uses it, or its turn to be asked comes yet", UNKNOWN, OK),
]


@pytest.mark.parametrize(("caption", "own", "of_site"), GROUPS, ids=[one[0] for one in GROUPS])
def test_a_target_group_in_trouble_is_its_sites_trouble(
    caption: str, own: Severity, of_site: Severity
) -> None:
    named = {"ref": Ref("targets", "sakai/prod", "g"), "at": NOW, "site": "sakai", "env": "prod"}
    row = TargetGroup(severity=own, because=(caption,), group="g", **named)  # type: ignore[arg-type]
    site = derive(board().with_(Snapshot("targets", PLACE, 300.0, REAL, (row,))))
    assert site.severity is of_site
    assert site.because == ((f"g: {caption}",) if of_site > OK else ())


def test_a_database_in_trouble_is_its_sites_trouble_and_makes_nothing_old() -> None:
    why = "6.9 sessions are active on 2 vCPUs"
    ref = Ref("database", "sakai/prod", "db")
    named = {"ref": ref, "at": NOW, "site": "sakai", "env": "prod", "db_id": "db"}
    row = Database(severity=WARNING, because=(why,), **named)  # type: ignore[arg-type]
    seldom = Snapshot("databases", PLACE, 300.0, REAL - timedelta(seconds=290), (row,))
    seen = board().with_(seldom)
    assert (derive(seen).severity, derive(seen).because) == (WARNING, (f"db: {why}",))
    unread = Database(severity=UNKNOWN, because=("x",), unread=True, **named)  # type: ignore[arg-type]
    assert derive(board().with_(replace(seldom, rows=(unread,)))).severity is OK
    given_ = Given(ESTATE, Now(NOW, REAL))
    (mine,) = [one for one in deriving.derive(Sites(), seen, given_) if one.part == PLACE]
    assert (mine.interval, mine.taken_at) == (60.0, REAL)
