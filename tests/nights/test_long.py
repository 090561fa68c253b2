"""The nights that are harder, on both kinds of brokers: `make night`."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from console.commands.init import shipped
from tests.driving import CONSOLE, Served, told
from tests.driving import at as kept_at
from tests.nights.playing import HEARTBEATS, SPEED, Record, hard, timed, unattended, watched

pytestmark = pytest.mark.night
BOTH = pytest.mark.parametrize("kafka", ["stand-in", "apache"])
EMPTIES = "--may-empty-topics"


@BOTH
def test_a_hard_night_empties_the_topic_and_restarts_once_more(
    tmp_path: Path, record_property: Record, kafka: str
) -> None:
    journal = unattended(tmp_path, kafka, record_property, EMPTIES, night="msk-maintenance-hard")
    hard(journal)
    (backup,) = _copies(tmp_path)
    assert HEARTBEATS in backup.name


@BOTH
def test_a_hard_night_stops_for_a_person_where_no_topic_may_be_emptied(
    tmp_path: Path, record_property: Record, kafka: str
) -> None:
    with (
        timed(record_property, f"a hard night, nothing may be emptied ({kafka})"),
        Served("msk-maintenance-hard", SPEED[kafka], kafka) as lab,
    ):
        arming = ("--arm", "--case", "msk-maintenance", "--reason", "the night")
        done = watched(tmp_path, lab.url, *arming)
    assert done.returncode == 1, done.stdout + done.stderr
    journal = told(kept_at(tmp_path))
    started = [one for one in journal if one["kind"] == "remedy.started"]
    assert [one["data"]["plan"]["remedy"] for one in started] == ["rollout-restart"]
    assert journal[-1]["kind"] in ("disarmed", "watch.rang")
    assert not _copies(tmp_path), "nothing was copied either"


@BOTH
def test_two_brokers_that_are_down_at_once_are_called_unexpected(
    tmp_path: Path, record_property: Record, kafka: str
) -> None:
    journal, code = _only_watched(tmp_path, record_property, "two-brokers-down", kafka)
    rang = [one["data"]["text"] for one in journal if one["kind"] == "watch.rang"]
    assert any("UNEXPECTED" in text and "brokers" in text for text in rang), rang
    assert code == 0, "it ended well all the same"


@BOTH
def test_a_maintenance_that_never_ends_is_never_called_over(
    tmp_path: Path, record_property: Record, kafka: str
) -> None:
    journal, code = _only_watched(
        tmp_path, record_property, "maintenance-never-ends", kafka, "--for", "70m"
    )
    phases = {one["data"]["to"] for one in journal if one["kind"] == "watch.phase"}
    assert phases.isdisjoint({"settling", "over", "probably_over"}), phases
    assert code == 1


def test_a_coordinator_that_failed_is_named_and_nothing_is_restarted(
    tmp_path: Path, record_property: Record
) -> None:
    with (
        timed(record_property, "coordinator-fault"),
        Served("coordinator-fault", SPEED["stand-in"], "stand-in") as lab,
    ):
        arming = ("--arm", "--case", "msk-maintenance", "--reason", "the night")
        done = watched(tmp_path, lab.url, *arming)
    journal = told(kept_at(tmp_path))
    kinds = [one["kind"] for one in journal]
    rang = [one["data"]["text"] for one in journal if one["kind"] == "watch.rang"]
    seen = {one["data"]["case"] for one in journal if one["kind"] == "finding.seen"}
    assert any("__consumer_offsets" in text for text in rang), rang
    assert "coordinator-fault" in seen
    assert "remedy.started" not in kinds
    assert done.returncode == 1, done.stdout + done.stderr


def test_a_coordinator_fault_is_refused_on_real_brokers() -> None:
    command = [*CONSOLE, "--config", str(shipped()), "demo", "--serve"]
    asked = [*command, "--scenario", "coordinator-fault", "--kafka", "apache"]
    done = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert "stand-in" in done.stdout + done.stderr


def _copies(state: Path) -> list[Path]:
    return list(state.glob("*/backups/**/*.jsonl.gz"))


def _only_watched(
    directory: Path, record: Record, night: str, kafka: str, *options: str
) -> tuple[list[dict[str, Any]], int]:
    with timed(record, f"{night} ({kafka})"), Served(night, SPEED[kafka], kafka) as lab:
        done = watched(directory, lab.url, *options)
    return told(kept_at(directory)), done.returncode
