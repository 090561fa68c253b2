"""What is offered for a finding, on a row; what differs between plans; the first affairs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from console.clerk.aims import Aims
from console.clerk.differing import differences
from console.clerk.signs import signs
from console.config.cases import Case
from console.config.load import Configuration
from console.config.plans import Contacts, Remedies
from console.model import Board, Finding, Now, Order, Ref, Request, Row, Severity, Snapshot
from console.model.affairs import Night
from console.remedies import REMEDIES
from tests.acting.world import Restart, configuration
from tests.widgets import affairs
from tests.widgets.office import STUCK, TEAM

AT = datetime(2026, 11, 24, 20, 32, tzinfo=UTC)
WEB, API = (Ref("deployment", "cluster", f"shop/{name}") for name in ("web", "api"))
POD = Ref("pod", "cluster", "shop/web-1")
TWO = {
    **STUCK,
    "id": "two",
    "offers": ["restart-web"],
    "steps": [{"id": "look", "do": "look"}],
}


def configured(**entry: Any) -> Configuration:
    cases = {one["id"]: Case.model_validate(one) for one in (STUCK, TWO)}
    contacts = Contacts.model_validate({"contacts": {"team": TEAM}})
    return replace(configuration(**entry), cases=cases, contacts=contacts)


def board(*refs: Ref) -> Board:
    rows = tuple(Row(ref=ref, at=AT) for ref in refs)
    return Board().with_(Snapshot("things", "all", 60.0, AT, rows))


def finding(case: str, *evidence: Ref) -> Finding:
    offers = ("restart-web",) if case == "two" else ()
    told = {"evidence": evidence, "scopes": ("cluster",), "offers": offers}
    return Finding(case, case, "cluster", Severity.CRITICAL, AT, **told)  # type: ignore[arg-type]


# caption → (finding, whether all are wanted, the entry of remedies.yaml, what is aimed at)
AIMED = [
    ("its own step first", finding("stuck", WEB), False, {}, ["web"]),
    ("without a step what it offers", finding("two", WEB), False, {}, ["web"]),
    ("and that too when all is asked", finding("two", WEB), True, {}, ["web"]),
    ("one order for each, where one at most", finding("two", WEB, API), True, {}, ["web", "api"]),
    (
        "one for both where the allow-list takes two",
        finding("two", WEB, API),
        True,
        {"max_targets": 2},
        ["web+api"],
    ),
    (
        "what its scope has, where the evidence cannot be acted on",
        finding("two", POD),
        True,
        {},
        ["web", "api"],
    ),
    (
        "never what the allow-list leaves out",
        finding("two", POD),
        True,
        {"on": {"deployments": ["web"]}},
        ["web"],
    ),
    ("a case that is gone", finding("gone", WEB), True, {}, []),
]


def names(orders: tuple[Order, ...]) -> list[str]:
    return ["+".join(ref.name.removeprefix("shop/") for ref in one.targets) for one in orders]


@pytest.mark.parametrize(
    ("found", "every", "entry", "aimed"), [pytest.param(*row[1:], id=row[0]) for row in AIMED]
)
def test_what_could_be_done_about_a_finding(
    found: Finding, every: bool, entry: dict[str, Any], aimed: list[str]
) -> None:
    aims = Aims(configured(**entry), {"rollout-restart": Restart("")})
    orders = aims.of_finding(found, None, board(WEB, API, POD), Now(AT, AT), every)
    assert names(orders) == aimed
    assert {one.run for one in orders} <= {""}, "nobody opened its checklist"


ROWS = [
    ("a row that can be acted on", WEB, ["web"]),
    ("what the row's scope has", POD, ["web", "api"]),
    ("nothing of another scope", Ref("pod", "sakai/prod", "x"), []),
]


@pytest.mark.parametrize(("ref", "aimed"), [pytest.param(*row[1:], id=row[0]) for row in ROWS])
def test_what_may_act_on_a_row(ref: Ref, aimed: list[str]) -> None:
    aims = Aims(configured(), {"rollout-restart": Restart("")})
    assert names(aims.of_row(ref, (ref.scope,), board(WEB, API, POD))) == aimed


LAG, ELSEWHERE = Ref("lag", "msk", "datajs/beats"), Ref("broker", "msk", "1")
KAFKA = ("empty-topic", "skip-to-end", "kafka-restore")


@pytest.mark.parametrize(
    ("ref", "aimed"),
    [
        pytest.param(LAG, ["empty-topic beats", "skip-to-end datajs/beats"], id="its topic"),
        pytest.param(ELSEWHERE, ["skip-to-end datajs/beats"], id="no topic by way of a broker"),
        pytest.param(
            Ref("lag", "msk", "datajs/other"), ["skip-to-end datajs/beats"], id="not on the list"
        ),
    ],
)
def test_of_a_lag_the_topic_may_be_emptied_and_no_row_is_a_copy(ref: Ref, aimed: list[str]) -> None:
    on = {"empty-topic": {"topics": ["beats"]}, "skip-to-end": {"topics": ["beats"]}}
    entries = {kind: {"kind": kind, "on": on.get(kind, {})} for kind in KAFKA}
    made = replace(configured(), remedies=Remedies.model_validate({"remedies": entries}))
    orders = Aims(made, REMEDIES).of_row(ref, ("msk",), board(LAG, ELSEWHERE))
    assert [f"{one.remedy} {one.targets[0].name}" for one in orders] == aimed


OTHER = Request("elasticache", "RebootCacheCluster", {"CacheClusterId": "sakai-redis"})
DIFFERENCES = [
    ("the same", {}, ""),
    ("more is lost", {"loses": ("212 jobs",)}, "now 212 jobs"),
    ("another request", {"requests": (OTHER,)}, "CacheNodeIdsToReboot: ['0001']}, now"),
    ("no name to type", {"typed": ""}, "name to type: was sakai-redis, now none"),
    ("another scope", {"scopes": ("sakai/stg",)}, "scopes: was sakai/prod, now sakai/stg"),
]


@pytest.mark.parametrize(
    ("change", "said"), [pytest.param(*row[1:], id=row[0]) for row in DIFFERENCES]
)
def test_what_differs_is_said_in_one_sentence(change: dict[str, Any], said: str) -> None:
    told = differences(affairs.PLAN, replace(affairs.PLAN, **change))
    assert len(told) == bool(said) and said in "".join(told)


def test_the_first_affairs_name_scopes_contacts_and_cases() -> None:
    configured_ = configured()
    told = signs(configured_)
    assert told.title("sakai/prod") == "堺/prod" and told.title("cluster") == "cluster"
    assert told.contacts["team"].channels == ("phone +33-1",) and not told.sends("team")
    assert told.able == {"stuck", "two"} and "restart-web" in told.offers


NIGHT = {
    "id": "night",
    "title": "the night",
    "severity": "warning",
    "when": [{"source": "maintenance", "where": {"cluster": "cluster", "phase": "over"}}],
    "steps": [
        {"id": "restart", "run": "restart-web", "auto": True, "target": {"deployment": "web"}},
        {"id": "look", "check": {"source": "workloads", "where": {"ready": 1}}, "auto": True},
        {"id": "again", "run": "restart-web"},
    ],
}


def test_a_night_says_what_it_would_do_alone_and_what_must_be_armed() -> None:
    cases = {one["id"]: Case.model_validate(one) for one in (STUCK, NIGHT)}
    set_ = replace(configuration(on={"scopes": ["*/prod", "none"]}), cases=cases)
    (night,) = signs(set_).nights
    assert night == Night(
        "night",
        "the night",
        ("cluster", "sakai/prod", "kawasaki/prod"),
        empties=False,
        steps=("restart-web: web",),
    )
    entry = {"kind": "empty-topic", "on": {"scopes": ["cluster"]}}
    set_ = replace(configuration(**entry), cases=cases)
    (night,) = signs(set_).nights
    assert night.scopes == ("cluster",) and night.empties
