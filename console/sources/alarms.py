"""CloudWatch alarms, composite ones too; a muted one is shown as muted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from console.aws.places import Place, Unit, part, units
from console.model import Ref, Row, Severity
from console.poll import Context, Part, in_thread

if TYPE_CHECKING:
    from console.aws.alarms import AlarmBook
    from console.config import Estate

State = Literal["ok", "alarm", "insufficient_data"]
STATES: dict[str, State] = {"OK": "ok", "ALARM": "alarm"}
NOT_TRUSTED = {"PARTIAL_DATA", "EVALUATION_ERROR", "EVALUATION_FAILURE"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm(Row):
    """CloudWatch alarms, composite ones too; a muted one is shown as muted."""

    name: str
    state: State
    since: datetime | None = None
    muted: bool = False
    reason: str = ""
    site: str | None = None
    env: str | None = None


@dataclass(frozen=True, slots=True)
class _Belongs:
    """Whose an alarm is."""

    scopes: tuple[str, ...]
    owner: str
    site: str | None = None
    env: str | None = None


def _of_unit(unit: Unit, scopes: tuple[str, ...] = ()) -> _Belongs:
    return _Belongs(scopes or (unit.scope,), unit.owner, unit.site, unit.env)


class Whose:
    """Whose an alarm of one place is."""

    def __init__(self, place: Place, estate: Estate) -> None:
        here = [unit for unit in units(estate) if unit.place == place]
        self._units = {unit.scope: unit for unit in here}
        self._named: dict[str, _Belongs | None] = {}
        self._by_id: dict[str, tuple[str, ...]] = {}
        for unit in here:
            its = unit.environment
            for selector in (*its.instances, *its.caches, *its.databases):
                self._by_id[selector.id] = (*self._by_id.get(selector.id, ()), unit.scope)
        self._by_id.pop("", None)
        prefixed = [(unit.environment.alarm_prefix, _of_unit(unit)) for unit in here]
        self._prefixes = [(prefix, whose) for prefix, whose in prefixed if prefix] + [
            (scope.prefix, _Belongs((scope.scope,), scope.owner))
            for scope in estate.alarms
            if Place(scope.account, scope.region) == place
        ]

    def of(self, alarm: dict[str, Any], served: Mapping[str, tuple[str, ...]]) -> _Belongs | None:
        """By the resources it looks at, else by a prefix of a site or the estate; else not ours.

        `served`: resource id → scopes, as the other sources found them by tags.
        """
        from console.aws.alarms import dimensions_of

        for value in dimensions_of(alarm):
            scopes = served.get(value) or self._by_id.get(value, ())
            unit = next((self._units[scope] for scope in scopes if scope in self._units), None)
            if unit:
                return _of_unit(unit, scopes)
        name = alarm["AlarmName"]
        if name not in self._named:
            matching = (whose for prefix, whose in self._prefixes if name.startswith(prefix))
            self._named[name] = next(matching, None)
        return self._named[name]


def judge(state: str, muted: bool, trusted: bool) -> Severity:
    """ALARM is critical unless somebody muted it; without data, or half evaluated, unknown."""
    if state == "alarm":
        return Severity.WARNING if muted else Severity.CRITICAL
    return Severity.OK if state == "ok" and trusted else Severity.UNKNOWN


def _said(state: str, muted: bool, reason: str) -> str:
    """The sentence behind an alarm's severity."""
    word = {"alarm": "in ALARM", "insufficient_data": "without data"}.get(state, "not evaluated")
    word += ", muted" if muted else ""
    return f"{word}: {reason}" if reason else word


@dataclass(slots=True)
class _Look:
    """One place's alarms."""

    context: Context
    place: Place
    whose: Whose
    book: AlarmBook | None = None

    async def rows(self) -> tuple[Row, ...]:
        """Our alarms, a row each; those of others in the same account are left out."""
        from console.aws.alarms import AlarmBook  # not before the first frame

        aws = self.context.clients.aws
        self.book = book = self.book or AlarmBook(aws, self.place)
        await book.look(self.context.clock.now())
        served = aws.served.setdefault(self.place.account, {})
        rows = await in_thread(lambda: tuple(self._rows(book, dict(served))))
        ringing = (row for row in rows if row.state == "alarm")
        scopes = {scope for row in ringing for scope in row.scopes}
        aws.metrics.troubled(("alarms", self.place), scopes)
        return rows

    def _rows(self, book: AlarmBook, served: Mapping[str, tuple[str, ...]]) -> Iterator[Alarm]:
        for name, alarm in book.alarms.items():
            whose = self.whose.of(alarm, served)
            if whose is not None:
                yield self._row(name, alarm, whose, book)

    def _row(self, name: str, alarm: dict[str, Any], whose: _Belongs, book: AlarmBook) -> Alarm:
        state = STATES.get(alarm["StateValue"], "insufficient_data")
        silent = not alarm.get("ActionsEnabled", True) or bool(alarm.get("ActionsSuppressedBy"))
        muted = silent or name in book.muted
        evaluation = alarm.get("EvaluationState") or ""
        trusted = evaluation not in NOT_TRUSTED
        reason = alarm.get("StateReason") or ""
        reason = reason if trusted else f"{evaluation}: {reason}"
        severity = judge(state, muted, trusted)
        at = book.read_at[name]
        return Alarm(
            ref=Ref("alarm", whose.scopes[0], name),
            at=at,
            owner=whose.owner,
            severity=severity,
            serves=whose.scopes[1:],
            missing={"muted": book.muted_missing} if book.muted_missing and not muted else {},
            ages={"state": book.told_at or at},
            because=(_said(state, muted, reason),) if severity else (),
            name=name,
            state=state,
            since=alarm.get("StateTransitionedTimestamp") or alarm.get("StateUpdatedTimestamp"),
            muted=muted,
            reason=reason,
            site=whose.site,
            env=whose.env,
        )


class Alarms:
    """The CloudWatch alarms of our sites, and those the estate claims by prefix."""

    name = "alarms"
    row: type[Row] = Alarm

    def parts(self, context: Context) -> Sequence[Part]:
        """One part an account × Region."""
        estate = context.estate
        places = dict.fromkeys(
            [unit.place for unit in units(estate)]
            + [Place(scope.account, scope.region) for scope in estate.alarms]
        )
        return [
            part(context, self.name, place, _Look(context, place, Whose(place, estate)).rows)
            for place in places
        ]
