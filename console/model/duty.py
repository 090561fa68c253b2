"""Whose console this is, and how it is doing besides the board."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Duty:
    """What the header says beside the board."""

    estate: str = ""
    """Title of the estate."""
    zone: str = "UTC"
    banner: str = ""
    """DEMO or REPLAY, with what it runs on; empty in production."""
    starting: tuple[str, ...] = ()
    """What is still being started, a line each; empty once everything is asked."""
    calls_per_min: float | None = None
    """AWS calls a minute, measured."""
    usd_per_month: float | None = None
    """What CloudWatch metrics would cost at the present rate."""
    unrecorded: str = ""
    """Why what is seen is not recorded just now; empty while it is."""
    recorder: str = ""
    """Who records this estate, where it is not this console."""
