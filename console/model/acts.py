"""What is done: orders, plans, verdicts, armings and the lines of the journal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Literal, get_args

from console.model.board import EMPTY, Ref

NUMBER = re.compile(r"\S*\d\S*")
Outcome = Literal["verified", "failed", "unknown"]
Kind = Literal[
    "armed",
    "disarmed",
    "finding.seen",
    "finding.cleared",
    "finding.deferred",
    "finding.acknowledged",
    "finding.silenced",
    "run.opened",
    "run.step",
    "run.closed",
    "remedy.planned",
    "remedy.refused",
    "remedy.started",
    "remedy.sent",
    "remedy.verified",
    "remedy.failed",
    "remedy.unknown",
    "watch.phase",
    "watch.rang",
    "issue.changed",
    "window.step",
    "window.ended",
    "window.reported",
    "contact.sent",
    "contact.answered",
    "shift.offered",
    "shift.taken",
    "note",
]
"""What a line of the journal tells of."""
KINDS: frozenset[Kind] = frozenset(get_args(Kind))
OF_ACTS = "remedy."
"""How the kinds of an act's lines begin."""
ENDINGS: Mapping[Outcome, Kind] = {
    "verified": "remedy.verified",
    "failed": "remedy.failed",
    "unknown": "remedy.unknown",
}
"""The line that ends an act."""
ENDS = frozenset(ENDINGS.values())


@dataclass(frozen=True, slots=True)
class Request:
    """One exact call to a vendor, as it is shown and as it is sent."""

    service: str
    operation: str
    params: Mapping[str, Any] = field(default_factory=lambda: EMPTY)


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody wants done: an entry of the allow-list, on targets, maybe as a case's step."""

    remedy: str
    """Entry of remedies.yaml."""
    targets: tuple[Ref, ...]
    case: str = ""
    run: str = ""
    step: str = ""
    words: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    """Texts the remedy needs, such as the message of a notification."""
    unattended: bool = False
    """Nobody looks at the plan: an arming that names the case stands for the person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a remedy would do, complete: nothing is sent that is not in here."""

    remedy: str
    title: str
    targets: tuple[Ref, ...]
    scopes: tuple[str, ...]
    """Every scope the targets serve: all must be armed, all are locked."""
    where: tuple[tuple[str, str], ...]
    """Site, account id, Region or cluster, as (word, value)."""
    will: tuple[str, ...]
    loses: tuple[str, ...]
    keeps: tuple[str, ...]
    takes: str
    """About how long."""
    requests: tuple[Request, ...]
    proof: str
    """What will count as proof that it worked."""
    typed: str = ""
    """The name that must be typed, where data is lost."""
    seen: Mapping[str, Any] = field(default_factory=lambda: EMPTY)
    """What planning read that the proof or the journal needs; JSON-able."""
    warnings: tuple[str, ...] = ()
    preview: tuple[str, ...] = ()
    """How it stands just now, for people: it moves by the second and makes no other act."""
    copies_mb: float | None = 0.0
    """What it copies to this disk first; None: nobody knows how much."""
    identity: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    """What tells the target from another one of the same name, such as its uid."""
    touches: tuple[Ref, ...] = ()
    """What else it changes and locks, such as the replication group that a node belongs to."""
    role: str = ""
    """primary or replica, where the target has one."""
    role_needed: str = ""
    """The role without which the act would be another one."""
    alone: tuple[str, ...] = ()
    """Scopes in which nothing healthy stands in for the target, by what was read just now."""
    last_target: tuple[str, ...] = ()
    """Why it must stay behind its load balancers, by what was read just now; nothing lifts it."""
    last_acted_at: datetime | None = None
    """An act on the target that the vendor shows, by the estate's clock."""
    last_acted_by: str = ""
    finishes: str = ""
    """The act, done in part, whose rest this is: it takes nothing away, and needs no rest."""

    def same_act(self, other: Plan) -> bool:
        """Whether somebody who was shown the other plan has seen this one."""
        return self.compared() == other.compared()

    def compared(self) -> dict[str, Any]:
        """What makes it this act and no other, by the word for people."""
        return {
            "target": self.targets,
            "also changes": self.touches,
            "scopes": self.scopes,
            "where": self.where,
            "it is": dict(self.identity),
            "role": (self.role, self.role_needed),
            "does": steady(self.will),
            "lost": self.loses,
            "kept": steady(self.keeps),
            "sends": self.requests,
            "name to type": self.typed,
            "nothing stands in for it in": self.alone,
            "must stay": self.last_target,
            "behind target groups": tuple(self.seen.get("groups", ())),
            "mind": steady(self.warnings),
            "the rest of": self.finishes,
        }


def texts_of(told: object) -> tuple[str, ...]:
    """A list of texts as it was written down; none where it is something else."""
    return tuple(map(str, told)) if isinstance(told, list | tuple) else ()


def steady(texts: Iterable[str]) -> tuple[str, ...]:
    """Sentences without their numbers: what is counted changes by the second."""
    return tuple(NUMBER.sub("#", text) for text in texts)


@dataclass(frozen=True, slots=True)
class Guarded:
    """What one guard said of a plan."""

    guard: str
    ok: bool
    said: str
    override: str = ""
    """What must be typed to go on all the same; empty where nothing lifts it."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A plan with its guards, to be shown; only the one that made it fires it, once."""

    plan: Plan
    guards: tuple[Guarded, ...]
    order: Order
    at: datetime
    """Real time."""
    act: str = ""
    """The act's own name, in the journal from its planning to its end."""

    @property
    def refusals(self) -> tuple[str, ...]:
        """Why it cannot be fired now, where no typed override helps."""
        return tuple(one.said for one in self.guards if not one.ok and not one.override)


@dataclass(frozen=True, slots=True)
class Changed:
    """The world changed since the plan was shown: nothing was sent, this is the plan now."""

    proposal: Proposal


@dataclass(frozen=True, slots=True)
class Verdict:
    """How an act ended, after looking."""

    outcome: Outcome
    said: str
    evidence: tuple[str, ...] = ()
    seconds: float = 0.0
    undone: bool = False
    """Nothing was changed by it: no cool-down begins."""
    settled: bool = False
    """However it ended, all that it took meanwhile was seen to be back."""


@dataclass(frozen=True, slots=True)
class Arming:
    """What this console may act on, until when and why."""

    SHORTEST: ClassVar[int] = 1  # minutes
    LONGEST: ClassVar[int] = 8 * 60

    scopes: frozenset[str]
    until: datetime
    """Real time."""
    reason: str
    cases: frozenset[str] = frozenset()
    """Cases whose `auto` steps may run unattended."""
    may_empty_topics: bool = False
    by: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal: what (`kind`), to which run it belongs, who, and the facts."""

    at: datetime
    """Real time, UTC."""
    kind: str
    run: str = ""
    by: str = ""
    data: Mapping[str, Any] = field(default_factory=lambda: EMPTY)
    prev: str = ""
    """SHA-256 of the line before."""
