"""When a maintenance begins, how far it is, and what must hold unbroken until it is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from console.maintenance.lanes import anew
from console.maintenance.values import ENDED, OPERATIONS, RUNNING, Api, Basis, Look, Phase

if TYPE_CHECKING:
    from console.sources.maintenance import Maintenance


def begins(row: Maintenance, look: Look) -> bool:
    """Whether a maintenance starts with this look.

    Anywhere: a broker is missing, or Amazon says MAINTENANCE or patches. Inside a planned window
    also partitions that are under-replicated. HEALING, REBOOTING_BROKER and UPDATING are no
    maintenance by themselves: a person may have asked for them; a broker that is missing meanwhile
    has begun one, and an unexpected one.
    """
    api, kafka = look.api, look.kafka
    if row.phase in RUNNING:
        told = row.memory.started_at
        newer = bool(api and told and api.started_at and api.started_at > told)
        return bool(newer and api and api.maintains)
    if kafka and (kafka.down or (look.planned and kafka.under_replicated + kafka.leaderless)):
        return True
    return bool(api and api.maintains) or _just_ended(row, look)


def _just_ended(row: Maintenance, look: Look) -> bool:
    """At the first look: it ended so lately that its end is still to be proven and told."""
    api = look.api
    if row.phase is not None or api is None or api.operation not in OPERATIONS:
        return False
    return api.ended_after(look.at - timedelta(seconds=look.budget.kept))


def begun(row: Maintenance, look: Look) -> Maintenance:
    """The row at the start of a maintenance, or as it goes on with one that was thought over."""
    if row.phase == "probably_over" and look.api and look.api.maintains and not _new(row, look.api):
        return replace(row, phase="between", since=look.seen_at, healthy_since=None)
    kafka = look.kafka
    at = kafka.at if kafka and not kafka.healthy else look.seen_at
    memory = replace(
        row.memory,
        noticed=at,
        announced=False,
        planned=look.planned,
        joined=row.phase is None,
        lowest_pct=None,
        basis="",
        started_at=None,
        unexpected=(),
    )
    return replace(
        row,
        phase="started",
        broker=None,
        since=at,
        began=at,
        healthy_since=None,
        memory=memory,
        lanes=anew(row.lanes),
    )


def _new(row: Maintenance, api: Api) -> bool:
    """Whether Amazon speaks of another maintenance than the one that this row tells of."""
    return api.started_at is None or row.since is None or api.started_at > row.since


def looked(row: Maintenance, look: Look) -> Maintenance:
    """What this look means for all that must hold unbroken."""
    memory, api, kafka = row.memory, look.api, look.kafka
    broken = bool(
        (kafka and memory.kafka_at and kafka.at - memory.kafka_at > look.kafka_gap)
        or (api and memory.api_at and api.at - memory.api_at > look.api_gap)
    )
    calm = memory.calm_since
    if kafka is not None:  # unseen it stays: the next look breaks it where the gap was too long
        calm = (kafka.at if calm is None or broken else calm) if kafka.healthy else None
    still = memory.still_since
    if api is not None:
        still = None if api.busy else still or api.at
    memory = replace(
        memory,
        still_since=still,
        kafka_at=kafka.at if kafka else memory.kafka_at,
        api_at=api.at if api else memory.api_at,
        calm_since=calm,
    )
    return replace(row, memory=memory, healthy_since=None if broken else row.healthy_since)


def heard(row: Maintenance, look: Look) -> Maintenance:
    """Whether Amazon speaks of this maintenance, and since when it goes on by its word."""
    api, memory = look.api, row.memory
    memory = replace(memory, planned=memory.planned or look.planned)
    row = replace(row, memory=memory)
    if api is None or memory.noticed is None:
        return row
    # one that ran before we looked may have ended before we looked
    early = timedelta(seconds=look.budget.kept if memory.joined else 0)
    ours = api.ended_after(memory.noticed - early)
    if not (api.busy or ours):
        return row
    told = (api.working or ours) and api.operation in OPERATIONS
    began = min((at for at in (row.began, api.started_at if told else None) if at), default=None)
    started = api.started_at if told and api.started_at else memory.started_at
    return replace(row, began=began, memory=replace(memory, announced=True, started_at=started))


def basis(row: Maintenance, look: Look) -> Basis:
    """What its end is judged by now."""
    if look.api is None:
        return "kafka"
    return "amazon" if row.memory.announced else "silent"


def holds(row: Maintenance, look: Look) -> bool:
    """Whether everything that its end needs is so in this look.

    Amazon's word counts when it was read after the start was noticed: an ACTIVE from before
    is no news. Where it says nothing, every broker must have been down and up.
    """
    api, kafka, noticed = look.api, look.kafka, row.memory.noticed
    if kafka is None or not kafka.healthy:
        return False
    if api is None:
        return left(row, look) == 0
    return not api.busy and noticed is not None and api.at >= noticed


def left(row: Maintenance, look: Look) -> int | None:
    """How many brokers have not been down and back yet."""
    expected = look.kafka.expected if look.kafka else None
    expected = expected or (look.api.brokers_expected if look.api else None)
    return expected and max(expected - sum(lane.done for lane in row.lanes), 0)


def gone_on(row: Maintenance, look: Look) -> Maintenance:
    """The phase of a maintenance that runs or ended: by what holds, and for how long it has."""
    on = basis(row, look)
    since: datetime | None = None
    if holds(row, look):
        same = row.healthy_since is not None and row.memory.basis == on
        since = row.healthy_since if same else look.seen_at
    row = replace(row, healthy_since=since, memory=replace(row.memory, basis=on))
    if row.phase in ENDED:
        return _ended(row, look, on)
    if _unbroken(row, look, on):
        phase: Phase = "over" if on == "amazon" else "probably_over"
        ended = look.seen_at
        return _to(replace(row, memory=replace(row.memory, ended=ended)), look, phase)
    if _ended_unseen(row, look):
        return _to(
            replace(row, memory=replace(row.memory, ended=look.seen_at)), look, "probably_over"
        )
    if on == "kafka" and _nothing_more(row, look):
        return quiet(row, look)
    return _to(row, look, *_running(row, look, on))


def _unbroken(row: Maintenance, look: Look, on: Basis) -> bool:
    """Whether it has held for long enough, by a look at Kafka and a young word of Amazon's."""
    if row.healthy_since is None or look.kafka is None or (look.api and not look.api.fresh):
        return False
    budget = look.budget
    wanted = budget.unbroken if on == "amazon" else budget.probably
    return look.kafka.at - row.healthy_since >= timedelta(seconds=wanted)


