"""`oncall status`: its document to the letter, and its exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from console.cli import main
from console.commands.status import as_json, exit_code, settled
from console.lab.lab import Lab
from console.model import Board, Finding, Ref, Row, Severity, Snapshot, Trouble
from console.poll import in_thread
from console.sources.canaries import Canary
from console.sources.kafka_lag import GroupLag
from tests.judges import ROOT

NOW = datetime(2026, 11, 24, 20, 32, tzinfo=UTC)
AGO = NOW - timedelta(seconds=12)


def canary(severity: Severity = Severity.OK) -> Canary:
    ref = Ref("canary", "rpg-prod", "devicemanagement")
    return Canary(ref=ref, at=AGO, severity=severity, name=ref.name, state="passed")


def board(*rows: Row, trouble: Trouble | None = None, findings: tuple[Finding, ...] = ()) -> Board:
    snapshot = Snapshot("canaries", "rpg-prod/eu-west-3", 60.0, AGO, rows, trouble)
    return Board(findings=findings).with_(snapshot)


def test_the_document_has_the_shape_others_rely_on() -> None:
    finding = Finding("push-lag", "Push lag", "eks-v2-prod", Severity.WARNING, AGO)
    document = as_json(board(canary(), findings=(finding,)), "demo", NOW)
    assert list(document) == ["estate", "taken_at", "sources", "findings"]
    assert (document["estate"], document["taken_at"]) == ("demo", "2026-11-24T20:32:00Z")
    source = document["sources"]["canaries"]
    assert source["freshness"] == "fresh"
    assert source["parts"] == [
        {
            "part": "rpg-prod/eu-west-3",
            "taken_at": "2026-11-24T20:31:48Z",
            "age_s": 12.0,
            "freshness": "fresh",
            "error": None,
        }
    ]
    (row,) = source["rows"]
    assert row["ref"] == {"kind": "canary", "scope": "rpg-prod", "name": "devicemanagement"}
    assert (row["at"], row["owner"], row["severity"]) == ("2026-11-24T20:31:48Z", "ours", "ok")
    assert (row["state"], row["since"], row["last_run_at"]) == ("passed", None, None)
    assert list(document["findings"][0]) == [
        *("case", "title", "scope", "severity", "since"),
        *("deferred_until", "silenced_until", "evidence"),
    ]
    json.dumps(document)


EXPIRED = Trouble("the login expired", AGO, True, "aws sso login --profile rpg-prod")
REF = canary().ref
PUT_OFF = Finding("f", "F", "s", Severity.CRITICAL, AGO, evidence=(REF,), ignored=True)
DEFERRED = Finding("f", "F", "s", Severity.CRITICAL, AGO, deferred_until=NOW + timedelta(days=2))
SILENCED = Finding("f", "F", "s", Severity.CRITICAL, AGO, silenced_until=NOW + timedelta(hours=1))
LIVE = Finding("f", "F", "s", Severity.CRITICAL, AGO)
CODES: dict[str, tuple[Board, int]] = {
    "all is well": (board(canary()), 0),
    "a warning": (board(canary(Severity.WARNING)), 1),
    "a critical row": (board(canary(Severity.CRITICAL), canary(Severity.WARNING)), 2),
    "only unknown": (board(canary(Severity.UNKNOWN)), 3),
    "a warning beside unknown": (board(canary(Severity.WARNING), canary(Severity.UNKNOWN)), 1),
    "nothing could be asked": (board(trouble=EXPIRED), 3),
    "well, but the login expired": (board(canary(), trouble=EXPIRED), 3),
    "the evidence of a put-off finding": (board(canary(Severity.CRITICAL), findings=(PUT_OFF,)), 0),
    "a finding": (board(canary(), findings=(LIVE,)), 2),
    "a deferred finding does not count": (board(canary(), findings=(DEFERRED,)), 0),
    "a silenced finding does not count": (board(canary(), findings=(SILENCED,)), 0),
}


@pytest.mark.parametrize("caption", CODES)
def test_exit_code(caption: str) -> None:
    seen, code = CODES[caption]
    assert exit_code(seen, NOW) == code


def test_waiting_ends_when_every_verdict_has_its_evidence() -> None:
    def lag(found: str, **missing: str) -> GroupLag:
        ref = Ref("lag", "msk-prod", "datajs/data.js")
        row = GroupLag(ref=ref, at=AGO, cluster="msk-prod", group="datajs", topic="data.js")
        return replace(row, verdict=found, missing=missing)

    assert not settled(board(lag("unknown")))
    assert not settled(board(lag("ok", verdict="100 unread, watched for 5 s of 60 s")))
    assert settled(board(lag("ok", lag="at least: 4 of 6 partitions answered")))
    assert settled(board(lag("stuck"), canary()))
    assert not settled(board(canary(), trouble=EXPIRED))


async def test_one_look_and_a_longer_one_at_the_same_lab(tmp_path: Path) -> None:
    async with Lab(kafka="stand-in") as lab:
        lab.traffic.stick("datajs")

        def status(*options: str) -> tuple[int, dict[str, object]]:
            command = [sys.executable, "-m", "console", "--config", "config", "status", "--json"]
            env = {**os.environ, "ONCALL_LAB": lab.url, "ONCALL_STATE": str(tmp_path)}
            done = subprocess.run([*command, *options], cwd=ROOT, env=env, capture_output=True)
            return done.returncode, json.loads(done.stdout)

        _, once = await in_thread(status)
        assert once["estate"] == "demo"
        verdicts = {row["group"]: row["verdict"] for row in rows_of(once, "kafka_lag")}
        assert set(verdicts.values()) <= {"ok", "unknown"}, "one look has no history"
        assert len(rows_of(once, "instances")) > 20 and len(rows_of(once, "sites")) == 21
        code, waited = await in_thread(status, "--wait", "0.01")
        assert code in (0, 1, 2, 3) and rows_of(waited, "workloads"), "each is asked once"


def rows_of(document: dict[str, object], source: str) -> list[dict[str, object]]:
    sources = document["sources"]
    assert isinstance(sources, dict)
    rows = sources[source]["rows"]
    assert isinstance(rows, list)
    return rows


WRONG: dict[str, tuple[list[str], int, str]] = {
    "an unknown command": (["statu"], 64, "invalid choice"),
    "an unknown option": (["status", "--jsn"], 64, "unrecognized arguments"),
    "a time that is none": (["status", "--wait", "soon"], 64, "soon"),
    "no such directory": (["--config", "/nowhere", "status"], 78, "/nowhere: no such directory"),
    "an unknown scenario": (["demo", "--serve", "--scenario", "nightmare"], 64, "nightmare"),
    "an unknown scenario, before anything is painted": (
        ["demo", "--scenario", "nightmare"],
        64,
        "no scenario nightmare; there are: quiet, load-sakai",
    ),
}


@pytest.mark.parametrize("caption", WRONG)
def test_a_wrong_command_line_is_told_in_one_line_and_a_code(caption: str) -> None:
    arguments, code, said = WRONG[caption]
    done = subprocess.run(
        [sys.executable, "-m", "console", *arguments], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == code
    assert said in done.stderr and "Traceback" not in done.stderr


def test_a_crash_ends_with_its_own_code_and_not_with_a_warnings(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a mistake of ours")

    monkeypatch.setattr("console.estates.open_estate", broken)
    with pytest.raises(SystemExit) as ended:
        main(["status"])
    assert ended.value.code == 70
    assert "ZeroDivisionError: a mistake of ours" in capsys.readouterr().err
