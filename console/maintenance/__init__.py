"""How far a maintenance of a Kafka cluster is. Pure: the row before and a look go in."""

from __future__ import annotations

from console.maintenance.doubt import doubt
from console.maintenance.step import step
from console.maintenance.values import (
    CALM,
    ENDED,
    RUNNING,
    Api,
    Happening,
    Kafka,
    Lane,
    Level,
    Look,
    Memory,
    Node,
    Phase,
    Standing,
    Watched,
)

__all__ = [
    "CALM",
    "ENDED",
    "RUNNING",
    "Api",
    "Happening",
    "Kafka",
    "Lane",
    "Level",
    "Look",
    "Memory",
    "Node",
    "Phase",
    "Standing",
    "Watched",
    "doubt",
    "step",
]
