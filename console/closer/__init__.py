"""What a person would open next about a row: logs, events, records. Read on demand, never polled.

To add a lens: one file here with a class that satisfies `console.closer.lens.Lens` (`choices` and
`read`; `NoMore` gives the rest), and one line in LENSES: the `kind` of its rows' Ref → where the
class is, imported when somebody looks (so its file may import vendors' clients inside functions
only as every room does, and costs the start nothing). A lens is made anew for each look and may
keep what it learned in `choices` for `read`. Its rights go into `oncall policy` with it.

A screen asks by the message `widgets.wishes.CloserWanted` and sees `desk(self).closer`, a
`console.model.closer.Reading`; `console.closer.looking.Closer` stands between the two.
"""

from __future__ import annotations

from collections.abc import Mapping

LENSES: Mapping[str, tuple[str, str]] = {
    "deployment": ("console.closer.workloads", "WorkloadLens"),
    "lag": ("console.closer.kafka_lag", "LagLens"),
    "alarm": ("console.closer.alarms", "AlarmLens"),
    "canary": ("console.closer.alarms", "CanaryLens"),
    "cache": ("console.closer.events", "CacheLens"),
    "instance": ("console.closer.events", "InstanceLens"),
    "host": ("console.closer.events", "InstanceLens"),
    "database": ("console.closer.events", "DatabaseLens"),
    "msk": ("console.closer.events", "OperationsLens"),
    "maintenance": ("console.closer.events", "OperationsLens"),
}
"""Kind of a Ref → the module and the class of its lens."""
