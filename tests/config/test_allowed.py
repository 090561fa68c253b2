"""What an entry of the allow-list may act on: one answer, whoever asks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from console.acting.guards import allowed
from console.clerk.aims import allows
from console.commands.init import shipped
from console.commands.policy_aws import policy as aws_policy
from console.commands.policy_kafka import policy as kafka_policy
from console.commands.policy_kubernetes import objects
from console.config import Configuration, load
from console.config.plans import Remedies
from console.model import Ref
from tests.acting.test_guards import allowance, circumstances

WEB = Ref("deployment", "eks", "platform/web")
POD = Ref("pod", "eks", "platform/web-7d9c-x2")
LAG = Ref("lag", "msk", "datajs/crow.alarm")
TOPIC = Ref("topic", "msk", "crow.alarm")
HOST = Ref("instance", "sakai/prod", "i-1")

TABLE: list[tuple[str, dict[str, list[str]], Ref, str]] = [
    ("no list at all", {}, WEB, ""),
    ("its scope", {"scopes": ["eks"]}, WEB, ""),
    ("another scope", {"scopes": ["msk"]}, WEB, "eks"),
    ("a pattern of scopes", {"scopes": ["ek*"]}, WEB, ""),
    ("every site's production", {"scopes": ["*/prod"]}, HOST, ""),
    ("every site's staging", {"scopes": ["*/stg"]}, HOST, "sakai/prod"),
    ("its namespace", {"namespaces": ["platform"]}, WEB, ""),
    ("another namespace", {"namespaces": ["monitoring"]}, WEB, "namespace platform"),
    ("its Deployment", {"deployments": ["web"]}, WEB, ""),
    ("another Deployment", {"deployments": ["api"]}, WEB, "deployment web"),
    ("one list of two", {"namespaces": ["x"], "deployments": ["web"]}, WEB, "namespace platform"),
    ("the other lists are exact", {"deployments": ["we*"]}, WEB, "deployment web"),
    ("a Pod of the namespace", {"namespaces": ["platform"]}, POD, ""),
    ("a Pod of another", {"namespaces": ["monitoring"]}, POD, "namespace platform"),
    ("nobody knows a Pod's Deployment", {"deployments": ["web"]}, POD, "pod platform/web-7d9c-x2"),
    ("its topic", {"topics": ["crow.alarm"]}, TOPIC, ""),
    ("another topic", {"topics": ["output"]}, TOPIC, "topic crow.alarm"),
    ("a topic has no group", {"groups": ["datajs"]}, TOPIC, "topic crow.alarm"),
    ("topics and groups", {"topics": ["crow.alarm"], "groups": ["g"]}, TOPIC, "topic crow.alarm"),
    ("a lag's topic", {"topics": ["crow.alarm"]}, LAG, ""),
    ("a lag's group", {"groups": ["datajs"], "topics": ["crow.alarm"]}, LAG, ""),
    ("another group's lag", {"groups": ["g"]}, LAG, "group datajs"),
    ("a group with slashes", {"groups": ["a/b"]}, Ref("lag", "msk", "a/b/output"), ""),
    ("a machine has no namespace", {"namespaces": ["platform"]}, HOST, "instance i-1"),
]


@pytest.mark.parametrize(("caption", "on", "ref", "outside"), TABLE, ids=[t[0] for t in TABLE])
def test_the_offer_and_the_guard_say_the_same(
    caption: str, on: dict[str, list[str]], ref: Ref, outside: str
) -> None:
    entry = allowance(on=on)
    said = allowed(
        circumstances(
            plan={"targets": (ref,), "scopes": (ref.scope,)},
            acts_on=frozenset({ref.kind}),
            allowance=entry,
        )
    )
    assert said.ok == allows(entry, ref) == (not outside)
    assert said.ok or f"may not act on {outside} (" in said.said


def with_entries(configuration: Configuration, **entries: dict[str, Any]) -> Configuration:
    return replace(configuration, remedies=Remedies.model_validate({"remedies": entries}))


PRINTED: list[tuple[str, dict[str, Any], str]] = [
    ("a Deployment's", {"kind": "rollout-restart", "on": {"scopes": ["eks-v2-pro*"]}}, "patch"),
    (
        "a named one's",
        {"kind": "rollout-restart", "on": {"scopes": ["eks*"], "deployments": ["signaling"]}},
        "signaling",
    ),
    ("a topic's", {"kind": "empty-topic", "on": {"scopes": ["msk-*"]}}, "DeleteTopic"),
    ("a group's", {"kind": "skip-to-end", "on": {"scopes": ["msk-*"]}}, "AlterGroup"),
    ("a machine's", {"kind": "ec2-reboot", "on": {"scopes": ["saka*/prod"]}}, "RebootInstances"),
]


@pytest.mark.parametrize(("caption", "entry", "right"), PRINTED, ids=[p[0] for p in PRINTED])
def test_the_policies_read_patterns_as_the_guard_does(
    caption: str, entry: dict[str, Any], right: str
) -> None:
    def printed(**entries: dict[str, Any]) -> str:
        made = with_entries(load(shipped(), environ={}), **entries)
        kubernetes = list(objects(made, "eks-v2-prod"))
        return f"{kubernetes} {kafka_policy(made, 'msk-prod')} {aws_policy(made, 'refinery-prod')}"

    other = {**entry, "on": {**entry["on"], "scopes": ["nowhere*"]}}
    assert right in printed(r=entry)
    assert right not in printed(r=other) and right not in printed()


def test_only_a_restart_of_a_machine_drains_it_first() -> None:
    entry = {"kind": "elasticache-reboot", "drain_first": True}
    with pytest.raises(ValueError, match="elasticache-reboot drains nothing first: it restarts no"):
        Remedies.model_validate({"remedies": {"reboot": entry}})


@pytest.mark.parametrize("drains", [False, True])
def test_the_right_to_drain_is_asked_only_where_it_is_configured(drains: bool) -> None:
    where = {"scopes": ["tenants/prod"]}
    entry = {"kind": "ec2-reboot", "on": where, "drain_first": drains}
    made = with_entries(load(shipped(), environ={}), reboot=entry)
    account = made.estate.sites["tenants"].environments["prod"].account
    told = {name: str(aws_policy(made, name)) for name in made.estate.accounts}
    for right in ("DeregisterTargets", "RegisterTargets", "DescribeTargetGroupAttributes"):
        for name, rights in told.items():
            assert (right in rights) == (drains and name == account), (right, name)
