"""Answers of the platform as values. Whatever is not exactly as it should be is an error.

The platform can answer 200 and "success" although a read inside it failed: the running jobs are
then a list, the switches are missing. Neither may ever be taken for "nothing runs".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, tzinfo
from typing import Any

from console.ita.values import JOB_STOP, KEYS, READ_ONLY, Item, Mode, Running
from console.poll import Failed

SUCCESS = "000-00000"
Json = Mapping[str, Any]


class Lie(Failed):
    """The platform said that all is well, and told something else than what was asked."""


def data_of(answer: object, what: str) -> Any:
    """What a successful answer carries. Raises Failed."""
    if not isinstance(answer, Mapping) or "result" not in answer:
        raise Lie(f"{what}: the answer is not from the platform")
    if answer["result"] != SUCCESS:
        raise Failed(f"{what}: {answer['result']} {answer.get('message') or ''}".rstrip())
    return answer.get("data")


def mode_of(answer: object) -> Mode:
    """Both switches. Raises Failed: one that is missing is not off."""
    what = "the maintenance mode"
    data = data_of(answer, what)
    told = data if isinstance(data, Mapping) else {}
    wrong = [key for key in KEYS if told.get(key) not in ("0", "1")]
    if wrong:
        raise Lie(f"{what} is not told ({', '.join(wrong)} missing): a read in the platform failed")
    return Mode(told[JOB_STOP] == "1", told[READ_ONLY] == "1")


def running_of(answer: object, zone: tzinfo) -> Running:
    """What is under way. Raises Failed: no count, or one that its own list belies, is not zero."""
    what = "the running jobs"
    data = data_of(answer, what)
    if not isinstance(data, Mapping) or not _is_count(data.get("execute_count")):
        raise Lie(f"{what} are not told, though the answer is 200: a read in the platform failed")
    count: int = data["execute_count"]
    try:
        items = tuple(_items(data["organizations"], zone))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Lie(f"{what} cannot be read ({type(error).__name__}: {error})") from None
    listed = sum(item.counted for item in items)
    if listed != count:
        raise Lie(f"{what} do not fit: {count} counted, {listed} listed")
    return Running(count, items)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _items(organizations: Any, zone: tzinfo) -> Iterator[Item]:
    for organization in organizations:
        for workspace in organization["workspaces"]:
            for backyard, items in workspace["backyards"].items():
                for item in items:
                    yield Item(
                        str(organization["id"]),
                        str(workspace["id"]),
                        str(backyard),
                        str(item["id"]),
                        str(item["status_id"]),
                        moment(item.get("last_update_timestamp"), zone),
                    )


def moment(told: object, zone: tzinfo) -> datetime | None:
    """When an item was last changed.

    It comes from the database as the containers' own wall clock, whatever letter stands at its end.
    """
    try:
        at = datetime.fromisoformat(str(told).strip().replace("/", "-"))
    except ValueError:
        return None
    return at.replace(tzinfo=zone)
