from __future__ import annotations

from pathlib import Path

import pytest

from tests.config.desk import CASE, ESTATE, said

HEAD = "estate: {name: small, title: Small}\n"
ONE = 'accounts: {one: {id: "111122223333", regions: [eu-west-3]}}\n'

# caption → (file, its text, exactly what is said)
WRONG: dict[str, tuple[str, str, list[str]]] = {
    "not YAML at all": (
        "estate.yaml",
        "estate: {name: a\nsites: }",
        [
            "estate.yaml:2:6: not YAML: while parsing a flow mapping "
            "did not find expected ',' or '}'"
        ],
    ),
    "a portal that is no address": (
        "estate.yaml",
        "estate: {name: a, title: A}\n"
        "accounts: {x: {id: '111122223333', regions: [x], portal: d-1.awsapps.com}}",
        [
            "estate.yaml:2:58: accounts.x.portal: the portal's start URL begins with https:// and"
            " has no blank, found 'd-1.awsapps.com'"
        ],
    ),
    "logs of an account nobody has": (
        "estate.yaml",
        "estate: {name: a, title: A}\nlogs: [{of: alarms, account: rpg, region: x, group: g}]",
        ["estate.yaml:2:30: logs[0].account: no such account: rpg"],
    ),
    "a tab where spaces belong": (
        "contacts.yaml",
        "contacts:\n\toffre: {}",
        [
            "contacts.yaml:2:1: not YAML: while scanning for the next token "
            "found character that cannot start any token"
        ],
    ),
    "a control character": (
        "contacts.yaml",
        "contacts:\n  a\x07b: {}",
        ["contacts.yaml:2: not YAML: the character '\\x07' is not allowed"],
    ),
    "a list instead of keys": (
        "windows.yaml",
        "- one",
        ["windows.yaml:1:1: expected keys with values, found a list"],
    ),
    "two documents in one file": (
        "windows.yaml",
        "windows: {}\n---\nwindows: {}",
        [
            "windows.yaml:2:1: not YAML: expected a single document in the stream "
            "but found another document"
        ],
    ),
    "an unknown key, spelt nearly right": (
        "estate.yaml",
        HEAD + ONE + "site: {}",
        ["estate.yaml:3:1: site: unknown key; did you mean sites?"],
    ),
    "an unknown key far below": (
        "estate.yaml",
        HEAD + "accounts:\n  one:\n    id: '111122223333'\n    regions: [r]\n    profil: x",
        ["estate.yaml:6:5: accounts.one.profil: unknown key; did you mean profile?"],
    ),
    "a key that is missing": (
        "estate.yaml",
        HEAD + "accounts:\n  one: {id: '111122223333'}",
        ["estate.yaml:3:3: accounts.one: regions is missing"],
    ),
    "the same key twice": (
        "estate.yaml",
        HEAD + ONE + "proxy: a\nproxy: b",
        ["estate.yaml:4:1: proxy: this key stands here twice (first in line 3)"],
    ),
    "an account id without its quotes": (
        "estate.yaml",
        HEAD + "accounts:\n  one: {id: 111122223333, regions: [r]}",
        [
            "estate.yaml:3:13: accounts.one.id: expected text, "
            "found the number 111122223333; put it in quotes"
        ],
    ),
    "an account id with too few digits": (
        "estate.yaml",
        HEAD + "accounts:\n  one: {id: '1111', regions: [r]}",
        ["estate.yaml:3:13: accounts.one.id: an AWS account id has 12 digits, found '1111'"],
    ),
    "a zone that is none": (
        "estate.yaml",
        "estate: {name: small, title: Small, zone: Asia/Tokio}",
        [
            "estate.yaml:1:43: estate.zone: no such time zone; write it as Asia/Tokyo, "
            "found 'Asia/Tokio'"
        ],
    ),
    "a duration that is none": (
        "estate.yaml",
        HEAD + "sources:\n  msk: {every: 1 minute}",
        [
            "estate.yaml:3:16: sources.msk.every: "
            "expected a duration such as 30s, 5m, 4h or 2d, found '1 minute'"
        ],
    ),
    "a duration below nothing": (
        "estate.yaml",
        HEAD + "sources:\n  msk: {every: -5}",
        ["estate.yaml:3:16: sources.msk.every: must be more than 0"],
    ),
    "a duration of nothing, where something is done in it": (
        "estate.yaml",
        HEAD + "sources:\n  msk: {every: 0s, timeout: 0}\n"
        "kafka: {k: {bootstrap: 'b:1', stall_window: 0s, groups: {g: {stall_window: 0}}}}",
        [
            "estate.yaml:3:16: sources.msk.every: must be more than 0",
            "estate.yaml:3:29: sources.msk.timeout: must be more than 0",
            "estate.yaml:4:45: kafka.k.stall_window: must be more than 0",
            "estate.yaml:4:76: kafka.k.groups.g.stall_window: must be more than 0",
        ],
    ),
    "a period that CloudWatch does not know": (
        "estate.yaml",
        HEAD + "metrics: [{id: a, of: instances, fact: load1, namespace: N, name: M, period: 90s}]",
        [
            "estate.yaml:2:78: metrics[0].period: CloudWatch knows periods of 1, 5, 10 and 30 s "
            "and of whole minutes, found '90s'"
        ],
    ),
    "a critical limit that comes before the warning": (
        "estate.yaml",
        HEAD + "metrics:\n  - {id: a, of: instances, fact: load1, namespace: N, name: M, "
        "warn: 9, crit: 5}\n  - {id: b, of: instances, fact: load1, namespace: N, name: M, "
        "below: true, warn: 2, crit: 5}",
        [
            "estate.yaml:3:5: metrics[0]: crit 5 must not lie below warn 9",
            "estate.yaml:4:5: metrics[1]: crit 5 must not lie above warn 2, as low is bad here",
        ],
    ),
    "a word of a closed list, misspelt": (
        "estate.yaml",
        HEAD + "kafka: {msk: {bootstrap: 'b:1', security: plain}}",
        [
            "estate.yaml:2:43: kafka.msk.security: expected plaintext, tls, scram or iam, "
            "found 'plain'; did you mean plaintext?"
        ],
    ),
    "neither id nor tags": (
        "estate.yaml",
        HEAD + ONE + "sites: {s: {title: S, environments: {prod: {account: one, region: eu-west-3, "
        "caches: [{title: x}]}}}}",
        ["estate.yaml:3:87: sites.s.environments.prod.caches[0]: name it either by id or by tags"],
    ),
    "nothing where something belongs": (
        "estate.yaml",
        HEAD + "sites:",
        ["estate.yaml:2:7: sites: expected keys with values, found nothing"],
    ),
    "a source that does not exist": (
        "estate.yaml",
        HEAD + "sources:\n  instance: {every: 60s}",
        ["estate.yaml:3:3: sources.instance: no such source; did you mean instances?"],
    ),
    "a site in an account that does not exist": (
        "estate.yaml",
        HEAD + ONE + "sites: {s: {title: S, environments: {prod: {account: on, region: r}}}}",
        [
            "estate.yaml:3:54: sites.s.environments.prod.account: "
            "no such account: on; did you mean one?"
        ],
    ),
    "a Region its account does not have": (
        "estate.yaml",
        HEAD + ONE + "alarms: [{account: one, region: eu-west-1, scope: k}]\n"
        "kafka: {k: {bootstrap: 'b:1'}}",
        [
            "estate.yaml:3:33: alarms[0].region: account one has no Region eu-west-1; "
            "did you mean eu-west-3?"
        ],
    ),
    "a log group in a Region its account does not have": (
        "estate.yaml",
        HEAD + ONE + "logs: [{of: alarms, account: one, region: eu-west-1, group: g}]",
        [
            "estate.yaml:3:43: logs[0].region: account one has no Region eu-west-1; "
            "did you mean eu-west-3?"
        ],
    ),
    "an owner nobody knows": (
        "estate.yaml",
        HEAD + ONE.replace("regions", "owner: offer, regions"),
        ["estate.yaml:2:45: accounts.one.owner: no such contact: offer; did you mean offre?"],
    ),
    "a deployment behind a group that no cluster has": (
        "estate.yaml",
        HEAD + "kafka: {msk: {bootstrap: 'b:1', groups: {g: {deployment: datajs}}}}\n"
        "kubernetes: {e: {namespaces: [p], deployments: [dataenricher]}}",
        [
            "estate.yaml:2:58: kafka.msk.groups.g.deployment: no such deployment: datajs; "
            "there is dataenricher"
        ],
    ),
    "a fact that no instance has": (
        "estate.yaml",
        HEAD + "metrics:\n  - {id: m, of: instances, fact: load_1, namespace: N, name: M}",
        [
            "estate.yaml:3:34: metrics[0].fact: instances has no fact load_1; did you mean load1?",
        ],
    ),
    "a metric of caches that fills nothing": (
        "estate.yaml",
        HEAD + "metrics:\n  - {id: m, of: caches, namespace: N, name: M}",
        ["estate.yaml:3:5: metrics[0]: a metric of caches names the fact it fills"],
    ),
    "a metric of a site without its environment": (
        "estate.yaml",
        HEAD + ONE + "sites: {s: {title: S, environments: {prod: {account: one, "
        "region: eu-west-3}}}}\nmetrics:\n  - {id: m, site: s, namespace: N, name: M}",
        ["estate.yaml:5:5: metrics[0].env: site s needs its env too"],
    ),
    "the same metric twice": (
        "estate.yaml",
        HEAD + ONE + "metrics:\n"
        "  - {id: m, account: one, region: eu-west-3, namespace: N, name: M}\n"
        "  - {id: m, account: one, region: eu-west-3, namespace: N, name: O}\n",
        ["estate.yaml:5:10: metrics[1].id: the same metric stands in line 4"],
    ),
    "a naming rule that is no pattern": (
        "estate.yaml",
        HEAD + 'naming: {caches: "{site}-("}',
        [
            "estate.yaml:2:18: naming.caches: not a regular expression: missing ), "
            "unterminated subpattern at position 5, found '{site}-('"
        ],
    ),
    "a variable that is not set": (
        "estate.yaml",
        HEAD + "proxy: http://${PROXY_HOST}:3128",
        [
            "estate.yaml:2:8: proxy: the variable PROXY_HOST is not set; "
            "write ${PROXY_HOST:-default}, or $${PROXY_HOST} for the text itself"
        ],
    ),
    "a remedy nobody wrote a kind for": (
        "remedies.yaml",
        "remedies: {rollout-restart: {kind: rollout_restart}}",
        [
            "remedies.yaml:1:36: remedies.rollout-restart.kind: expected ec2-reboot, "
            "ec2-stop-start, elasticache-reboot, elasticache-failover, rollout-restart, "
            "empty-topic, skip-to-end, kafka-restore, ssm-command, pod-command, notify, "
            "inject-probe, ita-job-stop or ita-read-only, found 'rollout_restart'; "
            "did you mean rollout-restart?"
        ],
    ),
    "a command on a remedy that takes none": (
        "remedies.yaml",
        "remedies: {r: {kind: notify, command: [rm]}}",
        [
            "remedies.yaml:1:15: remedies.r: notify takes no command",
        ],
    ),
    "a remedy on scopes that do not exist": (
        "remedies.yaml",
        "remedies: {r: {kind: notify, on: {scopes: [sakai/prd, '*/prod', '*/qa']}}}",
        [
            "remedies.yaml:1:44: remedies.r.on.scopes[0]: no such scope: sakai/prd; "
            "did you mean sakai/prod?",
            "remedies.yaml:1:65: remedies.r.on.scopes[2]: no such scope: */qa; "
            "there is eks, msk, sakai/prod",
        ],
    ),
    "a pattern where a remedy's targets are named": (
        "remedies.yaml",
        "remedies: {r: {kind: rollout-restart, on: {scopes: ['ek*'], deployments: ['sig*']}}}",
        [
            "remedies.yaml:1:75: remedies.r.on.deployments[0]: no such deployment: sig*; "
            "there is dataenricher-js, signaling",
        ],
    ),
    "a window without its days": (
        "windows.yaml",
        'windows: {w: {title: W, zone: UTC, from: "21:00", to: "22:00"}}',
        ["windows.yaml:1:14: windows.w: say which days: either `on` (a date) or `rrule`"],
    ),
    "a window without its length, and one with two": (
        "windows.yaml",
        'windows: {w: {title: W, zone: UTC, on: 2026-11-30, from: "21:00"}, '
        'v: {title: V, zone: UTC, on: 2026-11-30, from: "21:00", to: "22:00", duration: 1h}}',
        [
            "windows.yaml:1:14: windows.w: say how long: either `to` or `duration`",
            "windows.yaml:1:71: windows.v: say how long: either `to` or `duration`",
        ],
    ),
    "a window that tightens and tells of what there is not": (
        "windows.yaml",
        'windows: {w: {title: W, zone: UTC, on: 2026-11-30, from: "21:00", to: "22:00", '
        "kind: watsch, every: {instanzes: 15s}, thresholds: {load: 10}, facts: [load2]}}",
        [
            "windows.yaml:1:86: windows.w.kind: expected watch, release, scale-up, scale-down, "
            "maintenance, separation, work or quiet, found 'watsch'; did you mean watch?",
            "windows.yaml:1:102: windows.w.every.instanzes: no such source; "
            "did you mean instances?",
            "windows.yaml:1:132: windows.w.thresholds.load: no metric of estate.yaml measures load",
            "windows.yaml:1:151: windows.w.facts[0]: no metric of estate.yaml measures load2",
        ],
    ),
    "a window at no time of day": (
        "windows.yaml",
        "windows: {w: {title: W, zone: UTC, on: 2026-11-31, from: 9 pm, to: '25:00'}}",
        [
            "windows.yaml:1:40: windows.w.on: expected a date such as 2026-11-24, "
            "found '2026-11-31'",
            "windows.yaml:1:58: windows.w.from: expected a time of day such as 21:30, found '9 pm'",
            "windows.yaml:1:68: windows.w.to: expected a time of day such as 21:30, found '25:00'",
        ],
    ),
    "a rule that never comes round": (
        "windows.yaml",
        "windows: {w: {title: W, zone: UTC, rrule: FREQ=TUESDAY, from: '9:00', to: '10:00'}}",
        [
            "windows.yaml:1:43: windows.w.rrule: not a recurrence rule such as "
            "FREQ=WEEKLY;BYDAY=TU, found 'FREQ=TUESDAY'"
        ],
    ),
    "a flow through a topic nobody named": (
        "flows.yaml",
        "flows: {f: {title: F, stages: [{id: a, title: A, topic: beet}, {id: a, title: B}]}}",
        [
            "flows.yaml:1:57: flows.f.stages[0].topic: no such topic: beet; did you mean beat?",
            "flows.yaml:1:69: flows.f.stages[1].id: the id a is taken in this list",
        ],
    ),
}


