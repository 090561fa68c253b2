"""How far a maintenance is, by histories of what Amazon and Kafka said."""

from __future__ import annotations

import pytest

from console.maintenance.doubt import doubt
from console.model import Severity
from tests.maintenance.nights import Night, moment

# time (UTC), brokers, Amazon | phase and broker right after that look. A line holds until the next.
NIGHTS = {
    "three brokers, one after the other": """
        19:59:00 ooo A | quiet
        20:00:00 ooo A | expected
        20:04:00 ooo M | started
        20:06:00 xoo M | broker_down 1
        20:12:00 ~oo M | catching_up 1
        20:13:40 ooo M | between
        20:16:00 oxo M | broker_down 2
        20:22:00 o~o M | catching_up 2
        20:23:00 ooo M | between
        20:25:00 oox M | broker_down 3
        20:31:00 oo~ M | catching_up 3
        20:32:00 ooo M | between
        20:33:00 ooo E | settling
        20:37:59 ooo E | settling
        20:38:00 ooo E | over
        21:37:59 ooo E | over
        21:38:00 ooo E | quiet
        22:00:00 ooo E | quiet
    """,
    "recorded: the lab's night": """
        20:22:00 ooo A | expected
        20:26:54 ooo M | started
        20:27:54 xoo M | broker_down 1
        20:32:51 ~oo M | catching_up 1
        20:33:41 ooo M | between
        20:36:03 oxo M | broker_down 2
        20:42:33 ooo M | between
        20:43:58 oox M | broker_down 3
        20:49:10 oo~ M | catching_up 3
        20:50:07 ooo M | between
        20:52:04 ooo E | settling
        20:57:13 ooo E | over
    """,
    "the second goes while the first is away": """
        20:22:00 ooo A | expected
        20:23:00 ooo M | started
        20:24:00 xoo M | broker_down 1
        20:26:30 xxo M | broker_down 2
        20:31:30 ~xo M | broker_down 2
        20:36:30 ~~o M | catching_up 1
        20:37:30 ooo M | between
    """,
    "Amazon is late at the start": """
        20:01:00 ooo A | expected
        20:02:00 xoo A | broker_down 1
        20:08:00 ooo A | between
        20:13:30 ooo A | between
        20:14:00 ooo M | between
        20:15:00 oxo M | broker_down 2
    """,
    "Amazon is late at the end": """
        20:01:00 ooo M | started
        20:02:00 oxo M | broker_down 2
        20:08:00 ooo M | between
        20:28:00 ooo M | between
        20:29:00 ooo E | settling
        20:34:00 ooo E | over
    """,
    "Kafka looks well for ten minutes between two brokers": """
        20:01:00 ooo M | started
        20:02:00 xoo M | broker_down 1
        20:08:00 ooo M | between
        20:18:00 ooo M | between
        20:18:05 oxo M | broker_down 2
    """,
    "one out of sync at 4:50 begins the five minutes anew": """
        20:01:00 xoo M | broker_down 1
        20:08:00 ooo E | settling
        20:12:50 o~o E | catching_up 2
        20:12:55 ooo E | settling
        20:17:50 ooo E | settling
        20:17:55 ooo E | over
    """,
    "a word of Amazon's from before the start ends nothing": """
        20:01:00 ooo A | expected
        20:01:30 xoo = | broker_down 1
        20:01:40 ooo = | between
        20:07:00 ooo = | between
        20:30:00 ooo = | between
    """,
    "a lone crash of which Amazon never speaks": """
        10:00:00 ooo A | quiet
        10:01:00 oxo A | broker_down 2
        10:05:00 ooo A | between
        10:19:55 ooo A | between
        10:20:00 ooo A | probably_over
        11:20:00 ooo A | quiet
    """,
    "the login expires in the middle": """
        20:01:00 xoo M | broker_down 1
        20:05:00 ooo M | between
        20:06:00 oxo - | broker_down 2
        20:10:00 ooo - | between
        20:20:00 oox - | broker_down 3
        20:25:00 ooo - | settling
        20:39:55 ooo - | settling
        20:40:00 ooo - | probably_over
        20:50:00 ooo E | probably_over
        20:55:00 ooo E | over
    """,
    "the login is renewed while it settles": """
        20:01:00 xoo M | broker_down 1
        20:05:00 oxo M | broker_down 2
        20:10:00 oox M | broker_down 3
        20:15:00 ooo - | settling
        20:18:30 ooo E | settling
        20:23:25 ooo E | settling
        20:23:30 ooo E | over
    """,
    "it never ends, and then Amazon does not answer": """
        20:01:00 xoo M | broker_down 1
        20:05:00 oxo M | broker_down 2
        20:10:00 oox M | broker_down 3
        20:15:00 ooo M | between
        20:40:00 ooo - | settling
        20:54:55 ooo - | settling
        20:55:00 ooo - | probably_over
        20:56:00 ooo M | between
    """,
    "Amazon fails once while it settles": """
        20:01:00 xoo M | broker_down 1
        20:05:00 ooo E | settling
        20:09:00 ooo - | between
        20:09:05 ooo E | settling
        20:14:00 ooo E | settling
        20:14:05 ooo E | over
    """,
    "Kafka does not answer while it settles": """
        20:01:00 xoo M | broker_down 1
        20:05:00 ooo E | settling
        20:09:00 -   E | between
        20:09:05 ooo E | settling
        20:14:00 ooo E | settling
        20:14:05 ooo E | over
    """,
    "none of Amazon's: every broker down and up, then a quarter of an hour": """
        20:01:00 ooo . | expected
        20:02:00 xoo . | broker_down 1
        20:06:00 ooo . | between
        20:08:00 oxo . | broker_down 2
        20:12:00 ooo . | between
        20:40:00 ooo . | between
        20:41:00 oox . | broker_down 3
        20:45:00 ooo . | settling
        20:59:55 ooo . | settling
        21:00:00 ooo . | probably_over
        22:00:00 ooo . | quiet
        22:30:00 ooo . | quiet
    """,
    "none of Amazon's: only one crashed": """
        10:01:00 ooo . | quiet
        10:02:00 xoo . | broker_down 1
        10:06:00 ooo . | between
        11:05:55 ooo . | between
        11:06:00 ooo . | quiet
    """,
    "stopped without a farewell, two at once": """
        20:01:00 ooo M    | started
        20:02:00 oxo! M   | broker_down 2
        20:02:10 oxo M    | broker_down 2
        20:05:00 oxx M    | broker_down 3
        20:06:00 oox M    | broker_down 3
        20:08:00 oo~ M    | catching_up 3
        20:09:00 ooo M    | between
    """,
    "it never ends": """
        20:01:00 xoo M | broker_down 1
        20:05:00 oxo M | broker_down 2
        20:10:00 oox M | broker_down 3
        20:15:00 ooo M | between
        23:59:00 ooo M | between
    """,
    "the console is started in the middle": """
        20:20:00 ~oo M | catching_up 1
        20:21:00 ooo M | between
        20:22:00 oxo M | broker_down 2
        20:25:00 ooo E | settling
        20:30:00 ooo E | over
    """,
    "the console is started after the end": """
        20:50:00 ooo E | settling
        20:55:00 ooo E | over
    """,
    "the computer sleeps while it settles": """
        20:01:00 xoo M | broker_down 1
        20:05:00 ooo E | settling
        20:06:00 sleep A
        20:20:00 ooo E | settling
        20:24:55 ooo E | settling
        20:25:00 ooo E | over
    """,
    "next month's is another one": """
        20:01:00 xoo M | broker_down 1
        20:05:00 ooo E | settling
        20:10:00 ooo E | over
        21:15:00 ooo E | quiet
        21:16:00 sleep A
        +28 20:04:00 ooo A | quiet
        +28 20:05:00 xoo A | broker_down 1
    """,
    "again, after it was over": """
        20:01:00 xoo M | broker_down 1
        20:05:00 ooo E | settling
        20:10:00 ooo E | over
        20:20:00 oxo E | broker_down 2
        20:25:00 ooo E | between
        20:40:00 ooo E | probably_over
    """,
    "again, while it settles": """
        20:01:00 xoo M | broker_down 1
        20:05:00 ooo E | settling
        20:08:00 oxo E | broker_down 2
        20:10:00 ooo E | settling
        20:15:00 ooo E | over
    """,
    "the window opens and nothing happens": """
        19:59:55 ooo A | quiet
        20:00:00 ooo A | expected
        23:59:55 ooo A | expected
        24:00:00 ooo A | quiet
    """,
    "under-replicated in the window is a start, outside it is none": """
        19:59:00 o~o A | quiet
        19:59:30 ooo A | quiet
        20:00:05 o~o A | started
    """,
    "healing, updating or a person's reboot is none, a broker missing in it is": """
        10:00:00 ooo H | quiet
        10:01:00 ooo U | quiet
        10:02:00 ooo R | quiet
        10:03:00 oxo R | broker_down 2
        10:08:00 ooo R | between
        10:09:00 ooo A | settling
        10:14:00 ooo A | over
    """,
    "a broker that is listed and silent is no start and no end": """
        20:00:00 oo? A | expected
        20:01:00 xoo M | broker_down 1
        20:05:00 oo? E | between
        20:15:00 ooo E | settling
    """,
    "Amazon ends it, and nobody sees the brokers any more": """
        20:01:00 xoo M | broker_down 1
        20:05:00 -   M | broker_down 1
        20:20:00 -   E | broker_down 1
        20:49:55 -   E | broker_down 1
        20:50:00 -   E | probably_over
        20:55:00 ooo E | probably_over
        21:00:00 ooo E | over
    """,
    "what was unexpected as nobody saw it end stays until the brokers are seen well": """
        20:01:00 xoo M | broker_down 1
        20:05:00 -   M | broker_down 1
        20:20:00 -   E | broker_down 1
        20:50:00 -   E | probably_over
        21:50:00 -   E | probably_over
        +1 08:00:00 o~o E | probably_over
        +1 08:10:00 ooo E | probably_over
        +1 08:14:55 ooo E | probably_over
        +1 08:15:00 ooo E | over
        +1 09:15:00 ooo E | quiet
    """,
    "the brokers are seen once after Amazon has ended it": """
        20:01:00 xoo M | broker_down 1
        20:05:00 -   M | broker_down 1
        20:20:00 -   E | broker_down 1
        20:25:00 oxo E | broker_down 2
        20:26:00 -   E | broker_down 2
        21:40:00 -   E | broker_down 2
    """,
    "the brokers were never seen": """
        20:01:00 -   M | started
        20:10:00 -   E | started
        20:40:00 -   E | probably_over
        20:50:00 xoo E | broker_down 1
    """,
    "nothing is said before both were asked": """
        20:00:00 ooo - | None
        20:00:05 -   A | None
        20:00:10 ooo A | expected
    """,
}


