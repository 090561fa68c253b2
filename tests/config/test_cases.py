from __future__ import annotations

from pathlib import Path

import pytest

from console.config.conditions import FactTest, parse
from tests.config.desk import ESTATE, read, said

CASE = "id: c\ntitle: C\nseverity: warning\n"


def when(condition: str) -> str:
    return f"{CASE}when: [{condition}]"


def steps(*each: str) -> str:
    lines = "".join(f"  - {{{step}}}\n" for step in each)
    return f"{CASE}when: [{{source: instances}}]\nsteps:\n{lines}"


@pytest.mark.parametrize(
    ("written", "test"),
    [
        ("stuck", FactTest("one_of", "stuck", ("stuck",))),
        (3, FactTest("one_of", "3", (3,))),
        (True, FactTest("one_of", "true", (True,))),
        (["ok", "idle"], FactTest("one_of", "one of ok, idle", ("ok", "idle"))),
        ("> 10", FactTest("compare", "> 10", relation=">", number=10)),
        (">=-1.5", FactTest("compare", ">=-1.5", relation=">=", number=-1.5)),
        ("<= 5m", FactTest("compare", "<= 5m", relation="<=", number=300, duration=True)),
        ("< desired", FactTest("compare", "< desired", relation="<", fact="desired")),
        ("rising 20% over 30m", FactTest("rising", "rising 20% over 30m", percent=20, over_s=1800)),
        (
            {"falling": "5 % over 1h"},
            FactTest("falling", "falling 5 % over 1h", percent=5, over_s=3600),
        ),
        ("within 30m", FactTest("within", "within 30m", over_s=1800)),
        ("older than 2d", FactTest("older", "older than 2d", over_s=172800)),
        (None, FactTest("unknown", "unknown")),
        ("unknown", FactTest("one_of", "unknown", ("unknown",))),
        ({"not": None}, FactTest("unknown", "not unknown", negated=True)),
        (
            {"not": ["quiet", "expected"]},
            FactTest("one_of", "not one of quiet, expected", ("quiet", "expected"), negated=True),
        ),
        ({"not": "> 5"}, FactTest("compare", "not > 5", relation=">", number=5, negated=True)),
        ("rising", FactTest("one_of", "rising", ("rising",))),
    ],
)
def test_a_written_test_becomes_a_typed_one(written: object, test: FactTest) -> None:
    assert parse(written) == test


