"""What is said to belong to a maintenance, what calls a person, and how loudly."""

from __future__ import annotations

from datetime import timedelta

import pytest

from console.model import Severity
from tests.maintenance.nights import Night, moment

OK, UNKNOWN, WARNING, CRITICAL = Severity

# A night up to its last line | what is unexpected then, in part; nothing = all is within budget.
UNEXPECTED = {
    "a broker away for just fifteen minutes": ("20:01:00 oxo M", "20:16:00 oxo M", ""),
    "a broker away for longer": (
        "20:01:00 oxo M",
        "20:16:05 oxo M",
        "broker 2 is away for longer than 15 min",
    ),
    "looks that saw nothing do not begin the fifteen minutes anew": (
        "20:01:00 oxo M; 20:08:00 - M; 20:09:00 oxo M",
        "20:16:05 oxo M",
        "broker 2 is away for longer than 15 min",
    ),
    "two down at once": (
        "20:01:00 oxo M",
        "20:05:00 xxo M",
        "brokers 1 and 2 are down at once",
    ),
    "leaderless with replicas": (
        "20:01:00 oxo M",
        "20:02:00 oxo! M",
        "partitions that have replicas have no leader",
    ),
    "leaderless without a second replica, while its broker is away": (
        "20:01:00 oxo M",
        "20:02:00 oxo1 M",
        "",
    ),
    "leaderless although everybody is there": (
        "20:01:00 ooo M",
        "20:02:00 ooo1 M",
        "partitions have no leader although every broker is there",
    ),
    "catching up for half an hour": ("20:01:00 oxo M; 20:05:00 o~o M", "20:35:00 o~o M", ""),
    "catching up for longer": (
        "20:01:00 oxo M; 20:05:00 o~o M",
        "20:35:05 o~o M",
        "partitions are still under-replicated 30 min after the last broker came back",
    ),
    "outside every window": (
        "10:00:00 ooo A",
        "10:01:00 ooo M",
        "it is outside every planned window",
    ),
    "begun before the window, which has opened since": (
        "19:58:00 oxo M",
        "20:00:00 oxo M",
        "",
    ),
    "begun in the window, which has closed since": ("23:58:00 oxo M", "24:02:00 oxo M", ""),
    "Amazon a little late": ("20:00:30 oxo A", "20:05:30 oxo A", ""),
    "Amazon silent for long": (
        "20:00:30 oxo A",
        "20:06:30 oxo A",
        "a broker is down for longer than 5 min, and Amazon says ACTIVE",
    ),
    "a broker missing while it heals": (
        "20:01:00 ooo H",
        "20:02:00 oxo H",
        "a broker is down, and Amazon says HEALING: this is no maintenance",
    ),
    "Amazon does not end it": (
        "20:01:00 oxo M; 20:05:00 ooo M",
        "20:35:05 ooo M",
        "every broker is well for longer than 30 min, and Amazon does not end it",
    ),
}


def told(history: str, last: str) -> Night:
    night = Night()
    for _ in night.play("\n".join([*history.split(";"), last])):
        pass
    return night


@pytest.mark.parametrize("name", UNEXPECTED)
def test_what_is_unexpected(name: str) -> None:
    history, last, wanted = UNEXPECTED[name]
    row = told(history, last).row
    assert row.unexpected == ((wanted,) if wanted else ())
    assert row.severity is (CRITICAL if wanted else WARNING)
    assert row.because[: len(row.unexpected)] == row.unexpected
    said = [one for one in row.happenings if not one.expected and one.text == wanted]
    assert len(said) == bool(wanted), "it is told once, however long it lasts"


def test_what_belongs_to_it_is_said_to() -> None:
    row = told("20:01:00 ooo M", "20:02:00 oxo1 M").row
    assert row.expected == (
        "broker 2 is away, at most 15 min",
        "under-replicated partitions while broker 2 is away",
        "partitions without a second replica wait for broker 2",
        "leaders moved to other brokers",
    )
    row = told("20:01:00 oxo M", "20:06:00 o~o M").row
    assert "under-replicated partitions while broker 2 catches up" in row.expected


