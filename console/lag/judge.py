"""One partition's history and one topic's partitions → a judgement. Pure: the clock is given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from console.lag.figures import between, lost_records, rates, time_lag
from console.lag.rules import HOLD, RULES, Look
from console.lag.values import (
    BEATS,
    FEWEST,
    WORSE,
    GroupState,
    History,
    Judgement,
    Policy,
    Sample,
)
from console.model.words import lasting

MOVING = frozenset({"catching_up", "slow", "stuck"})


def judge_partition(
    history: History,
    group: GroupState,
    policy: Policy,
    now: datetime,
    before: Judgement | None = None,
) -> Judgement:
    """Judge one partition of one group; `before` is its last judgement, if there was one."""
    run, error = _unbroken(history.samples, policy.gap_s)
    span_s = policy.span_s
    look = Look(
        run=run,
        window=_window(run, now, span_s),
        group=group,
        policy=policy,
        now=now,
        error=error,
        before=before,
        behind=time_lag(history.ends, run[-1].reads_next, now) if run else (None, False),
        watched=_watched(run, span_s),
        habit_s=history.habit_s,
    )
    verdict, why = next(found for rule in RULES if (found := rule(look)) is not None)
    at, held = now, verdict == HOLD
    if held and before is not None:
        verdict, why, at = before.verdict, before.why, before.at or now
    if not run or between(run[-1].at, now) > policy.gap_s:
        return Judgement(verdict, why, at=at, held=held)
    return _with_figures(verdict, why, at, held, look)


def _with_figures(verdict: str, why: str, at: datetime, held: bool, look: Look) -> Judgement:
    """A judgement with lag, rates, time lag and ETA where they are known."""
    arrive, leave = rates(look.window, look.policy.span_s, look.now)
    last, (behind, at_least) = look.last, look.behind
    lag, eta, never = last.lag, None, False
    if lag and arrive is not None and leave is not None and verdict in MOVING:
        eta = lag / (leave - arrive) if leave > arrive else None
        never = eta is None and verdict != "catching_up"
    return Judgement(
        verdict,
        why,
        lag=lag,
        in_per_s=arrive,
        out_per_s=leave,
        behind_s=None if lag is None else behind,
        behind_at_least=at_least and lag is not None,
        eta_s=eta,
        eta_never=never,
        lost=lost_records(last),
        quiet_s=look.held_for(lambda s: s.end == last.end) if look.watched else None,
        moved_s=_moved(look),
        at=at,
        held=held,
        awaits=_awaits(look) if verdict == "ok" else "",
    )


def _moved(look: Look) -> float | None:
    before = [sample.at for sample in look.run if sample.end != look.last.end]
    return between(max(before), look.now) if before else None


def _awaits(look: Look) -> str:
    """Records left unread and not one commit seen: a dead consumer would look the same."""
    committed = {sample.committed for sample in look.run}
    if look.watched or not look.last.lag or look.forgiven or len(committed) > 1:
        return ""
    seen = between(look.run[0].first, look.last.at)
    return f"{look.last.lag:,} unread, watched for {lasting(seen)} of {lasting(look.policy.span_s)}"


def _watched(run: Sequence[Sample], span_s: float) -> bool:
    """Whether three looks at least, over the whole span, belong to one unbroken history."""
    if not run or between(run[0].first, run[-1].at) < span_s:
        return False
    return len(run) >= FEWEST or sum(sample.looks for sample in run) >= FEWEST


def _unbroken(samples: Sequence[Sample], gap_s: float) -> tuple[Sequence[Sample], str]:
    """The newest samples without a gap or an end that went back, and the last look's error."""
    error = samples[-1].error if samples else ""
    run: list[Sample] = []
    for sample in reversed(samples):
        if sample.end is None:
            continue
        if run and (between(sample.at, run[-1].first) > gap_s or sample.end > (run[-1].end or 0)):
            break
        run.append(sample)
    run.reverse()
    return run, error


def _window(run: Sequence[Sample], now: datetime, span_s: float) -> Sequence[Sample]:
    within = sum(between(sample.at, now) < span_s for sample in run)
    return run[max(len(run) - within - 1, 0) :]


