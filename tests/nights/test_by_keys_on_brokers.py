"""A whole night by keys in a terminal, on three real brokers."""

from __future__ import annotations

from pathlib import Path

from tests.nights.playing import Record, by_keys


def test_a_night_is_watched_and_brought_to_its_end_by_keys(
    tmp_path: Path, record_property: Record
) -> None:
    by_keys(tmp_path, "apache", record_property)