@pytest.mark.parametrize("name", NIGHTS)
def test_the_phases_of_a_night(name: str) -> None:
    told = list(Night().play(NIGHTS[name]))
    assert [(at, phase) for at, phase, _ in told] == [(at, wanted) for at, _, wanted in told]


def test_unseen_it_is_said_why_it_is_only_probably_over() -> None:
    night = Night()
    for _ in night.play(
        "20:01:00 ooo M; 20:05:00 - M; 20:10:00 - E; 20:40:00 - E".replace(";", "\n")
    ):
        pass
    assert night.row.phase == "probably_over"
    assert night.row.because == (
        "the brokers are not seen: no broker answers",
        "Amazon has ended it, and nobody has seen the brokers well since",
    )
    assert night.row.happenings[-1].text == (
        "it is probably over: Amazon has ended it, and the brokers are not seen"
    )


DOUBTS = {
    "Amazon has ended it, and nobody has seen the brokers well since": "20:51:00 - E",
    "Amazon has ended it, and the brokers must stay well for a while yet": "20:51:00 ooo E",
    "Amazon says UPDATING": "20:51:00 ooo U",
    "Amazon says HEALING": "20:51:00 - H",
    "Amazon cannot be asked": "20:51:00 ooo -",
}


@pytest.mark.parametrize("why", DOUBTS)
def test_what_is_only_probable_says_why_by_what_is_seen_now(why: str) -> None:
    night = Night()
    for _ in night.play(f"20:01:00 ooo M\n20:05:00 - M\n20:10:00 - E\n{DOUBTS[why]}"):
        pass
    assert night.row.phase == "probably_over"
    assert doubt(night.row) == night.row.because[-1] == why


