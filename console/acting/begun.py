"""Acts as the journal tells them: which were begun, which have no end, when they were done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from console.acting.circumstances import OFF_BOARD, Past
from console.model import EMPTY, Entry, Plan, Ref, Request, refs_of, time_of

if TYPE_CHECKING:
    from console.config import Estate

ENDS = frozenset({"remedy.verified", "remedy.failed", "remedy.unknown"})


@dataclass(frozen=True, slots=True)
class Begun:
    """An act whose start is on the disk."""

    act: str
    remedy: str
    kind: str
    """Of the remedy."""
    plan: Plan
    at: datetime
    """Real time."""
    started_at: str
    """By the estate's clock, ISO."""
    by: str
    run: str = ""
    step: str = ""
    case: str = ""
    world: str = ""
    sent: Mapping[str, Any] | None = None
    """What the vendor answered; None: no answer is on the disk."""
    ended: bool = False
    unsent: bool = False
    """It ended before anything was sent, or the vendor said no to it."""
    partly: Mapping[str, Any] = field(default_factory=lambda: EMPTY)
    """What the latest of several requests was answered, with `left`, while there is no more."""

    @property
    def left(self) -> str:
        """How it stands by what is written down, where it was done in part only."""
        return str(self.partly.get("left", ""))

    @property
    def rest(self) -> str:
        """What a plan made now would do: the rest of it. Empty where there is none."""
        return str(self.partly.get("rest", ""))

    def __str__(self) -> str:
        names = ", ".join(ref.name for ref in self.plan.targets)
        how = "no reply was written down" if self.sent is None else "the vendor accepted it"
        how = self.left or how
        when = f"{self.at:%Y-%m-%d %H:%M:%S} UTC"
        return f"{self.remedy} on {names} was begun at {when} by {self.by}; {how}; its end is open"


def begun(entries: Iterable[Entry], world: str) -> tuple[Begun, ...]:
    """Every act of this world that was begun, oldest first."""
    acts: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.kind.startswith("remedy.") and "act" in entry.data:
            acts.setdefault(entry.data["act"], []).append(entry)
    return tuple(one for lines in acts.values() for one in _begun(lines) if one.world == world)


def _begun(lines: list[Entry]) -> Iterator[Begun]:
    start = next((entry for entry in lines if entry.kind == "remedy.started"), None)
    if start is None:
        return
    replies = [entry.data for entry in lines if entry.kind == "remedy.sent"]
    sent = next((data for data in replies if "left" not in data), None)
    part = replies[-1] if replies and sent is None else None
    end = next((entry for entry in lines if entry.kind in ENDS), None)
    told = start.data
    yield Begun(
        told["act"],
        told["remedy"],
        told["kind"],
        plan_of(told["plan"]),
        start.at,
        told["started_at"],
        start.by,
        start.run,
        told.get("step", ""),
        told.get("case", ""),
        told.get("world", ""),
        sent["reply"] if sent else None,
        end is not None,
        end is not None and end.data.get("sent") is False,
        {**part["reply"], "left": part["left"], "rest": part["rest"]} if part else EMPTY,
    )


def plan_of(told: Mapping[str, Any]) -> Plan:
    """A plan as it was written down, by an earlier program or a later one as well."""
    known = {one.name for one in fields(Plan)}
    values: dict[str, Any] = {name: value for name, value in told.items() if name in known}
    for name in ("scopes", "will", "loses", "keeps", "warnings", "alone"):
        values[name] = tuple(told.get(name, ()))
    for name in ("targets", "touches"):
        values[name] = refs_of(told.get(name))
    values["last_acted_at"] = time_of(told.get("last_acted_at"))
    values["where"] = tuple((word, value) for word, value in told["where"])
    values["requests"] = tuple(Request(**request) for request in told["requests"])
    return Plan(**values)


def account_of(scope: str, estate: Estate) -> str:
    """The AWS account a scope lies in; empty where it lies in none."""
    if cluster := estate.kubernetes.get(scope):
        return cluster.eks.account if cluster.eks else ""
    if kafka := estate.kafka.get(scope):
        return kafka.account
    name, _, env = scope.partition("/")
    site = estate.sites.get(name)
    if site and env in site.environments:
        return site.environments[env].account
    return scope if scope in estate.accounts else ""


def thing(ref: Ref, estate: Estate) -> str:
    """A target by what it is."""
    return f"{ref.kind} {account_of(ref.scope, estate) or ref.scope} {ref.name}"


def things(plan: Plan, estate: Estate) -> frozenset[str]:
    """What it changes, by what it is, not by which of its scopes it was found in."""
    return frozenset(thing(ref, estate) for ref in (*plan.targets, *plan.touches))


def held(plan: Plan, estate: Estate) -> frozenset[str]:
    """What a plan locks, and keeps locked until its end is known: things, and what they serve."""
    if all(ref.kind in OFF_BOARD for ref in plan.targets):
        return things(plan, estate)  # a message does not keep others from the site
    return things(plan, estate) | set(plan.scopes)


def still_open(acts: Iterable[Begun], plan: Plan, estate: Estate) -> tuple[Begun, ...]:
    """Acts without an end on anything that the plan would lock: a crash gave the locks back."""
    mine = held(plan, estate)
    return tuple(one for one in acts if not one.ended and mine & held(one.plan, estate))


def past(acts: Iterable[Begun], plan: Plan, estate: Estate) -> tuple[Past, ...]:
    """What was done to the same targets; not what ended before anything was sent."""
    mine = things(plan, estate)
    return tuple(
        Past(one.remedy, one.kind, datetime.fromisoformat(one.started_at), one.by)
        for one in acts
        if not one.unsent and mine & things(one.plan, estate)
    )
