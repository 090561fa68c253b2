"""How a figure is written: its value, its goal, and whether the goal was met."""

from __future__ import annotations

from collections.abc import Sequence


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0–1) of them lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def against(said: str, value: float, goal: float) -> str:
    """The figure with its goal; a missed goal is said in capitals."""
    return f"{said} (goal ≤ {goal:g}: {'met' if value <= goal else 'MISSED'})"


def at_least(said: str, value: float, goal: float) -> str:
    """The same for a figure that is the better the greater it is."""
    return f"{said} (goal ≥ {goal:,.0f}: {'met' if value >= goal else 'MISSED'})"
