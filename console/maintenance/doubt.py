"""Why an end is only probable, in the words that screen, ring and watch share."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.sources.maintenance import Maintenance


def doubt(row: Maintenance) -> str:
    """Why nobody is sure that it is over."""
    if row.state is None:
        return "Amazon cannot be asked"
    if row.state != "ACTIVE" or row.operation:
        return f"Amazon says {row.state}{f' ({row.operation})' if row.operation else ''}"
    if not row.memory.announced:
        return "Amazon never spoke of it"
    if row.under_replicated is None:
        return "Amazon has ended it, and nobody has seen the brokers well since"
    return "Amazon has ended it, and the brokers must stay well for a while yet"
