"""`oncall demo --drill NAME`: a place of its own for the drill, and the debrief at its end."""

from __future__ import annotations

import logging
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from console.model.words import harmless, lasting

if TYPE_CHECKING:
    from console.config import Configuration
    from console.drill import Debrief, Goal, Milestone, Turn

WELL, MISSED = 0, 1
KEPT = timedelta(days=7)
NAMED, TIME = re.compile(r"(\d{8}-\d{6})-\w+"), "%Y%m%d-%H%M%S"  # of a drill's directory
UNBEGUN = "The drill had not begun yet: there is nothing to tell."
BY_OTHERS = "The right act: none of the console's. It is for a person, or for others."
LEFT = "The right act: none. It can be left alone."
MARKS = {
    "found": "the console found",
    "taken": "taken (x)",
    "opened": "its checklist was opened (c)",
    "sent": "the right act was sent",
    "verified": "and seen to have worked",
    "answered": "somebody answered",
    "reported": "the report is out",
    "cleared": "gone",
    "closed": "its checklist was closed",
}
TURNS = {
    "opened": "opened another checklist",
    "planned": "looked at another act",
    "refused": "was refused an act",
    "skipped": "passed over the step",
    "silenced": "silenced what was wrong",
    "failed": "an act that did not work",
    "sent": "SENT what does not help here",
    "early": "SENT before the maintenance was over",
    "ahead": "SENT before what comes first was seen to have worked",
    "twice": "SENT once more",
    "late": "LATE: it was due, and nobody had said that it is out",
}
WIDTH = 30  # cells of what happened


@dataclass(frozen=True, slots=True)
class Place:
    """Where a drill is kept, apart from everything else."""

    state: Path
    deleted: int = 0
    """Drills of long ago that were deleted to make room for it."""


def set_apart() -> Place:
    """A state directory for one drill, this program's from now on. Raises OSError.

    What an earlier demo saw or did is no part of it: a finding known from then is not found anew.
    """
    from platformdirs import user_state_path

    from console.clock import real_now
    from console.modes import make

    named = os.environ.get("ONCALL_STATE")
    drills = (Path(named) if named else user_state_path("oncall")) / "drills"
    make(drills)
    deleted = _tidied(drills, real_now())
    state = Path(tempfile.mkdtemp(prefix=f"{real_now():{TIME}}-", dir=drills))
    os.environ["ONCALL_STATE"] = str(state)
    # the lab may end after the loop that started it, which asyncio would tell among our words
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    return Place(state, deleted)


def _tidied(drills: Path, now: datetime) -> int:
    """Delete the drills of long ago, by the time in their names; how many. Each has a recording."""
    gone = 0
    for one in list(drills.iterdir()):
        told = NAMED.fullmatch(one.name)
        if not told or _begun(told[1]) > now - KEPT:
            continue
        with suppress(OSError):  # what cannot be deleted hinders no drill
            shutil.rmtree(one)
            gone += 1
    return gone


def _begun(told: str) -> datetime:
    """When a drill began; digits that are no time are as good as never."""
    try:
        return datetime.strptime(told, TIME).replace(tzinfo=UTC)
    except ValueError:
        return datetime.max.replace(tzinfo=UTC)


def tell(scenario: str, goal: Goal, estate: Path, place: Place) -> int:
    """Print how the drill went; 0 for a good run, 1 where something was missed or was wrong.

    A terminal that is gone is told nothing.
    """
    from console.config import load
    from console.drill import debrief
    from console.estates import DEMO
    from console.findings import remembered
    from console.journal import JOURNAL

    journal = place.state / DEMO / JOURNAL
    told = debrief(remembered(journal), goal)
    lines = words(told, goal, names_of(load(estate))) if told else [UNBEGUN]
    end = [f"The journal of this drill: {journal}", *_deleted(place.deleted)]
    with suppress(OSError):
        print("\n".join([f"Drill {scenario}", *lines, *end]), flush=True)
    return WELL if told and told.well else MISSED


