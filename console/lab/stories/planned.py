"""Planned work: a watch whose report falls due, and a scale-up that somebody must report."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from console.drill import Goal
from console.lab.steps import Scenario, ramp

TOKYO = ZoneInfo("Asia/Tokyo")

SCENARIOS: Mapping[str, Scenario] = {
    "load-watch": Scenario(
        "the noon watch comes to its end: load was over 10 at Kashima, and is down again",
        (
            (0, ramp("load1", 13.5, 900, ago=1500, site="kashima", env="prod")),
            (0, ramp("load1", 2.4, 600, ago=540, site="kashima", env="prod")),
            (0, ramp("load1", 3.2, 1500, ago=1200, site="mizushima", env="prod")),
        ),
        datetime(2026, 3, 10, 14, 48, tzinfo=TOKYO).astimezone(UTC),
        goal=Goal(
            good="The load fell by itself: restart nothing. At the end of the watch send its "
            "report (p, enter, y), and say that it is out (R).",
            report="peak",
        ),
    ),
    "scale-up-report": Scenario(
        "the scale-up at Mizushima is done, its report is due at 22:30 and nobody sent it",
        ((0, ramp("load1", 0.7, 600, site="mizushima", env="prod")),),
        datetime(2026, 12, 1, 22, 8, tzinfo=TOKYO).astimezone(UTC),
        goal=Goal(
            good="The work is done, its report is not out: look at the steps (p, enter), tick what "
            "is done, send the report by 22:30, and say that it is out (R).",
            report="scale-up",
        ),
    ),
}
