"""The iCalendar export, read back by another program's parser and held against RFC 5545."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import vobject

from console.planned import Told, overlaps, stand, stretches
from console.planned.calendar import calendar
from tests.planned.desk import NOON, SCALE, SCOPES, TITLES, WATCH, at, planned

MADE = planned(scale=SCALE | {"title": "scale; up, 水島・鹿島\\ " + "長い題名" * 12}, watch=WATCH)


def exported(moment: datetime = NOON) -> bytes:
    all_ = stretches(MADE, moment, SCOPES, timedelta(days=3), timedelta(0))
    windows = stand(all_, Told(), {}, TITLES, overlaps(all_), at(moment))
    return calendar(windows, TITLES, "estate", moment)


def test_every_stretch_is_an_event_that_another_parser_reads_the_same() -> None:
    read = vobject.readOne(exported().decode())
    assert read.validate(raiseException=True)
    events = list(read.vevent_list)
    assert len(events) == 4
    scale = next(each for each in events if each.categories.value == ["scale-up"])
    assert scale.summary.value == MADE["scale"].title
    assert scale.dtstart.value == datetime(2026, 3, 10, 12, 30, tzinfo=UTC)
    assert scale.dtend.value == datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
    assert "- log in, by 22:10\nreport by 22:30" in scale.description.value
    assert scale.location.value == "堺/prod"
    assert scale.valarm.trigger.value == timedelta(minutes=45), "15 minutes before it is due"
    watches = [each for each in events if each.categories.value == ["watch"]]
    assert {each.valarm.trigger.value for each in watches} == {timedelta(minutes=195)}


def test_lines_end_and_fold_as_the_standard_says() -> None:
    text = exported()
    assert text.endswith(b"END:VCALENDAR\r\n") and b"\n" not in text.replace(b"\r\n", b"")
    assert max(map(len, text.split(b"\r\n"))) <= 75, "octets, also of Japanese"
    for line in text.split(b"\r\n"):
        line.decode()  # no character is cut in two


def test_an_event_keeps_its_name_from_one_export_to_the_next() -> None:
    def names(text: bytes) -> set[str]:
        return {each.uid.value for each in vobject.readOne(text.decode()).vevent_list}

    first, second = names(exported()), names(exported(NOON + timedelta(hours=1)))
    assert first < second, "and only what comes nearer is new"
    assert "scale@2026-03-10T12:30:00Z@estate.oncall" in first
