"""What this console may do and is doing, as screens show it; the engine's state bound down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from console.model.acts import Arming, Entry, Order, Proposal, Verdict
from console.model.board import EMPTY
from console.model.issues import Issue, Place
from console.model.planned import Planned
from console.model.runs import Run
from console.model.shift import Walk

Phase = Literal["asking", "choosing", "planning", "shown", "refused", "flying", "ended"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """One act from the wish for it to its end; `key` names it for the screen that asked."""

    key: str
    phase: Phase = "asking"
    choices: tuple[Order, ...] = ()
    """What could be done, while a person still chooses."""
    order: Order | None = None
    proposal: Proposal | None = None
    changed: tuple[str, ...] = ()
    """What differs from the plan that was shown before, a sentence each."""
    reasons: tuple[str, ...] = ()
    """Why it was refused."""
    fired_at: datetime | None = None
    """Real time."""
    verdict: Verdict | None = None
    left: str = ""
    """How it would stay, were it to end now: it is under way, and a part of it is done."""
    progress: tuple[str, float] | None = None
    """What it is busy with, and how much of that is done (0 to 1)."""


@dataclass(frozen=True, slots=True)
class Offer:
    """An entry of the allow-list, in words."""

    title: str
    say: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A contact, in words."""

    title: str
    answers_for: str = ""
    hours: str = ""
    language: str = ""
    channels: tuple[str, ...] = ()
    webhook: bool = False
    """Whether the console itself can send there."""


@dataclass(frozen=True, slots=True)
class OpenAct:
    """An act of an earlier start without an end, and what the world says of it now."""

    act: str
    said: str
    looking: bool = False
    verdict: Verdict | None = None
    trouble: str = ""
    """Why it could not be looked at."""
    rest: str = ""
    """What the same order would do now, where it was done in part: `start it again`."""
    order: Order | None = None


@dataclass(frozen=True, slots=True)
class Ring:
    """Something got worse, or is over, and nobody has said yet that they heard of it."""

    scope: str
    """The cluster it is about."""
    text: str
    since: datetime
    """Real time."""
    count: int = 1
    """How often it has rung; it rings again until it is acknowledged."""


@dataclass(frozen=True, slots=True)
class Night:
    """A case whose steps may go on unattended, and what must be armed for that."""

    case: str
    title: str
    scopes: tuple[str, ...]
    empties: bool = False
    """Whether a step of it empties a topic, which the arming must allow by itself."""
    steps: tuple[str, ...] = ()
    """Acts that would be done without anybody being asked, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Affairs:
    """Everything that screens know of arming, acts, checklists and the journal."""

    barred: str = ""
    """Why this console cannot be armed at all, in short; empty when it can."""
    arming: Arming | None = None
    doings: Mapping[str, Doing] = field(default_factory=lambda: EMPTY)
    unfinished: tuple[OpenAct, ...] = ()
    runs: tuple[Run, ...] = ()
    """Checklists, oldest first, closed ones too."""
    mover: str = ""
    """Who moves checklists on, while this console does not."""
    entries: tuple[Entry, ...] = ()
    """The journal, oldest first."""
    trouble: str = ""
    """Why the journal cannot be read."""
    scopes: tuple[str, ...] = ()
    """Every scope that can be armed."""
    titles: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    """Scope → how people call it: `堺/prod`."""
    zones: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    """Cluster → the time zone its people live by."""
    offers: Mapping[str, Offer] = field(default_factory=lambda: EMPTY)
    contacts: Mapping[str, Card] = field(default_factory=lambda: EMPTY)
    sites: Mapping[str, Place] = field(default_factory=lambda: EMPTY)
    """The sites that a known issue may belong to."""
    issues: tuple[Issue, ...] = ()
    """The register of known issues, by site."""
    issues_said: str = ""
    """What came of its last import or export."""
    able: frozenset[str] = frozenset()
    """Cases that have a checklist."""
    nights: tuple[Night, ...] = ()
    """Cases that may be armed to go on by themselves."""
    rings: tuple[Ring, ...] = ()
    """What rings and was not acknowledged."""
    windows: tuple[Planned, ...] = ()
    """What is planned, in order: what is just over, what goes on, what comes."""
    walk: Walk = field(default_factory=Walk)
    """The handover, as far as it is made."""
    spans: Mapping[str, float] = field(default_factory=lambda: EMPTY)
    """Fact, or id of a metric → seconds that its sparkline reaches back."""

    @property
    def flights(self) -> tuple[Doing, ...]:
        """Acts under way."""
        return tuple(one for one in self.doings.values() if one.phase == "flying")

    def title(self, scope: str) -> str:
        """A scope as people call it."""
        return self.titles.get(scope, scope)

    def offer(self, remedy: str) -> str:
        """A remedy as people call it."""
        found = self.offers.get(remedy)
        return found.title if found and found.title else remedy

    def sends(self, contact: str) -> bool:
        """Whether the console itself can write to a contact."""
        return contact in self.contacts and self.contacts[contact].webhook

    def run_of(self, finding: str) -> Run | None:
        """The open checklist of a finding."""
        mine = (run for run in self.runs if run.finding == finding and run.closed_at is None)
        return next(mine, None)

    def run(self, id: str) -> Run | None:
        """A checklist by its id."""
        return next((run for run in self.runs if run.id == id), None)
