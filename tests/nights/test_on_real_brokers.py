"""Whole nights, by keys in a terminal and by themselves, on three real brokers."""

from __future__ import annotations

from pathlib import Path

from tests.nights.playing import Record, by_keys, easy, unattended


def test_a_night_is_watched_and_brought_to_its_end_by_keys(
    tmp_path: Path, record_property: Record
) -> None:
    by_keys(tmp_path, "apache", record_property)


def test_a_night_goes_by_itself_under_an_arming_that_names_its_case(
    tmp_path: Path, record_property: Record
) -> None:
    easy(unattended(tmp_path, "apache", record_property))
