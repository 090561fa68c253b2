"""What a case's examples leave unproven: each branch needs one that is true by it alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from console.branches import beside, unproven
from console.cli import main
from console.config import load
from console.findings import policy_of
from console.match import Policy
from console.remedies import REMEDIES
from console.sources import row_types
from tests.cases.desk import case
from tests.config.desk import SMALL, write

CONFIG = Path(__file__).parents[2] / "config"
HOT: dict[str, Any] = {"scope": "sakai/prod", "load1": 13}
FULL: dict[str, Any] = {"scope": "sakai/prod", "disk_pct": 97}
LOAD = "{source: instances, where: {load1: '> 10'}}"
DISK = "{source: instances, where: {disk_pct: '> 90'}}"


def example(*rows: dict[str, Any], source: str = "instances") -> dict[str, Any]:
    return {"title": "t", "rows": {source: list(rows)}}


# caption → (when, rows of each example of match, the branches that none makes true)
BRANCHES: dict[str, tuple[str, list[dict[str, Any]], list[tuple[Any, ...]]]] = {
    "one rule, one example": (LOAD, [HOT], []),
    "one of two": (f"{{any: [{LOAD}, {DISK}]}}", [HOT], [("when", 0, "any", 1)]),
    "both": (f"{{any: [{LOAD}, {DISK}]}}", [HOT, FULL], []),
    "both at once prove both": (f"{{any: [{LOAD}, {DISK}]}}", [HOT | FULL], []),
    "one within all": (
        f"{{all: [{LOAD}, {{any: [{DISK}, {{source: instances, where: {{state: stopped}}}}]}}]}}",
        [HOT | FULL],
        [("when", 0, "all", 1, "any", 1)],
    ),
    "no examples at all are said elsewhere": (f"{{any: [{LOAD}, {DISK}]}}", [], []),
}


@pytest.mark.parametrize("caption", BRANCHES)
def test_a_branch_without_an_example_is_found(caption: str) -> None:
    when, rows, left = BRANCHES[caption]
    told = case(when, examples={"match": [example(row) for row in rows]})
    found = unproven({"c": told}, row_types(), Policy())
    assert list(found) == [("c", path) for path in left]


def test_an_example_that_must_not_match_has_rows_the_case_looks_at() -> None:
    shown = [example(HOT), example({"name": "a"}, source="alarms")]
    assert list(beside({"c": case(LOAD, examples={"ignore": shown})})) == [("c", 1)]


def test_every_branch_of_the_shipped_cases_is_proven() -> None:
    shipped = load(CONFIG, environ={})
    assert not list(unproven(shipped.cases, row_types(), policy_of(shipped)))
    assert not list(beside(shipped.cases))


def test_check_fails_on_an_unproven_branch_and_says_what_does_nothing_yet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(REMEDIES, "ec2-reboot")  # as in a program that came before it
    text = """
        id: hot
        title: H
        severity: warning
        when:
          - any:
              - {source: msk, where: {state: HEALING}}
              - {source: msk, where: {state: ACTIVE}}
        steps:
          - {id: a, wait: {source: msk}, timeout: 5m, auto: true}
        examples:
          match: [{title: t, rows: {msk: [{state: HEALING}]}}]
          ignore: [{title: u, rows: {alarms: [{state: ok}]}}]
    """
    reboot = "remedies: {reboot: {kind: ec2-reboot}}"
    write(tmp_path, {**SMALL, "cases/hot.yaml": text, "remedies.yaml": reboot})
    assert main(["--config", str(tmp_path), "check"]) == 1
    said = capsys.readouterr().out
    assert ".yaml:7:9: when[0].any[1]: no example of match makes this true" in said
    assert "examples.ignore[0]: the case looks at none of its rows" in said
    assert "remedy reboot does nothing yet: no ec2-reboot is in this program" in said
