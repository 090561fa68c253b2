"""Nights as tables: a line a change, looks every 5 s (Amazon 60 s) in between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from console.config.schema import MaintenanceBudget
from console.maintenance.step import step
from console.maintenance.values import Api, Kafka, Look, Node, Watched
from console.model import Ref
from console.sources.maintenance import Maintenance

DAY = datetime(2026, 11, 24, tzinfo=UTC)
OPENS, CLOSES = DAY + timedelta(hours=20), DAY + timedelta(hours=24)
"""The planned window: 21:00 to 01:00 in Paris."""
LAST_MONTH = DAY - timedelta(days=28)
PREFERRED = {"o": 98.0, "~": 70.0, "x": 61.0}


def moment(text: str) -> datetime:
    """`20:31:05` of that day; `+1 20:31:05` of the next, `+28 …` of next month's."""
    days, _, clock = text.rpartition(" ")
    hours, minutes, seconds = (int(part) for part in clock.split(":"))
    at = DAY + timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return at + timedelta(days=int(days or 0))


def kafka(told: str, at: datetime) -> Kafka | None:
    """`oxo`: a letter a broker (o up, x down, ~ behind, ? silent), `!` leaderless, `-` no answer.

    A `1` behind it: only partitions of one replica are leaderless.
    """
    if told == "-":
        return None
    signs = told.strip("!1")
    lost = "x" in signs or "~" in signs
    return Kafka(
        at=at,
        nodes=tuple(
            Node(
                number,
                {"o": True, "~": True, "x": False, "?": None}[sign],
                0 if sign == "x" else 14,
                12 if sign in "x~" else 0,
            )
            for number, sign in enumerate(signs, 1)
        ),
        expected=3,
        under_replicated=12 * lost,
        leaderless=3 * ("!" in told or "1" in told),
        leaderless_replicated=3 * ("!" in told),
        preferred_pct=min(PREFERRED.get(sign, 98.0) for sign in signs),
    )


@dataclass
class Night:
    """One cluster through a night: what Amazon and Kafka say, and the row after each look."""

    row: Maintenance = field(
        default_factory=lambda: Maintenance(
            ref=Ref("maintenance", "msk-prod", "msk-prod"), at=DAY, cluster="msk-prod"
        )
    )
    budget: MaintenanceBudget = field(default_factory=MaintenanceBudget)
    window: bool = True
    every: float = 5.0
    """Seconds of the estate's clock between two looks: at speed 60 half a second is 30."""
    rows: list[Maintenance] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    _api: Api | None = None
    _began: datetime | None = None

    def api(self, told: str, at: datetime) -> Api | None:
        """A ACTIVE, M maintenance, E ended, H healing, U updating; `-` fails, `.` is none.

        Read once a minute, unless the word changed; `=` is the last read, ever older.
        """
        if told in ("-", "."):
            self._api = None
            return None
        if told == "=":
            return self._api
        self._began = at if told == "M" and self._began is None else self._began
        new = self._said(told, at)
        old = self._api
        due = old is None or at - old.at >= timedelta(seconds=60)
        if due or old is None or replace(new, at=old.at) != replace(old, ended_at=new.ended_at):
            if old and old.ended_at and new.ended_at and told == "E" and old.ended_at > LAST_MONTH:
                new = replace(new, ended_at=old.ended_at)
            self._api = new
        return self._api

    def _said(self, told: str, at: datetime) -> Api:
        patching, began = "SECURITY_PATCHING", self._began
        if told == "M":
            return Api(at, "MAINTENANCE", patching, began)
        if told == "E":
            return Api(at, "ACTIVE", patching, began or at - timedelta(minutes=40), at)
        state = {"A": "ACTIVE", "H": "HEALING", "U": "UPDATING", "R": "REBOOTING_BROKER"}[told]
        return Api(at, state, patching, LAST_MONTH, LAST_MONTH + timedelta(hours=1))

    def look(self, at: datetime, brokers: str, amazon: str, *faults: str) -> Maintenance:
        """One look."""
        api, seen = self.api(amazon, at), kafka(brokers, at)
        look = Look(
            at=at,
            budget=self.budget,
            api=api,
            api_why="" if api else "not logged in",
            asks=amazon != ".",
            kafka=seen,
            kafka_why="" if seen else "no broker answers",
            watched=(Watched("datajs", "heartbeat.save", 6, 6, 3, 40.0, 40.0, "ok"),),
            faults=faults,
            window=(OPENS, CLOSES) if self.window else None,
            kafka_gap=timedelta(seconds=5 * self.every),
        )
        self.row = step(self.row, look)
        self.rows.append(self.row)
        self.looks.append(look)
        return self.row

    def until(self, at: datetime, brokers: str, amazon: str) -> None:
        """Looks up to a moment, which itself is not looked at."""
        here = self.row.at if not self.looks else self.looks[-1].at
        while (here := here + timedelta(seconds=self.every)) < at:
            self.look(here, brokers, amazon)

    def play(self, table: str) -> Iterator[tuple[str, str, str]]:
        """Each line's `time kafka api phase`: (time, phase, what the line says)."""
        before: tuple[str, str] | None = None
        for line in filter(None, map(str.strip, table.splitlines())):
            told, _, wanted = line.partition("|")
            *clock, brokers, amazon = told.split()
            at = moment(" ".join(clock))
            if before and brokers != "sleep":
                self.until(at, *before)
            before = None if brokers == "sleep" else (brokers, amazon)
            if before:
                row = self.look(at, brokers, amazon)
                phase = str(row.phase) + (f" {row.broker}" if row.broker else "")
                yield " ".join(clock), phase, wanted.strip()
