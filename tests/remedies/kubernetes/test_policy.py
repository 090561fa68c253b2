"""`oncall policy`: enough for what the console really asks, and nothing that nobody needs."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from moto.iam.policy_validation import IAMPolicyDocumentValidator

from console.cli import main
from console.closer.looking import Closer
from console.commands.init import shipped
from console.commands.policy_aws import Grant, merged, policy
from console.commands.policy_kafka import acls
from console.commands.policy_kafka import policy as kafka_policy
from console.commands.policy_kubernetes import objects
from console.config import Configuration, load
from console.config.plans import RemedyKind
from console.kubernetes.refusal import right
from console.lab.lab import Lab
from console.model import Order, Ref
from console.model.closer import LookCloser, ReadIt
from console.poll import poll_once
from console.remedies import EVERY, REMEDIES
from console.sources.workloads import Workloads
from tests.kubernetes.cluster import NAME
from tests.lab.test_aws_sources import SOURCES, console_on
from tests.remedies.kubernetes.desk import WORLD, act, configured
from tests.remedies.kubernetes.test_pod_command import CLEAN, friday

LIMIT = 6144  # characters of a managed policy, blanks not counted
READ = re.compile(r"[a-z0-9-]+:(Describe|List|Get|FilterLogEvents$)")


@pytest.fixture(scope="module")
def configuration() -> Configuration:
    return load(shipped(), environ={})


def actions(document: dict[str, Any]) -> set[str]:
    return {action for one in document["Statement"] for action in one["Action"]}


def test_the_documents_are_ones_iam_takes(configuration: Configuration) -> None:
    documents = [policy(configuration, name) for name in configuration.estate.accounts]
    documents += [kafka_policy(configuration, name) for name in configuration.estate.kafka]
    for document in documents:
        text = json.dumps(document, separators=(",", ":"))
        assert len(text) <= LIMIT
        IAMPolicyDocumentValidator(text).validate()


async def test_every_call_of_a_look_at_aws_is_allowed() -> None:
    async with Lab(kafka="off") as lab, console_on(lab) as context:
        for source in SOURCES:
            for part in source.parts(context):
                assert (await poll_once(part)).trouble is None
        configuration = load(shipped(), environ=lab.env)
        accounts = {one.id: name for name, one in configuration.estate.accounts.items()}
        services = {"monitoring": "cloudwatch", "tagging": "tag"}
        services["resourcegroupstaggingapi"] = "tag"
        asked = {
            (accounts[one["account"]], services.get(one["vendor"], one["vendor"]), one["operation"])
            for one in lab.log.entries
            if one["vendor"] not in ("sts", "webhook")
        }
    assert len(asked) > 9
    for account, service, operation in asked:
        assert f"{service}:{operation}" in actions(policy(configuration, account))


def test_who_may_do_nothing_reads_only(configuration: Configuration) -> None:
    nothing = configuration.remedies.model_copy(update={"remedies": {}})
    looking = replace(configuration, remedies=nothing)
    for account in looking.estate.accounts:
        assert all(READ.match(action) for action in actions(policy(looking, account)))
    names = {one["metadata"]["name"] for one in objects(looking, NAME)}
    assert names == {"oncall-look"}
    kafka = actions(kafka_policy(looking, "msk-prod"))
    assert {one.partition(":")[2][:8] for one in kafka} == {"Connect", "Describe"}


def test_writes_are_allowed_on_what_the_allow_list_names_alone(
    configuration: Configuration,
) -> None:
    document = policy(configuration, "refinery-prod")
    writing = [s for s in document["Statement"] if not all(map(READ.match, s["Action"]))]
    assert writing and all(one["Resource"] != ["*"] for one in writing)
    for one in writing:
        tagged = one.get("Condition", {}).get("StringEquals", {})
        assert tagged or not any(arn.endswith("*") for arn in one["Resource"])


def test_a_source_that_is_off_needs_no_right(tmp_path: Path) -> None:
    off = {"enabled": False, "every": 60}
    told = WORLD | {
        "accounts": {"a": {"id": "111122223333", "regions": ["eu-west-3"]}},
        "canaries": [{"account": "a", "region": "eu-west-3", "prefix": "x"}],
        "alarms": [{"account": "a", "region": "eu-west-3", "prefix": "x-", "scope": NAME}],
    }
    told["sources"] = {"canaries": off}
    made = policy(configured(tmp_path, estate=told), "a")
    looks = ("DescribeAlarms", "DescribeAlarmHistory", "ListAlarmMuteRules")
    assert actions(made) == {f"cloudwatch:{one}" for one in looks}
    told["sources"] = {"canaries": off, "alarms": off}
    assert policy(configured(tmp_path, estate=told), "a")["Statement"] == []


tags = st.dictionaries(st.sampled_from("ab"), st.sampled_from("123"), max_size=2)
grants = st.builds(
    lambda some, arn, tags: Grant(
        frozenset(some), frozenset({arn}), frozenset((k, frozenset({v})) for k, v in tags.items())
    ),
    st.sets(st.sampled_from("xyz"), min_size=1),
    st.sampled_from("AB"),
    tags,
)


def allows(grants: list[Grant], action: str, arn: str, tagged: dict[str, str]) -> bool:
    return any(
        action in grant.actions
        and arn in grant.arns
        and all(tagged[key] in values for key, values in grant.tags)
        for grant in grants
    )


@given(st.lists(grants, max_size=6))
def test_merging_statements_gives_and_takes_no_right(some: list[Grant]) -> None:
    joined = merged(some)
    assert len(joined) <= len({(g, action) for g in some for action in g.actions})
    for action, arn, a, b in product("xyz", "AB", "123", "123"):
        tagged = {"a": a, "b": b}
        assert allows(some, action, arn, tagged) == allows(joined, action, arn, tagged)


async def test_everything_asked_of_kubernetes_is_allowed() -> None:
    async with friday() as here:
        for part in Workloads().parts(here.hands.context):
            seen = await poll_once(part)
            assert seen.trouble is None
        closer = Closer(here.hands.context, lambda reading: None)
        await closer.grant(LookCloser(seen.rows))
        await closer.grant(ReadIt("events"))
        assert (await act(CLEAN, here.hands)).outcome == "verified"
        signaling = Order("rollout-restart", (Ref("deployment", NAME, "platform/signaling"),))
        assert (await act(signaling, here.hands)).outcome in ("verified", "unknown")
        asked = {one.partition("?")[0] for one in here.lab.kubernetes.requests}
        roles = [o for o in objects(here.hands.configuration, NAME) if o["kind"].endswith("Role")]
    granted = {said for role in roles for said in sayings(role)}
    wanted = {right(*one.split(" ")).replace("get pods/exec", "create pods/exec") for one in asked}
    assert {"get pods/log in namespace platform", "list events in namespace platform"} <= wanted
    assert len(wanted) > 5 and wanted <= granted, wanted - granted


def sayings(role: dict[str, Any]) -> list[str]:
    space = role["metadata"].get("namespace")
    where = f" in namespace {space}" if space else ""
    return [
        f"{verb} {resource}{where}"
        for rule in role["rules"]
        for verb in rule["verbs"]
        for resource in rule["resources"]
    ]


def test_only_named_deployments_may_be_patched(configuration: Configuration) -> None:
    rules = {
        role["metadata"]["namespace"]: rule
        for role in objects(configuration, NAME)
        if role["kind"] == "Role" and role["metadata"]["name"] == "oncall-act"
        for rule in role["rules"]
        if "patch" in rule["verbs"]
    }
    assert "signaling" in rules["platform"]["resourceNames"]
    assert rules["monitoring"]["resourceNames"] == ["alloy", "loki", "prometheus"]


@pytest.mark.parametrize(
    ("security", "lines"),
    [
        pytest.param(
            {"security": "scram", "username": "console", "password": "x"},
            [
                "--allow-principal User:console --operation Describe --cluster",
                "--allow-principal User:console --operation Describe --operation DescribeConfigs "
                "--operation Read --operation Delete --topic t",
                "--allow-principal User:console --operation Describe --operation Read --group g",
            ],
            id="scram",
        ),
        pytest.param({"security": "plaintext"}, ["do not know who asks"], id="plaintext"),
    ],
)
def test_kafka_without_iam_is_granted_by_acls(
    security: dict[str, str], lines: list[str], tmp_path: Path
) -> None:
    kafka = {"bootstrap": "b:9098", "groups": {"g": {"topics": ["t"]}}, **security}
    world = WORLD | {"kafka": {"k": kafka}}
    remedies = {
        "empty": {"kind": "empty-topic", "on": {"topics": ["t"]}},
        "skip": {"kind": "skip-to-end", "on": {"scopes": ["k"], "groups": ["g"]}},
    }
    told = configured(tmp_path, estate=world, remedies={"remedies": remedies})
    made = list(acls(told, "k"))
    assert [wanted in line for wanted, line in zip(lines, made, strict=True)] == [True] * len(lines)


def test_no_right_is_given_for_what_the_program_cannot_do(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ONCALL_LAB", raising=False)
    assert main(["--config", str(shipped()), "policy", "kafka"]) == 0
    out, beside = capsys.readouterr()
    assert ("DeleteTopic" in out) == ("empty-topic" in REMEDIES)
    assert ("no rights for empty-topic" in beside) == ("empty-topic" not in REMEDIES)


def test_each_act_on_kafka_has_its_rights_where_it_acts(tmp_path: Path) -> None:
    kafka = {
        "bootstrap": "b:9098",
        "security": "iam",
        "groups": {"g": {"topics": ["t"]}, "other": {"topics": ["u"]}},
    }
    entries = {kind: {"kind": kind, "on": {"topics": ["t"]}} for kind in KAFKA}
    rights: dict[str, dict[str, str]] = {}
    for kind in KAFKA:
        told = configured(
            tmp_path,
            estate=WORLD | {"kafka": {"k": kafka}},
            remedies={"remedies": {kind: entries[kind]}},
        )
        rights[kind] = {
            resource.rpartition(":")[2].replace("/k/*/", " ").replace("/k/*", ""): " ".join(
                action.removeprefix("kafka-cluster:") for action in one["Action"]
            )
            for one in kafka_policy(told, "k")["Statement"]
            for resource in one["Resource"]
        }
    reads = "DescribeTopicDynamicConfiguration"
    assert rights["empty-topic"] == {
        "cluster": "Connect DescribeCluster",
        "topic t": f"DescribeTopic {reads} ReadData DeleteTopic",
        "topic u": "DescribeTopic",
        "group g": "DescribeGroup AlterGroup",
        "group other": "DescribeGroup",
    }
    assert rights["skip-to-end"]["topic t"] == "DescribeTopic ReadData"
    assert rights["skip-to-end"]["group g"] == "DescribeGroup AlterGroup"
    assert rights["kafka-restore"]["topic t"] == f"DescribeTopic {reads} WriteData"
    assert rights["kafka-restore"]["cluster"] == "Connect DescribeCluster WriteDataIdempotently"
    assert rights["kafka-restore"]["group g"] == "DescribeGroup"


KAFKA = ("empty-topic", "skip-to-end", "kafka-restore")


def test_every_remedy_answers_to_its_own_kind() -> None:
    assert len(REMEDIES) == len(EVERY)
    assert set(REMEDIES) <= set(get_args(RemedyKind))
    taking = {one.kind for one in EVERY if one.takes_instance}
    assert taking == {"ec2-reboot", "ec2-stop-start"}, "the last machine of a site is guarded"


@pytest.mark.parametrize("vendor", ["aws", "kubernetes", "kafka"])
def test_documents_go_to_standard_output_and_their_names_beside(
    vendor: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ONCALL_LAB", raising=False)
    name = {"aws": "rpg-prod", "kubernetes": NAME, "kafka": "msk-prod"}[vendor]
    assert main(["--config", str(shipped()), "policy", vendor, name]) == 0
    out, beside = capsys.readouterr()
    assert list(yaml.safe_load_all(out)) and name in beside
    assert main(["--config", str(shipped()), "policy", vendor, "nobody"]) == 64
    assert name in capsys.readouterr().err
