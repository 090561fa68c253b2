"""The guards: each looks at the circumstances and says in one sentence yes, or why not."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta

from console.acting.arming import FLAG, named
from console.acting.circumstances import OFF_BOARD, Circumstances, read_ago, too_old
from console.model import Guarded
from console.model.words import lasting
from console.sources.instances import Instance

EMPTIES = "empty-topic"
"""The one kind of remedy that may lose data unattended, where the arming says so."""
Guard = Callable[[Circumstances], Guarded | None]
"""None: this guard has nothing to say about such an act."""


def _yes(guard: str, said: str) -> Guarded:
    return Guarded(guard, True, said)


def _no(guard: str, said: str, override: str = "") -> Guarded:
    return Guarded(guard, False, said, override)


def read_only(c: Circumstances) -> Guarded | None:
    """The flag: nothing lifts it."""
    return _no("read-only", FLAG) if c.read_only else None


def operator(c: Circumstances) -> Guarded | None:
    """One console at a time may act."""
    if c.read_only:
        return None
    if c.operator:
        return _no("operator", c.operator)
    return _yes("operator", "this console may act")


def armed(c: Circumstances) -> Guarded:
    """Every scope that the target serves is armed, now."""
    scopes = named(c.plan.scopes)
    if not c.plan.scopes:
        return _no("armed", "the plan names no site and no cluster")
    if c.arming is None:
        return _no("armed", f"{c.disarmed}; {scopes} must be armed")
    missing = [scope for scope in c.plan.scopes if scope not in c.arming.scopes]
    if len(missing) == len(c.plan.scopes):
        return _no("armed", f"armed for {named(c.arming.scopes)}, not for {scopes}")
    if missing:
        return _no("armed", f"the target also serves {named(missing)}, which is not armed")
    return _yes("armed", f"{scopes} armed until {c.arming.until:%H:%M} UTC: {c.arming.reason}")


def scope(c: Circumstances) -> Guarded:
    """The scopes exist, and the plan leaves out none that its targets serve."""
    unknown = [scope for scope in c.plan.scopes if scope not in c.scopes]
    if unknown:
        return _no("scope", f"{named(unknown)}: there is no such scope in the estate")
    served = {s for ref in c.plan.targets for row in c.rows_of(ref) for s in row.scopes}
    served |= {ref.scope for ref in c.plan.targets}
    left_out = sorted(served - set(c.plan.scopes))
    if left_out:
        return _no("scope", f"the target also serves {named(left_out)}, which the plan leaves out")
    return _yes("scope", f"the target serves {named(c.plan.scopes)} and nothing else")


def allowed(c: Circumstances) -> Guarded:
    """The allow-list names this remedy, for these targets."""
    on = c.allowance.on
    for ref in c.plan.targets:
        if ref.kind not in c.acts_on:
            return _no("allow-list", f"{c.kind} does not act on {ref.kind} {ref.name}")
        if against := on.outside(ref):
            return _no("allow-list", f"{c.order.remedy} may not act on {against} (remedies.yaml)")
    for scope in c.plan.scopes:
        if not on.covers(scope):
            return _no("allow-list", f"{c.order.remedy} may not act on {scope} (remedies.yaml)")
    return _yes("allow-list", f"remedies.yaml allows {c.order.remedy} here")


def targets(c: Circumstances) -> Guarded:
    """Some targets, not too many, and none that nobody asked for. Nothing never means all."""
    asked, planned = c.order.targets, c.plan.targets
    if not asked or not planned:
        return _no("targets", "there is no target; nothing selected never means all")
    extra = [ref.name for ref in planned if ref not in asked]
    if extra:
        return _no("targets", f"the plan acts on {', '.join(extra)}, which nobody asked for")
    if len(set(planned)) != len(planned):
        return _no("targets", "the plan names a target twice")
    if not c.plan.requests:
        return _no("targets", "the plan does not say which requests it sends")
    if len(planned) > c.allowance.max_targets:
        most = f"{c.allowance.max_targets} at most in one act"
        return _no("targets", f"{len(planned)} targets; {most}")
    return _yes("targets", ", ".join(ref.name for ref in planned))


def evidence(c: Circumstances) -> Guarded:
    """What decides is on the board, was read just now, and did not fail."""
    for ref in c.plan.targets:
        if ref.kind not in OFF_BOARD and not c.rows_of(ref):
            return _no("evidence", f"nothing is known of {ref.name}: no source shows it")
    for snapshot in c.deciding:
        if why := too_old(snapshot, c.now.real):
            return _no("evidence", why)
    ages = [ago.total_seconds() for s in c.deciding if (ago := read_ago(s, c.now.real)) is not None]
    if not ages:
        return _yes("evidence", "what is read for the plan decides")
    return _yes("evidence", f"what decides was read at most {lasting(max(ages))} ago")


def identity(c: Circumstances) -> Guarded:
    """Accounts and clusters have just said that they are the ones configured."""
    wrong = [one.said for one in c.identities if not one.ok]
    if wrong:
        return _no("account", "; ".join(wrong))
    return _yes("account", "; ".join(one.said for one in c.identities) or "needs no account")


def cool_down(c: Circumstances) -> Guarded | None:
    """Nobody did the same a moment ago: by our journal, or by what the vendor shows."""
    if c.plan.finishes:
        return None
    rest = timedelta(seconds=c.allowance.cool_down)
    done = [(one.at, one.by) for one in c.past if one.kind == c.kind]
    if seen := c.plan.last_acted_at:
        done.append((seen, c.plan.last_acted_by or "somebody, says the vendor"))
    if not done:
        return _yes("cool-down", "nobody is known to have done this before")
    at, by = max(done)
    ago = c.now.estate - at
    if ago >= rest:
        return _yes("cool-down", f"last done {_minutes(ago)} ago by {by}")
    left = f"again in {_minutes(rest - ago)} at the earliest"
    return _no("cool-down", f"done {_minutes(max(ago, timedelta()))} ago by {by}; {left}")


def _minutes(time: timedelta) -> str:
    minutes = -(-time // timedelta(minutes=1))
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"


def hours(c: Circumstances) -> Guarded | None:
    """Not inside a window in which it is forbidden."""
    if not c.allowance.forbidden or c.plan.finishes:
        return None
    for window in c.open_windows:
        if window.name in c.allowance.forbidden:
            until = f"until {window.until:%H:%M} UTC"
            return _no("hours", f"forbidden {until}: {window.title or window.name}")
    return _yes("hours", f"none of {named(c.allowance.forbidden)} is open")


def in_flight(c: Circumstances) -> Guarded:
    """Nothing else is being done to the target or its site, by any console."""
    if c.in_flight:
        return _no("in flight", f"another act is in flight on {c.in_flight}")
    if c.unfinished:
        return _no("in flight", f"{'; '.join(c.unfinished)}: look at it again first")
    return _yes("in flight", f"nothing else is in flight on {named(c.plan.scopes)}")


def last_instance(c: Circumstances) -> Guarded | None:
    """The last healthy machine of a site goes only when its name is typed.

    The plan has just read it, and knows which machines stand in for one another; the board knows
    more sources. Whichever says that nothing healthy stays is believed.
    """
    if not c.takes_instance or c.plan.finishes:
        return None
    machines = [row for row in c.board.rows("instances") if isinstance(row, Instance)]
    typed = c.plan.targets[0].name if c.plan.targets else ""
    for scope in c.plan.scopes:
        others = [m for m in machines if scope in m.scopes and m.ref not in c.plan.targets]
        if not any(_healthy(one) for one in others):
            count = "it has no other" if not others else "no other is healthy"
            return _no("last instance", f"the last healthy instance of {scope}: {count}", typed)
    if c.plan.alone:
        said = f"nothing healthy stands in for it in {named(c.plan.alone)}, says AWS just now"
        return _no("last instance", said, typed)
    return _yes("last instance", "another healthy instance stays")


def last_target(c: Circumstances) -> Guarded | None:
    """The last healthy target of a load balancer stays, and so does one of which nobody knows."""
    if not c.takes_instance or c.plan.finishes:
        return None
    if c.plan.last_target:
        return _no("last target", "; ".join(c.plan.last_target))
    return _yes("last target", "no target group loses its last healthy target, says AWS just now")


def _healthy(row: Instance) -> bool:
    return row.state == "running" and row.system_check == row.instance_check == "ok"


def role(c: Circumstances) -> Guarded | None:
    """A plan for a replica does not run on what has become the primary, nor the reverse."""
    needed, found = c.plan.role_needed, c.plan.role
    if not needed:
        return None
    if found != needed:
        return _no("role", f"the target is {found or 'of unknown role'}, the act is for {needed}")
    return _yes("role", f"the target is {found}")


def size(c: Circumstances) -> Guarded | None:
    """What is copied to this disk first is not more than was meant, or that is typed."""
    mb, most = c.plan.copies_mb, c.allowance.ask_above_mb
    if mb == 0:
        return None
    typed = f"more than {most:g} MB"
    if mb is None:
        return _no("size", f"nobody knows how much is copied; it may be {typed}", typed)
    if mb > most:
        return _no("size", f"{mb:,.0f} MB are copied first: {typed}", typed)
    return _yes("size", f"{mb:,.1f} MB are copied first; {most:g} MB go without asking")


def unattended(c: Circumstances) -> Guarded | None:
    """Where nobody looks, an arming that names the case stands for the person, for marked steps.

    A step is done once; whether it is to be done again, only a person says.
    """
    order, armed = c.order, c.arming
    if not order.unattended:
        return None
    if armed is None or order.case not in armed.cases:
        why = c.disarmed if armed is None else "the arming does not name it"
        return _no("unattended", f"{order.case or 'this'} does not go on by itself: {why}")
    if not order.run:
        return _no("unattended", "only a step of an open checklist goes on by itself")
    if not c.auto:
        return _no("unattended", f"{order.step or 'this'} is not marked `auto` in {order.case}")
    if c.step_acted:
        return _no("unattended", f"{c.step_acted}; only a person does it again")
    if c.kind == EMPTIES and not armed.may_empty_topics:
        return _no("unattended", "the arming does not allow that topics are emptied")
    if c.plan.typed and c.kind != EMPTIES:
        return _no("unattended", f"{c.plan.typed} must be typed, which only a person does")
    return _yes("unattended", f"the arming lets {order.case} go on by itself")


def journal(c: Circumstances) -> Guarded | None:
    """What cannot be written down is not done."""
    return _no("journal", f"{c.journal}; nothing can be done") if c.journal else None


GUARDS: tuple[Guard, ...] = (
    *(read_only, operator, armed, scope, allowed, targets, identity, evidence, cool_down),
    *(hours, in_flight, last_instance, last_target, role, size, unattended, journal),
)


def weigh(c: Circumstances) -> tuple[Guarded, ...]:
    """What every guard says, those that have nothing to say left out."""
    said = [guard(c) for guard in GUARDS]
    return tuple(one for one in said if one is not None)


def refusals(guards: Iterable[Guarded], overrides: Iterable[str] = ()) -> tuple[str, ...]:
    """Why not; a guard that may be overridden is silent once its text was typed."""
    typed = {text for text in overrides if text}
    return tuple(one.said for one in guards if not one.ok and one.override not in typed)