@pytest.mark.parametrize("caption", WRONG)
def test_a_mistake_is_one_line_with_its_place(caption: str, tmp_path: Path) -> None:
    file, text, lines = WRONG[caption]
    assert said(tmp_path, {"cases/hot.yaml": CASE, file: text}) == lines


def test_all_mistakes_of_all_files_come_at_once(tmp_path: Path) -> None:
    files = {
        "estate.yaml": "estate: {name: a, titel: A, zone: Mars}\naccounts: {x: {id: '1'}}",
        "remedies.yaml": "remedies: {r: {}}",
        "flows.yaml": "flows: [",
        "windows.yaml": "windows: {w: {scopes: [nowhere]}}",
        "contacts.yaml": "contacts: {c: {title: C, hours: 9}}",
        "cases/hot.yaml": "id: cold\ntitle: T\nseverity: red\nwhen: [{source: instanzes}]",
        "cases/bare.yaml": "",
    }
    assert said(tmp_path, files) == [
        "cases/bare.yaml: id is missing",
        "cases/bare.yaml: title is missing",
        "cases/bare.yaml: severity is missing",
        "cases/bare.yaml: when is missing",
        "cases/hot.yaml:1:5: id: the id is the file's name: hot",
        "cases/hot.yaml:3:11: severity: expected warning or critical, found 'red'",
        "cases/hot.yaml:4:17: when[0].source: no such source: instanzes; did you mean instances?",
        "contacts.yaml:1:33: contacts.c.hours: expected text, found the number 9; put it in quotes",
        "estate.yaml:1:1: estate: title is missing",
        "estate.yaml:1:19: estate.titel: unknown key; did you mean title?",
        "estate.yaml:1:35: estate.zone: no such time zone; write it as Asia/Tokyo, found 'Mars'",
        "estate.yaml:2:12: accounts.x: regions is missing",
        "estate.yaml:2:20: accounts.x.id: an AWS account id has 12 digits, found '1'",
        "flows.yaml:2:1: not YAML: while parsing a flow node did not find expected node content",
        "remedies.yaml:1:12: remedies.r: kind is missing",
        "windows.yaml:1:11: windows.w: title is missing",
        "windows.yaml:1:11: windows.w: zone is missing",
        "windows.yaml:1:11: windows.w: from is missing",
        "windows.yaml:1:24: windows.w.scopes[0]: no such scope: nowhere",
    ]