# caption → (condition, what is said after `when[0]…`)
CONDITIONS: dict[str, tuple[str, str]] = {
    "a source that does not exist": (
        "{source: kafka_lags}",
        "c.yaml:4:17: when[0].source: no such source: kafka_lags; did you mean kafka_lag?",
    ),
    "a fact that does not exist": (
        "{source: instances, where: {load_1: 5}}",
        "c.yaml:4:36: when[0].where.load_1: instances has no fact load_1; did you mean load1?",
    ),
    "a word the fact never says": (
        "{source: kafka_lag, where: {verdict: stucked}}",
        "c.yaml:4:45: when[0].where.verdict: verdict is never stucked; it is one of unknown, idle, "
        "ok, catching_up, slow, stuck, rewound, lost, ahead, silent",
    ),
    "what opened the case, before it is open": (
        "{source: instances, shown: true}",
        "c.yaml:4:35: when[0].shown: only a step's check or wait knows what opened the case",
    ),
    "a comparison of a word": (
        "{source: kafka_lag, where: {verdict: '> 5'}}",
        "c.yaml:4:45: when[0].where.verdict: verdict is a word; `> 5` asks for a number",
    ),
    "a word for a number": (
        "{source: instances, where: {load1: high}}",
        "c.yaml:4:43: when[0].where.load1: load1 is a number, never 'high'",
    ),
    "a number for a word": (
        "{source: alarms, where: {name: 5}}",
        "c.yaml:4:39: when[0].where.name: name is a word, never 5",
    ),
    "a number for a switch": (
        "{source: kafka_brokers, where: {up: 0}}",
        "c.yaml:4:44: when[0].where.up: up is true or false, never 0",
    ),
    "a duration for what is no time": (
        "{source: instances, where: {load1: '> 5m'}}",
        "c.yaml:4:43: when[0].where.load1: load1 is not in seconds; "
        "`> 5m` compares it with a duration",
    ),
    "an age of what is no time": (
        "{source: instances, where: {load1: within 5m}}",
        "c.yaml:4:43: when[0].where.load1: load1 is a number; `within 5m` asks for a time",
    ),
    "another fact that is no number": (
        "{source: workloads, where: {ready: '< desird'}}",
        "c.yaml:4:43: when[0].where.ready: workloads has no number desird; did you mean desired?",
    ),
    "a fact that is many values": (
        "{source: kafka_lag, where: {partitions: 3}}",
        "c.yaml:4:48: when[0].where.partitions: partitions is no single value and cannot be tested",
    ),
    "a comparison with nothing": (
        "{source: instances, where: {load1: '>'}}",
        "c.yaml:4:43: when[0].where.load1: compare with a number, a duration such as 5m, "
        "or a fact's name, found '>'",
    ),
    "a rise by nobody knows how much": (
        "{source: instances, where: {load1: rising fast}}",
        "c.yaml:4:43: when[0].where.load1: expected `rising 20% over 30m`, found 'rising fast'",
    ),
    "a not of a not": (
        "{source: instances, where: {load1: {not: {not: 1}}}}",
        "c.yaml:4:43: when[0].where.load1: expected {not: …}, {rising: 20% over 30m} or "
        "{falling: 20% over 30m}",
    ),
    "two forms at once": (
        "{source: instances, any: [{source: caches}]}",
        "c.yaml:4:8: when[0]: a condition is one of source, any, all, step or window",
    ),
    "no form at all": (
        "{for: 5m}",
        "c.yaml:4:8: when[0]: a condition is one of source, any, all, step or window",
    ),
    "where without a source": (
        "{where: {load1: 5}, window: w}",
        "c.yaml:4:8: when[0]: where needs a source",
    ),
    "deep inside any and all": (
        "{any: [{all: [{source: caches, where: {memroy_pct: '> 5'}}]}]}",
        "c.yaml:4:47: when[0].any[0].all[0].where.memroy_pct: caches has no fact memroy_pct; "
        "did you mean memory_pct?",
    ),
    "a window nobody planned": (
        "{window: w2}",
        "c.yaml:4:17: when[0].window: no such window: w2; did you mean w?",
    ),
    "a step before there are any": (
        "{step: a}",
        "c.yaml:4:15: when[0].step: a step's outcome can only be asked in only_if",
    ),
    "a site that is none": (
        "{source: instances, where: {site: [sakai, saka]}}",
        "c.yaml:4:42: when[0].where.site: no such site: saka; did you mean sakai?",
    ),
    "a group nobody watches": (
        "{source: kafka_lag, where: {group: datajs2}}",
        "c.yaml:4:43: when[0].where.group: no such group: datajs2; did you mean datajs?",
    ),
    "a pattern that fits nothing": (
        "{source: workloads, where: {deployment: sig*, namespace: kube-*}}",
        "c.yaml:4:65: when[0].where.namespace: no such namespace: kube-*; there is platform",
    ),
    "a cluster of the other kind": (
        "{source: workloads, where: {cluster: msk}}",
        "c.yaml:4:45: when[0].where.cluster: no such kubernetes cluster: msk; there is eks",
    ),
    "an unknown key": (
        "{source: instances, were: {load1: 5}}",
        "c.yaml:4:28: when[0].were: unknown key; did you mean where?",
    ),
}
WINDOW = 'windows: {w: {title: W, zone: UTC, rrule: FREQ=DAILY, from: "12:00", to: "15:00"}}'


@pytest.mark.parametrize("caption", CONDITIONS)
def test_a_wrong_condition_is_one_line(caption: str, tmp_path: Path) -> None:
    condition, line = CONDITIONS[caption]
    files = {"cases/c.yaml": when(condition), "windows.yaml": WINDOW}
    assert said(tmp_path, files) == [f"cases/{line}"]