def test_no_sentence_changes_while_nothing_does() -> None:
    """A person is called for each sentence that was not there before."""
    night = told("20:01:00 ooo M", "20:02:00 oxo! M")
    before = night.row
    night.until(moment("20:17:00"), "oxo!", "M")
    assert night.row.expected == before.expected
    night.until(moment("20:40:00"), "oxo!", "M")
    assert len({row.unexpected for row in night.rows}) == 3  # none, leaderless, away too long


def test_a_coordinator_that_failed_is_unexpected_and_stays_so_when_it_is_over() -> None:
    night = told("20:01:00 oxo M; 20:05:00 ooo E", "20:10:00 ooo E")
    assert night.row.phase == "over" and night.row.severity is OK
    fault = "coordinator fault: __consumer_offsets-5 on broker 3"
    row = night.look(moment("20:10:05"), "ooo", "E", fault)
    assert row.phase == "over" and row.unexpected == (fault,) and row.severity is CRITICAL


SEVERITIES = {
    "quiet": ("10:00:00 ooo A", OK),
    "expected": ("20:01:00 ooo A", OK),
    "nothing known yet": ("20:01:00 ooo -", UNKNOWN),
    "running": ("20:01:00 oxo M", WARNING),
    "quiet, and Amazon fails": ("10:00:00 ooo A; 10:01:00 ooo -", UNKNOWN),
    "quiet, and Kafka fails": ("10:00:00 ooo A; 10:01:00 - A", UNKNOWN),
    "running, and Kafka fails": ("20:01:00 oxo M; 20:02:00 - M", WARNING),
    "over": ("20:01:00 oxo M; 20:05:00 ooo E; 20:10:00 ooo E", OK),
    "over, and Kafka fails": (
        "20:01:00 oxo M; 20:05:00 ooo E; 20:10:00 ooo E; 20:11:00 - E",
        UNKNOWN,
    ),
    "probably over": ("10:01:00 oxo A; 10:05:00 ooo A; 10:20:00 ooo A", UNKNOWN),
}


@pytest.mark.parametrize("name", SEVERITIES)
def test_how_loud_it_is(name: str) -> None:
    history, wanted = SEVERITIES[name]
    row = told(history, "").row
    assert row.severity is (CRITICAL if row.unexpected else wanted)


def test_what_is_not_known_is_none_and_says_why() -> None:
    row = told("20:01:00 oxo M", "20:02:00 - -").row
    facts = (row.state, row.operation, row.under_replicated, row.leaderless, row.preferred_pct)
    assert facts == (None,) * 5 and row.phase == "broker_down"
    assert row.missing["state"] == "not logged in"
    assert row.missing["phase"] == "as it was last seen: no broker answers"
    assert row.ages["phase"] == moment("20:01:55")
    assert {lane.standing for lane in row.lanes} == {"unknown"}
    assert row.missing["lanes"] == row.missing["leaderless"] == "no broker answers"


def test_a_broker_that_is_listed_and_silent_is_named_in_what_is_not_known() -> None:
    row = told("20:01:00 ooo M", "20:06:00 o?? M").row
    said = "brokers 2, 3 are listed and do not answer us"
    assert row.missing["lanes"] == said and said in row.because
    row = told("19:00:00 ooo A", "19:06:00 o?o A").row
    assert row.because == ("broker 2 is listed and does not answer us",)
    assert row.severity is UNKNOWN