def test_a_file_that_cannot_be_read_hides_no_other_and_blames_no_name_on_it(tmp_path: Path) -> None:
    lines = said(
        tmp_path, {"contacts.yaml": "contacts: [", "cases/hot.yaml": CASE + "    owner: x"}
    )
    assert [line.split(":")[0] for line in lines] == ["contacts.yaml"]


def test_a_missing_estate_names_the_command_that_makes_one(tmp_path: Path) -> None:
    (tmp_path / "estate.yaml").mkdir()
    assert said(tmp_path / "none", {}) == []
    from console.config import ConfigMistakes, load

    with pytest.raises(ConfigMistakes) as caught:
        load(tmp_path / "cases")
    assert caught.value.lines == (
        f"{tmp_path}/cases/estate.yaml: this file is missing; "
        f"`oncall init {tmp_path}/cases` makes one to start from",
    )
    with pytest.raises(ConfigMistakes) as caught:
        load(tmp_path)
    assert caught.value.lines == (f"{tmp_path}/estate.yaml: cannot be read: Is a directory",)


def test_bytes_that_are_not_utf_8_are_said_so(tmp_path: Path) -> None:
    (tmp_path / "windows.yaml").write_bytes(b"windows: \xff")
    files = {"estate.yaml": ESTATE}
    from tests.config import desk

    desk.write(tmp_path, {**desk.SMALL, **files})
    with pytest.raises(desk.ConfigMistakes) as caught:
        desk.load(tmp_path, environ={})
    assert caught.value.lines == (f"{tmp_path}/windows.yaml: not UTF-8 (byte 9)",)


