"""Windows, boards and moments for the tests of planned work."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from console.config.planned import Window
from console.model import Board, Now, Ref, Row, Snapshot
from console.planned import Stretch, stretches
from console.sources.instances import Instance

NOON = datetime(2026, 3, 10, 3, 0, tzinfo=UTC)
"""A Tuesday, 12:00 in Tokyo: the watch begins."""
SCOPES = ("sakai/prod", "sakai/stg", "kashima/prod", "msk-prod")
TITLES = {"sakai/prod": "堺/prod", "kashima/prod": "鹿島/prod", "sakai/stg": "堺/stg"}
WATCH = {
    "title": "昼 watch",
    "kind": "watch",
    "rrule": "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
    "from": "12:00",
    "to": "15:00",
    "scopes": ["*/prod"],
    "thresholds": {"load1": {"warn": 5, "crit": 10}},
    "report_due": "210m",
    "remind": "15m",
}
SCALE = {
    "title": "scale-up",
    "kind": "scale-up",
    "on": "2026-03-10",
    "from": "21:30",
    "duration": "90m",
    "scopes": ["sakai/prod"],
    "steps": [
        {"id": "scale", "title": "change the type", "due": "20m"},
        {"id": "login", "title": "log in", "due": "40m", "say": "as a user"},
    ],
    "report_due": "1h",
    "remind": "15m",
}


def window(**told: Any) -> Window:
    return Window.model_validate({"title": "W", "zone": "Asia/Tokyo"} | told)


def planned(**windows: dict[str, Any]) -> dict[str, Window]:
    return {name: window(**told) for name, told in windows.items()}


def one(told: dict[str, Any], now: datetime = NOON, key: str = "w") -> Stretch:
    """The first stretch of a window that is not over by then."""
    all_ = stretches(planned(**{key: told}), now, SCOPES)
    return next(each for each in all_ if each.end > now)


def after(minutes: float, start: datetime = NOON) -> datetime:
    return start + timedelta(minutes=minutes)


def at(moment: datetime) -> Now:
    """Both clocks say so."""
    return Now(moment, moment)


def host(
    scope: str, load: Iterable[float | None], moment: datetime, trend: str = "flat", name: str = ""
) -> Instance:
    """A machine whose load had these values, a minute apart, the newest at that moment."""
    values = tuple(load)
    return Instance(
        ref=Ref("instance", scope, name or f"{scope}-1"),
        at=moment,
        ages={"load1": moment},
        series={"load1": values},
        site=scope.partition("/")[0],
        env="prod",
        instance_id=name or f"{scope}-1",
        name=name or f"{scope}-1",
        load1=values[-1],
        load1_trend=trend,  # type: ignore[arg-type]
    )


def board(*rows: Row, taken: datetime = NOON) -> Board:
    return Board().with_(Snapshot("instances", "all", 60.0, taken, rows))
