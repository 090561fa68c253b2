"""The numbered rules that turn one partition's history into a verdict. Pure.

They are Burrow's evaluator (core/internal/evaluator/caching.go) for offsets seen by polling,
with its flaws cured: too little history is unknown and not OK, lag counts from its onset and
not from the last commit, and a sawtooth that climbs is slow.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from console.lag.figures import between, lost_records
from console.lag.values import (
    FEWEST,
    HABIT,
    HABIT_MOST,
    MARKER,
    PATIENCE,
    REBALANCING,
    GroupState,
    Judgement,
    Policy,
    Sample,
)
from console.model.words import lasting

Found = tuple[str, str] | None
HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Look:
    """What the rules look at: the unbroken samples up to now, oldest first."""

    run: Sequence[Sample]
    window: Sequence[Sample]
    """Those of the span, and the newest before it to measure from."""
    group: GroupState
    policy: Policy
    now: datetime
    error: str = ""
    before: Judgement | None = None
    behind: tuple[float | None, bool] = (None, False)
    watched: bool = False
    """Whether there is enough unbroken history for a bad verdict."""
    habit_s: float = 0.0

    @property
    def stall_s(self) -> float:
        """How long no commit is no stall: a batch that comes every two minutes is none."""
        stall_s = self.policy.stall_s
        return max(stall_s, min(HABIT * self.habit_s, HABIT_MOST * stall_s))

    @property
    def forgiven(self) -> bool:
        """The one record left may be a marker, as long as somebody is there to read."""
        return (self.last.lag or 0) <= MARKER and not self.group.gone

    @property
    def last(self) -> Sample:
        return self.run[-1]

    def small(self, sample: Sample) -> bool:
        lag = sample.lag
        return lag is not None and lag <= self.policy.allowed

    def held_for(self, holds: Callable[[Sample], bool]) -> float:
        """Seconds for which something held without a break, up to the last look."""
        first = self.last.at
        for sample in reversed(self.run):
            if not holds(sample):
                break
            first = sample.first
        return between(first, self.last.at)


def _no_coordinator(look: Look) -> Found:
    """1. Without a coordinator nothing is known of the group's commits."""
    if not look.group.error:
        return None
    since = f" for {lasting(between(look.group.since, look.now))}" if look.group.since else ""
    return "unknown", f"{look.group.error}{since}"


def _no_answer(look: Look) -> Found:
    """2. Offsets older than three looks are no basis for a verdict."""
    if not look.run:
        return "unknown", look.error or "no answer yet"
    age = between(look.last.at, look.now)
    if age <= look.policy.gap_s:
        return None
    return "unknown", f"no answer for {lasting(age)}" + (f": {look.error}" if look.error else "")


def _rebalancing(look: Look) -> Found:
    """3. While members change nobody commits: the last verdict holds, and ages.

    A rebalance without end does not hold it: from `rebalance_s` on the other rules speak.
    """
    group, before = look.group, look.before
    began = group.unsettled_since or group.since or look.now
    if group.state not in REBALANCING or before is None or before.verdict == "unknown":
        return None
    return (HOLD, "") if between(began, look.now) <= look.policy.rebalance_s else None


def _nothing_committed(look: Look) -> Found:
    """4. No commit (or kafkajs's -1, -2) is no lag of 0 and none of everything either.

    A partition that holds no record is idle all the same: there is nothing to commit.
    """
    committed, last = look.last.committed, look.last
    if committed is not None and committed >= 0:
        return None
    if last.start == last.end:
        return "idle", "nothing committed, and no record there to read"
    return "unknown", "nothing committed"


def _lost(look: Look) -> Found:
    """5. Retention or a purge passed the committed offset: records are gone unread."""
    lost = lost_records(look.last)
    if not lost:
        return None
    why = f"{lost:,} records gone before they were read"
    return ("lost", why) if look.watched else ("unknown", f"{why}; watched too briefly")


def _ahead(look: Look) -> Found:
    """6. Committed beyond the end: a recreated topic or an unclean election, never negative lag.

    One such look may be an election under way; three in a row are not.
    """
    committed, end = look.last.committed, look.last.end
    if committed is None or end is None or committed <= end:
        return None
    why = f"committed offset {committed:,} is beyond the end {end:,}"
    looks = 0
    for sample in reversed(look.run):
        if sample.committed is None or sample.end is None or sample.committed <= sample.end:
            break
        looks += sample.looks
    return ("ahead" if looks >= FEWEST and look.watched else "unknown"), why


def _unread(look: Look) -> Found:
    """7. The allowance is for a look and for sawteeth, not for a consumer that is dead.

    Records unread, and no commit since: without a consumer for the stall window, with members
    for five of them. One record under members may be a transaction's marker, and is left.
    """
    lag, committed = look.last.lag, look.last.committed
    if not (lag and look.watched and look.small(look.last)) or look.forgiven:
        return None
    still = look.held_for(lambda sample: sample.committed == committed and bool(sample.lag))
    if still < (look.stall_s if look.group.gone else PATIENCE * look.stall_s):
        return None
    return _stalled(look, still, f"{lag:,} unread and no commit for {lasting(still)}")


