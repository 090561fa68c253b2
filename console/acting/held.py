"""What acts hold and what they did, by what was begun: no plan passes over either."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from console.acting.circumstances import OFF_BOARD, Past
from console.begun import Begun
from console.model import Order, Plan, Ref
from console.model.words import utc

if TYPE_CHECKING:
    from console.config import Estate


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
    if plan.targets and all(ref.kind in OFF_BOARD for ref in plan.targets):
        return things(plan, estate)  # a message does not keep others from the site
    return things(plan, estate) | set(plan.scopes) | set(_groups(plan))


def _groups(plan: Plan) -> Iterator[str]:
    """Target groups it takes a machine from: two at once, and none might be left behind one."""
    told = () if plan.finishes else plan.seen.get("groups")
    for arn in told if isinstance(told, list | tuple) else ():
        yield f"target group {arn}"


def still_open(acts: Iterable[Begun], plan: Plan, estate: Estate) -> tuple[Begun, ...]:
    """Acts without an end on anything that the plan would lock: a crash gave the locks back.

    One of which nobody can tell what it locked may have locked anything.
    """
    mine = held(plan, estate)
    theirs = ((one, held(one.plan, estate)) for one in acts if not one.ended)
    return tuple(one for one, its in theirs if mine & its or not its)


def acted(acts: Iterable[Begun], order: Order) -> str:
    """The last act of the same step of a checklist that may have been sent, a sentence."""
    same = [
        one
        for one in acts
        if order.run and (one.run, one.step) == (order.run, order.step) and not one.unsent
    ]
    if not same:
        return ""
    one = same[-1]
    return f"{one.remedy} of {one.step} was begun at {utc(one.at)} by {one.by} already"


def past(acts: Iterable[Begun], plan: Plan, estate: Estate) -> tuple[Past, ...]:
    """What was done to the same targets; not what ended before anything was sent."""
    mine = things(plan, estate)
    return tuple(
        Past(one.remedy, one.kind, datetime.fromisoformat(one.started_at), one.by)
        for one in acts
        if not one.unsent and mine & things(one.plan, estate)
    )
