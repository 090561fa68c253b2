"""`oncall windows` as people and programs call it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import vobject

from console.cli import main
from tests.config.desk import SMALL, write

NOW = datetime.now(UTC)
STEPS = "[{id: deploy, title: デプロイ, due: 10m}]"


def yaml(*windows: tuple[str, datetime, str]) -> str:
    """Windows that begin at these moments, for an hour each."""
    lines = [
        f"  {name}: {{title: {name} リリース, kind: release, zone: UTC, on: {start:%Y-%m-%d}, "
        f"from: '{start:%H:%M}', duration: 1h, {more}}}"
        for name, start, more in windows
    ]
    return "windows:\n" + "\n".join(lines) + "\n"


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONCALL_STATE", str(tmp_path / "state"))


def estate(tmp_path: Path, *windows: tuple[str, datetime, str]) -> list[str]:
    write(tmp_path / "config", {**SMALL, "windows.yaml": yaml(*windows)})
    return ["--config", str(tmp_path / "config"), "windows"]


def test_what_is_planned_is_listed_in_local_time_and_utc_with_what_overlaps(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    soon = NOW + timedelta(days=2)
    there = f"scopes: [sakai/prod], steps: {STEPS}, report_due: 1h"
    windows = ("one", soon, there), ("two", soon + timedelta(minutes=30), "scopes: ['*/prod']")
    assert main(estate(tmp_path, *windows)) == 0
    first, due, met, *_ = capsys.readouterr().out.splitlines()
    begin, end = f"{soon:%H:%M}", f"{soon + timedelta(hours=1):%H:%M}"
    assert f"{soon:%a %Y-%m-%d} {begin}-{end} UTC" in first and f"{begin}-{end} UTC" in first
    assert "one リリース  [堺 Sakai/prod]" in first
    assert due.strip() == f"report due {end} ({end} UTC)"
    assert met.strip() == "OVERLAPS: two リリース"


def test_a_missed_report_is_said_and_is_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    past = NOW - timedelta(hours=3)
    command = estate(tmp_path, ("old", past, "report_due: 1h"))
    assert main(command) == 1
    assert "REPORT MISSED" in capsys.readouterr().out
    assert main([*command, "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    (window,) = document["windows"]
    assert document["estate"] == "small" and window["missed"] and not window["open"]
    assert window["report_due"].endswith("Z") and window["start_local"].endswith("+00:00")


def test_the_calendar_goes_to_a_file_or_out(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    command = estate(tmp_path, ("one", NOW + timedelta(days=2), f"steps: {STEPS}"))
    file = tmp_path / "windows.ics"
    assert main([*command, "--ics", str(file)]) == 0
    (event,) = vobject.readOne(file.read_text(encoding="utf-8")).vevent_list
    assert event.summary.value == "one リリース" and "デプロイ" in event.description.value
    assert main([*command, "--ics", "-"]) == 0
    assert capfdbinary.readouterr().out.count(b"BEGIN:VEVENT\r\n") == 1
    assert main([*command, "--ics", str(tmp_path)]) == 2
    assert b"cannot be written" in capfdbinary.readouterr().err


@pytest.mark.parametrize("days", ["0", "-3", "x", "401"])
def test_days_that_are_none_are_a_usage_error(tmp_path: Path, days: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*estate(tmp_path), "--days", days])
    assert ended.value.code == 64
