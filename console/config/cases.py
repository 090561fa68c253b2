"""The grammar of config/cases/<id>.yaml: symptoms, checklist, what may wait, examples."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import Field, PlainSerializer, PlainValidator, WithJsonSchema, model_validator

from console.config.conditions import Condition
from console.config.kinds import Model, Seconds, Words, Zone

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
STILL_BAD = "still-bad"
"""As a target's topic: those that the step before found bad."""
PLACEHOLDERS = ("title", "scope", "since", "evidence", "acted")
"""What a contact's message may have filled in; `acted`: when the run's act began, UTC."""
StepKind = Literal["do", "check", "wait", "run", "contact"]
KINDS: tuple[StepKind, ...] = ("do", "check", "wait", "run", "contact")
# What each key is for: on a step of another kind it would mean nothing.
ONLY_ON: Mapping[str, tuple[StepKind, ...]] = {
    "timeout": ("wait", "check", "contact"),
    "grace": ("wait", "check"),
    "samples": ("wait", "check"),
    "target": ("run",),
    "auto": ("run", "check", "wait"),
    "gate": ("check", "wait"),
    "message": ("contact",),
}


@dataclass(frozen=True, slots=True)
class WeekTime:
    """A moment of the week, `Fri 17:00`."""

    weekday: int
    """Monday is 0."""
    at: dt.time

    def __str__(self) -> str:
        return f"{DAYS[self.weekday]} {self.at:%H:%M}"


def _week_time(value: object) -> WeekTime:
    match = re.fullmatch(r"([A-Z][a-z]{2}) ([01]\d|2[0-3]):([0-5]\d)", str(value), re.ASCII)
    if match is None or match[1] not in DAYS:
        raise ValueError("expected a day and time such as Fri 17:00")
    return WeekTime(DAYS.index(match[1]), dt.time(int(match[2]), int(match[3])))


WeekMoment = Annotated[
    WeekTime,
    PlainValidator(_week_time),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "examples": ["Fri 17:00"]}),
]


class Target(Model):
    """What a `run` step acts on, beyond the finding's scope; empty = the evidence's own rows."""

    source: str = ""
    """Only evidence of this source: `instances` where the finding also has caches."""
    title: str = ""
    """The instance or cache with this title."""
    namespace: str = ""
    deployment: str = ""
    group: str = ""
    topics: Words = ()
    """Topics by name, or `still-bad`: those that the last check or wait of kafka_lag before it
    which judges `verdict` left unread."""

    @property
    def still_bad(self) -> bool:
        """Whether it takes what an earlier step left unread."""
        return STILL_BAD in self.topics


class Step(Model):
    """One line of the checklist, of exactly one kind."""

    id: str = Field(min_length=1)
    title: str = ""
    do: str = ""
    """A person does this and ticks it."""
    check: Condition | None = None
    """Ticks itself when this holds on fresh rows."""
    wait: Condition | None = None
    """Until this holds, or the timeout passes."""
    run: str = ""
    """A remedy of remedies.yaml."""
    contact: str = ""
    """A contact of contacts.yaml; done when somebody answered."""
    message: str = ""
    """Ready to copy; what stands in PLACEHOLDERS is filled in."""
    say: str = ""
    """Why, for somebody who has never done it."""
    only_if: Condition | None = None
    evidence: tuple[str, ...] = ()
    """Sources whose rows of this scope are kept before and after."""
    on_fail: Literal["stop", "go_on", "escalate"] = "stop"
    timeout: Seconds | None = None
    """What is not so by then has failed, or is unknown. An act has its remedy's own deadline."""
    grace: Seconds = 0.0
    """Not judged before this has passed."""
    samples: int = Field(default=1, ge=1, le=100)
    """How many fresh reads in a row must agree."""
    target: Target = Target()
    auto: bool = False
    """May go on unattended, under an arming that names the case."""
    gate: bool = False
    """Nothing after it is done before it holds; where nobody can tell, a reason passes it."""

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if sum(bool(getattr(self, kind)) for kind in KINDS) != 1:
            raise ValueError(f"a step is exactly one of {', '.join(KINDS)}")
        for name, kinds in ONLY_ON.items():
            if name in self.model_fields_set and self.kind not in kinds:
                raise ValueError(f"{name} means nothing on a step of kind {self.kind}")
        if self.wait and self.timeout is None:
            raise ValueError("a wait needs a timeout")
        if self.gate and self.on_fail == "go_on":
            raise ValueError("a gate stops what comes after it: on_fail cannot be go_on")
        for name in re.findall(r"\{(\w*)\}", self.message):
            if name not in PLACEHOLDERS:
                known = ", ".join(f"{{{each}}}" for each in PLACEHOLDERS)
                raise ValueError(f"the message's {{{name}}} is none of {known}")
        return self

    @property
    def acts_alone(self) -> bool:
        """Whether it is an act that may be done unattended."""
        return bool(self.run) and self.auto

    @property
    def kind(self) -> StepKind:
        """Which of the five it is."""
        return next(kind for kind in KINDS if getattr(self, kind))


class CanWait(Model):
    """A finding that is there between these moments is deferred until the second."""

    from_: WeekMoment = Field(alias="from")
    until: WeekMoment
    zone: Zone = ""
    """Empty: the zone of the finding's site or cluster."""
    unless: Condition | None = None


class Example(Model):
    """Rows that a case must, or must not, recognise."""

    title: str
    rows: Mapping[str, tuple[Mapping[str, Any], ...]]
    """Source → rows as far as they matter: fact → value, plus `scope`."""
    at: dt.datetime | None = None
    lasted: Seconds = 86400.0
    """How long it has been so."""


class Examples(Model):
    """What `oncall check` proves of a case."""

    match: tuple[Example, ...] = ()
    ignore: tuple[Example, ...] = ()


class Case(Model):
    """One recurring case."""

    id: str = Field(min_length=1)
    title: str = Field(min_length=1)
    severity: Literal["warning", "critical"]
    owner: str = "ours"
    about: str = ""
    """What it looks like and why it happens, for somebody who never saw it."""
    when: tuple[Condition, ...] = Field(min_length=1)
    """All must hold."""
    join: Literal["scope", "site", "cluster", "none"] = "scope"
    """What the rows of `when` have in common; each such unit is a finding of its own."""
    contacts: tuple[str, ...] = ()
    """Whom a step that fails with `escalate` goes to, in this order."""
    ignore: bool = False
    """Recognised and shown as not ours to act on; its remedies stay on offer."""
    offers: tuple[str, ...] = ()
    """Remedies on offer besides those of the steps."""
    can_wait: CanWait | None = None
    steps: tuple[Step, ...] = ()
    examples: Examples = Examples()

    def step(self, id: str) -> Step | None:
        """A step by its id."""
        return next((one for one in self.steps if one.id == id), None)

    def asks_whether_unknown(self, step: str) -> bool:
        """Whether a step is there for the case that nobody can tell how this one ended."""
        asked = (one for each in self.steps if each.only_if for one in each.only_if.steps())
        return any(one.step == step and "unknown" in one.outcome for one in asked)

    @model_validator(mode="after")
    def _escalation(self) -> Self:
        if not self.contacts and any(step.on_fail == "escalate" for step in self.steps):
            raise ValueError("a step escalates, but the case names no contacts")
        return self
