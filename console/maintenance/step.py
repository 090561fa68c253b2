"""One look longer: the row of a maintenance from the one before and what is seen now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from console.maintenance import budget, course, lanes, tale
from console.maintenance.doubt import doubt
from console.maintenance.values import CALM, RUNNING, Kafka, Look, Watched
from console.model import Severity

if TYPE_CHECKING:
    from console.sources.maintenance import Maintenance

UNSEEN = "at most: it ran already when the console began to look"


def step(before: Maintenance, look: Look) -> Maintenance:
    """The row after this look. All that is remembered is in the row before: there is no other."""
    row = course.looked(_facts(before, look), look)
    if course.begins(row, look):
        row = course.begun(row, look)
    calm = row.phase in CALM
    row = replace(row, lanes=lanes.longer(row.lanes, look, calm, row.memory.joined))
    row = course.quiet(row, look) if calm else course.gone_on(course.heard(row, look), look)
    return _told(before, row, look)


def _facts(row: Maintenance, look: Look) -> Maintenance:
    """What is simply seen; None where nobody tells."""
    api, kafka = look.api, look.kafka
    calm = row.phase in CALM and kafka is not None and kafka.healthy
    return replace(
        row,
        at=min((one.at for one in (api, kafka) if one), default=row.at),
        state=api.state if api else None,
        operation=api.operation if api and api.working else None,
        under_replicated=kafka.under_replicated if kafka else None,
        leaderless=kafka.leaderless if kafka else None,
        preferred_pct=kafka.preferred_pct if kafka else None,
        window_from=look.window[0] if look.window else None,
        window_until=look.window[1] if look.window else None,
        watched=_watched(row.watched, look.watched, calm),
    )


def _watched(before: Sequence[Watched], now: Sequence[Watched], calm: bool) -> tuple[Watched, ...]:
    """Each topic beside how it was when it was last seen well."""
    kept = {(one.group, one.topic): one.before for one in before}
    return tuple(
        replace(
            one,
            before=one if calm and one.verdict != "unknown" else kept.get((one.group, one.topic)),
        )
        for one in now
    )


def _told(before: Maintenance, row: Maintenance, look: Look) -> Maintenance:
    """With all that is said of it in words."""
    now = look.kafka.preferred_pct if look.kafka else None
    low, shown = tale.sunk(row.memory.lowest_pct, now), budget.shown(row, look)
    memory = replace(row.memory, lowest_pct=low, unexpected=shown)
    running = row.phase in RUNNING
    row = replace(row, memory=memory)
    row = replace(
        row,
        brokers_left=course.left(row, look) if running else None,
        levels=lanes.levels(row.levels, look, running),
        expected=budget.expected(row, look),
        unexpected=budget.unexpected(row, look),
    )
    blind = _blind(row, look)
    row = replace(
        row,
        severity=max([_severity(row), *[Severity.UNKNOWN for _ in blind]]),
        because=(*row.unexpected, *row.expected, *blind),
        missing=_missing(row, look),
        ages=_ages(row, look),
    )
    return replace(row, happenings=tale.happenings(before, row, look))


def _severity(row: Maintenance) -> Severity:
    if row.unexpected:
        return Severity.CRITICAL
    if row.phase in RUNNING:
        return Severity.WARNING
    return Severity.UNKNOWN if row.phase in (None, "probably_over") else Severity.OK


def _blind(row: Maintenance, look: Look) -> tuple[str, ...]:
    """What is not known now, with its reason."""
    said = []
    if look.kafka is None:
        said.append(f"the brokers are not seen: {look.kafka_why}")
    elif silent := _silent(look.kafka):
        said.append(silent)
    if look.api is None and look.asks:
        said.append(f"Amazon's word is not known: {look.api_why}")
    if row.phase == "probably_over":
        said.append(doubt(row))
    return tuple(said)


def _silent(kafka: Kafka) -> str:
    """Which brokers are listed and do not answer us."""
    names = [str(node.broker) for node in kafka.nodes if node.up is None]
    if not names:
        return ""
    one = len(names) == 1
    who = f"broker {names[0]} is" if one else f"brokers {', '.join(names)} are"
    return f"{who} listed and {'does' if one else 'do'} not answer us"


def _missing(row: Maintenance, look: Look) -> dict[str, str]:
    reasons = {"state": look.api_why} if look.api is None else {}
    if look.kafka is None:
        names = ("under_replicated", "leaderless", "preferred_pct", "lanes")
        reasons |= dict.fromkeys(names, look.kafka_why)
        if row.phase in RUNNING:
            reasons["phase"] = f"as it was last seen: {look.kafka_why}"
    elif silent := _silent(look.kafka):
        reasons["lanes"] = silent
    if row.phase is None:
        reasons["phase"] = "; ".join(_blind(row, look))
    if look.watched_why:
        reasons["watched"] = look.watched_why
    if row.phase not in RUNNING:
        reasons["brokers_left"] = "no maintenance is under way"
    elif row.memory.joined:
        reasons["brokers_left"] = UNSEEN
    return reasons


def _ages(row: Maintenance, look: Look) -> dict[str, datetime]:
    """The phase is as old as the look at Kafka that it rests on."""
    seen = row.memory.kafka_at
    return {"phase": seen} if look.kafka is None and row.phase in RUNNING and seen else {}
