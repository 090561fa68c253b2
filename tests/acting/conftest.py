"""A server to act on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.acting.world import Server, serving


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as made:
        yield made
