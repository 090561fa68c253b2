"""Where a move leads on a tape: forward, back, through holes, and past both ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from console.model import Now, Severity
from console.model.past import (
    GoTo,
    Hole,
    Jump,
    Mark,
    MarkHere,
    Move,
    MoveBy,
    Pace,
    Play,
    Step,
    Track,
)
from console.recording.player import SPEEDS, Nowhere, Player
from console.recording.times import Untimely, meant

BEGIN = datetime(2026, 11, 24, 21, 0, tzinfo=UTC)  # 22:00 in Paris
SPEED = 2.0


def now(seconds: float) -> Now:
    real = BEGIN + timedelta(seconds=seconds)
    return Now(BEGIN + timedelta(seconds=seconds * SPEED), real, SPEED)


PLACES = (0.0, 10.0, 20.0, 20.5, 320.0, 330.0)
TRACK = Track(
    tuple(map(now, PLACES)),
    PLACES,
    (
        Mark(10.0, "worse"),
        Mark(20.0, "finding", Severity.CRITICAL),
        Mark(20.5, "act"),
        Mark(330.0, "worse"),
    ),
    ((0.0, Severity.OK), (10.0, Severity.CRITICAL), (320.0, Severity.WARNING)),
    (Hole(20.5, 320.0, "nobody recorded"),),
)
ZONE = "Europe/Paris"


def at(place: float, **more: object) -> Player:
    return Player(TRACK, place, zone=ZONE, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("caption", "start", "move", "end"),
    [
        ("seconds are the estate's, which runs twice as fast", 10.0, MoveBy(10), 15.0),
        ("back, and not before the beginning", 2.0, MoveBy(-10), 0.0),
        ("on, and not after the end", 328.0, MoveBy(10), 330.0),
        ("to what was seen next", 10.0, Step(1), 20.0),
        ("between two instants one step back is the one before", 15.0, Step(-1), 10.0),
        ("on an instant one step back is another one", 20.0, Step(-1), 10.0),
        ("to what got worse next", 10.0, Jump("worse", 1), 330.0),
        ("to what got worse before", 25.0, Jump("worse", -1), 10.0),
        ("to a finding", 0.0, Jump("finding", 1), 20.0),
        ("to an act", 0.0, Jump("act", 1), 20.5),
        ("to an act before", 330.0, Jump("act", -1), 20.5),
        ("to a time of the estate", 0.0, GoTo("22:00:30"), 15.0),
        ("to a time with its date", 0.0, GoTo("2026-11-24 22:00:20"), 10.0),
        ("to a time inside a hole", 0.0, GoTo("22:05"), 150.0),
    ],
)
def test_a_move_leads_to_one_place(caption: str, start: float, move: Move, end: float) -> None:
    assert at(start).moved(move).at == end


@pytest.mark.parametrize(
    ("start", "move", "said"),
    [
        (330.0, MoveBy(10), "this is the last moment that is recorded"),
        (0.0, MoveBy(-10), "this is the first moment that is recorded"),
        (330.0, Step(1), "nothing later is recorded"),
        (0.0, Step(-1), "nothing earlier is recorded"),
        (20.0, Jump("finding", 1), "no finding is recorded after this"),
        (20.0, Jump("finding", -1), "no finding is recorded before this"),
        (0.0, Jump("act", -1), "no act is recorded before this"),
        (5.0, Jump("worse", -1), "nothing that got worse is recorded before this"),
        (0.0, GoTo("noon"), "noon: expected a time such as 02:14"),
        (0.0, GoTo("25:00"), "25:00: hour must be in 0..23"),
        (0.0, GoTo("21:00"), "21:00: recorded is from 2026-11-24 22:00:00 to 2026-11-24 22:11:00"),
    ],
)
def test_a_move_that_leads_nowhere_says_why(start: float, move: Move, said: str) -> None:
    with pytest.raises(Nowhere) as error:
        at(start).moved(move)
    assert str(error.value).startswith(said)


def test_it_plays_at_its_pace_and_stops_at_the_end() -> None:
    player = at(0.0).moved(Play())
    assert player.played(2.0).at == 2.0
    fast = player.moved(Pace(2))
    assert (fast.speed, fast.played(2.0).at) == (5, 10.0)
    end = fast.played(1000.0)
    assert (end.at, end.playing) == (330.0, False)
    assert at(0.0).played(5.0).at == 0.0, "it stands until somebody plays it"


def test_the_pace_stays_between_the_slowest_and_the_fastest() -> None:
    player = at(0.0)
    assert player.moved(Pace(-1)).speed == SPEEDS[0] == 1
    for _ in range(20):
        player = player.moved(Pace(1))
    assert player.speed == SPEEDS[-1] == 600


def test_in_a_hole_the_clock_goes_on_over_the_last_board_and_it_says_why() -> None:
    player = at(170.5)
    assert player.index == 3
    assert player.now == now(170.5)
    assert TRACK.hole(170.5) == "nobody recorded"
    assert TRACK.hole(320.0) == "" and TRACK.hole(20.5) == "", "its edges were seen"


@pytest.mark.parametrize("speed", [1.0, 7.0, 20.0, 60.0, 1000.0])
def test_the_time_that_was_typed_is_the_one_that_is_shown(speed: float) -> None:
    first, last = BEGIN + timedelta(seconds=0.337), BEGIN + timedelta(seconds=86_400 * 2 / 3)
    length = (last - first).total_seconds() / speed
    instants = Now(first, first, speed), Now(last, first + timedelta(seconds=length), speed)
    player = Player(Track(instants, (0.0, length)), zone=ZONE)
    for time in ("22:00:01", "22:20", "23:59:59", "03:07:11"):
        shown = player.moved(GoTo(time)).now.estate.astimezone(ZoneInfo(ZONE))
        assert f"{shown:%H:%M:%S}".startswith(time)


@pytest.mark.parametrize(
    ("caption", "begin", "end", "worst"),
    [
        ("before anything got worse", 0.0, 5.0, Severity.OK),
        ("with the moment at which it did", 5.0, 12.0, Severity.CRITICAL),
        ("after it", 12.0, 20.0, Severity.CRITICAL),
        ("nobody recorded", 30.0, 300.0, None),
        ("after the hole", 321.0, 330.0, Severity.WARNING),
    ],
)
def test_a_stretch_is_as_bad_as_its_worst_moment_and_unknown_where_nobody_recorded(
    caption: str, begin: float, end: float, worst: Severity | None
) -> None:
    assert TRACK.worst(begin, end) is worst


def test_two_marks_are_a_pair_and_the_third_begins_another() -> None:
    player = at(10.0).moved(MarkHere())
    assert player.mark == 10.0
    assert player.to(20.0).moved(MarkHere()).mark is None


FIRST = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)  # 21:00 in Paris
LAST = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)  # 09:00


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("02:14", datetime(2026, 11, 25, 1, 14, tzinfo=UTC)),
        ("2:14:30", datetime(2026, 11, 25, 1, 14, 30, tzinfo=UTC)),
        ("22:00", datetime(2026, 11, 24, 21, 0, tzinfo=UTC)),
        ("2026-11-24T22:00", datetime(2026, 11, 24, 21, 0, tzinfo=UTC)),
        ("09:00", datetime(2026, 11, 25, 8, 0, tzinfo=UTC)),
    ],
)
def test_a_time_without_a_date_is_the_last_one_of_the_night(text: str, found: datetime) -> None:
    assert meant(text, FIRST, LAST, ZONE) == found


@pytest.mark.parametrize("text", ["", "2", "02:60", "24:00", "2026-13-01 02:14", "0２:14", "12:00"])
def test_what_is_no_time_of_the_night_is_refused(text: str) -> None:
    with pytest.raises(Untimely):
        meant(text, FIRST, LAST, ZONE)


@pytest.mark.parametrize(
    ("caption", "text", "last", "found"),
    [
        ("of two 02:14 the last", "02:14", (6, 0), (1, 14)),
        ("of two the one that was already", "02:14", (1, 0), (0, 14)),
        ("with its date", "2026-10-25 02:14", (6, 0), (1, 14)),
        ("once there was only one of them", "03:14", (6, 0), (2, 14)),
    ],
)
def test_in_the_night_the_clocks_are_set_back_a_time_is_the_last_that_is_recorded(
    caption: str, text: str, last: tuple[int, int], found: tuple[int, int]
) -> None:
    first = datetime(2026, 10, 24, 20, 0, tzinfo=UTC)
    end, at_ = (datetime(2026, 10, 25, *one, tzinfo=UTC) for one in (last, found))
    assert meant(text, first, end, ZONE) == at_
