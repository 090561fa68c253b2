"""Whether a consumer group keeps up. Pure: histories and the time go in, verdicts come out."""

from __future__ import annotations

from console.lag.figures import time_lag
from console.lag.group import follow_group
from console.lag.judge import judge_partition, judge_topic
from console.lag.values import (
    BAD,
    WORSE,
    GroupState,
    History,
    Judgement,
    Point,
    Policy,
    Sample,
    severity,
)

__all__ = [
    "BAD",
    "WORSE",
    "GroupState",
    "History",
    "Judgement",
    "Point",
    "Policy",
    "Sample",
    "follow_group",
    "judge_partition",
    "judge_topic",
    "severity",
    "time_lag",
]
