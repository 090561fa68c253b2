"""`oncall case` and the examples that `oncall check` runs."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from console.cli import main
from console.config import load
from console.config.cases import Example
from console.examples import broken, shown
from console.findings import policy_of
from console.sources import row_types
from tests.config.desk import CASE, SMALL, write

CONFIG = Path(__file__).parents[2] / "config"
Capture = pytest.CaptureFixture[str]

WRONG = (
    CASE
    + """
    examples:
      match:
        - {title: not hot at all, rows: {instances: [{scope: sakai/prod, load1: 3}]}}
        - {title: hot, rows: {instances: [{scope: sakai/prod, load1: 13}]}}
      ignore:
        - {title: hot all the same, rows: {instances: [{scope: sakai/prod, load1: 13}]}}
"""
)


def test_check_says_which_example_is_not_as_its_case_says(tmp_path: Path, capsys: Capture) -> None:
    write(tmp_path, {**SMALL, "cases/hot.yaml": WRONG})
    assert main(["--config", str(tmp_path), "check"]) == 1
    assert capsys.readouterr().out.replace(f"{tmp_path}/", "").splitlines()[1:] == [
        "cases/hot.yaml:8:7: examples.match[0]: not hot at all: the case does not recognise it",
        "cases/hot.yaml:11:7: examples.ignore[0]: hot all the same: "
        "the case recognises it, and must not",
        "every key, value and name points somewhere; 3 examples were run; 2 wrong",
    ]


def test_every_shipped_example_holds() -> None:
    configuration = load(CONFIG, environ={})
    assert list(broken(configuration.cases, row_types(), policy_of(configuration))) == []


def test_an_example_may_bring_earlier_values_and_shared_hosts() -> None:
    configuration = load(CONFIG, environ={})
    row = {"scope": "sakai/prod", "serves": ["kawasaki/prod"], "site": "sakai", "env": "prod"}
    rising = row | {"load1": 9.0, "series": {"load1": [3, 4, 5, 6, 7, 8, 9]}}
    told = {"title": "t", "at": "2026-03-10T03:30:00Z", "rows": {"instances": [rising]}}
    case = configuration.cases["load-average-elasticache"]
    found = shown(case, Example.model_validate(told), row_types(), policy_of(configuration))
    assert {one.scope for one in found} == {"sakai/prod", "kawasaki/prod"}
    evening = Example.model_validate(told | {"at": "2026-03-10T11:00:00Z"})
    assert shown(case, evening, row_types(), policy_of(configuration)) == ()


def test_a_new_case_checks_as_it_is_written(tmp_path: Path, capsys: Capture) -> None:
    write(tmp_path, SMALL)
    assert main(["--config", str(tmp_path), "case", "new", "printer"]) == 0
    assert main(["--config", str(tmp_path), "check"]) == 0
    assert main(["--config", str(tmp_path), "case", "list"]) == 0
    assert "printer  warning" in capsys.readouterr().out


def test_a_new_case_overwrites_nothing_and_stays_in_its_place(
    tmp_path: Path, capsys: Capture
) -> None:
    write(tmp_path, SMALL)
    before = (tmp_path / "cases" / "hot.yaml").read_text()
    for name in ("hot", "../hot", ".hot"):
        assert main(["--config", str(tmp_path), "case", "new", name]) == 64
    assert (tmp_path / "cases" / "hot.yaml").read_text() == before
    assert "is there already; nothing was written" in capsys.readouterr().err


def test_a_case_is_shown_as_a_page(capsys: Capture) -> None:
    assert main(["--config", str(CONFIG), "case", "show", "free-storage-mediator-crow"]) == 0
    page = capsys.readouterr().out
    assert "Can wait from Fri 17:00 until Mon 09:00." in page
    assert "2. run: clean-dumps" in page and "metrics: id pod_disk_pct, value < 80" in page
    assert main(["--config", str(CONFIG), "case", "show", "free-storage"]) == 64


def test_what_is_seen_is_recorded_as_an_example(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from console.commands import status
    from tests.cases.desk import AT, board, instance, row, snapshot

    camera = row("alarms", AT, scope="eks-v2-prod", name="rpg-camera-1", state="alarm")
    other = row("alarms", AT, scope="eks-v2-prod", name="rpg-other", state="alarm")
    seen = board(snapshot("alarms", camera, other), snapshot("instances", instance(AT)))
    monkeypatch.setattr(status, "look", lambda context, wait: seen)
    words = ["case", "record", "--case", "qr-code", "--title", "[a] camera: hangs"]
    assert main(["--config", str(CONFIG), *words]) == 0
    (told,) = yaml.safe_load(capsys.readouterr().out)
    assert told["title"] == "[a] camera: hangs"
    assert [one["name"] for one in told["rows"]["alarms"]] == ["rpg-camera-1"]
    assert set(told["rows"]) == {"alarms"}
    configuration = load(CONFIG, environ={})
    example = Example.model_validate(told)
    assert shown(configuration.cases["qr-code"], example, row_types(), policy_of(configuration))
