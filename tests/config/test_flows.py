"""flows.yaml: forks, probes in short and at length; what is wrong with them has its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.config import load
from console.config.flows import Flow
from tests.config.desk import CASE, said

CONFIG = Path(__file__).parents[2] / "config"
HEAD = "flows: {f: {title: F, stages: [{id: a, title: A, "

# caption → (what stands in the first stage, what is said; its place stands before it)
WRONG = {
    "after itself": ("after: a}]}}", "no stage a comes before this one"),
    "after a later one": ("after: [b]}, {id: b, title: B}]}}", "no stage b comes before this one"),
    "a source nobody has": (
        "probes: [{source: workload}]}]}}",
        "no such source: workload; did you mean workloads?",
    ),
    "a flow that looks at flows": (
        "probes: [{source: flows}]}]}}",
        "a flow cannot look at flows",
    ),
    "a flow that looks at what is looked at after it": (
        "probes: [{source: sites}]}]}}",
        "a flow cannot look at sites",
    ),
    "counts of what is asked only on demand": (
        "counts: {source: hosts, fact: load1}}]}}",
        "a flow cannot look at hosts",
    ),
    "a fact the source has not": (
        "probes: [{source: workloads, ok: {redy: 1}}]}]}}",
        "workloads has no fact redy; did you mean ready?",
    ),
    "a word the fact never says": (
        "probes: [{source: alarms, arrives: {state: okay}}]}]}}",
        "state is never okay; it is one of ok, alarm, insufficient_data",
    ),
    "a name the estate has not": (
        "probes: [{source: workloads, where: {deployment: signalling}}]}]}}",
        "no such deployment: signalling; did you mean signaling?",
    ),
    "a rate that is no number": (
        "probes: [{source: kafka_lag, rate: verdict}]}]}}",
        "kafka_lag has no number verdict",
    ),
    "seen by a word": (
        "probes: [{source: canaries, seen: state}]}]}}",
        "canaries has no time or number state",
    ),
    "due, but by which fact": (
        "probes: [{source: canaries, every: 5m}]}]}}",
        "every needs the fact by which it is seen (seen)",
    ),
    "what rises is for a case": (
        "probes: [{source: instances, ok: {load1: rising 20% over 30m}}]}]}}",
        "a probe knows no earlier values: what rises or falls is for a case",
    ),
    "counted by a word": (
        "counts: {source: metrics, fact: unit}}]}}",
        "metrics has no number unit",
    ),
    "a cluster nobody named": (
        "kafka: msq}]}}",
        "no such kafka cluster: msq; did you mean msk?",
    ),
    "a scope nobody named": ("}], scope: sakai/stg}}", "no such scope: sakai/stg"),
}


@pytest.mark.parametrize("caption", WRONG)
def test_a_mistake_in_a_flow_is_one_line_with_its_place(caption: str, tmp_path: Path) -> None:
    text, words = WRONG[caption]
    (line,) = said(tmp_path, {"cases/hot.yaml": CASE, "flows.yaml": HEAD + text})
    place, _, what = line.partition(": flows.f.")
    assert place.startswith("flows.yaml:1:")
    assert words in what


def test_a_stage_comes_after_the_one_before_unless_it_says_otherwise() -> None:
    stages = [
        {"id": "a", "title": "A"},
        {"id": "b", "title": "B"},
        {"id": "c", "title": "C", "after": "a"},
        {"id": "d", "title": "D", "after": ["b", "c"]},
        {"id": "e", "title": "E", "after": []},
    ]
    flow = Flow.model_validate({"title": "F", "stages": stages})
    assert flow.before == {"a": (), "b": ("a",), "c": ("a",), "d": ("b", "c"), "e": ()}
    assert flow.depth == {"a": 0, "b": 1, "c": 1, "d": 1, "e": 0}


def test_the_shipped_flows_are_the_life_of_an_alarm_of_a_heartbeat_and_of_an_order() -> None:
    flows = load(CONFIG, environ={}).flows.flows
    assert set(flows) >= {"alarm", "heartbeat", "orders"}
    alarm = flows["alarm"].before
    assert alarm["event"] == alarm["surveillance"] == alarm["camunda"] == ("rule-chain",)
    assert list(alarm)[:4] == ["gateway", "reporter", "crow-alarm", "dataenricher"]
