"""A server to act on."""

from __future__ import annotations

from tests.acting.conftest import server as server
