"""A lab in which much moves, for whoever records it: the console, and the recorder alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.driving import LIVE, Served

SPEED = 60
ENOUGH = 120  # boards
SOON = 2 * LIVE  # seconds that two busy cores may take


@pytest.fixture(scope="module")
def night() -> Iterator[Served]:
    """As a process of its own: these tests look often."""
    with Served("msk-maintenance", SPEED, "stand-in") as told:
        yield told
