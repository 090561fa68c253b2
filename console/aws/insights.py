"""Performance Insights: what a database's sessions do and wait for, and for which statement."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import isfinite
from typing import TYPE_CHECKING, Any

from console.clock import real_now
from console.model import Severity
from console.model.words import printed
from console.poll import optional

if TYPE_CHECKING:
    from console.aws.places import Place
    from console.aws.series import Sign
    from console.aws.session import Aws

Answer = dict[str, Any]
FACTS = ("load", "lock_load", "top_wait", "top_sql", "top_sql_pct", "top_sql_wait")
SPAN, PERIOD = timedelta(minutes=5), 60
MOST = 4  # databases a look: two calls each, so that a large estate costs no more than a small one
EVERY, SOON = 300.0, 60.0  # seconds between two reads of one; while a checklist looks at it
LONGEST = 240  # characters of a statement
OFF = "Performance Insights is off for this database"
EMPTY = "Performance Insights has no data of the last 5 min"
LATER = f"not asked: Performance Insights is read of {MOST} databases at a time, worst first"
UNSEEN = "not asked: not on the screen and no trouble here"
LOCKS = re.compile(r"(?:wait/)?lock[:/]|enq: T[XM]|LCK_M", re.IGNORECASE)
OLD = timedelta(seconds=3 * EVERY)
# Quotes and comments are taken in one pass, for either may stand within the other; each may have
# been left open by the end of a cut statement. A name in quotes stays.
COMMENT = r"(?P<comment>/\*(?:(?!/\*|\*/).)*(?:\*/|/\*.*|$)|{line})"  # a nested one: to the end
ESCAPED = r"{0}(?:\\.|{0}{0}|[^{0}\\])*(?:{0}|$)"
PLAIN = r"{0}(?:{0}{0}|[^{0}])*(?:{0}|$)"
DOLLAR = r"(?<![\w$])\$(?P<tag>(?:[^\W\d]\w*)?)\$.*?(?:\$(?P=tag)\$|$)"
ORACLE = (
    r"(?<!\w)[nN]?[qQ]'(?:\[.*?(?:\]'|$)|\{.*?(?:\}'|$)|\(.*?(?:\)'|$)|<.*?(?:>'|$)"
    r"|(?P<q>.).*?(?:(?P=q)'|$))"
)
IN_MYSQL = "|".join(
    (
        COMMENT.format(line=r"--(?=\s|$)[^\n]*|#[^\n]*"),
        rf"(?P<name>{PLAIN.format('`')})",
        ESCAPED.format("'"),
        ESCAPED.format('"'),
    )
)
ELSEWHERE = "|".join(
    (
        COMMENT.format(line=r"--[^\n]*"),
        rf"(?P<name>{PLAIN.format(chr(34))})",
        rf"(?<![\w$])[eE]{ESCAPED.format(chr(39))}",
        PLAIN.format("'"),
        DOLLAR,
    )
)
TOKENS = {
    kind: re.compile(pattern, re.DOTALL)
    for kind, pattern in (
        ("mysql", IN_MYSQL),
        ("oracle", f"{ORACLE}|{ELSEWHERE}"),
        ("", ELSEWHERE),
    )
}
NUMBER = re.compile(r"(?<![\w$.:@?])(?:0[xX][\da-fA-F]+|[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)\b")
SECRET = re.compile(r"\b(?:password|identified)\b", re.IGNORECASE)
HIDDEN = "(not shown: it may hold a password)"
STRINGS_IN_DOUBLES = ("mysql", "mariadb", "aurora-mysql")


@dataclass(frozen=True, slots=True)
class Insight:
    """What Performance Insights says of one database, and when; or why it says nothing."""

    facts: Mapping[str, Any] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    at: datetime | None = None
    asked_at: datetime | None = None
    """Real time."""


def nothing(why: str) -> Insight:
    """None of its facts, for one reason."""
    return Insight(missing=dict.fromkeys(FACTS, why))


def digest(text: str, engine: str = "") -> str:
    """A statement on one line, bounded, without literals and comments: they may be data."""
    kind = "mysql" if engine.startswith(STRINGS_IN_DOUBLES) else engine.partition("-")[0]
    told = printed(text, keep="\t\n")
    masked = TOKENS.get(kind, TOKENS[""]).sub(_masked, told)
    if SECRET.search(told) or SECRET.search(masked):
        return HIDDEN
    line = " ".join(NUMBER.sub("?", masked).split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def _masked(found: re.Match[str]) -> str:
    if found["comment"] is not None:
        return " "
    return found["name"] or "?"


def is_lock(wait: str, kind: str = "") -> bool:
    """Whether a wait event is for a row's or table's lock, not for one inside the engine."""
    return kind.casefold() == "lock" or LOCKS.match(wait) is not None


def signs(facts: Mapping[str, Any], vcpus: int | None) -> Iterable[Sign]:
    """What speaks against a database in what its sessions do."""
    load, locks = facts.get("load"), facts.get("lock_load")
    if load is not None and vcpus is not None and load > vcpus:
        said = f"{load:.1f} sessions are active on {vcpus} vCPUs"
        yield Severity.WARNING, said
    if locks is not None and locks >= 1:
        yield Severity.WARNING, f"{locks:.1f} sessions wait for a lock"


def load_of(answer: Answer) -> dict[str, Any]:
    """Average active sessions of the last minutes, what they wait for, how many for a lock."""
    total, locks, waits = None, 0.0, dict[str, float]()
    for metric in answer.get("MetricList") or ():
        value = _average(metric.get("DataPoints") or ())
        named = (metric.get("Key") or {}).get("Dimensions")
        if value is None:
            continue
        if not named:
            total = value
            continue
        name = _word(named.get("db.wait_event.name"))
        waits[name] = value
        locks += value * is_lock(name, str(named.get("db.wait_event.type") or ""))
    if total is None:
        return {}
    top = max(waits, key=lambda name: waits[name], default=None)
    return {"load": total, "lock_load": locks, "top_wait": top}


def statement_of(answer: Answer, load: float, engine: str) -> dict[str, Any]:
    """The statement with the most active sessions, its share of them, what it waits for."""
    known = [(_figure(one.get("Total")), one) for one in answer.get("Keys") or ()]
    each = [(total, one) for total, one in known if total is not None]
    if not each or load <= 0:
        return {}
    total, top = max(each, key=lambda one: one[0])
    text = str(top.get("Dimensions", {}).get("db.sql_tokenized.statement") or "")
    waits = [one.get("Dimensions", {}) for one in answer.get("PartitionKeys") or ()]
    shares = [_figure(one) or 0.0 for one in top.get("Partitions") or ()]
    pairs = list(zip(shares, waits, strict=False))
    most = max(pairs, key=lambda one: one[0], default=None)
    return {
        "top_sql": digest(text, engine) or None,
        "top_sql_pct": min(100 * total / load, 100.0),
        "top_sql_wait": _word(most[1].get("db.wait_event.name")) if most else None,
    }


def _average(points: Sequence[Answer]) -> float | None:
    values = [value for one in points if (value := _figure(one.get("Value"))) is not None]
    return sum(values) / len(values) if values else None


def _figure(value: Any) -> float | None:
    """A number of sessions; anything else is none."""
    good = isinstance(value, int | float) and isfinite(value) and value >= 0
    return float(value) if good else None


def _word(value: Any) -> str:
    return printed(str(value or "?"))[:80]


class InsightDesk:
    """Reads Performance Insights of few databases at a time: those that decide, then the worst."""

    def __init__(self, aws: Aws, place: Place) -> None:
        self._aws, self._place = aws, place
        self._kept: dict[str, Insight] = {}

    async def read(
        self, wanted: Mapping[str, tuple[Answer, int]], now: datetime, speed: float
    ) -> dict[str, Insight]:
        """An insight of each database, given how much each matters now; 0 is not asked."""
        found = {name: _unasked(told, matters) for name, (told, matters) in wanted.items()}
        asked = [name for name, (_, m) in wanted.items() if m and not found[name].missing]
        due = [name for name in asked if self._due(name, wanted[name][1], speed)]
        turn = sorted(due, key=lambda name: (-wanted[name][1], self._last(name)))[:MOST]
        told = await asyncio.gather(*(self._ask(wanted[name][0], now) for name in turn))
        self._kept = {n: i for n, i in self._kept.items() if n in asked}
        self._kept |= dict(zip(turn, told, strict=True))
        return found | {name: self._known(name, now) for name in asked}

    def _known(self, name: str, now: datetime) -> Insight:
        kept = self._kept.get(name)
        old = kept is None or (kept.at is not None and now - kept.at > OLD)
        return nothing(LATER) if kept is None or old else kept

    def _last(self, name: str) -> float:
        kept = self._kept.get(name)
        return kept.asked_at.timestamp() if kept and kept.asked_at else 0.0

    def _due(self, name: str, matters: int, speed: float) -> bool:
        pause = (SOON if matters > 2 else EVERY) / speed
        return real_now().timestamp() - self._last(name) >= pause - 1

    async def _ask(self, told: Answer, now: datetime) -> Insight:
        engine = str(told.get("Engine") or "")
        asked = {"ServiceType": "RDS", "Identifier": told["DbiResourceId"]}
        asked |= {"StartTime": now - SPAN, "EndTime": now, "PeriodInSeconds": PERIOD}
        waits = {"Metric": "db.load.avg", "GroupBy": {"Group": "db.wait_event", "Limit": 10}}
        queries = [{"Metric": "db.load.avg"}, waits]
        answer, why = await self._call("get_resource_metrics", MetricQueries=queries, **asked)
        facts = load_of(answer) if answer is not None else {}
        if not facts:
            return Insight(missing=dict.fromkeys(FACTS, why or EMPTY), asked_at=real_now())
        by = {"Group": "db.sql_tokenized", "Limit": 3}
        partition = {"Group": "db.wait_event", "Limit": 5}
        more = {"Metric": "db.load.avg", "GroupBy": by, "PartitionBy": partition}
        answer, why = await self._call("describe_dimension_keys", **more, **asked)
        if answer is not None:
            facts |= statement_of(answer, facts["load"], engine)
        lacking = {fact: why or EMPTY for fact in FACTS if facts.get(fact) is None}
        return Insight(facts, lacking, now, real_now())

    async def _call(self, operation: str, **params: Any) -> tuple[Answer | None, str]:
        account, region = self._place.account, self._place.region
        return await optional(self._aws.call(account, region, "pi", operation, **params))


def _unasked(told: Answer, matters: int) -> Insight:
    """Why a database is not asked; without a reason it is."""
    if not told.get("PerformanceInsightsEnabled") or not told.get("DbiResourceId"):
        return nothing(OFF if told else "AWS has no such database")
    return Insight() if matters else nothing(UNSEEN)


def ages(insight: Insight, names: Collection[str] = FACTS) -> dict[str, datetime]:
    """When its facts were true."""
    at = insight.at
    return {name: at for name in names if insight.facts.get(name) is not None} if at else {}