def test_files_left_out_by_their_name_are_found(tmp_path: Path) -> None:
    assert said(tmp_path, {"remedy.yaml": "", "estate.yml": "", "cases/cold.yml": ""}) == [
        "cases/cold.yml: this file is not read; name it cold.yaml",
        "estate.yml: this file is not read; did you mean estate.yaml?",
        "remedy.yaml: this file is not read; did you mean remedies.yaml?",
    ]


def test_a_secret_is_never_quoted_in_a_mistake(tmp_path: Path) -> None:
    text = HEAD + "kafka: {k: {bootstrap: 'b:1', password: 424242, security: '${MY_TOKEN}'}}"
    lines = said(tmp_path, {"estate.yaml": text}, {"MY_TOKEN": "hunter2"})
    assert lines[:2] == [
        "estate.yaml:2:41: kafka.k.password: this value is wrong (not shown: it is a secret)",
        "estate.yaml:2:59: kafka.k.security: this value is wrong (not shown: it is a secret)",
    ]
    assert "hunter2" not in str(lines)


LOCAL = "http://127.0.0.1:4566"
NO_LAB = (
    "is this machine, and ONCALL_LAB is not set: set it to use the lab, "
    "or unset the lab's variables"
)
MIXED = (
    HEAD
    + "accounts: {one: {id: '111122223333', regions: [r], endpoint_url: '${URL:-}'}}\n"
    + "kafka: {k: {bootstrap: '${KAFKA:-b-1:9098}'}}"
)


