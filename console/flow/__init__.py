"""Where a flow is broken and what starves after it. Pure: the same rows and instant, the same."""

from __future__ import annotations

from console.flow.between import FIRST, Between, Known, compared
from console.flow.judge import Look, Standing, judge
from console.flow.plans import Plan, ready
from console.flow.rows import Aim, Rows
from console.flow.sight import sight

__all__ = [
    "FIRST",
    "Aim",
    "Between",
    "Known",
    "Look",
    "Plan",
    "Rows",
    "Standing",
    "compared",
    "judge",
    "ready",
    "sight",
]