def _deleted(drills: int) -> Iterator[str]:
    if drills:
        yield f"Deleted: {drills} drill{'s' * (drills > 1)} of more than {KEPT.days} days ago."


@dataclass(frozen=True, slots=True)
class Names:
    """What people call things, by their ids, and where the estate is at home."""

    of: Mapping[str, str]
    zone: tzinfo

    def __call__(self, about: str) -> str:
        """A finding by its case's title and its place; anything else by its own."""
        case, at, scope = about.partition("@")
        if at and case in self.of:
            return f"{self.of[case]} · {scope}"
        first, _, rest = about.partition(" ")
        return f"{self.of.get(first, first)} {rest}".strip()


def names_of(configuration: Configuration) -> Names:
    """Titles of cases, of entries of remedies.yaml and of planned windows."""
    from zoneinfo import ZoneInfo

    titles = {id: one.title for id, one in configuration.windows.windows.items()}
    titles |= {id: one.title for id, one in configuration.remedies.remedies.items()}
    titles |= {id: case.title for id, case in configuration.cases.items()}  # windows share names
    return Names(titles, ZoneInfo(configuration.estate.estate.zone))


def words(told: Debrief, goal: Goal, names: Names) -> Iterator[str]:
    """The debrief, for people: each time with how long it was after the trouble began."""
    yield f"Times are the estate's ({names.zone}){_pace(told.speed)}."
    yield f"{_clock(told.began, names)}          {'it began' if goal.findings else 'drill began'}"
    before = told.began
    for mark in told.marks:
        yield harmless(_mark(mark, told.began, before, names))
        before = mark.at or before
    for turn in told.turns:
        yield harmless(_turn(turn, told.began, names))
    if not told.turns:
        yield "No wrong turn."
    if goal.findings and not goal.cures:
        yield LEFT if goal.leave else BY_OTHERS
    yield f"Your run: {_summary(told, goal, names)}"
    yield f"A good run: {goal.good}"


def _pace(speed: float) -> str:
    return "" if speed == 1 else f", {speed:g} times as fast as yours, and so is every span"


def _mark(mark: Milestone, began: datetime, before: datetime, names: Names) -> str:
    what, about = MARKS[mark.what], names(mark.about)
    said = f": {mark.said}" if mark.said else ""
    if mark.at is None:
        return f"  never           {what:<{WIDTH}} {about}{said}"
    after = _span(mark.at, began)
    since = "" if before == began else f" ({_span(mark.at, before)} after the line before)"
    return f"{_clock(mark.at, names)} {after:>7}  {what:<{WIDTH}} {about}{said}{since}"


def _turn(turn: Turn, began: datetime, names: Names) -> str:
    after = _span(turn.at, began)
    said = f": {turn.said}" if turn.said else ""
    head = f"{_clock(turn.at, names)} {after:>7}  wrong turn: {TURNS[turn.what]}"
    return f"{head}: {names(turn.about)}{said}"


def _summary(told: Debrief, goal: Goal, names: Names) -> str:
    """One sentence."""
    missed = [f"{MARKS[one.what]}: {names(one.about)}" for one in told.missed]
    sent = sum(turn.sent for turn in told.turns)
    late = any(turn.what == "late" for turn in told.turns)
    if told.well:
        asked = (goal.findings and not goal.leave) or goal.report
        return "all that a good run has" if asked else "nothing was sent, and nothing had to be"
    parts = [f"never came to this: {'; '.join(missed)}"] if missed else []
    parts += [f"{sent} act{'s' * (sent > 1)} sent that should not have been"] if sent else []
    parts += ["the report was late"] if late else []
    return ", and ".join(parts)


def _clock(at: datetime, names: Names) -> str:
    return f"{at.astimezone(names.zone):%H:%M:%S}"


def _span(at: datetime, before: datetime) -> str:
    return f"+{lasting(max((at - before).total_seconds(), 0))}"
