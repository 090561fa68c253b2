"""What the journal tells of the watch: how far each cluster was, what rang, who heard it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from heapq import merge
from typing import Any

from console.model import EMPTY, Entry, time_of
from console.model.acts import texts_of
from console.model.affairs import Ring
from console.sources.maintenance import RUNNING
from console.watch.rings import Stood

AGAIN_S = 60.0  # real seconds until what nobody heard rings again
OLDEST = timedelta(hours=12)  # a ring of another night calls nobody


@dataclass(frozen=True, slots=True)
class Seen:
    """One transition in the journal."""

    at: datetime
    """Real time."""
    stood: Stood
    watcher: str
    """Which console or watch saw it first."""


@dataclass(frozen=True, slots=True)
class Told:
    """The journal's news of the watch."""

    seen: Mapping[str, tuple[Seen, ...]] = field(default_factory=lambda: EMPTY)
    """Cluster → its latest transitions, oldest first."""
    rang: tuple[Entry, ...] = ()
    """What rang and was not heard, oldest first."""

    def stood(self, cluster: str, now: datetime) -> Stood:
        """How far it was by the journal; how another night ended says nothing about this one."""
        seen = self.seen.get(cluster, ())
        return seen[-1].stood if seen and now - seen[-1].at <= OLDEST else Stood()


KEPT = 12  # transitions of a cluster: two watchers are never further apart


def fold(told: Told, entry: Entry, cases: frozenset[str], world: str) -> Told:
    """The same after one more entry; `cases`: those that speak of maintenances.

    Another lab's night says nothing about this one's.
    """
    data = entry.data
    if entry.kind in ("watch.phase", "watch.rang") and str(data.get("world", "")) != world:
        return told
    match entry.kind:
        case "watch.phase":
            return _moved(told, entry)
        case "watch.rang":
            kept = (one for one in told.rang if _key(one) != _key(entry))
            return replace(told, rang=(*kept, entry))
        case "finding.acknowledged":
            return _without(told, (one for one in told.rang if _hears(data, one, cases)))
        case "finding.silenced" if data.get("until"):
            return _without(told, (one for one in told.rang if _hears(data, one, cases)))
        case "run.closed":
            return _without(told, (one for one in told.rang if one.run == entry.run))
        case _:
            return told


def with_unwritten(
    entries: Iterable[Entry], told: Told, unwritten: Collection[Entry]
) -> Iterable[Entry]:
    """A journal's entries with what still rings and is not in it, at its place in time.

    Merged and not sorted: a journal's own order holds, for a clock may be set back.
    """
    ours = tuple(one for one in told.rang if one in unwritten)
    return merge(entries, ours, key=lambda one: one.at)


def _moved(told: Told, entry: Entry) -> Told:
    data, cluster = entry.data, str(entry.data.get("cluster", ""))
    broker = data.get("broker")
    stood = Stood(
        phase=str(data.get("to", "quiet")),
        broker=broker if isinstance(broker, int) else None,
        since=time_of(data.get("since")),
        unexpected=frozenset(texts_of(data.get("unexpected"))),
    )
    seen = (*told.seen.get(cluster, ()), Seen(entry.at, stood, str(data.get("watcher", ""))))
    told = replace(told, seen={**told.seen, cluster: seen[-KEPT:]})
    if stood.phase != "quiet":
        return told
    settled = (one for one in told.rang if not _unsettled(one))
    return _without(told, (one for one in settled if _key(one) == (cluster, "", False)))


def _unsettled(ring: Entry) -> bool:
    """Whether it told of something unexpected that no good end has replaced: a person hears it."""
    why = ring.data.get("why")
    return why == "unexpected" or (why == "over" and not ring.data.get("good"))


def _key(entry: Entry) -> tuple[str, str, bool]:
    """A newer ring of the same cluster, or of the same checklist, says it all.

    But not that nothing goes on by itself any more: that stays true through every phase.
    """
    return str(entry.data.get("cluster", "")), entry.run, entry.data.get("why") == "disarmed"


def _hears(data: Mapping[str, Any], ring: Entry, cases: frozenset[str]) -> bool:
    """Whether somebody who took this cluster, or this finding, has heard the ring."""
    cluster = ring.data.get("cluster")
    if data.get("cluster"):
        return bool(data["cluster"] == cluster)
    finding = str(data.get("finding", ""))
    case, _, scope = finding.partition("@")
    its = ring.data.get("finding")
    return finding == its if its else case in cases and scope == cluster


def _without(told: Told, gone: Iterable[Entry]) -> Told:
    heard = tuple(gone)
    return replace(told, rang=tuple(one for one in told.rang if one not in heard))


def open_rings(told: Told, now: datetime, before: Collection[str]) -> Iterator[Ring]:
    """What rings now (real time); `before`: the places (`prev`) of what rang before the start.

    That rings on only for what still goes on, or ended with something unexpected. Not by times:
    a clock may be set back.
    """
    for one in told.rang:
        cluster = str(one.data.get("cluster", ""))
        goes_on = one.run or _unsettled(one) or told.stood(cluster, now).phase in RUNNING
        old = one.prev in before and not (goes_on and not one.data.get("good"))
        if old or now - one.at > OLDEST:
            continue
        again = 0.0 if one.data.get("once") else max((now - one.at).total_seconds(), 0.0)
        yield Ring(cluster, str(one.data.get("text", "")), one.at, 1 + int(again // AGAIN_S))