def test_the_lab_and_the_real_world_never_mix(tmp_path: Path) -> None:
    def lines(**environ: str) -> list[str]:
        return said(tmp_path, {"estate.yaml": MIXED, "cases/hot.yaml": CASE}, environ)

    assert lines() == []
    assert lines(URL=LOCAL) == [f"estate.yaml:2:66: accounts.one.endpoint_url: {LOCAL} {NO_LAB}"]
    assert lines(URL=LOCAL, KAFKA="localhost:9092") == [
        f"estate.yaml:2:66: accounts.one.endpoint_url: {LOCAL} {NO_LAB}",
        f"estate.yaml:3:24: kafka.k.bootstrap: localhost:9092 {NO_LAB}",
    ], "all the lab's variables but its own: no banner would say that it is a lab"
    assert lines(AWS_ENDPOINT_URL_CLOUDWATCH=LOCAL) == [
        f"estate.yaml:2:1: accounts: AWS_ENDPOINT_URL_CLOUDWATCH={LOCAL} leads AWS calls to this "
        "machine, and ONCALL_LAB is not set: unset it"
    ]
    assert lines(AWS_ENDPOINT_URL_S3="https://vpce-1.s3.eu-west-3.vpce.amazonaws.com") == []
    assert lines(URL=LOCAL, KAFKA="[::1]:9092", ONCALL_LAB="http://127.0.0.1:1") == []
    assert lines(URL=LOCAL, ONCALL_LAB="http://127.0.0.1:1") == [
        "estate.yaml:3:24: kafka.k.bootstrap: ONCALL_LAB is set, but b-1:9098 is not this machine: "
        "unset it, or start the console with all the lab's variables"
    ]


def test_a_kubeconfig_of_the_lab_beside_real_endpoints_is_refused(tmp_path: Path) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(
        "current-context: lab\n"
        "contexts: [{name: lab, context: {cluster: c}}]\n"
        "clusters: [{name: c, cluster: {server: 'http://127.0.0.1:8001'}}]\n"
    )
    text = MIXED + f"\nkubernetes: {{e: {{namespaces: [p], kubeconfig: {kubeconfig}%s}}}}"
    assert said(tmp_path, {"estate.yaml": text % ""}) == [
        f"estate.yaml:4:47: kubernetes.e.kubeconfig: http://127.0.0.1:8001 {NO_LAB}"
    ]
    assert said(tmp_path, {"estate.yaml": text % ", tunnelled: true"}) == []
