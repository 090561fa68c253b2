"""What belongs to a maintenance and is within its budget, and what does not: in sentences.

None of them holds a figure that grows: a sentence that was not there before is news that calls
a person, and the figures stand beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from console.maintenance.values import ENDED, RUNNING, Kafka, Look
from console.model.words import lasting

if TYPE_CHECKING:
    from console.sources.maintenance import Maintenance

SETTLED_PCT = 90.0
"""With so many partitions led by the replica that should, the leaders are back."""
BEHIND = ("slow", "stuck", "catching_up")


def expected(row: Maintenance, look: Look) -> tuple[str, ...]:
    """Symptoms that belong to it, each within its budget."""
    return tuple(_expected(row, look)) if row.phase in RUNNING else ()


def _expected(row: Maintenance, look: Look) -> Iterator[str]:
    kafka = look.kafka
    if kafka:
        yield from _of_brokers(row, kafka, look)
        if kafka.preferred_pct is not None and kafka.preferred_pct < SETTLED_PCT:
            yield "leaders moved to other brokers"
    for one in row.watched:
        if one.verdict in BEHIND:
            word = one.verdict.replace("_", " ")
            yield f"{one.group} on {one.topic}: {word} while it lasts"


def _of_brokers(row: Maintenance, kafka: Kafka, look: Look) -> Iterator[str]:
    away, behind = kafka.down, [node.broker for node in kafka.nodes if node.behind]
    allowed = look.budget.broker_away
    if len(away) == 1 and not _gone_for(row, away[0], kafka.at, allowed):
        yield f"broker {away[0]} is away, at most {lasting(allowed)}"
    if kafka.under_replicated and len(away) == 1:
        yield f"under-replicated partitions while broker {away[0]} is away"
    elif kafka.under_replicated and not away and not _late(row, kafka, look):
        who = f"broker {behind[0]} catches up" if len(behind) == 1 else "brokers catch up"
        yield f"under-replicated partitions while {who}"
    if kafka.leaderless > kafka.leaderless_replicated and len(away) == 1:
        yield f"partitions without a second replica wait for broker {away[0]}"


def unexpected(row: Maintenance, look: Look) -> tuple[str, ...]:
    """Symptoms that do not belong to it, the worst first: these call a person."""
    if row.phase in RUNNING:
        return (*row.memory.unexpected, *_of_amazon(row, look))
    if row.phase not in ENDED:
        return ()
    return tuple(dict.fromkeys((*row.memory.unexpected, *look.faults)))


def shown(row: Maintenance, look: Look) -> tuple[str, ...]:
    """What Kafka shows that does not belong; unseen, what it showed last and what is overdue.

    That Amazon ends it takes nothing away that nobody has seen get better.
    """
    if row.phase in ENDED and not (look.kafka and look.kafka.healthy):
        return row.memory.unexpected
    if row.phase not in RUNNING:
        return ()
    if look.kafka is not None:
        return (*_of_kafka(row, look.kafka, look), *look.faults)
    overdue = _overdue(row, _away(row), look.at, look)
    return tuple(dict.fromkeys((*row.memory.unexpected, *overdue, *look.faults)))


def _of_kafka(row: Maintenance, kafka: Kafka, look: Look) -> Iterator[str]:
    if len(kafka.down) > 1:
        names = ", ".join(map(str, kafka.down[:-1]))
        yield f"brokers {names} and {kafka.down[-1]} are down at once"
    if kafka.leaderless_replicated:
        yield "partitions that have replicas have no leader"
    elif kafka.leaderless and not kafka.down and not any(n.behind for n in kafka.nodes):
        yield "partitions have no leader although every broker is there"
    yield from _overdue(row, kafka.down, kafka.at, look)
    if _late(row, kafka, look):
        within = lasting(look.budget.catch_up)
        yield f"partitions are still under-replicated {within} after the last broker came back"


def _overdue(row: Maintenance, away: Iterable[int], until: datetime, look: Look) -> Iterator[str]:
    allowed = look.budget.broker_away
    for broker in away:
        if _gone_for(row, broker, until, allowed):
            yield f"broker {broker} is away for longer than {lasting(allowed)}"


def _away(row: Maintenance) -> tuple[int, ...]:
    """Who was down when the brokers were last seen."""
    return tuple(lane.broker for lane in row.lanes if lane.away_since)


def _of_amazon(row: Maintenance, look: Look) -> Iterator[str]:
    api, seen = look.api, row.memory.kafka_at
    if not row.memory.planned:
        yield "it is outside every planned window"
    if api is None or seen is None:
        return
    down = look.kafka.down if look.kafka else _away(row)
    if down and api.busy and not api.maintains:
        yield f"a broker is down, and Amazon says {api.state}: this is no maintenance"
    allowed = look.budget.unannounced
    if not api.busy and any(_gone_for(row, one, api.at, allowed) for one in down):
        yield f"a broker is down for longer than {lasting(allowed)}, and Amazon says {api.state}"
    calm, ending = row.memory.calm_since, look.budget.ending
    if api.busy and calm and seen - calm > timedelta(seconds=ending):
        yield f"every broker is well for longer than {lasting(ending)}, and Amazon does not end it"


def _gone_for(row: Maintenance, broker: int, until: datetime, seconds: float) -> bool:
    since = next((lane.away_since for lane in row.lanes if lane.broker == broker), None)
    return since is not None and until - since > timedelta(seconds=seconds)


def _late(row: Maintenance, kafka: Kafka, look: Look) -> bool:
    """Whether it is too long since anything moved, with partitions still out of sync."""
    if kafka.down or not kafka.under_replicated:
        return False
    back = [at for lane in row.lanes for at, how in lane.moves[-1:] if how in ("behind", "up")]
    last = max(back, default=row.began or kafka.at)
    return kafka.at - last > timedelta(seconds=look.budget.catch_up)
