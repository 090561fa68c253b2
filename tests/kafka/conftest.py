"""The lab's brokers, here too."""

from __future__ import annotations

from tests.lab.kafka.conftest import brokers

__all__ = ["brokers"]
