"""Each broker's lane and the levels of the cluster, one look longer; never without a bound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from console.maintenance.values import Kafka, Lane, Level, Look, Node, Standing

MOVES = 60  # of one broker; three restarts are twelve
LEVELS = 240
EVERY = timedelta(minutes=1)
KEPT = timedelta(hours=1)  # of what was before a maintenance


def standing(node: Node) -> Standing:
    """How a broker stands."""
    if node.up is None:
        return "unknown"
    if not node.up:
        return "down"
    return "behind" if node.behind else "up"


def longer(lanes: Sequence[Lane], look: Look, calm: bool, joined: bool = False) -> tuple[Lane, ...]:
    """The lanes with what this look saw; without Kafka nobody knows how they stand.

    `calm`: nothing goes on, so what a broker leads now is what it leads usually. Where the
    maintenance was `joined`, one that catches up has been down unseen.
    """
    if look.kafka is None:
        return tuple(_moved(lane, look.at, "unknown") for lane in lanes)
    known = {lane.broker: lane for lane in lanes}
    return tuple(
        _seen(known.get(node.broker, Lane(node.broker)), node, look.kafka, calm, joined)
        for node in look.kafka.nodes
    )


def _seen(lane: Lane, node: Node, kafka: Kafka, calm: bool, joined: bool) -> Lane:
    lane = replace(_moved(lane, kafka.at, standing(node)), leads=node.leaders)
    if calm:
        return replace(lane, led=node.leaders if kafka.healthy else lane.led, done=False)
    was_down = any(how == "down" or (joined and how == "behind") for _, how in lane.moves)
    return replace(lane, done=lane.done or (was_down and lane.standing == "up"))


def _moved(lane: Lane, at: datetime, how: Standing) -> Lane:
    if lane.moves and lane.standing == how:
        return lane
    return replace(lane, moves=(*lane.moves, (at, how))[-MOVES:])


def anew(lanes: Sequence[Lane]) -> tuple[Lane, ...]:
    """The lanes at the start of a maintenance: only how each stands, and what it led."""
    return tuple(replace(lane, moves=_last(lane), done=False) for lane in lanes)


def _last(lane: Lane) -> tuple[tuple[datetime, Standing], ...]:
    """How it stands, and how it was seen last while nobody sees it."""
    return lane.moves[-2:] if lane.standing == "unknown" else lane.moves[-1:]


def levels(before: Sequence[Level], look: Look, running: bool) -> tuple[Level, ...]:
    """One a minute and one at each change; the older ones are thinned when there are too many."""
    kafka = look.kafka
    new = Level(kafka.at, kafka.under_replicated, kafka.leaderless) if kafka else None
    new = new or Level(look.at, None, None)
    kept = list(before) if running else [one for one in before if one.at > new.at - KEPT]
    if kept and replace(kept[-1], at=new.at) == new and new.at - kept[-1].at < EVERY:
        return tuple(kept)
    kept.append(new)
    if len(kept) > LEVELS:
        half = LEVELS // 2
        kept = [*kept[:half:2], *kept[half:]]
    return tuple(kept)
