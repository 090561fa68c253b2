"""What ElastiCache tells of its nodes; only what it dates, and of whom it says it, counts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from console.aws.places import place_of
from console.model.words import utc

if TYPE_CHECKING:
    from console.aws.places import Place
    from console.aws.session import Aws
    from console.model import Plan
    from console.proof import Proof
    from console.remedy import Hands

Kind = Literal["cache-cluster", "replication-group"]
KEPT_MIN = 14 * 24 * 60  # minutes that events are kept
NEWEST = 100
MEMBER = re.compile(r"(-\d{4})?-\d{3}$")
"""What ElastiCache adds to a group's name for its shards and nodes."""


def group_of(cluster: str, replicas: int | None, mode: str | None) -> str:
    """The replication group of a node, empty where it is alone: its name without what AWS adds."""
    grouped = bool(replicas) or mode in ("enabled", "compatible")
    name = MEMBER.sub("", cluster)
    return name if grouped and name != cluster else ""


@dataclass(frozen=True, slots=True)
class Event:
    """One event of one cluster or group."""

    at: datetime
    text: str

    def __str__(self) -> str:
        return f'event "{self.text}" of {utc(self.at)}'


async def events(
    aws: Aws,
    place: Place,
    kind: Kind,
    name: str,
    since: datetime | None = None,
) -> Sequence[Event]:
    """Events of one source, oldest first: of two weeks, or since a moment."""
    window = {"StartTime": since} if since else {"Duration": KEPT_MIN}
    found = await aws.pages(
        place.account,
        place.region,
        "elasticache",
        "describe_events",
        "Events",
        SourceType=kind,
        SourceIdentifier=name,
        MaxRecords=NEWEST,
        **window,
    )
    named = [one for one in found if (one["SourceType"], one["SourceIdentifier"]) == (kind, name)]
    told = [Event(one["Date"], str(one["Message"])) for one in named]
    return sorted((one for one in told if since is None or one.at >= since), key=lambda e: e.at)


async def since_plan(
    plan: Plan, proof: Proof, hands: Hands, kind: Kind, name: str
) -> Sequence[Event]:
    """Events since the request that planning had not seen; `last_event_at` is the newest it saw."""
    found = await events(hands.clients.aws, place_of(plan), kind, name, proof.since)
    known = plan.seen.get("last_event_at")
    return [one for one in found if not known or one.at > datetime.fromisoformat(known)]
