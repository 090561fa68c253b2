"""Captioned tables of literal histories → verdicts, and what must hold of every history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.lag import (
    BAD,
    WORSE,
    GroupState,
    History,
    Judgement,
    Policy,
    Sample,
    follow_group,
    judge_partition,
    judge_topic,
    severity,
    time_lag,
)
from console.model import Severity

T0 = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
STABLE = GroupState("Stable", 2)
POLICY = Policy()
Offsets = tuple[int | None, int | None]


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def history(offsets: Sequence[Offsets], *, start: int = 0, step: float = 5.0) -> History:
    """Looks every `step` seconds; each (committed, end)."""
    looks = [Sample(at(i * step), c, e, start) for i, (c, e) in enumerate(offsets)]
    ends = [(look.at.timestamp(), look.end) for look in looks if look.end is not None]
    return History(looks, ends)


def judge(
    seen: History,
    group: GroupState = STABLE,
    policy: Policy = POLICY,
    *,
    later: float = 0.0,
    before: Judgement | None = None,
) -> Judgement:
    now = seen.samples[-1].at + timedelta(seconds=later)
    return judge_partition(seen, group, policy, now, before)


TEETH = [(100 + 40 * (i // 4), 150 + 13 * i) for i in range(25)]  # climbs 12 a tooth
FALLING_TEETH = [(100 + 80 * (i // 4), 900 + 13 * i) for i in range(25)]

TABLE: Mapping[str, tuple[list[Offsets], str]] = {
    "one look without lag": ([(100, 100)], "ok"),
    "one look within the allowance, a transaction's marker": ([(100, 101)], "ok"),
    "one look with lag needs a history": ([(100, 102)], "unknown"),
    "two looks with lag are not enough": ([(100, 200)] * 2, "unknown"),
    "55 s of lag and no commit are not yet the stall window": ([(100, 200)] * 12, "unknown"),
    "60 s of lag and no commit": ([(100, 200)] * 13, "stuck"),
    "no commit while records come": ([(100, 200 + 7 * i) for i in range(13)], "stuck"),
    "idle: nothing produced, nothing to read": ([(100, 100)] * 13, "idle"),
    "idle with a marker left, for ever": ([(100, 101)] * 900, "idle"),
    "not idle before the window has passed": ([(100, 100)] * 12, "ok"),
    "an empty partition, nothing committed": ([(None, 0)] * 20, "idle"),
    "records there, nothing committed": ([(None, 50)] * 20, "unknown"),
    "kafkajs commits -1 after out of range": ([(-1, 50)] * 20, "unknown"),
    "kafkajs commits -2 after out of range": ([(-2, 50)] * 20, "unknown"),
    "idle for an hour, then ten records": ([(100, 100)] * 720 + [(100, 110)] * 6, "ok"),
    "idle for an hour, then lag for a stall window": (
        [(100, 100)] * 720 + [(100, 110)] * 14,
        "stuck",
    ),
    "consumer a little behind a busy topic keeps pace": (
        [(1000 * i - 1000 * (i % 2), 1000 * i + 300) for i in range(20)],
        "ok",
    ),
    "catching up": ([(100 * i, 5000 + 10 * i) for i in range(20)], "catching_up"),
    "commits, and lag stays": ([(10 * i, 5000 + 10 * i) for i in range(20)], "slow"),
    "commits, and lag grows": ([(10 * i, 5000 + 20 * i) for i in range(20)], "slow"),
    "a sawtooth that climbs is slow": (TEETH, "slow"),
    "the same just after a commit": (TEETH[:21], "slow"),
    "the same just before a commit": (TEETH[:20], "slow"),
    "a sawtooth that falls is catching up": (FALLING_TEETH, "catching_up"),
    "the same just before a commit (falling)": (FALLING_TEETH[:24], "catching_up"),
    "rewound, and not back yet": (
        [(400 + 10 * i, 9000) for i in range(10)] + [(100 + i, 9000) for i in range(5)],
        "rewound",
    ),
    "rewound, and back where it was": (
        [(400, 9000)] * 7 + [(300, 9000), (350, 9000)] + [(420 + i, 9000) for i in range(6)],
        "catching_up",
    ),
    "rewound from lag within the allowance": ([(400, 400)] * 13 + [(100, 400)], "rewound"),
    "rewound, at the second look": ([(400, 400), (100, 400)], "unknown"),
    "beyond the end for one look: an election": ([(100, 100)] * 13 + [(101, 100)], "unknown"),
    "beyond the end for good": ([(120, 100)] * 14, "ahead"),
    "the topic was made anew: its history begins anew": (
        [(100, 100)] * 14 + [(0, 5)] * 3,
        "unknown",
    ),
    "looks without an answer are no history": ([(100, 200)] * 2 + [(None, None)] * 2, "unknown"),
    "a look without an answer does not hide a stall": (
        [(100, 200)] * 7 + [(None, None)] + [(100, 200)] * 6,
        "stuck",
    ),
    "lag within the allowance a moment ago": ([(100, 100)] + [(100, 140)] * 11, "ok"),
}


EMPTY = GroupState("Empty", 0)
ALLOWING = Policy(allowed=200)
CREEPING = [(1000, 1000 + i // 4) for i in range(720)]
BATCH: list[Offsets] = [(1000 + 240 * (i // 24), 1000 + 10 * i) for i in range(72)]

# caption → (looks, group, allowed lag, verdict, its sentence)
WITHIN: Mapping[str, tuple[list[Offsets], GroupState, int, str, str]] = {
    "one look, no consumer": (
        *([(1000, 1100)], EMPTY, 200),
        *("ok", "100 unread, within the allowed 200"),
    ),
    "no consumer for a stall window": (
        *([(1000, 1100)] * 13, EMPTY, 200),
        *("stuck", "100 unread and no commit for 60 s"),
    ),
    "no consumer, and all is read": (
        *([(1000, 1000)] * 13, EMPTY, 200),
        *("idle", "nothing to read, nothing produced for 60 s"),
    ),
    "one record and nobody to read it is no transaction's marker": (
        *([(1000, 1001)] * 13, EMPTY, 1),
        *("stuck", "1 unread and no commit for 60 s"),
    ),
    "one record under members may be a marker, and is told": (
        *([(1000, 1001)] * 13, STABLE, 1),
        *("idle", "1 left, as after a transaction, nothing produced for 60 s"),
    ),
    "one record that is no marker, as the topic has no transactions": (
        *([(1000, 1001)] * 13, STABLE, 0),
        *("stuck", "lag 1 and no commit for 60 s"),
    ),
    "members that do not commit are never idle over unread records": (
        *([(1000, 1100)] * 30, STABLE, 200),
        *("ok", "100 unread, within the allowed 200"),
    ),
    "and are stuck after five stall windows": (
        *([(1000, 1100)] * 61, STABLE, 200),
        *("stuck", "100 unread and no commit for 5 min"),
    ),
    "lag that creeps for an hour without a commit": (
        *(CREEPING, STABLE, 200),
        *("stuck", "179 unread and no commit for 60 min"),
    ),
    "a sawtooth within the allowance": (
        *([(100 * (i // 20), 5 * i) for i in range(200)], STABLE, 200),
        *("ok", "95 unread, within the allowed 200"),
    ),
}


@pytest.mark.parametrize("caption", WITHIN)
def test_the_allowance_is_no_excuse_for_a_dead_consumer(caption: str) -> None:
    offsets, group, allowed, verdict, why = WITHIN[caption]
    found = judge(history(offsets), group, Policy(allowed=allowed))
    assert (found.verdict, found.why) == (verdict, why)


def test_young_members_are_given_grace_within_the_allowance_too() -> None:
    left = replace(EMPTY, young_since=at(0))
    assert judge(history([(1000, 1100)] * 14), left, ALLOWING).verdict == "unknown"
    assert judge(history([(1000, 1100)] * 26), left, ALLOWING).verdict == "stuck"


def test_a_good_verdict_says_what_it_still_waits_for() -> None:
    first = judge(history([(1000, 1100)] * 2), policy=ALLOWING)
    assert (first.verdict, first.awaits) == ("ok", "100 unread, watched for 5 s of 60 s")
    assert judge_topic({0: first}, STABLE, ALLOWING, T0).awaits == first.awaits
    for offsets in ([(1000, 1100)] * 13, [(1000, 1100), (1050, 1110)], [(1000, 1000)]):
        assert judge(history(offsets), policy=ALLOWING).awaits == ""


def test_a_batch_consumer_that_always_catches_up_is_not_stuck_between_two_batches() -> None:
    between = history(BATCH[:71])
    assert judge(between).verdict == "stuck", "nothing is known of its habit"
    used = replace(between, habit_s=115.0)
    found = judge(used)
    assert (found.verdict, found.why) == (
        "ok",
        "commits every 115 s and catches up, last 110 s ago",
    )
    late = history([*BATCH[:48], *[(1480, 1480 + 10 * i) for i in range(40)]])
    assert judge(replace(late, habit_s=115.0)).verdict == "stuck", "its batch is overdue"
    hours = history([*BATCH[:48], *[(1480, 1480 + 10 * i) for i in range(240)]])
    assert judge(replace(hours, habit_s=7200.0)).verdict == "stuck", "no habit excuses hours"


@pytest.mark.parametrize("caption", TABLE)
def test_a_history_has_its_verdict(caption: str) -> None:
    offsets, verdict = TABLE[caption]
    found = judge(history(offsets))
    assert (found.verdict, bool(found.why)) == (verdict, True), found.why


def test_committed_before_the_start_is_lost_and_not_zero() -> None:
    found = judge(history([(100, 900)] * 14, start=500))
    assert (found.verdict, found.lag, found.lost) == ("lost", 400, 400)


def test_all_unread_records_purged_is_lost_with_nothing_left_to_read() -> None:
    found = judge(history([(100, 500)] * 14, start=500))
    assert (found.verdict, found.lag, found.lost) == ("lost", 0, 400)


def test_lost_at_one_look_is_said_but_not_yet_judged() -> None:
    found = judge(history([(100, 900)], start=500))
    assert (found.verdict, found.why) == (
        "unknown",
        "400 records gone before they were read; watched too briefly",
    )


def test_a_closed_laptop_is_not_a_stall() -> None:
    looks = [
        Sample(at(0), 100, 200, 0),
        Sample(at(3600), 100, 200, 0),
        Sample(at(3605), 100, 200, 0),
    ]
    assert judge(History(looks)).verdict == "unknown"


def test_equal_looks_kept_as_one_are_still_many() -> None:
    seen = History([Sample(at(60), 100, 200, 0, since=at(0), looks=13)])
    assert judge(seen).verdict == "stuck"


def test_two_looks_a_minute_apart_are_not_three() -> None:
    seen = History([Sample(at(0), 100, 200, 0), Sample(at(60), 100, 200, 0)])
    assert judge(seen, policy=Policy(refresh_s=60.0)).verdict == "unknown"


def test_old_offsets_are_no_basis_for_a_verdict() -> None:
    looks = [*history([(100, 100)] * 14).samples, Sample(at(70), None, None, error="no leader")]
    found = judge_partition(History(looks), STABLE, POLICY, at(90))
    assert (found.verdict, found.why, found.lag) == (
        "unknown",
        "no answer for 25 s: no leader",
        None,
    )


def test_a_coordinator_that_fails_is_unknown_with_its_sentence() -> None:
    group = GroupState("Stable", 2, error="coordinator not available (15)", since=at(-110))
    found = judge(history([(100, 200)] * 14), group)
    assert found.verdict == "unknown"
    assert found.why == "coordinator not available (15) for 3 min"


def test_young_members_are_given_grace_and_then_judged() -> None:
    seen = history([(100, 200)] * 26)
    young = replace(STABLE, young_since=at(60))
    assert judge(seen, young).verdict == "unknown"
    assert judge(seen, replace(STABLE, young_since=at(0))).verdict == "stuck"


def test_a_rebalancing_group_holds_its_verdict_and_says_how_old_it_is() -> None:
    group = GroupState("PreparingRebalance", 2, since=at(50), unsettled_since=at(50))
    before = Judgement("slow", "commits, but lag 9 does not fall", at=at(45))
    found = judge(history([(100, 200)] * 14), group, before=before)
    assert (found.verdict, found.held, found.at, found.lag) == ("slow", True, at(45), 100)
    again = judge(history([(100, 200)] * 15), group, before=found)
    assert (again.verdict, again.at, again.why) == ("slow", at(45), before.why)
    topic = judge_topic({0: again}, group, POLICY, at(70))
    assert topic.why == f"{before.why} (held for 25 s: the group rebalances)"


def test_a_rebalance_without_end_is_a_loop() -> None:
    group = GroupState(
        "PreparingRebalance", 2, since=at(90), unsettled_since=at(-30), young_since=at(-30)
    )
    before = Judgement("slow", "…", at=at(45))
    found = judge(history([(100, 200)] * 14), group, before=before)
    assert found.verdict == "stuck"
    assert judge_topic({0: found}, group, POLICY, at(65)).why.startswith("rebalance loop for 95 s")


# Figures


def test_rates_and_eta_come_from_the_window() -> None:
    found = judge(history([(100 * i, 5000 + 10 * i) for i in range(20)]))
    assert found.in_per_s == pytest.approx(2)
    assert found.out_per_s == pytest.approx(20)
    assert found.lag is not None
    assert found.eta_s == pytest.approx(found.lag / 18)
    assert not found.eta_never


def test_a_group_that_does_not_gain_never_arrives() -> None:
    for offsets in (
        [(100, 200 + i) for i in range(14)],
        [(10 * i, 5000 + 20 * i) for i in range(20)],
    ):
        found = judge(history(offsets))
        assert (found.eta_s, found.eta_never) == (None, True)


ENDS = [(0.0, 100), (60.0, 100), (120.0, 700), (180.0, 700), (200.0, 900)]

TIME_LAGS: Mapping[str, tuple[int | None, tuple[float | None, bool]]] = {
    "at the end: nothing to wait for": (900, (0.0, False)),
    "between two points: interpolated": (800, (110.0, False)),
    "the last record of a flat stretch came when it began": (699, (300 - 119.9, False)),
    "the next record came after a flat stretch": (700, (120.0, False)),
    "the same at the oldest offset": (100, (240.0, False)),
    "older than the history: at least as old as it": (99, (300.0, True)),
    "nothing committed": (None, (None, False)),
    "kafkajs's -1": (-1, (None, False)),
    "beyond the end": (901, (None, False)),
}


@pytest.mark.parametrize("caption", TIME_LAGS)
def test_time_lag_is_interpolated_and_never_extrapolated(caption: str) -> None:
    committed, expected = TIME_LAGS[caption]
    seconds, at_least = time_lag(ENDS, committed, datetime.fromtimestamp(300, UTC))
    assert (seconds, at_least) == (pytest.approx(expected[0]), expected[1])


def test_time_lag_of_an_empty_history_is_unknown() -> None:
    assert time_lag([], 5, T0) == (None, False)


# Topics


def figures(
    verdict: str, lag: int | None = None, out: float | None = None, **more: object
) -> Judgement:
    why = more.pop("why", verdict)
    return Judgement(verdict, why, lag=lag, out_per_s=out, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(("better", "worse"), list(pairwise(WORSE)), ids=lambda verdict: verdict)
def test_a_topic_is_as_bad_as_its_worst_partition(better: str, worse: str) -> None:
    assert severity(better) <= severity(worse)
    found = judge_topic({0: figures(better), 1: figures(worse)}, STABLE, POLICY, T0)
    assert found.verdict == worse


def test_no_data_is_never_ok() -> None:
    assert severity("unknown") > Severity.OK
    assert judge_topic({}, STABLE, POLICY, T0).verdict == "unknown"


def test_sums_take_only_partitions_that_are_known() -> None:
    parts = {0: figures("ok", 3), 1: figures("unknown", why="no leader"), 2: figures("ok", 4)}
    found = judge_topic(parts, STABLE, POLICY, T0)
    assert (found.verdict, found.lag, found.why) == ("unknown", 7, "partition 1: no leader")
    assert found.holes == "at least: 2 of 3 partitions answered"
    assert judge_topic({0: figures("unknown")}, STABLE, POLICY, T0).lag is None


def test_a_rate_of_some_partitions_is_no_rate_and_an_empty_partition_is_no_hole() -> None:
    one = figures("ok", 3, 1.0, in_per_s=1.5, behind_s=2.0)
    whole = judge_topic({0: one, 1: one, 2: figures("idle")}, STABLE, POLICY, T0)
    assert (whole.in_per_s, whole.out_per_s, whole.holes) == (3.0, 2.0, "")
    assert not whole.behind_at_least
    torn = judge_topic({0: one, 1: one, 2: figures("unknown")}, STABLE, POLICY, T0)
    assert (torn.lag, torn.in_per_s, torn.out_per_s) == (6, None, None)
    assert (torn.behind_s, torn.behind_at_least) == (2.0, True)


def test_a_bound_in_one_partition_makes_the_topics_time_lag_a_bound() -> None:
    parts = {
        0: figures("slow", 5, behind_s=900.0),
        1: figures("slow", 5, behind_s=60.0, behind_at_least=True),
    }
    found = judge_topic(parts, STABLE, POLICY, T0)
    assert (found.behind_s, found.behind_at_least) == (900.0, True)


def test_a_topic_arrives_when_its_last_partition_does_or_never() -> None:
    first = figures("catching_up", 5, eta_s=10.0)
    assert judge_topic({0: first, 1: figures("ok", 0)}, STABLE, POLICY, T0).eta_s == 10.0
    never = {0: first, 1: figures("slow", 5, eta_never=True)}
    found = judge_topic(never, STABLE, POLICY, T0)
    assert (found.eta_s, found.eta_never) == (None, True)


REASONS: Mapping[str, tuple[dict[int, Judgement], GroupState, str]] = {
    "an empty group": ({0: figures("stuck", 9)}, GroupState("Empty", 0), "no consumer; stuck"),
    "one member hangs while others move": (
        {0: figures("stuck", 9), 1: figures("ok", 0, 3.0)},
        STABLE,
        "member js-1/10.0.3.4 hangs while other partitions move; partition 0: stuck",
    ),
    "none moves": (
        {0: figures("stuck", 9), 1: figures("stuck", 7, 0.0)},
        STABLE,
        "all members hang; partition 0: stuck (1 of 2 more)",
    ),
}


@pytest.mark.parametrize("caption", REASONS)
def test_stuck_says_who_hangs(caption: str) -> None:
    parts, group, why = REASONS[caption]
    owners = {0: "js-1/10.0.3.4", 1: "js-2/10.0.3.5"}
    assert judge_topic(parts, group, POLICY, T0, owners).why == why


def test_a_heartbeat_topic_that_does_not_beat_is_silent() -> None:
    seen = judge(history([(100, 100)] * 40))
    for every, verdict in ((None, "idle"), (60.0, "silent"), (70.0, "idle")):
        policy = Policy(heartbeat_every=every)
        assert judge_topic({0: seen, 1: seen}, STABLE, policy, at(195)).verdict == verdict


def test_a_heartbeat_in_one_partition_is_a_heartbeat() -> None:
    quiet, beats = history([(100, 100)] * 40), history([(i // 6, i // 6) for i in range(40)])
    parts = {0: judge(quiet), 1: judge(beats)}
    assert judge_topic(parts, STABLE, Policy(heartbeat_every=30.0), at(195)).verdict == "ok"


def test_a_heartbeat_is_unknown_until_a_beat_was_seen_or_awaited_long_enough() -> None:
    policy = Policy(heartbeat_every=60.0, looks_on=True)
    beaten = [(9, 9)] * 9 + [(10, 10)] * 5
    for offsets, verdict in (
        ([(9, 9)], "unknown"),
        ([(9, 9)] * 30, "unknown"),
        (beaten, "ok"),
        ([(9, 9)] * 37, "silent"),
        (beaten + [(10, 10)] * 40, "silent"),
    ):
        seen = judge(history(offsets))
        whole = judge_topic({0: seen, 1: seen}, STABLE, policy, at(5 * len(offsets) - 5))
        assert (whole.verdict, len(offsets)) == (verdict, len(offsets)), whole.why
    once = judge(history([(9, 9)]))
    assert judge_topic({0: once}, STABLE, replace(policy, looks_on=False), T0).verdict == "ok"
    assert judge_topic({0: once}, STABLE, policy, T0).why == (
        "no record seen yet, and one is due every 60 s"
    )


def test_a_partition_without_an_answer_leaves_silence_unknown() -> None:
    parts = {0: judge(history([(100, 100)] * 40)), 1: Judgement("unknown", "no leader")}
    found = judge_topic(parts, STABLE, Policy(heartbeat_every=30.0), at(195))
    assert (found.verdict, found.why) == ("unknown", "partition 1: no leader")


# Groups


def test_a_spell_of_rebalances_counts_from_its_begin_until_the_group_settles() -> None:
    one, two = frozenset({"a"}), frozenset({"b"})
    steps = [
        (0, "Stable", one, None),
        (5, "PreparingRebalance", one, 5),
        (10, "Stable", two, 5),
        (35, "PreparingRebalance", two, 5),
        (64, "Stable", two, 5),
        (65, "Stable", two, None),
    ]
    group: GroupState | None = None
    for seconds, state, members, unsettled in steps:
        group = follow_group(group, at(seconds), state=state, member_ids=members)
        assert group.unsettled_since == (None if unsettled is None else at(unsettled)), seconds
    assert group is not None
    assert (group.young_since, group.since, group.members) == (at(5), at(64), 1)


def test_a_look_that_did_not_learn_the_members_is_no_change_of_members() -> None:
    one, two = frozenset({"a"}), frozenset({"b"})
    group = follow_group(None, at(0), state="Stable", member_ids=one)
    group = follow_group(group, at(5), state="Stable")
    assert (group.members, group.unsettled_since) == (None, None)
    group = follow_group(group, at(10), state="Stable", member_ids=one)
    assert group.unsettled_since is None
    assert follow_group(group, at(15), state="Stable", member_ids=two).unsettled_since == at(15)


def test_a_failing_coordinator_keeps_what_was_known_and_since_when() -> None:
    first = follow_group(None, at(0), state="Stable", member_ids=frozenset({"a"}))
    failed = follow_group(follow_group(first, at(5), error="15"), at(10), error="16")
    assert (failed.error, failed.since, failed.state) == ("16", at(5), "Stable")
    again = follow_group(failed, at(15), state="Stable", member_ids=frozenset({"a"}))
    assert (again.error, again.since, again.unsettled_since) == ("", at(15), None)


# What holds of every history

OFFSET = st.one_of(st.none(), st.integers(-2, 300))
LOOKS = st.lists(st.tuples(OFFSET, OFFSET, st.integers(0, 200), st.integers(1, 40)), max_size=30)
GROUPS = st.sampled_from([STABLE, GroupState("Empty", 0), GroupState("PreparingRebalance", 1)])


def histories(looks: list[tuple[int | None, int | None, int, int]]) -> History:
    """Whatever a broker may answer, at uneven times."""
    now, samples = T0, []
    for committed, end, start, step in looks:
        now += timedelta(seconds=step)
        samples.append(Sample(now, committed, None if end is None else max(end, 0), start))
    ends = [(s.at.timestamp(), s.end) for s in samples if s.end is not None]
    monotone = [p for i, p in enumerate(ends) if i == 0 or p[1] >= max(e for _, e in ends[:i])]
    return History(samples, monotone)


@given(LOOKS, GROUPS)
def test_no_history_breaks_a_rule_or_makes_a_negative_figure(
    looks: list[tuple[int | None, int | None, int, int]], group: GroupState
) -> None:
    seen = histories(looks)
    now = seen.samples[-1].at if seen.samples else T0
    found = judge_partition(seen, group, POLICY, now)
    assert found.verdict in WORSE
    assert found.why
    for figure in (found.lag, found.in_per_s, found.out_per_s, found.behind_s, found.eta_s):
        assert figure is None or figure >= 0
    if len([s for s in seen.samples if s.end is not None]) < 3:
        assert found.verdict not in BAD


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), min_size=1, max_size=12))
def test_nothing_bad_is_said_before_the_stall_window(offsets: list[tuple[int, int]]) -> None:
    assert judge(history(offsets)).verdict not in BAD


@given(st.integers(0, 10**12), st.integers(0, 1), st.integers(13, 200))
def test_what_is_idle_stays_idle(end: int, marker: int, looks: int) -> None:
    assert judge(history([(max(end - marker, 0), end)] * looks)).verdict == "idle"


@given(st.lists(st.integers(0, 50), min_size=14, max_size=40), st.integers(2, 500))
def test_a_consumer_that_never_commits_is_stuck_whatever_is_produced(
    produced: list[int], lag: int
) -> None:
    ends = [1000 + lag + sum(produced[: i + 1]) for i in range(len(produced))]
    assert judge(history([(1000, end) for end in ends])).verdict == "stuck"


@given(st.lists(st.integers(0, 50), min_size=14, max_size=40))
def test_a_consumer_that_reads_everything_is_never_bad(produced: list[int]) -> None:
    ends = [sum(produced[: i + 1]) for i in range(len(produced))]
    assert judge(history([(end, end) for end in ends])).verdict in ("ok", "idle")