STEPS: dict[str, tuple[tuple[str, ...], list[str]]] = {
    "two kinds at once": (
        ("id: a, do: x, run: rollout-restart",),
        ["6:5: steps[0]: a step is exactly one of do, check, wait, run, contact"],
    ),
    "no kind at all": (
        ("id: a, say: why",),
        ["6:5: steps[0]: a step is exactly one of do, check, wait, run, contact"],
    ),
    "a key of another kind": (
        ("id: a, do: x, samples: 3",),
        ["6:5: steps[0]: samples means nothing on a step of kind do"],
    ),
    "a time-out on an act, which has its remedy's deadline": (
        ("id: a, run: rollout-restart, timeout: 5m",),
        ["6:5: steps[0]: timeout means nothing on a step of kind run"],
    ),
    "an outcome that no step has": (
        ("id: a, do: x", "id: b, do: x, only_if: {step: a, outcome: [done, verifed]}"),
        [
            "7:55: steps[1].only_if.outcome[1]: expected done, verified, by_hand, failed, unknown "
            "or skipped, found 'verifed'; did you mean verified?"
        ],
    ),
    "and a single one": (
        ("id: a, do: x", "id: b, do: x, only_if: {step: a, outcome: verifed}"),
        [
            "7:48: steps[1].only_if.outcome: expected done, verified, by_hand, failed, unknown "
            "or skipped, found 'verifed'; did you mean verified?"
        ],
    ),
    "a wait for ever": (
        ("id: a, wait: {source: msk}",),
        ["6:5: steps[0]: a wait needs a timeout"],
    ),
    "an escalation to nobody": (
        ("id: a, do: x, on_fail: escalate",),
        ["1:1: a step escalates, but the case names no contacts"],
    ),
    "an id twice, and a step that only comes later": (
        ("id: a, do: x", "id: a, do: x, only_if: {step: b}", "id: b, do: x"),
        [
            "7:10: steps[1].id: the id a is taken by an earlier step",
            "7:36: steps[1].only_if.step: no step b comes before this one; there is a",
        ],
    ),
    "what is still bad, and no step before it judged how topics are read": (
        (
            "id: a, check: {source: kafka_lag, where: {topic: beat}}",
            "id: b, run: rollout-restart, target: {topics: still-bad}",
            "id: c, check: {source: kafka_lag, where: {topic: beat, verdict: ok}}",
            "id: d, run: rollout-restart, target: {topics: [still-bad]}",
        ),
        [
            "7:44: steps[1].target.topics: still-bad needs an earlier check or wait of"
            " kafka_lag that judges `verdict`",
        ],
    ),
    "a remedy nobody wrote, a contact nobody knows": (
        ("id: a, run: rollout-restrat", "id: b, contact: cegedev"),
        [
            "6:18: steps[0].run: no such remedy: rollout-restrat; did you mean rollout-restart?",
            "7:22: steps[1].contact: no such contact: cegedev; there is offre, ours",
        ],
    ),
    "a target nobody has, and evidence of nothing": (
        ("id: a, run: rollout-restart, target: {deployment: datajs}, evidence: [pods]",),
        [
            "6:56: steps[0].target.deployment: no such deployment: datajs; "
            "there is dataenricher-js, signaling",
            "6:76: steps[0].evidence[0]: no such source: pods",
        ],
    ),
    "a message with a gap nobody fills": (
        ("id: a, contact: offre, message: 'it is {name}'",),
        [
            "6:5: steps[0]: the message's {name} is none of {title}, {scope}, {since}, "
            "{evidence}, {acted}",
        ],
    ),
}


@pytest.mark.parametrize("caption", STEPS)
def test_a_wrong_step_is_one_line(caption: str, tmp_path: Path) -> None:
    each, lines = STEPS[caption]
    found = said(tmp_path, {"cases/c.yaml": steps(*each)})
    assert found == [f"cases/c.yaml:{line}" for line in lines]


