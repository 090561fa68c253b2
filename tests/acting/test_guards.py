"""Every guard and the sentence with which it refuses; pure values, no clock, no disk."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from console.acting.arming import FLAG, SLEPT
from console.acting.circumstances import Circumstances, Identified, Past, Window
from console.acting.guards import refusals, weigh
from console.config.plans import Remedy as Allowance
from console.model import (
    Arming,
    Board,
    Finding,
    Now,
    Order,
    Plan,
    Ref,
    Request,
    Row,
    Severity,
    Snapshot,
    Trouble,
)
from console.sources.caches import Cache
from console.sources.instances import Instance

AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ESTATE_AT = datetime(2026, 12, 4, 20, 0, tzinfo=UTC)
PROD, STG, OTHER = "sakai/prod", "sakai/stg", "kawasaki/prod"
MACHINE, TWIN = (Ref("instance", PROD, f"sakai-prod-web-{n}") for n in (1, 2))
CACHE = Ref("cache", PROD, "sakai-prod-redis")
WEB = Ref("deployment", "eks", "platform/web")
ARMED = Arming(frozenset({PROD}), AT + timedelta(minutes=12), "load is 14")


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def machine(ref: Ref, **facts: Any) -> Instance:
    good = {"state": "running", "system_check": "ok", "instance_check": "ok"} | facts
    site, _, env = ref.scope.partition("/")
    kept = {"site": site, "env": env, "instance_id": "i-1", "name": ref.name}
    return Instance(ref=ref, at=ESTATE_AT, **{**kept, **good})


def snapshot(*rows: Row, age: float = 10, **more: Any) -> Snapshot:
    name = "instances" if any(isinstance(row, Instance) for row in rows) else "things"
    return Snapshot(name, "prod", 60.0, AT - timedelta(seconds=age), rows, **more)


def board(*snapshots: Snapshot) -> Board:
    return Board().with_(*snapshots)


GOOD = board(snapshot(machine(MACHINE), machine(TWIN)))
ALLOWED: dict[str, Any] = {"kind": "ec2-reboot", "cool_down": 900, "max_targets": 2}


def allowance(**changes: Any) -> Allowance:
    return Allowance.model_validate(ALLOWED | changes)


def plan_(**changes: Any) -> Plan:
    base: dict[str, Any] = {
        "remedy": "reboot",
        "title": "t",
        "targets": (MACHINE,),
        "scopes": (PROD,),
        "where": (),
        "will": (),
        "loses": (),
        "keeps": (),
        "takes": "",
        "proof": "",
        "requests": (Request("ec2", "RebootInstances"),),
    }
    return Plan(**base | changes)


def circumstances(**changes: Any) -> Circumstances:
    planned = plan_(**changes.pop("plan", {}))
    base: dict[str, Any] = {
        "plan": planned,
        "order": Order("reboot", planned.targets, case="alarms-stuck"),
        "kind": "ec2-reboot",
        "takes_instance": True,
        "acts_on": frozenset({"instance", "cache", "deployment", "topic", "lag", "contact"}),
        "allowance": allowance(),
        "now": Now(ESTATE_AT, AT),
        "board": GOOD,
        "scopes": frozenset({PROD, STG, OTHER, "eks", "msk"}),
        "arming": ARMED,
        "identities": (Identified("prod", True, "prod is 111122223333, as night-shift"),),
    }
    return Circumstances(**base | changes)


def past(ago: float, kind: str = "ec2-reboot") -> tuple[Past, ...]:
    return (Past("reboot", kind, ESTATE_AT - minutes(ago), "akira"),)


def machines(*rows: Row) -> dict[str, Any]:
    return {"board": board(snapshot(*rows))}


def armed_for(*scopes: str) -> dict[str, Any]:
    return {"arming": replace(ARMED, scopes=frozenset(scopes))}


ANOTHER = "prod cannot be verified: the login is of account 9, the estate says 1"
NOTHING = "there is no target; nothing selected never means all"
LAST = "the last healthy instance of sakai/prod: "
HOST = (
    machine(replace(MACHINE, scope=PROD)),
    machine(TWIN),
    machine(replace(TWIN, scope=OTHER)),
)
SHARED_HOST = machines(replace(HOST[0], serves=(OTHER,)), *HOST[1:])
SHARED = {"plan": {"scopes": (PROD, OTHER)}}
ON_WEB = {"plan": {"targets": (WEB,), "scopes": ("eks",)}, **armed_for("eks"), "kind": "rollout"}
ON_WEB["takes_instance"] = False
ON_WEB |= {"board": board(snapshot(Row(ref=WEB, at=ESTATE_AT)))}
TROUBLE = Trouble("the login ran out", AT, auth_expired=True)
CASE = Finding("alarms-stuck", "t", PROD, Severity.WARNING, AT, (CACHE,))
OLD_CACHE = snapshot(
    Cache(ref=CACHE, at=ESTATE_AT, site="sakai", env="prod", cluster_id="c"), age=300
)
KEPT_CACHE = replace(OLD_CACHE.rows[0], kept={"memory_pct": AT - timedelta(seconds=121)})

TOPIC, BEATS = Ref("topic", "msk", "beats"), Ref("lag", "msk", "datajs/beats")
BROKER = Row(ref=Ref("broker", "msk", "1"), at=ESTATE_AT)
LAG, LAG_ELSEWHERE = (
    Row(ref=BEATS, at=ESTATE_AT),
    Row(ref=replace(BEATS, scope="eks"), at=ESTATE_AT),
)
ON_TOPIC = {"plan": {"targets": (TOPIC,), "scopes": ("msk",)}, **armed_for("msk")}
ON_TOPIC |= {"kind": "empty-topic", "takes_instance": False}

REFUSED: list[tuple[str, dict[str, Any], str]] = [
    (
        "a topic of a cluster that no source shows",
        {**ON_TOPIC, "board": board(snapshot(LAG_ELSEWHERE))},
        "nothing is known of beats: no source shows it",
    ),
    (
        "a topic whose cluster's brokers were not asked since",
        {**ON_TOPIC, "board": board(snapshot(BROKER, age=121))},
        "things (prod) was read 121 s ago; 120 s are allowed",
    ),
    (
        "a topic whose readers were not asked since",
        {**ON_TOPIC, "board": board(snapshot(BROKER), replace(snapshot(LAG, age=121), part="lag"))},
        "things (lag) was read 121 s ago; 120 s are allowed",
    ),
    (
        "more to copy than was meant",
        {"plan": {"copies_mb": 2000.4}},
        "2,000 MB are copied first: more than 2000 MB",
    ),
    (
        "nobody knows how much to copy",
        {"plan": {"copies_mb": None}, "allowance": allowance(ask_above_mb=5)},
        "nobody knows how much is copied; it may be more than 5 MB",
    ),
    ("the flag", {"read_only": True}, FLAG),
    ("a second console", {"operator": "another console may act: 7"}, "another console may act: 7"),
    ("disarmed", {"arming": None}, "not armed; sakai/prod must be armed"),
    (
        "expired",
        {"arming": None, "disarmed": "the arming of sakai/prod ended at 11:40 UTC"},
        "the arming of sakai/prod ended at 11:40 UTC; sakai/prod must be armed",
    ),
    (
        "resumed from suspend",
        {"arming": None, "disarmed": SLEPT},
        f"{SLEPT}; sakai/prod must be armed",
    ),
    ("staging armed, production meant", armed_for(STG), "armed for sakai/stg, not for sakai/prod"),
    (
        "a host that also serves another site",
        SHARED | armed_for(PROD) | SHARED_HOST,
        "the target also serves kawasaki/prod, which is not armed",
    ),
    (
        "a plan that leaves out a scope",
        machines(replace(machine(MACHINE), serves=(OTHER,)), machine(TWIN)),
        "the target also serves kawasaki/prod, which the plan leaves out",
    ),
    ("no scope at all", {"plan": {"scopes": ()}}, "the plan names no site and no cluster"),
    (
        "a scope that is none",
        {"plan": {"scopes": (PROD, "sakai/prd")}},
        "sakai/prd: there is no such scope in the estate",
    ),
    (
        "another scope than allowed",
        {"allowance": allowance(on={"scopes": ["*/stg"]})},
        "reboot may not act on sakai/prod (remedies.yaml)",
    ),
    (
        "another namespace",
        {**ON_WEB, "allowance": allowance(on={"namespaces": ["shop"]})},
        "reboot may not act on namespace platform (remedies.yaml)",
    ),
    (
        "another deployment",
        {**ON_WEB, "allowance": allowance(on={"deployments": ["worker"]})},
        "reboot may not act on deployment web (remedies.yaml)",
    ),
    (
        "a list of another kind of thing",
        {"allowance": allowance(on={"topics": ["a"]})},
        "reboot may not act on instance sakai-prod-web-1 (remedies.yaml)",
    ),
    (
        "a kind it never acts on",
        {"acts_on": frozenset({"cache"})},
        "ec2-reboot does not act on instance sakai-prod-web-1",
    ),
    ("nothing selected", {"plan": {"targets": ()}}, NOTHING),
    ("nothing asked for", {"order": Order("reboot", ())}, NOTHING),
    (
        "a target nobody asked for",
        {"order": Order("reboot", (TWIN,))},
        "the plan acts on sakai-prod-web-1, which nobody asked for",
    ),
    (
        "one target twice",
        {"plan": {"targets": (MACHINE, MACHINE)}},
        "the plan names a target twice",
    ),
    (
        "too many",
        {"plan": {"targets": (MACHINE, TWIN)}, "allowance": allowance(max_targets=1)},
        "2 targets; 1 at most in one act",
    ),
    (
        "no request shown",
        {"plan": {"requests": ()}},
        "the plan does not say which requests it sends",
    ),
    ("another account", {"identities": (Identified("prod", False, ANOTHER),)}, ANOTHER),
    (
        "a target no source shows",
        machines(machine(TWIN)),
        "nothing is known of sakai-prod-web-1: no source shows it",
    ),
    (
        "an old row",
        {"board": board(snapshot(machine(MACHINE), machine(TWIN), age=121))},
        "instances (prod) was read 121 s ago; 120 s are allowed",
    ),
    (
        "a row of a quick source",
        {"board": board(replace(snapshot(machine(MACHINE), machine(TWIN), age=21), interval=10.0))},
        "instances (prod) was read 21 s ago; 20 s are allowed",
    ),
    (
        "a row of a slow source",
        {
            "board": board(
                replace(snapshot(machine(MACHINE), machine(TWIN), age=125), interval=300.0)
            )
        },
        "instances (prod) was read 125 s ago; 120 s are allowed",
    ),
    (
        "a row from before the sleep",
        {"board": board(snapshot(machine(MACHINE), machine(TWIN), slept=True))},
        "instances (prod) was read 10 s ago; 120 s are allowed",
    ),
    (
        "a failed source",
        {"board": board(snapshot(machine(MACHINE), machine(TWIN), trouble=TROUBLE))},
        "instances (prod) cannot be read: the login ran out",
    ),
    (
        "the case's evidence is old",
        {
            "board": replace(
                board(snapshot(machine(MACHINE), machine(TWIN)), OLD_CACHE), findings=(CASE,)
            )
        },
        "things (prod) was read 300 s ago; 120 s are allowed",
    ),
    (
        "a value that stays although it could not be read again",
        machines(machine(MACHINE, kept={"load1": AT - minutes(9)}), machine(TWIN)),
        "instances (prod): load1 of sakai-prod-web-1 was read 540 s ago and not since;"
        " 120 s are allowed",
    ),
    (
        "a value that stays, of the case's evidence",
        {
            "board": replace(
                board(
                    snapshot(machine(MACHINE), machine(TWIN)),
                    replace(OLD_CACHE, taken_at=AT, rows=(KEPT_CACHE,)),
                ),
                findings=(CASE,),
            )
        },
        "things (prod): memory_pct of sakai-prod-redis was read 121 s ago and not since;"
        " 120 s are allowed",
    ),
    (
        "done a moment ago here",
        {"past": past(4)},
        "done 4 min ago by akira; again in 11 min at the earliest",
    ),
    (
        "done a moment ago, by a clock since set back",
        {"past": past(-3)},
        "done 0 min ago by akira; again in 18 min at the earliest",
    ),
    (
        "a colleague's act at the vendor",
        {"plan": {"last_acted_at": ESTATE_AT - minutes(2), "last_acted_by": "yuki"}},
        "done 2 min ago by yuki; again in 13 min at the earliest",
    ),
    (
        "an act at the vendor of nobody known",
        {"plan": {"last_acted_at": ESTATE_AT - minutes(14.5)}},
        "done 15 min ago by somebody, says the vendor; again in 1 min at the earliest",
    ),
    (
        "the newest counts",
        {"past": past(40) + past(5)},
        "done 5 min ago by akira; again in 10 min at the earliest",
    ),
    (
        "forbidden hours",
        {
            "allowance": allowance(forbidden=["peak"]),
            "open_windows": (Window("peak", "昼のピーク", ESTATE_AT + minutes(30)),),
        },
        "forbidden until 20:30 UTC: 昼のピーク",
    ),
    (
        "another act",
        {"in_flight": "sakai/prod: pid 9 (akira)"},
        "another act is in flight on sakai/prod: pid 9 (akira)",
    ),
    (
        "an act without an end",
        {"unfinished": ("reboot on x was begun; its end is open",)},
        "reboot on x was begun; its end is open: look at it again first",
    ),
    ("the only machine", machines(machine(MACHINE)), LAST + "it has no other"),
    (
        "the other is impaired",
        machines(machine(MACHINE), machine(TWIN, system_check="impaired")),
        LAST + "no other is healthy",
    ),
    (
        "the other's checks are unknown",
        machines(machine(MACHINE), machine(TWIN, instance_check=None)),
        LAST + "no other is healthy",
    ),
    (
        "the other is stopped",
        machines(machine(MACHINE), machine(TWIN, state="stopped")),
        LAST + "no other is healthy",
    ),
    (
        "AWS has just said that it is the last one, the board is behind",
        {"plan": {"alone": (PROD,)}},
        "nothing healthy stands in for it in sakai/prod, says AWS just now",
    ),
    (
        "the last healthy target of two target groups",
        {"plan": {"last_target": ("the last healthy target of a", "the last healthy target of b")}},
        "the last healthy target of a; the last healthy target of b",
    ),
    ("both at once", {"plan": {"targets": (MACHINE, TWIN)}}, LAST + "it has no other"),
    (
        "a replica became primary",
        {"plan": {"role": "primary", "role_needed": "replica"}},
        "the target is primary, the act is for replica",
    ),
    (
        "a role nobody knows",
        {"plan": {"role_needed": "replica"}},
        "the target is of unknown role, the act is for replica",
    ),
    (
        "a journal that cannot be read",
        {"journal": "journal.jsonl:3: the line was changed"},
        "journal.jsonl:3: the line was changed; nothing can be done",
    ),
]


@pytest.mark.parametrize(("caption", "changes", "sentence"), REFUSED)
def test_a_guard_refuses_in_one_sentence(
    caption: str, changes: dict[str, Any], sentence: str
) -> None:
    assert sentence in refusals(weigh(circumstances(**changes)))
    assert "\n" not in sentence


ALONE = {caption for caption, *_ in REFUSED} - {
    *("no scope at all", "a scope that is none", "nothing selected"),
    *("the flag", "nothing asked for", "too many", "both at once", "one target twice"),
    *("a target no source shows", "a failed source"),
}


@pytest.mark.parametrize(
    ("caption", "changes"),
    [(caption, changes) for caption, changes, _ in REFUSED if caption in ALONE],
    ids=[caption for caption, *_ in REFUSED if caption in ALONE],
)
def test_and_nothing_else_refuses(caption: str, changes: dict[str, Any]) -> None:
    assert len(refusals(weigh(circumstances(**changes)))) == 1


PASSED: list[tuple[str, dict[str, Any]]] = [
    ("all is well", {}),
    ("both scopes of a shared host armed", SHARED | armed_for(PROD, OTHER) | SHARED_HOST),
    ("a wildcard allows it", {"allowance": allowance(on={"scopes": ["*/stg", "*/prod"]})}),
    (
        "namespace and deployment are listed",
        {**ON_WEB, "allowance": allowance(on={"namespaces": ["platform"], "deployments": ["web"]})},
    ),
    ("the cool-down is over", {"past": past(15)}),
    ("another kind of act was done", {"past": past(1, "ssm-command")}),
    ("the vendor's act is long ago", {"plan": {"last_acted_at": ESTATE_AT - minutes(60)}}),
    (
        "a row exactly as old as allowed",
        {"board": board(snapshot(machine(MACHINE), machine(TWIN), age=120))},
    ),
    (
        "a value stays that decides nothing here",
        machines(machine(MACHINE), machine(TWIN, kept={"load1": AT - minutes(9)})),
    ),
    (
        "another case's evidence is old",
        {
            "board": replace(
                board(snapshot(machine(MACHINE), machine(TWIN)), OLD_CACHE),
                findings=(replace(CASE, case="x"),),
            )
        },
    ),
    (
        "another window is open",
        {
            "allowance": allowance(forbidden=["peak"]),
            "open_windows": (Window("night", "", ESTATE_AT),),
        },
    ),
    (
        "a cache needs no second machine",
        {
            "plan": {"targets": (CACHE,)},
            "kind": "elasticache-reboot",
            "takes_instance": False,
            "board": board(replace(OLD_CACHE, taken_at=AT)),
        },
    ),
    (
        "a machine that is stopped serves nobody, and is started again",
        {"plan": {"last_target": ("the last healthy target of a",), "finishes": "x-1"}},
    ),
    ("it still is a replica", {"plan": {"role": "replica", "role_needed": "replica"}}),
    (
        "a contact is on no board",
        {
            "plan": {"targets": (Ref("contact", PROD, "dev"),)},
            "kind": "notify",
            "takes_instance": False,
            "board": Board(),
        },
    ),
]


@pytest.mark.parametrize(("caption", "changes"), PASSED, ids=[caption for caption, _ in PASSED])
def test_nothing_is_against_it(caption: str, changes: dict[str, Any]) -> None:
    assert refusals(weigh(circumstances(**changes))) == ()


def test_the_guard_says_the_age_of_the_oldest_value_that_decides() -> None:
    kept = machine(MACHINE, kept={"load1": AT - timedelta(seconds=100)})
    guards = weigh(circumstances(**machines(kept, machine(TWIN))))
    assert "what decides was read at most 100 s ago" in [one.said for one in guards]


def test_only_the_typed_name_lifts_the_guard_of_the_last_instance() -> None:
    for alone in (machines(machine(MACHINE)), {"plan": {"alone": (PROD,)}}):
        guards = weigh(circumstances(**alone))
        assert refusals(guards) and refusals(guards, [""])
        assert refusals(guards, ["SAKAI-PROD-WEB-1"])
        assert refusals(guards, ["sakai-prod-web-1"]) == ()
        assert [one.guard for one in guards if one.override] == ["last instance"]


def test_nothing_that_is_typed_lifts_any_other_guard() -> None:
    typed = ["sakai-prod-web-1", "", "yes", "force", "read-only", "armed", PROD]
    for caption, changes, sentence in REFUSED:
        if not sentence.startswith(("the last healthy instance", "nothing healthy stands in")):
            assert sentence in refusals(weigh(circumstances(**changes)), typed), caption
