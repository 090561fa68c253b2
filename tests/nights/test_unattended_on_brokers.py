"""A whole night that goes by itself, on three real brokers."""

from __future__ import annotations

from pathlib import Path

from tests.nights.playing import Record, easy, unattended


def test_a_night_goes_by_itself_under_an_arming_that_names_its_case(
    tmp_path: Path, record_property: Record
) -> None:
    easy(unattended(tmp_path, "apache", record_property))