def test_a_target_outside_the_remedys_allow_list_is_found_by_day(tmp_path: Path) -> None:
    files = {
        "remedies.yaml": "remedies: {r: {kind: rollout-restart, on: {deployments: [signaling]}}}",
        "cases/c.yaml": steps("id: a, run: r, target: {deployment: dataenricher-js}"),
    }
    assert said(tmp_path, files) == [
        "cases/c.yaml:6:42: steps[0].target.deployment: the remedy r may not act on "
        "dataenricher-js (remedies.yaml, on.deployments)"
    ]


def test_rows_are_only_joined_on_what_they_have(tmp_path: Path) -> None:
    text = CASE + "join: site\nwhen: [{source: instances}, {source: msk}]"
    assert said(tmp_path, {"cases/c.yaml": text}) == [
        "cases/c.yaml:5:38: when[1].source: msk has no site to be joined on"
    ]


def test_examples_speak_of_facts_that_exist(tmp_path: Path) -> None:
    text = when("{source: instances}") + (
        "\nexamples:\n  match:\n    - title: t\n      rows:\n"
        "        instances: [{site: sakai, load1: high, lod1: 3}]\n        instance: []"
    )
    assert said(tmp_path, {"cases/c.yaml": text}) == [
        "cases/c.yaml:9:42: examples.match[0].rows.instances[0].load1: "
        "load1 is a number, never 'high'",
        "cases/c.yaml:9:48: examples.match[0].rows.instances[0].lod1: "
        "instances has no fact lod1; did you mean load1?",
        "cases/c.yaml:10:9: examples.match[0].rows.instance: "
        "no such source; did you mean instances?",
    ]


def test_every_form_of_the_grammar_is_taken(tmp_path: Path) -> None:
    text = """
        id: c
        title: すべて
        severity: critical
        owner: offre
        join: cluster
        when:
          - all:
              - source: kafka_lag
                where: {group: datajs, verdict: [stuck, lost], behind_s: "> 5m"}
              - {source: kafka_brokers, where: {up: true, since: within 10m}, for: 2m}
            join: cluster
            window: w
          - any: [{source: kafka_lag, where: {lag: rising 20% over 30m}}, {window: w}]
        contacts: [offre, ours]
        offers: [rollout-restart]
        can_wait:
          from: Fri 17:00
          until: Mon 09:00
          unless: {source: workloads, where: {mem_pct: "> 95"}}
        steps:
          - {id: a, do: look, say: why, evidence: [kafka_lag]}
          - id: b
            check: {source: kafka_lag, where: {topic: beat, verdict: ok}}
            grace: 120s
            samples: 3
          - id: c
            wait: {source: msk, where: {operation_ended_at: {not: null}}}
            timeout: 4h
            auto: true
          - id: d
            run: rollout-restart
            target: {deployment: signaling}
            only_if: {step: c, outcome: failed}
          - {id: e, run: rollout-restart, target: {topics: still-bad}, on_fail: escalate}
          - id: f
            contact: offre
            message: "{title} {scope}"
            timeout: 15m
            only_if: {any: [{step: d}, {source: msk}]}
    """
    case = read(tmp_path, {"cases/c.yaml": text, "windows.yaml": WINDOW}).cases["c"]
    assert [step.kind for step in case.steps] == ["do", "check", "wait", "run", "run", "contact"]
    assert case.can_wait is not None
    assert (case.can_wait.from_.weekday, str(case.can_wait.until)) == (4, "Mon 09:00")
    assert [leaf.source for leaf in case.when[0].leaves()] == ["kafka_lag", "kafka_brokers"]
    check = case.steps[1].check
    assert check is not None
    assert (set(check.chooses), set(check.judges)) == ({"topic"}, {"verdict"})
    assert case.steps[4].target.topics == ("still-bad",)


def test_a_cluster_that_watches_all_groups_knows_more_than_the_file(tmp_path: Path) -> None:
    estate = ESTATE.replace("groups: {datajs", "all_groups: true, groups: {datajs")
    condition = "{source: kafka_lag, where: {group: anything, topic: whatever}}"
    assert said(tmp_path, {"estate.yaml": estate, "cases/c.yaml": when(condition)}) == []
