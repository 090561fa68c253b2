"""HTTP addresses: whether they answer as they should, and the values read from their answers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from console.model import HIDDEN, Ref, Row, Severity
from console.model.words import lasting
from console.poll import AuthExpired, Context, Part, Throttled

if TYPE_CHECKING:
    from console.config.http import Check, Fact
    from console.web.values import Answer

State = Literal["ok", "failed", "wrong", "unreachable"]
"""`failed`: another status than expected; `wrong`: not the answer it should be."""
EVERY, GRACE = 30.0, 1.0
DENIED, TOO_MANY = frozenset({401, 403, 407}), 429
FAULT = {"warning": Severity.WARNING, "critical": Severity.CRITICAL}
PLAIN = "the answer is not by TLS"
BELOW = {"value": "each value has a row of its own", "text": "each value has a row of its own"}
ABOVE = dict.fromkeys(
    ("status", "latency_ms", "certificate_days", "certificate_expires_at"),
    "the row of the whole answer tells it",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpCheck(Row):
    """HTTP addresses that are asked, and below each the values read from its answer."""

    check: str
    fact: str = ""
    """Empty: the row is about the answer as a whole."""
    title: str = ""
    state: State | None = None
    """Of the answer, also where the row is about one value in it."""
    value: float | None = None
    text: str | None = None
    unit: str = ""
    status: int | None = None
    latency_ms: float | None = None
    certificate_days: float | None = None
    certificate_expires_at: datetime | None = None
    url: str = ""
    site: str | None = None
    env: str | None = None
    things: Mapping[str, datetime] | None = field(default=None, metadata=HIDDEN)
    """Key → when it came, of an address that lists them."""
    listed_since: datetime | None = field(default=None, metadata=HIDDEN)
    """From when on they are listed."""
    counted_since: datetime | None = field(default=None, metadata=HIDDEN)
    """When the day began that is counted: what came shortly before may still be on its way."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """One look at an address."""

    state: State
    why: str = ""
    answer: Answer | None = None
    data: Any = None
    things: Mapping[str, datetime] | None = None
    since: datetime | None = None
    day: datetime | None = None


class _Unexpected(Exception):
    """It answers with another status than expected."""

    def __init__(self, why: str, answer: Answer) -> None:
        super().__init__(why)
        self.answer = answer


@dataclass(frozen=True, slots=True)
class _Look:
    """One address."""

    context: Context
    name: str
    check: Check

    async def rows(self) -> tuple[Row, ...]:
        """Its own row, and one a value. Raises Failed where it is our side that cannot ask."""
        now = self.context.clock.now()
        try:
            async with asyncio.timeout(self.check.timeout):
                seen = await self._seen(now)
        except TimeoutError:
            seen = _Seen("unreachable", f"no whole answer in {self.check.timeout:g} s")
        own = self._own(seen, now)
        return (
            own,
            *(self._value(name, fact, seen, now) for name, fact in self.check.facts.items()),
        )

    async def _seen(self, now: datetime) -> _Seen:
        from console.web.listing import address, begins, listed
        from console.web.pointer import decoded
        from console.web.values import NoAnswer, Nonsense

        check = self.check
        day = begins(check.keys, now) if check.keys else None
        since = day and day - timedelta(seconds=max(self._leads(day, now)))
        answer: Answer | None = None
        try:
            url = address(check, since) if since else check.url
            answer = await self._get(url)
            data = await decoded(answer) if check.facts else None
            if check.keys is None or since is None:
                return _Seen("ok", "", answer, data)
            things = await listed(self._get, check.keys, answer, since)
            return _Seen("ok", "", answer, data, things, since, day)
        except NoAnswer as error:
            return _Seen("unreachable", str(error), answer)
        except _Unexpected as error:
            return _Seen("failed", str(error), error.answer)
        except Nonsense as error:
            return _Seen("wrong", str(error), answer)

    async def _get(self, url: str) -> Answer:
        """One answer, of a status that is expected. Raises _Unexpected else, and as `_refused`."""
        check = self.check
        whole = bool(check.facts or check.keys)
        answer = await self.context.clients.web.get(check, url, whole=whole)
        if answer.status not in check.expect:
            self._refused(answer)
            expected = " or ".join(map(str, check.expect))
            raise _Unexpected(f"HTTP {answer.status}, not {expected}", answer)
        return answer

    def _leads(self, day: datetime, now: datetime) -> Sequence[float]:
        """How long before its hour a list begins, s: what was lost then is told for a day."""
        if self.check.keys is None or self.check.keys.since is None:
            return (0.0,)
        from console.loss import OVERLAP_S, SKEW_S, TOLD_S

        flows = self.context.flows.values()
        ways = [f.longest for f in flows if any(s.keys == self.name for s in f.stages)]
        if not ways:
            return (0.0,)
        return max(ways) + OVERLAP_S + SKEW_S, TOLD_S + SKEW_S - (now - day).total_seconds()

    def _refused(self, answer: Answer) -> None:
        """Raises AuthExpired and Throttled: how the other side fares is then not known."""
        if answer.status == TOO_MANY:
            raise Throttled(f"{self.name} asks to be asked less (HTTP {TOO_MANY})")
        if answer.status in DENIED:
            given = self.check.auth.given
            why = "does not accept our login" if given else "wants a login, and none is given"
            cure = f"http.{self.name}.auth in estate.yaml, and the variable it names"
            raise AuthExpired(f"{self.name} {why} (HTTP {answer.status})", cure)

    def _own(self, seen: _Seen, now: datetime) -> HttpCheck:
        from console.web.values import shown

        check, answer = self.check, seen.answer
        ends = answer.certificate_ends if answer else None
        left = (ends - now) / timedelta(days=1) if ends else None
        said = [(FAULT[check.severity], seen.why)] if seen.why else []
        said += self._slow(answer) if seen.state == "ok" else []
        if left is not None and left * 86400 < check.certificate_warn:
            said.append((Severity.WARNING, f"its certificate ends in {lasting(left * 86400)}"))
        said.sort(key=lambda one: -one[0])
        missing = {} if ends else dict.fromkeys(
            ("certificate_days", "certificate_expires_at"), PLAIN if answer else seen.why
        )  # fmt: skip
        if answer is None:
            missing |= dict.fromkeys(("status", "latency_ms"), seen.why)
        return HttpCheck(
            **self._common(self.name, now),
            severity=said[0][0] if said else Severity.OK,
            because=tuple(f"{self.name}: {why}" for _, why in said),
            missing=BELOW | missing,
            title=check.title or self.name,
            state=seen.state,
            status=answer.status if answer else None,
            latency_ms=round(answer.latency_ms, 1) if answer else None,
            certificate_days=None if left is None else round(left, 1),
            certificate_expires_at=ends,
            url=shown(check.url),
            things=seen.things,
            listed_since=seen.since,
            counted_since=seen.day,
        )

    def _slow(self, answer: Answer | None) -> list[tuple[Severity, str]]:
        limit = self.check.slow
        if answer is None or limit is None or answer.latency_ms <= limit * 1000:
            return []
        took = answer.latency_ms / 1000
        return [(Severity.WARNING, f"answered in {took:.1f} s, slower than {limit:g} s")]

    def _common(self, name: str, now: datetime) -> dict[str, Any]:
        check = self.check
        return {
            "ref": Ref("http", check.place, name),
            "at": now,
            "owner": check.owner,
            "check": self.name,
            "site": check.site or None,
            "env": check.env or None,
        }

    def _value(self, name: str, fact: Fact, seen: _Seen, now: datetime) -> HttpCheck:
        from console.web.facts import judged, read
        from console.web.pointer import Absent, at

        value: float | None = None
        text: str | None = None
        severity, why = Severity.UNKNOWN, seen.why
        if not why:
            try:
                value, text = read(at(seen.data, fact.at), fact)
                severity, why = judged(value, text, fact)
            except (Absent, ValueError) as error:
                why = str(error)
        unknown = value is None and text is None
        told = {"value": why} if unknown else {"text": "it is a number"} if text is None else {}
        return HttpCheck(
            **self._common(f"{self.name}/{name}", now),
            severity=severity,
            because=(f"{self.name}: {fact.title or name}: {why}",) if why else (),
            missing=ABOVE | told,
            fact=name,
            title=fact.title or name,
            state=seen.state,
            value=value,
            text=text,
            unit=fact.unit,
        )


class Http:
    """The addresses that the estate names under `http`."""

    name = "http"
    row: type[Row] = HttpCheck

    def parts(self, context: Context) -> Sequence[Part]:
        """One part an address: each has its own pace, login and trouble."""
        usual = context.every(self.name, EVERY)
        return [
            Part(
                *(self.name, name, check.every or usual, _Look(context, name, check).rows),
                check.timeout + GRACE,
            )
            for name, check in context.estate.http.items()
        ]
