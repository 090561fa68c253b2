"""A drill: a scenario that is not named, and afterwards what was seen and done, and when. Pure."""

from __future__ import annotations

from console.drill.acts import Act, acts
from console.drill.debrief import Debrief, Milestone, debrief
from console.drill.goal import Cure, Goal
from console.drill.start import Start, beginning, start
from console.drill.turns import Turn

__all__ = [
    "Act",
    "Cure",
    "Debrief",
    "Goal",
    "Milestone",
    "Start",
    "Turn",
    "acts",
    "beginning",
    "debrief",
    "start",
]
