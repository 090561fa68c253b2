"""Symptoms: what raises a finding, what clears it, and what does neither."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from console.match import Policy
from console.model import Board, Row, Severity, Snapshot, Trouble
from tests.cases.desk import (
    AT,
    REAL,
    Night,
    board,
    cache,
    case,
    instance,
    lag,
    row,
    snapshot,
    workload,
)

Facts = dict[str, Any]
# caption → (test of one fact, facts, raised)
ONE_FACT: dict[str, tuple[str, Facts, bool]] = {
    "more than": ('load1: "> 10"', {"load1": 10.1}, True),
    "not more than": ('load1: "> 10"', {"load1": 10.0}, False),
    "at least": ('load1: ">= 10"', {"load1": 10.0}, True),
    "other than": ('load1: "!= 10"', {"load1": 9.0}, True),
    "equal, as a number": ("load1: 10", {"load1": 10.0}, True),
    "an unknown number is not high": ('load1: "> 10"', {"load1": None}, False),
    "nor is it not high": ('load1: {not: "> 10"}', {"load1": None}, False),
    "known and not high": ('load1: {not: "> 10"}', {"load1": 3.0}, True),
    "unknown is asked": ("load1: null", {"load1": None}, True),
    "known is asked": ("load1: {not: null}", {"load1": 3.0}, True),
    "more than another fact": ('load1: "> vcpus"', {"load1": 5.0, "vcpus": 4}, True),
    "than an unknown one": ('load1: "> vcpus"', {"load1": 5.0, "vcpus": None}, False),
    "one of": ("state: [stopped, stopping]", {"state": "stopping"}, True),
    "none of": ("state: {not: [running, pending]}", {"state": "running"}, False),
    "a pattern": ('name: "*-prod-*"', {"name": "sakai-prod-web-1"}, True),
    "a pattern is the whole word": ("name: sakai", {"name": "sakai-prod-web-1"}, False),
    "a word with a bracket is itself": ('name: "[a]*"', {"name": "[a]b"}, True),
    "the scope": ("scope: sakai/prod", {}, True),
    "another scope": ("scope: sakai/stg", {}, False),
    "the severity": ("severity: critical", {"severity": "critical"}, True),
    "the owner": ("owner: offre", {"owner": "offre"}, True),
    "a moment ago": ("launched_at: within 30m", {"launched_at": AT - timedelta(minutes=29)}, True),
    "long ago": ("launched_at: within 30m", {"launched_at": AT - timedelta(minutes=31)}, False),
    "older": ("launched_at: older than 2d", {"launched_at": AT - timedelta(days=3)}, True),
    "never": ("launched_at: older than 2d", {"launched_at": None}, False),
}


@pytest.mark.parametrize("caption", ONE_FACT)
def test_a_fact_is_tested_as_it_is_written(caption: str) -> None:
    where, facts, raised = ONE_FACT[caption]
    night = Night([case(f"{{source: instances, where: {{{where}}}}}")])
    found = night.look(board(snapshot("instances", instance(AT, **facts))))
    assert [one.scope for one in found] == (["sakai/prod"] if raised else [])


# caption → (test of a lag's verdict, what the row says, raised)
VERDICTS: dict[str, tuple[str, str, bool]] = {
    "one that is asked for": ("[stuck, lost]", "stuck", True),
    "another": ("[stuck, lost]", "ok", False),
    "none of the good ones": ("{not: [ok, idle]}", "stuck", True),
    "one that says nothing is not bad": ("{not: [ok, idle]}", "unknown", False),
    "it is null": ("null", "unknown", True),
    "it is not known": ("{not: null}", "unknown", False),
    "a case may ask for it by name": ("[stuck, unknown]", "unknown", True),
    "or for all others": ("{not: unknown}", "unknown", False),
}


EITHER = """
any:
  - {source: workloads, where: {mem_pct: "> 90"}}
  - {source: workloads, where: {oom_killed_at: within 30m}}
