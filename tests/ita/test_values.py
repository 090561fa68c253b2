"""What the platform says, read strictly; and when nothing runs any more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from console.ita.draining import Draining
from console.ita.parsing import mode_of, moment, running_of
from console.ita.values import Item, Mode
from console.poll import Failed

AT = datetime(2026, 3, 14, 13, 5, tzinfo=UTC)
OK = "000-00000"
ON, OFF = "1", "0"


def switches(job_stop: object, read_only: object, **more: Any) -> dict[str, Any]:
    return {"backyard_execute_stop": job_stop, "data_update_stop": read_only, **more}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"result": OK, "data": {}}, "backyard_execute_stop, data_update_stop missing"),
        ({"result": OK, "data": {"backyard_execute_stop": OFF}}, "data_update_stop missing"),
        ({"result": OK, "data": switches(OFF, None)}, "data_update_stop missing"),
        ({"result": OK, "data": switches(0, 0)}, "missing"),
        ({"result": OK, "data": switches("", "")}, "missing"),
        ({"result": OK, "data": None}, "missing"),
        ({"result": OK, "data": [{"result": "999-99999"}, 500]}, "missing"),
        ({"result": "500-99999", "message": "システムエラー"}, "500-99999 システムエラー"),
        ({"message": "hello"}, "not from the platform"),
        ([], "not from the platform"),
        (None, "not from the platform"),
    ],
)
def test_switches_that_are_not_both_told_are_no_answer(answer: object, said: str) -> None:
    with pytest.raises(Failed, match=said):
        mode_of(answer)


def test_switches_are_read_by_their_keys() -> None:
    assert mode_of({"result": OK, "data": switches(ON, OFF)}) == Mode(True, False)
    assert str(Mode(True, False)) == "job stop on, read-only off"


def checked(count: object, *items: tuple[str, str], **more: Any) -> dict[str, Any]:
    backyards: dict[str, list[dict[str, str]]] = {}
    for number, (backyard, status) in enumerate(items):
        at = "2023-10-10T16:58:18.748121Z"
        told = {"id": str(number), "status_id": status, "last_update_timestamp": at}
        backyards.setdefault(backyard, []).append(told | {"status_name": "実行中"})
    workspace = {"id": "ws", "execute_count": count, "backyards": backyards}
    organization = {"id": "org", "execute_count": count, "workspaces": [workspace]}
    return {"result": OK, "data": {"execute_count": count, "organizations": [organization]}, **more}


ANSIBLE, CONDUCTOR = "ita-by-ansible-execute", "ita-by-conductor-synchronize"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"result": OK, "data": [{"result": "999-99999"}, 500]}, "are not told, though"),
        ({"result": OK, "data": []}, "are not told, though"),
        ({"result": OK, "data": {}}, "are not told, though"),
        ({"result": OK, "data": {"execute_count": None, "organizations": []}}, "are not told"),
        ({"result": OK, "data": {"execute_count": False, "organizations": []}}, "are not told"),
        ({"result": OK, "data": {"execute_count": "0", "organizations": []}}, "are not told"),
        ({"result": OK, "data": {"execute_count": -1, "organizations": []}}, "are not told"),
        ({"result": OK, "data": {"execute_count": 0}}, "cannot be read"),
        ({"result": OK, "data": {"execute_count": 0, "organizations": [None]}}, "cannot be read"),
        (checked(0, (ANSIBLE, "3")), "0 counted, 1 listed"),
        (checked(1, (CONDUCTOR, "3")), "1 counted, 0 listed"),
        ({"result": "401-00002"}, "401-00002"),
    ],
)
def test_a_list_of_jobs_that_cannot_be_believed_is_never_no_jobs(answer: object, said: str) -> None:
    with pytest.raises(Failed, match=said):
        running_of(answer, UTC)


def test_conductors_are_listed_and_not_counted() -> None:
    running = running_of(checked(1, (ANSIBLE, "4"), (CONDUCTOR, "5"), (CONDUCTOR, "3")), UTC)
    assert (running.count, running.conductors) == (1, 2)
    assert [item.status for item in running.items] == ["running late", "paused", "running"]


@pytest.mark.parametrize(
    ("backyard", "status", "word"),
    [
        (ANSIBLE, "2", "preparing"),
        ("ita-by-menu-create", "2", "running"),
        ("ita-by-excel-export-import", "2", "running"),
        (ANSIBLE, "11", "ready, at an agent"),
        (ANSIBLE, "77", "status 77"),
    ],
)
def test_a_status_is_known_by_its_number(backyard: str, status: str, word: str) -> None:
    assert Item("o", "w", backyard, "1", status, None).status == word


def test_times_are_the_containers_own_though_they_say_z() -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    told = moment("2023-10-10T16:58:18.748121Z", tokyo)
    assert told == datetime(2023, 10, 10, 7, 58, 18, 748121, tzinfo=UTC)
    assert moment("2023/10/10 16:58:18", tokyo) == datetime(2023, 10, 10, 7, 58, 18, tzinfo=UTC)
    assert moment(None, tokyo) is None
    assert moment("yesterday", tokyo) is None


# seconds after job stop was first seen, jobs → looks without one, drained
LOOKS: list[tuple[str, list[tuple[float, int]], int, bool]] = [
    ("one look is none", [(0, 0)], 0, False),
    ("not within ten seconds", [(0, 0), (5, 0), (9.9, 0)], 0, False),
    ("three from the tenth on", [(0, 0), (10, 0), (15, 0), (20, 0)], 3, True),
    ("two are too few", [(0, 0), (10, 0), (15, 0)], 2, False),
    ("those too near do not count", [(0, 0), (10, 0), (12, 0), (14, 0), (15, 0)], 2, False),
    ("a job begins it anew", [(0, 0), (10, 0), (15, 1), (20, 0), (25, 0)], 2, False),
    ("and it ends after three more", [(0, 0), (10, 1), (15, 0), (20, 0), (25, 0)], 3, True),
    ("a job that appears late", [(0, 0), (10, 0), (15, 0), (20, 0), (25, 1)], 0, False),
    ("ten minutes unseen are a gap", [(0, 0), (10, 0), (15, 0), (700, 0)], 0, False),
]


@pytest.mark.parametrize(("looks", "zeros", "drained"), [row[1:] for row in LOOKS],
                         ids=[row[0] for row in LOOKS])  # fmt: skip
def test_drained_is(looks: list[tuple[float, int]], zeros: int, drained: bool) -> None:
    draining = Draining()
    for seconds, jobs in looks:
        draining = draining.looked(AT + timedelta(seconds=seconds), True, jobs)
    assert (draining.zeros, draining.drained) == (zeros, drained)


def test_job_stop_off_or_a_look_that_failed_begins_it_anew() -> None:
    draining = Draining(AT, 3, AT)
    assert draining.looked(AT + timedelta(seconds=5), False, 0) == Draining()
    assert draining.blind() == Draining(AT)


def test_job_stop_is_on_since_a_look_only_while_somebody_looks() -> None:
    draining = Draining().looked(AT, True, 4).looked(AT + timedelta(minutes=9), True, 4)
    assert draining.since == AT
    late = AT + timedelta(hours=8)
    for before in (draining, draining.blind()):
        assert before.looked(late, True, 0).since == late, "off and on again, for all we know"