def test_the_tale_of_a_night() -> None:
    night = told(
        "19:59:00 ooo A; 20:00:00 ooo A; 20:04:00 ooo M; 20:06:00 xoo M; 20:12:00 ~oo M;"
        " 20:13:40 ooo M; 20:16:00 oxo E; 20:20:00 ooo E",
        "20:25:00 ooo E",
    )
    assert [f"{one.at:%H:%M:%S} {one.text}" for one in night.row.happenings] == [
        "20:00:00 the planned window is open, nothing has begun",
        "20:04:00 it has begun",
        "20:04:00 Amazon says MAINTENANCE (SECURITY_PATCHING)",
        "20:06:00 broker 1 left the metadata",
        "20:12:00 broker 1 is back after 6 min and catches up",
        "20:13:40 broker 1 in sync again after 100 s",
        "20:13:40 leaders moved back: 61 % → 98 % preferred",
        "20:16:00 broker 2 left the metadata",
        "20:16:00 Amazon says ACTIVE",
        "20:20:00 broker 2 is back after 4 min",
        "20:20:00 leaders moved back: 61 % → 98 % preferred",
        "20:20:00 everything that its end needs holds",
        "20:25:00 it is over",
    ]
    assert all(one.expected for one in night.row.happenings)


def test_who_was_through_is_counted_and_each_topic_stands_beside_how_it_was() -> None:
    night = told("20:00:00 ooo A; 20:01:00 xoo M; 20:05:00 ooo M", "20:06:00 oxo M")
    assert [lane.done for lane in night.row.lanes] == [True, False, False]
    assert night.row.brokers_left == 2 and "brokers_left" not in night.row.missing
    assert [(lane.led, lane.leads) for lane in night.row.lanes] == [(14, 14), (14, 0), (14, 14)]
    (topic,) = night.row.watched
    assert topic.before is not None and topic.before.lag == 3 and topic.before.before is None


def test_begun_before_we_looked_the_count_is_a_bound_and_amazon_dates_the_begin() -> None:
    night = Night()
    night._began = moment("20:04:00")
    row = night.look(moment("20:20:00"), "oxo", "M")
    assert row.began == moment("20:04:00") and row.since == moment("20:20:00")
    assert row.missing["brokers_left"].startswith("at most: ")


def test_nothing_grows_without_end() -> None:
    night, signs = Night(), ("ooo", "oxo", "o~o", "xoo", "-", "oo?")
    at = moment("20:00:00")
    for number in range(3000):
        night.look(
            at + timedelta(seconds=5 * number), signs[number % len(signs)], "AMH-"[number % 4]
        )
    row = night.row
    assert max(len(lane.moves) for lane in row.lanes) <= 60
    assert len(row.levels) <= 240 and len(row.happenings) <= 120
    assert len(row.lanes) == 3


def test_what_is_unexpected_stays_while_nobody_sees_the_brokers() -> None:
    night = told("20:01:00 ooo M; 20:02:00 xxo! M; 20:04:00 - M", "20:08:00 - M")
    assert night.row.unexpected == (
        "brokers 1 and 2 are down at once",
        "partitions that have replicas have no leader",
    )
    assert night.row.severity is CRITICAL
    row = night.look(moment("20:17:05"), "-", "M")
    overdue = [f"broker {number} is away for longer than 15 min" for number in (1, 2)]
    assert list(row.unexpected[2:]) == overdue, "the budget runs on although nobody sees them"
    row = night.look(moment("20:17:10"), "ooo", "M")
    assert row.unexpected == () and row.severity is WARNING


def test_what_amazon_says_is_judged_by_the_brokers_as_they_were_last_seen() -> None:
    night = told("20:01:00 ooo H; 20:02:00 oxo H; 20:03:00 - H", "20:04:00 - H")
    said = "a broker is down, and Amazon says HEALING: this is no maintenance"
    assert night.row.unexpected == (said,)
    assert night.look(moment("20:05:30"), "-", "M").unexpected == ()


def test_a_maintenance_that_amazon_does_not_end_stays_unexpected_unseen() -> None:
    night = told("20:01:00 oxo M; 20:05:00 ooo M", "20:35:05 ooo M")
    before = night.row.unexpected
    night.until(moment("20:40:00"), "-", "M")
    assert before and night.row.unexpected == before
    assert night.look(moment("20:41:00"), "-", "E").unexpected == ()