def judge_topic(
    partitions: Mapping[int, Judgement],
    group: GroupState,
    policy: Policy,
    now: datetime,
    owners: Mapping[int, str] = {},
) -> Judgement:
    """The worst of a topic's partitions, why, and the sums over those that are known.

    `owners` names the member that each partition is assigned to, e.g. `consumer-1/10.0.3.4`.
    """
    if not partitions:
        return Judgement("unknown", group.error or "no partition is known", at=now)
    verdict, why = _silence(partitions, policy) or _worst(partitions, group, policy, now, owners)
    held = [p.at for p in partitions.values() if p.held and p.at is not None]
    if held:
        why += f" (held for {lasting(between(min(held), now))}: the group rebalances)"
    each = [p for p in partitions.values() if not _empty(p)]
    lagging = [p for p in each if p.lag and p.verdict in MOVING]
    etas = [p.eta_s for p in lagging]
    behind = _known(p.behind_s for p in each)
    known = sum(p.lag is not None for p in each)
    holes = f"at least: {known} of {len(each)} partitions answered" if known < len(each) else ""
    return Judgement(
        verdict,
        why,
        lag=_sum(p.lag for p in each),
        in_per_s=_whole(p.in_per_s for p in each),
        out_per_s=_whole(p.out_per_s for p in each),
        behind_s=max(behind, default=None),
        behind_at_least=any(p.behind_at_least for p in each) or bool(holes and behind),
        eta_s=None if holes or None in etas else max(_known(etas), default=None),
        eta_never=any(p.eta_never for p in lagging),
        lost=_sum(p.lost for p in each),
        quiet_s=_least(p.quiet_s for p in each),
        at=min(held, default=now),
        held=bool(held),
        holes=holes if known else "",
        awaits=next((p.awaits for p in each if p.awaits), "") if verdict == "ok" else "",
    )


def _empty(partition: Judgement) -> bool:
    """No record there and nothing committed: it adds nothing to a sum, and is no hole in it."""
    return partition.verdict == "idle" and partition.lag is None


N = TypeVar("N", int, float)


def _known(values: Iterable[N | None]) -> list[N]:
    return [value for value in values if value is not None]


def _sum(values: Iterable[N | None]) -> N | None:
    """The sum of what is known; None when nothing is."""
    known = _known(values)
    return sum(known[1:], start=known[0]) if known else None


def _whole(values: Iterable[float | None]) -> float | None:
    """The sum; None when one is unknown: a rate that leaves some out is no rate of the topic."""
    each = list(values)
    return None if None in each else _sum(each)


def _least(values: Iterable[N | None]) -> N | None:
    """The least of all; None when one is unknown."""
    each = list(values)
    return None if None in each else min(_known(each), default=None)


def _silence(partitions: Mapping[int, Judgement], policy: Policy) -> tuple[str, str] | None:
    """A heartbeat topic on which no partition moved while three beats were due.

    Lag 0 is not healthy there; worse verdicts of a partition (nobody reads) go before it. Until
    a beat was seen, or was awaited long enough, nothing is known, save where nobody looks on.
    """
    every, worst = policy.heartbeat_every, max(WORSE.index(p.verdict) for p in partitions.values())
    if not every or worst > WORSE.index("silent"):
        return None
    due = max(BEATS * every, policy.span_s)
    moved = _known(p.moved_s for p in partitions.values())
    if moved and min(moved) < due:
        return None
    quiet = _least(p.quiet_s for p in partitions.values())
    if quiet is not None and quiet >= due:
        return "silent", f"no record for {lasting(quiet)}, and one is due every {lasting(every)}"
    if not policy.looks_on or worst > WORSE.index("ok"):
        return None
    return "unknown", f"no record seen yet, and one is due every {lasting(every)}"


def _worst(
    partitions: Mapping[int, Judgement],
    group: GroupState,
    policy: Policy,
    now: datetime,
    owners: Mapping[int, str],
) -> tuple[str, str]:
    """The worst verdict and the sentence that names its partitions and, if stuck, who hangs."""
    verdict = max((p.verdict for p in partitions.values()), key=WORSE.index)
    those = [number for number, p in sorted(partitions.items()) if p.verdict == verdict]
    first = max(those, key=lambda number: partitions[number].lag or 0)
    why = partitions[first].why
    if len(partitions) > 1 and verdict not in ("idle", "ok"):
        why = f"partition {first}: {why}"
        others = f"{len(those) - 1} of {len(partitions)} more"
        why += f" ({others})" if len(those) > 1 else ""
    if verdict == "stuck":
        why = f"{_reason(partitions, those, group, policy, now, owners)}; {why}"
    return verdict, why


def _reason(
    partitions: Mapping[int, Judgement],
    stuck: Sequence[int],
    group: GroupState,
    policy: Policy,
    now: datetime,
    owners: Mapping[int, str],
) -> str:
    """Why nobody commits, as far as the group tells."""
    if group.state == "Empty" or group.members == 0:
        return "no consumer"
    if group.unsettled_since:
        unsettled = between(group.unsettled_since, now)
        if unsettled > policy.rebalance_s:
            return f"rebalance loop for {lasting(unsettled)}"
    moving = [p for number, p in partitions.items() if number not in stuck and p.out_per_s]
    if not moving:
        return "all members hang" if len(partitions) > 1 else "its member hangs"
    names = sorted({owners[number] for number in stuck if owners.get(number)})
    who = f"member {', '.join(names)} hangs" if names else "a member hangs"
    return f"{who} while other partitions move"
