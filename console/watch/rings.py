"""What is a transition of a maintenance, and which of them calls a person. Pure.

A phase that merely goes on, or gets better, rings for nobody; that it is over does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from console.sources.maintenance import CALM, ENDED, RUNNING, Maintenance, doubt

Why = Literal["unexpected", "started", "broker_down", "again", "over"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stood:
    """How far a cluster's maintenance was: what the next look is held against."""

    phase: str = "quiet"
    broker: int | None = None
    since: datetime | None = None
    """Estate's clock."""
    unexpected: frozenset[str] = frozenset()
    """No sentence holds a figure that grows, so the same thing is the same sentence."""

    @property
    def down(self) -> int | None:
        """The broker that is down; another one is another transition."""
        return self.broker if self.phase == "broker_down" else None


def stood(row: Maintenance) -> Stood | None:
    """What of a row counts; None while nobody can tell its phase: that is no transition."""
    if row.phase is None:
        return None
    unexpected = frozenset(row.unexpected)
    return Stood(phase=row.phase, broker=row.broker, since=row.since, unexpected=unexpected)


def same_phase(one: Stood, other: Stood) -> bool:
    """Whether both stand in the same phase, with the same broker down."""
    return (one.phase, one.down) == (other.phase, other.down)


def moved(before: Stood, now: Stood) -> bool:
    """Whether it is a transition: another phase, another broker, something unexpected more."""
    return not same_phase(before, now) or bool(now.unexpected - before.unexpected)


def rings(before: Stood, now: Stood) -> Why | None:
    """Why a person is called, the worst reason first; None: it goes on, or gets better."""
    # 1. something that does not belong to a maintenance
    if now.unexpected - before.unexpected:
        return "unexpected"
    if same_phase(before, now):
        return None
    # 2. the good news, once: that it is certain by now is no further news
    if now.phase in ENDED:
        return "over" if before.phase in RUNNING else None
    # 3. it was over, or about to be, and is not
    if now.phase in RUNNING and before.phase in ENDED | {"settling"} and now.phase != "settling":
        return "again"
    # 4. a broker left, another one than before or once more
    if now.phase == "broker_down":
        return "broker_down"
    # 5. it has begun, in whatever phase it was seen first
    if now.phase in RUNNING and before.phase in CALM:
        return "started"
    return None


def said(row: Maintenance) -> str:
    """How the maintenance of a cluster stands, in a sentence for a person who was asleep."""
    words = {
        "quiet": "no maintenance",
        "expected": "a maintenance is expected, nothing has begun",
        "started": "the maintenance has begun",
        "broker_down": f"broker {_number(row.broker)} left",
        "catching_up": f"broker {_number(row.broker)} is back and catches up",
        "between": _between(row),
        "settling": "everything is back; it must stay so for a while",
        "over": "the maintenance is over",
        "probably_over": f"the maintenance is probably over; {doubt(row)}",
    }
    text = words.get(row.phase or "", "its phase is not known")
    if row.phase in RUNNING - {"settling"} and row.brokers_left:
        text += f", {row.brokers_left} not done yet"
    return text


def _between(row: Maintenance) -> str:
    """Nothing settles unseen: then it is not the brokers that it waits for, but a look at them."""
    if unseen := row.missing.get("lanes"):
        return f"it cannot settle unseen: {unseen}"
    return "all brokers are in sync; the maintenance goes on"


def call(row: Maintenance, why: Why) -> str:
    """What is said when it rings."""
    again = "not over after all: " if why == "again" else ""
    unexpected = "; ".join(row.unexpected)
    told = f"{row.cluster}: {again}{said(row)}"
    return f"{told}. UNEXPECTED: {unexpected}" if unexpected else told


def _number(broker: int | None) -> str:
    return "?" if broker is None else str(broker)
