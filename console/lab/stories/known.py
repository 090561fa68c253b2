"""Server errors of two sites: one's are known and will be fixed, the other's fix is overdue."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from console.drill import Goal
from console.lab.steps import WELL, Scenario, alarm, ramp

MORNING = datetime(2026, 3, 10, 10, 0, tzinfo=ZoneInfo("Asia/Tokyo")).astimezone(UTC)

SCENARIOS: Mapping[str, Scenario] = {
    "known-errors": Scenario(
        "Kawasaki and Mizushima answer with errors; the register says which are known",
        (
            (0, ramp("http_5xx", 8, 60, ago=300, site="kawasaki", env="prod")),
            (0, ramp("http_5xx", 3, 60, ago=300, site="mizushima", env="prod")),
            (60, alarm("kawasaki-prod-http-5xx", "ALARM", "Threshold Crossed: 2 datapoints > 5.0")),
            (5400, ramp("http_5xx", 0, 120, site="kawasaki", env="prod")),
            (5400, ramp("http_5xx", 0, 120, site="mizushima", env="prod")),
            (5700, alarm("kawasaki-prod-http-5xx", "OK", WELL)),
        ),
        MORNING,
        goal=Goal(
            good="No case, and nothing to restart: see which of the errors are in the register of "
            "known issues (i), and write down which are new.",
        ),
    ),
}
