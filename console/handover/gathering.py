"""Puts together what a handover is made of: the same for the command and for a console."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from console.findings import zones_of
from console.handover.given import Gap, Given, Worst
from console.handover.story import story
from console.model import Board, Entry, Now
from console.model.affairs import Affairs
from console.model.planned import Planned

if TYPE_CHECKING:
    from console.config import Configuration


@dataclass(frozen=True, slots=True)
class Known:
    """What the journal and the plan say just now."""

    entries: tuple[Entry, ...] = ()
    """The whole journal, oldest first."""
    windows: tuple[Planned, ...] = ()
    trouble: str = ""
    """Why the journal is not read whole."""


def gathered(
    configuration: Configuration,
    named: Affairs,
    known: Known,
    *,
    now: Now,
    since: datetime,
    world: str,
    board: Board | None,
    worst: Mapping[str, Worst] | None,
    gaps: tuple[Gap, ...],
) -> Given:
    """Of a shift that began then (real time); `world`: the lab that its acts were of, or none."""
    estate = configuration.estate.estate
    return Given(
        estate=estate.title,
        zone=estate.zone,
        now=now,
        since=since,
        story=story(known.entries, since, configuration.cases, world),
        board=board,
        cases=configuration.cases,
        remedies=configuration.remedies.remedies,
        contacts=named.contacts,
        scopes=named.scopes,
        titles=named.titles,
        zones=zones_of(configuration.estate),
        windows=known.windows,
        worst=worst,
        gaps=gaps,
        trouble=known.trouble,
    )
