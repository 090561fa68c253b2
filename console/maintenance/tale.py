"""What happened from one look to the next, in sentences; bounded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from console.maintenance.budget import SETTLED_PCT
from console.maintenance.values import ENDED, RUNNING, Api, Happening, Lane, Look
from console.model.words import lasting

if TYPE_CHECKING:
    from console.sources.maintenance import Maintenance

MOST = 120
KEPT = timedelta(days=1)  # of what is no part of a maintenance
SUNK = 10.0  # percent: so far below must the preferred leaders have been to be told of as back
PHASES = {
    "quiet": "nothing is going on",
    "expected": "the planned window is open, nothing has begun",
    "started": "it has begun",
    "settling": "everything that its end needs holds",
    "over": "it is over",
    "probably_over": "it is probably over: Amazon does not tell",
}
UNSEEN = "it is probably over: Amazon has ended it, and the brokers are not seen"


def happenings(before: Maintenance, row: Maintenance, look: Look) -> tuple[Happening, ...]:
    """The tale, with what this look adds."""
    new = [*_begun(before, row, look), *_lanes(before, row, look), *_leaders(before, row, look)]
    new += [*_amazon(before, row, look), *_news(before, row, look), *_phase(before, row, look)]
    told = [one for one in before.happenings if row.phase in RUNNING or one.at > look.at - KEPT]
    return (*told, *sorted(new, key=lambda one: one.at))[-MOST:]


def _begun(before: Maintenance, row: Maintenance, look: Look) -> Iterator[Happening]:
    if row.phase in RUNNING and before.phase not in RUNNING and row.memory.noticed:
        said = PHASES["started"]
        if row.memory.joined:
            said = "it runs already as the console begins to look"
        elif before.phase in ENDED:
            said = "it has begun again"
        yield Happening(row.memory.noticed, said, row.memory.planned)
    elif row.phase in RUNNING and row.memory.noticed != before.memory.noticed:
        yield Happening(look.seen_at, "another one has begun", row.memory.planned)


def _phase(before: Maintenance, row: Maintenance, look: Look) -> Iterator[Happening]:
    told = row.phase in ("expected", "settling", *ENDED)
    left_alone = row.phase == "quiet" and before.phase in ("expected", *RUNNING)
    if row.phase == before.phase or row.since is None or not (told or left_alone):
        return
    said = "the planned window has closed, nothing happened"
    if before.phase != "expected" or row.phase != "quiet":
        said = PHASES[row.phase or "quiet"]
    if row.phase == "probably_over" and look.kafka is None:
        said = UNSEEN
    yield Happening(row.since, said)


def _lanes(before: Maintenance, row: Maintenance, look: Look) -> Iterator[Happening]:
    known = {lane.broker: lane for lane in before.lanes}
    blind = all(lane.standing == "unknown" for lane in before.lanes)
    for lane in row.lanes:
        was = known.get(lane.broker)
        if look.kafka is None or (was and was.standing == lane.standing):
            continue
        if was and blind and was.known == lane.standing:
            continue  # nobody answered for a moment, and nothing has changed
        at = lane.moves[-1][0]
        said = _moved(was, lane, at)
        if said:
            alone = len(look.kafka.down) < 2 and row.memory.planned
            yield Happening(at, said, alone if lane.standing == "down" else True)


def _moved(was: Lane | None, lane: Lane, at: datetime) -> str:
    name, how = f"broker {lane.broker}", lane.standing
    if was is None or not was.moves:
        return f"{name} is not in the metadata" if how == "down" else ""
    if how == "unknown":
        return f"{name} is listed and does not answer"
    if how == was.known:
        return f"{name} answers again"
    if how == "down":
        return f"{name} left the metadata"
    if was.away_since is not None:
        after = lasting((at - was.away_since).total_seconds())
        return f"{name} is back after {after}" + ("" if how == "up" else " and catches up")
    if how == "behind":
        return f"{name} fell out of sync"
    began = next(at for at, one in reversed(was.moves) if one == was.known)
    return f"{name} in sync again after {lasting((at - began).total_seconds())}"


def _leaders(before: Maintenance, row: Maintenance, look: Look) -> Iterator[Happening]:
    low, now = before.memory.lowest_pct, look.kafka.preferred_pct if look.kafka else None
    if look.kafka and low is not None and row.memory.lowest_pct is None and now is not None:
        yield Happening(look.kafka.at, f"leaders moved back: {low:.0f} % → {now:.0f} % preferred")


def sunk(low: float | None, now: float | None) -> float | None:
    """The lowest share of preferred leaders while they are away; None once they are back."""
    if now is None:
        return low
    if now >= SETTLED_PCT:
        return None if low is None or now - low >= SUNK else low
    return now if low is None else min(low, now)


def _amazon(before: Maintenance, row: Maintenance, look: Look) -> Iterator[Happening]:
    api = look.api
    if api is None:
        if before.state is not None and row.phase in RUNNING:
            yield Happening(look.at, f"Amazon's word is not known: {look.api_why}")
    elif (before.state, before.operation) != (row.state, row.operation) and (
        before.state is not None or api.busy
    ):
        yield Happening(api.at, f"Amazon says {spoken(api)}", api.maintains or not api.busy)


def spoken(api: Api) -> str:
    """What Amazon says, with the operation that is under way."""
    return f"{api.state} ({api.operation})" if api.working else api.state


def _news(before: Maintenance, row: Maintenance, look: Look) -> Iterator[Happening]:
    for said in row.unexpected:
        if said not in before.unexpected:
            yield Happening(look.seen_at, said, expected=False)