def test_what_was_unexpected_at_an_unseen_end_goes_when_the_brokers_are_seen_well() -> None:
    night, told = Night(), []
    for time, _, _ in night.play(
        """
        20:01:00 xoo M
        20:05:00 -   M
        20:20:00 -   E
        20:50:00 -   E
        +1 08:00:00 -   E
        +1 08:05:00 o~o E
        +1 08:10:00 ooo E
        """
    ):
        told.append((time, night.row.unexpected, night.row.severity))
    away = ("broker 1 is away for longer than 15 min",)
    assert told[-4:] == [
        ("20:50:00", away, Severity.CRITICAL),
        ("+1 08:00:00", away, Severity.CRITICAL),
        ("+1 08:05:00", away, Severity.CRITICAL),
        ("+1 08:10:00", (), Severity.UNKNOWN),
    ]


def test_a_newer_start_of_amazons_is_another_maintenance_while_one_runs() -> None:
    night = Night()
    for _ in night.play("20:01:00 ooo M\n20:02:00 xoo M\n20:05:00 - M\n20:20:00 - E"):
        pass
    assert night.row.began == moment("20:01:00")
    night._began = moment("20:40:00")
    row = night.look(moment("20:40:05"), "-", "M")
    assert (row.phase, row.since, row.began) == (
        "started",
        moment("20:40:05"),
        moment("20:40:00"),
    )
    assert "another one has begun" in [one.text for one in row.happenings]
    night.until(moment("20:50:00"), "-", "M")
    assert night.row.since == row.since, "it begins once"
    assert night.row.unexpected == ("broker 1 is away for longer than 15 min",)