def _small(look: Look) -> Found:
    """8. Lag within the allowance is ok, at one look already.

    Idle once no record came and none is left to read, but for what may be a marker.
    """
    if not look.small(look.last):
        return None
    lag = look.last.lag
    quiet = look.held_for(lambda sample: sample.end == look.last.end)
    if lag and not look.forgiven:
        return "ok", f"{lag:,} unread, within the allowed {look.policy.allowed:,}"
    if look.watched and quiet >= look.policy.span_s:
        left = f"{lag} left, as after a transaction" if lag else "nothing to read"
        return "idle", f"{left}, nothing produced for {lasting(quiet)}"
    return "ok", f"lag {lag:,} is within the allowed {look.policy.allowed:,}"


def _rewound(look: Look) -> Found:
    """9. The committed offset fell, and has not come back to where it was."""
    commits = [s.committed for s in look.window if s.committed is not None and s.committed >= 0]
    highest = max(commits)
    if commits[-1] >= highest:
        return None
    why = f"committed offset went back from {highest:,} to {commits[-1]:,}"
    return ("rewound" if look.watched else "unknown"), why


def _lately_small(look: Look) -> Found:
    """10. Lag was within the allowance at some look of the window: what came since is new."""
    recent = [s for s in look.window if between(s.at, look.now) <= look.policy.span_s]
    if not any(look.small(sample) for sample in recent):
        return None
    behind = look.held_for(lambda sample: not look.small(sample))
    return "ok", f"lag {look.last.lag:,} for {lasting(behind)} only"


def _young_history(look: Look) -> Found:
    """11. Burrow's flaw cured: too little history is unknown, and not OK."""
    if look.watched:
        return None
    seen, need = between(look.run[0].first, look.last.at), look.policy.span_s
    return "unknown", f"lag {look.last.lag:,}; watched for {lasting(seen)} of {lasting(need)}"


def _stuck(look: Look) -> Found:
    """12. Lag, and no commit for the stall window: counted from the onset of lag.

    An old last commit alone says nothing: the topic may have been idle until just now.
    """
    committed = look.last.committed
    still = look.held_for(lambda sample: sample.committed == committed)
    if min(still, look.held_for(lambda s: not look.small(s))) < look.stall_s:
        return None
    return _stalled(look, still, f"lag {look.last.lag:,} and no commit for {lasting(still)}")


def _stalled(look: Look, still: float, why: str) -> Found:
    """Stuck, unless the members are so young that they may only be starting."""
    young = _youth(look)
    if young is not None and young < look.policy.grace_s:
        return "unknown", f"no commit for {lasting(still)}; members changed {lasting(young)} ago"
    return "stuck", why


def _youth(look: Look) -> float | None:
    """Seconds since the members changed; a group that never settles is not young but looping."""
    group = look.group
    if group.young_since is None:
        return None
    if group.unsettled_since and between(group.unsettled_since, look.now) > look.policy.rebalance_s:
        return None
    return between(group.young_since, look.now)


def _between_batches(look: Look) -> Found:
    """13. Commits so rare that the window holds none, each catching up: the next is not due.

    Without a tooth in the window, lag can only climb there, and means nothing.
    """
    if look.stall_s <= look.policy.stall_s:
        return None
    committed = look.last.committed
    still = look.held_for(lambda sample: sample.committed == committed)
    return "ok", f"commits every {lasting(look.habit_s)} and catches up, last {lasting(still)} ago"


def _keeping_pace(look: Look) -> Found:
    """14. A busy topic is never at lag 0 between two commits: seconds behind are no trouble."""
    behind, at_least = look.behind
    if behind is None or at_least or behind > look.policy.pace:
        return None
    return "ok", f"keeps pace, {lasting(behind)} behind"


def _moving(look: Look) -> Found:
    """15. Commits go on: catching up if lag fell over the window, else slow.

    Lag is a sawtooth (commits come in batches), so its lows are compared, not its ends:
    a sawtooth whose lows climb or stay is slow, however far the last tooth fell.
    """
    middle = look.policy.span_s / 2
    newest = look.last.at
    lags = [(s.lag, between(s.first, newest), between(s.at, newest)) for s in look.window]
    early = [lag for lag, first, _ in lags if lag is not None and first >= middle]
    late = [lag for lag, _, last in lags if lag is not None and last <= middle]
    lag = f"{look.last.lag:,}"
    if early and min(late) < min(early):
        return "catching_up", f"lag {lag} and falling"
    return "slow", f"commits, but lag {lag} does not fall"


RULES: tuple[Callable[[Look], Found], ...] = (
    *(_no_coordinator, _no_answer, _rebalancing, _nothing_committed, _lost, _ahead, _unread),
    *(_small, _rewound, _lately_small, _young_history, _stuck, _between_batches, _keeping_pace),
    _moving,
)
"""The first hit wins; the last always hits."""