"""
# caption → (facts after the restart, findings that are left)
AFTER: dict[str, tuple[Facts, int]] = {
    "nothing was killed, as far as anybody can tell": ({"mem_pct": 40.0}, 0),
    "a moment ago": ({"mem_pct": 40.0, "oom_killed_at": AT}, 1),
    "how full it is cannot be seen": ({"mem_pct": None}, 1),
}


@pytest.mark.parametrize("caption", AFTER)
def test_what_never_happened_did_not_happen_lately(caption: str) -> None:
    facts, left = AFTER[caption]
    night = Night([case(EITHER)])
    assert night.look(board(snapshot("workloads", workload(AT, mem_pct=95.0))))
    assert len(night.look(board(snapshot("workloads", workload(AT, **facts))), after_s=60)) == left


def test_what_may_have_happened_lately_keeps_a_finding() -> None:
    night = Night([case(EITHER)])
    assert night.look(board(snapshot("workloads", workload(AT, mem_pct=95.0))))
    unread = replace(workload(AT, mem_pct=40.0), missing={"oom_killed_at": "no Pod is read"})
    (left,) = night.look(board(snapshot("workloads", unread)), after_s=60)
    assert left.stale


FAILED = "__consumer_offsets-35 on broker 2 refuses its groups"
UNREAD = "group datajs: b-2:9098 does not answer"
# caption → (test of a coordinator's fault, the fault, why it is not known, raised, left of one)
FAULTS: dict[str, tuple[str, str | None, str, bool, list[str]]] = {
    "there is one": ("{not: null}", FAILED, "", True, ["live"]),
    "there is none": ("{not: null}", None, "", False, []),
    "nobody answered": ("{not: null}", None, UNREAD, False, ["old"]),
    "none is asked": ("null", None, "", True, ["live"]),
    "and there is one": ("null", FAILED, "", False, []),
    "and nobody answered": ("null", None, UNREAD, False, ["old"]),
}


@pytest.mark.parametrize("caption", FAULTS)
def test_that_there_is_no_fault_must_be_known(caption: str) -> None:
    where, fault, why, raised, left = FAULTS[caption]
    condition = f"{{source: kafka_lag, where: {{coordinator_fault: {where}}}}}"
    missing = {"coordinator_fault": why} if why else {}
    seen = board(snapshot("kafka_lag", replace(lag(AT, coordinator_fault=fault), missing=missing)))
    assert bool(Night([case(condition)]).look(seen)) is raised
    night = Night([case(condition)])
    before = lag(AT, coordinator_fault=None if where == "null" else FAILED)
    assert night.look(board(snapshot("kafka_lag", before)))
    assert ["old" if one.stale else "live" for one in night.look(seen, after_s=60)] == left


@pytest.mark.parametrize("caption", VERDICTS)
def test_a_verdict_that_says_nothing_is_null(caption: str) -> None:
    where, verdict, raised = VERDICTS[caption]
    night = Night([case(f"{{source: kafka_lag, where: {{verdict: {where}}}}}")])
    found = night.look(board(snapshot("kafka_lag", lag(AT, verdict=verdict))))
    assert bool(found) is raised


def test_yes_and_no_are_no_numbers() -> None:
    night = Night([case("{source: workloads, where: {disk_pressure: true}}")])
    assert night.look(board(snapshot("workloads", workload(AT, disk_pressure=True))))
    assert not night.look(board(snapshot("workloads", workload(AT, disk_pressure=False))))


# caption → (values over 30 minutes, oldest first; raised by `rising 50% over 30m`)
RISING: dict[str, tuple[list[float | None], bool]] = {
    "it doubled": ([4, 4.7, 5.3, 6, 6.7, 7.3, 8], True),
    "a little": ([4, 4.1, 4.2, 4.3, 4.4, 4.5, 4.6], False),
    "it fell": ([8, 7, 6, 5, 4, 3, 2], False),
    "one spike at the end is no rise": ([4, 4, 4, 4, 4, 4, 12], False),
    "from nothing to something": ([0, 0, 0.5, 1, 1.5, 2, 2.5], True),
    "too little is seen": ([None, None, None, None, None, 4, 9], False),
    "gaps are bridged": ([4, None, 5.3, None, 6.7, None, 8], True),
}


@pytest.mark.parametrize("caption", RISING)
def test_rising_is_read_from_the_rows_own_series(caption: str) -> None:
    values, raised = RISING[caption]
    policy = Policy(spans={("instances", "load1"): 1800.0})
    text = "{source: instances, where: {load1: rising 50% over 30m}}"
    night = Night([case(text)], policy)
    shown = instance(AT, load1=values[-1], series={"load1": values})
    assert bool(night.look(board(snapshot("instances", shown)))) is raised


def test_falling_is_the_other_way_round() -> None:
    policy = Policy(spans={("instances", "load1"): 1800.0})
    night = Night([case("{source: instances, where: {load1: falling 20% over 30m}}")], policy)
    shown = instance(AT, load1=2.0, series={"load1": [8, 7, 6, 5, 4, 3, 2]})
    assert night.look(board(snapshot("instances", shown)))


def test_a_fact_without_a_series_rises_by_what_the_console_saw() -> None:
    night = Night([case("{source: kafka_lag, where: {lag: rising 20% over 10m}}")])
    seen = [
        bool(night.look(board(snapshot("kafka_lag", lag(night.now, lag=100 + 20 * n))), 60))
        for n in range(10)
    ]
    assert seen[:5] == [False] * 5, "half the window is not yet seen"
    assert seen[-1]


FOR = "{source: instances, where: {load1: '> 10'}, for: 3m}"


def hot(night: Night, after_s: float, old_s: float = 0.0, load1: float | None = 13.0) -> list[str]:
    """One look `after_s` later; who was found."""
    at = night.now + timedelta(seconds=after_s)
    seen = board(snapshot("instances", instance(at, load1=load1), old_s=old_s))
    return [f"{one.scope}{' stale' if one.stale else ''}" for one in night.look(seen, after_s)]


# caption → looks (seconds later, age of the evidence, load) and what was found at each
LASTING: dict[str, list[tuple[float, float, float | None, list[str]]]] = {
    "after three minutes": [(0, 0, 13, []), (179, 0, 13, []), (1, 0, 13, ["sakai/prod"])],
    "a dip begins it anew": [(0, 0, 13, []), (170, 0, 9, []), (20, 0, 13, []), (170, 0, 13, [])],
    "stale time does not count": [
        (0, 0, 13, []),
        (100, 0, 13, []),
        (600, 900, 13, []),
        (60, 0, 13, []),
        (79, 0, 13, []),
        (1, 0, 13, ["sakai/prod"]),
    ],
    "unknown time does not count either": [
        (0, 0, 13, []),
        (100, 0, None, []),
        (600, 0, 13, []),
        (180, 0, 13, ["sakai/prod"]),
    ],
    "late evidence still counts": [(0, 0, 13, []), (180, 150, 13, ["sakai/prod"])],
    "once raised, it stays while stale": [
        (0, 0, 13, []),
        (180, 0, 13, ["sakai/prod"]),
        (900, 900, 13, ["sakai/prod stale"]),
        (60, 900, 2, ["sakai/prod stale"]),
        (60, 0, None, ["sakai/prod stale"]),
        (60, 0, 13, ["sakai/prod"]),
        (60, 0, 2, []),
    ],
}


@pytest.mark.parametrize("caption", LASTING)
def test_for_counts_fresh_evidence_on_the_estates_clock(caption: str) -> None:
    night = Night([case(FOR)])
    for number, (after_s, old_s, load1, found) in enumerate(LASTING[caption]):
        assert hot(night, after_s, old_s, load1) == found, number


TROUBLED = Trouble("login expired", REAL, auth_expired=True)
OLD: dict[str, Snapshot] = {
    "older than five intervals": snapshot("instances", instance(AT, load1=13), old_s=301),
    "a failed poll": replace(snapshot("instances", instance(AT, load1=13)), trouble=TROUBLED),
    "slept since": replace(snapshot("instances", instance(AT, load1=13)), slept=True),
    "never answered": Snapshot("instances", "p", 60.0),
}


@pytest.mark.parametrize("caption", OLD)
def test_what_is_old_neither_raises_nor_clears(caption: str) -> None:
    text = "{source: instances, where: {load1: '> 10'}}"
    assert Night([case(text)]).look(board(OLD[caption])) == ()
    night = Night([case(text)])
    (before,) = night.look(board(snapshot("instances", instance(AT, load1=13.2))))
    (after,) = night.look(board(OLD[caption]), 60)
    assert after.stale and replace(after, stale=False) == before


def test_another_accounts_expired_login_clears_and_keeps_nothing_here() -> None:
    night = Night([case("{source: instances, where: {load1: '> 10'}}")])
    dev = Snapshot("instances", "dev", 60.0, trouble=TROUBLED)
    assert night.look(board(snapshot("instances", instance(AT, load1=13)), dev))
    assert not night.look(board(snapshot("instances", instance(AT, load1=3)), dev))


def test_a_thing_that_is_gone_clears_its_finding() -> None:
    night = Night([case("{source: instances, where: {load1: '> 10'}}")])
    assert night.look(board(snapshot("instances", instance(AT, load1=13))))
    assert night.look(board(snapshot("instances"))) == ()


def rows_of(*pairs: tuple[str, Row]) -> Board:
    sources: dict[str, list[Row]] = {}
    for source, one in pairs:
        sources.setdefault(source, []).append(one)
    return board(*(snapshot(source, *each) for source, each in sources.items()))


HOT, FULL = {"load1": 13.0}, {"memory_pct": 95.0}
BOTH = """
- {source: instances, where: {load1: "> 10"}}
- {source: caches, where: {memory_pct: "> 90"}}
"""
# caption → (join, instances' scopes, caches' scopes, findings)
JOINED: dict[str, tuple[str, list[str], list[str], list[str]]] = {
    "both in one scope": ("scope", ["sakai/prod"], ["sakai/prod"], ["sakai/prod"]),
    "in two scopes of a site": ("scope", ["sakai/prod"], ["sakai/stg"], []),
    "in two scopes, joined on the site": ("site", ["sakai/prod"], ["sakai/stg"], ["sakai/prod"]),
    "on two sites": ("site", ["sakai/prod"], ["kashima/prod"], []),
    "joined on nothing": ("none", ["sakai/prod"], ["kashima/prod"], ["sakai/prod"]),
    "one site each": (
        "site",
        ["sakai/prod", "kashima/prod"],
        ["kashima/prod", "sakai/prod"],
        ["kashima/prod", "sakai/prod"],
    ),
}


@pytest.mark.parametrize("caption", JOINED)
def test_all_symptoms_hold_in_one_unit_of_the_join(caption: str) -> None:
    join, hosts, caches, found = JOINED[caption]
    seen = rows_of(
        *(("instances", instance(AT, s, **HOT)) for s in hosts),
        *(("caches", cache(AT, s, **FULL)) for s in caches),
    )
    assert [one.scope for one in Night([case(BOTH, join=join)]).look(seen)] == found


def test_an_inner_all_holds_in_one_unit_of_its_own() -> None:
    text = f"{{all: [{', '.join(line[2:] for line in BOTH.strip().splitlines())}], join: scope}}"
    night = Night([case(text, join="site")])
    apart = rows_of(
        ("instances", instance(AT, "sakai/prod", **HOT)), ("caches", cache(AT, "sakai/stg", **FULL))
    )
    assert not night.look(apart)
    together = rows_of(
        ("instances", instance(AT, "sakai/stg", **HOT)), ("caches", cache(AT, "sakai/stg", **FULL))
    )
    assert [one.scope for one in night.look(together)] == ["sakai/stg"]


def test_any_of_several_is_enough_and_only_what_holds_is_evidence() -> None:
    text = f"{{any: [{', '.join(line[2:] for line in BOTH.strip().splitlines())}]}}"
    seen = rows_of(("instances", instance(AT, load1=2)), ("caches", cache(AT, memory_pct=95)))
    (found,) = Night([case(text)]).look(seen)
    assert [ref.name for ref in found.evidence] == ["sakai-redis"]
    assert found.why == ("caches sakai-redis: memory_pct 95 (rule: > 90)",)


def test_a_window_that_is_closed_holds_nothing() -> None:
    text = "{source: instances, where: {load1: '> 10'}, window: peak}"
    for open_ in (True, False):
        policy = Policy(inside=lambda name, now, open_=open_: open_ and name == "peak")
        night = Night([case(text)], policy)
        assert bool(night.look(board(snapshot("instances", instance(AT, load1=13))))) is open_


def test_a_shared_host_is_one_finding_a_site_and_each_knows_both() -> None:
    shared = instance(AT, "sakai/prod", serves=["kawasaki/prod"], load1=13.2)
    night = Night([case("{source: instances, where: {env: prod, load1: '> 10'}}", join="site")])
    found = {one.scope: one for one in night.look(board(snapshot("instances", shared)))}
    assert set(found) == {"sakai/prod", "kawasaki/prod"}
    for one in found.values():
        assert set(one.scopes) == {"sakai/prod", "kawasaki/prod"}
        assert one.scopes[0] == one.scope
        assert one.evidence == (shared.ref,)


def test_a_shared_host_is_of_the_site_that_asks() -> None:
    shared = instance(AT, "sakai/prod", serves=["kawasaki/prod"], load1=13.2)
    night = Night([case("{source: instances, where: {site: kawasaki, load1: '> 10'}}")])
    assert [o.scope for o in night.look(board(snapshot("instances", shared)))] == ["kawasaki/prod"]


def test_the_sentence_says_which_fact_which_value_which_rule() -> None:
    text = "{source: instances, where: {env: prod, load1: '> 10', state: running}, for: 3m}"
    night = Night([case(text)])
    seen = board(snapshot("instances", instance(AT, load1=13.24, state="running")))
    night.look(seen)
    (found,) = night.look(seen, 180)
    assert found.why == (
        "instances web-1: load1 13.2 (rule: > 10, for 3m), state running (rule: running, for 3m)",
    )
    assert found.since == AT


def test_worst_first_and_what_is_not_ours_last() -> None:
    text = "{source: instances, where: {load1: '> 10'}}"
    each = [
        case(text, id="a", severity="warning"),
        case(text, id="b", severity="critical", ignore=True),
        case(text, id="d", severity="critical"),
    ]
    found = Night(each).look(board(snapshot("instances", instance(AT, load1=13))))
    assert [(one.case, one.severity, one.ignored) for one in found] == [
        ("d", Severity.CRITICAL, False),
        ("a", Severity.WARNING, False),
        ("b", Severity.CRITICAL, True),
    ]


def test_the_remedies_on_offer_are_those_of_the_steps_and_those_besides() -> None:
    steps = [{"id": "a", "run": "reboot"}, {"id": "b", "do": "x"}, {"id": "c", "run": "reboot"}]
    one = case("{source: instances}", steps=steps, offers=["stop", "reboot"])
    (found,) = Night([one]).look(board(snapshot("instances", instance(AT))))
    assert found.offers == ("reboot", "stop")


def test_the_same_case_on_two_sites_is_two_findings() -> None:
    rows = [instance(AT, f"{site}/prod", load1=13) for site in ("sakai", "kashima")]
    night = Night([case("{source: instances, where: {load1: '> 10'}}")])
    assert {one.id for one in night.look(board(snapshot("instances", *rows)))} == {
        "c@sakai/prod",
        "c@kashima/prod",
    }


def test_a_metric_is_called_by_its_id_and_said_with_its_unit() -> None:
    seen = row("metrics", AT, scope="eks", id="push_delay_s", value=240.0, unit="s")
    night = Night([case("{source: metrics, where: {id: push_delay_s, value: '> 60'}}")])
    (found,) = night.look(board(snapshot("metrics", seen)))
    assert found.why == ("metrics push_delay_s: value 240 s (rule: > 60)",)
