"""A maintenance at a glance: which one, how far, in a line for the header."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, cast

from console.model import Board, Finding, Severity, Snapshot
from console.sources.maintenance import CALM, ENDED, RUNNING
from widgets.look import Look
from widgets.words import clean, duration

if TYPE_CHECKING:
    from console.sources.maintenance import Maintenance

SOURCE = "maintenance"
NAMES = {
    "quiet": "quiet",
    "expected": "expected, nothing yet",
    "started": "STARTED",
    "broker_down": "BROKER DOWN",
    "catching_up": "CATCHING UP",
    "between": "BETWEEN TWO BROKERS",
    "settling": "SETTLING",
    "over": "OVER",
    "probably_over": "PROBABLY OVER",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One cluster's maintenance with the snapshot it came in."""

    part: Snapshot
    row: Maintenance

    def old(self, look: Look) -> bool:
        """Whether this may not be judged by any more."""
        return not self.part.freshness(look.now.real).trusted

    def until(self, look: Look) -> datetime:
        """Up to when it is known, by the estate's clock."""
        return self.row.at if self.old(look) else max(look.now.estate, self.row.at)

    def phase_until(self, look: Look) -> datetime:
        """Up to when its phase is known: unseen, a broker is not down for longer and longer."""
        return min(self.row.ages.get("phase", self.until(look)), self.until(look))

    @property
    def running(self) -> bool:
        """Whether it has begun and is not over."""
        return self.row.phase in RUNNING

    @property
    def rank(self) -> tuple[bool, bool, bool, Severity]:
        """The highest is the one to look at."""
        begun = self.row.phase not in CALM
        return bool(self.row.unexpected), self.running, begun, self.row.severity


def watches(board: Board) -> tuple[Shown, ...]:
    """Every cluster's maintenance, in the order they first appeared."""
    return tuple(
        Shown(part, cast("Maintenance", row)) for part in board.parts(SOURCE) for row in part.rows
    )


def foremost(board: Board) -> Shown | None:
    """The one to look at, where there is any."""
    return max(watches(board), key=lambda one: one.rank, default=None)


def of_maintenance(finding: Finding) -> bool:
    """Whether a finding rests on a maintenance."""
    return any(ref.kind == SOURCE for ref in finding.evidence)


def finding_of(watch: Shown, board: Board) -> Finding | None:
    """The finding that a maintenance is the evidence of."""
    mine = (one for one in board.findings if watch.row.ref in one.evidence)
    return next(mine, None)


def broker_words(row: Maintenance) -> str:
    """`broker 2 of 3`."""
    of = f" of {len(row.lanes)}" if row.lanes else ""
    return "a broker" if row.broker is None else f"broker {row.broker}{of}"


def minutes(seconds: float) -> str:
    """`4 min`, in the first minute `38 s`, later `1 h 04 m`: for a line that is glanced at."""
    return f"{int(seconds // 60)} min" if 60 <= seconds < 3600 else duration(seconds)


def short(row: Maintenance, look: Look) -> str:
    """`MSK 21:04 b2 down`."""
    at = clock_of(row.began, look)
    if row.phase in ENDED:
        return f"MSK {NAMES[str(row.phase)]} {clock_of(row.since, look)}"
    broker = "broker" if row.broker is None else f"b{row.broker}"
    states = {"broker_down": f"{broker} down", "catching_up": f"{broker} behind"}
    return f"MSK {at} {states.get(str(row.phase), row.phase)}"


def long(watch: Shown, look: Look) -> str:
    """`MSK maintenance 21:04 · broker 2 of 3 down 4 min`."""
    row, dot = watch.row, f" {look.symbols.dot} "
    if row.phase in ENDED:
        return f"MSK maintenance {NAMES[str(row.phase)]} {clock_of(row.since, look)}"
    past = "" if row.since is None else " " + minutes(since(row.since, watch.phase_until(look)))
    said = {
        "broker_down": f"{broker_words(row)} down{past}",
        "catching_up": f"{broker_words(row)} catching up{past}",
        "between": f"{left(row)}, next one soon" if row.brokers_left else "not over yet",
        "settling": f"settling{past}",
    }.get(str(row.phase), "started")
    return f"MSK maintenance {clock_of(row.began, look)}{dot}{said}"


def headline(board: Board, look: Look) -> tuple[str, str, str] | None:
    """What the header says, long and short, and its tone; nothing while all is quiet."""
    watch = foremost(board)
    if watch is None or watch.row.phase in CALM:
        return None
    others = sum(one.row.phase not in CALM for one in watches(board)) - 1
    symbols, tail = look.symbols, f" +{others}" if others else ""
    sign, tone = symbols.maintenance, "warning" if watch.running else "ok"
    if watch.row.unexpected:
        tail, tone = f" {symbols.critical}{len(watch.row.unexpected)}{tail}", "critical"
    if watch.running and "phase" in watch.row.missing:
        sign, tail = symbols.stale, f"{tail} UNSEEN"
    if watch.old(look):
        sign, tail = symbols.stale, f"{tail} OLD"
        tone = "critical" if tone == "critical" else "warning"
    return (
        clean(f"{sign} {long(watch, look)}{tail}", symbols),
        clean(f"{sign} {short(watch.row, look)}{tail}", symbols),
        tone,
    )


def left(row: Maintenance, wide: bool = True) -> str:
    """How many brokers have their turn still to come."""
    if row.brokers_left is None or row.phase not in RUNNING:
        return ""
    what = f" broker{'' if row.brokers_left == 1 else 's'}" if wide else ""
    return f"{row.brokers_left}{what} left"


def since(begin: datetime, until: datetime) -> float:
    """Seconds from one moment to another, never less than none."""
    return max((until - begin).total_seconds(), 0.0)


def clock_of(at: datetime | None, look: Look) -> str:
    """`21:04`; a dash where nobody knows."""
    return look.symbols.none if at is None else f"{at.astimezone(look.zone):%H:%M}"