def _ended(row: Maintenance, look: Look, on: Basis) -> Maintenance:
    """Over stays for an hour; what was only probable is made sure when Amazon says so.

    What was unexpected and was not seen to get better stays, however long that takes.
    """
    proving = row.phase == "probably_over" and on == "amazon" and row.healthy_since is not None
    if proving and _unbroken(row, look, on):
        return _to(row, look, "over")
    over_for = look.at - (row.since or look.at)
    if row.memory.unexpected or proving or over_for < timedelta(seconds=look.budget.kept):
        return row
    return quiet(row, look)


def _ended_unseen(row: Maintenance, look: Look) -> bool:
    """Whether Amazon ended it long ago, and nobody has seen a broker since."""
    api, memory = look.api, row.memory
    if look.kafka is not None or api is None or api.busy or not memory.announced:
        return False
    told = api.ended_at if memory.noticed and api.ended_after(memory.noticed) else None
    ended = told or memory.still_since or look.at
    unseen = memory.kafka_at is None or memory.kafka_at < ended
    return unseen and look.at - ended >= timedelta(seconds=look.budget.ending)


def _nothing_more(row: Maintenance, look: Look) -> bool:
    """Without Amazon's word, and not every broker seen: healthy so long, there is nothing left."""
    calm, kafka = row.memory.calm_since, look.kafka
    long = timedelta(seconds=look.budget.kept)
    return calm is not None and kafka is not None and kafka.at - calm >= long


def _running(row: Maintenance, look: Look, on: Basis) -> tuple[Phase, int | None]:
    kafka = look.kafka
    if kafka is None:  # as it was last seen; but nothing settles unseen
        return ("between" if row.phase == "settling" else row.phase or "started"), row.broker
    if kafka.down:
        at = {lane.broker: lane.away_since or kafka.at for lane in row.lanes}
        return "broker_down", max(kafka.down, key=lambda broker: at.get(broker, kafka.at))
    behind = [node for node in kafka.nodes if node.behind]
    moved = row.memory.joined or any(
        lane.done or any(how == "down" for _, how in lane.moves) for lane in row.lanes
    )
    if behind and moved:
        return "catching_up", max(behind, key=lambda node: node.behind).broker
    if row.healthy_since is not None and on != "silent":
        return "settling", None
    return ("between" if any(lane.done for lane in row.lanes) else "started"), None


def quiet(row: Maintenance, look: Look) -> Maintenance:
    """The row where nothing goes on: quiet, or expected while a planned window is open."""
    if row.phase is None and (look.kafka is None or (look.asks and look.api is None)):
        return row  # nobody has seen yet that nothing goes on
    since = row.since if row.phase in ("quiet", "expected") else None
    before = row.phase if since else None
    row = replace(row, broker=None, began=None, healthy_since=None, since=since, phase=before)
    return _to(row, look, "expected" if _to_come(row, look) else "quiet")


def _to_come(row: Maintenance, look: Look) -> bool:
    """Whether this window's maintenance is still to come: one that has been needs no waiting."""
    if look.window is None or not look.planned:
        return False
    opened, api, ended = look.window[0], look.api, row.memory.ended
    been = api and api.operation in OPERATIONS and api.started_at and api.started_at >= opened
    return not been and (ended is None or ended < opened)


def _to(row: Maintenance, look: Look, phase: Phase, broker: int | None = None) -> Maintenance:
    if (row.phase, row.broker) == (phase, broker) and row.since is not None:
        return row
    return replace(row, phase=phase, broker=broker, since=look.seen_at)
