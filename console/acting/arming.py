"""Whether this console may act, on what, until when: read-only unless armed, for a while."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from console.acting.locks import Aside, Lock
from console.machine import Sleep
from console.model import Arming
from console.remedy import Refused

FLAG = "this console was started with --read-only, which nothing lifts"
ON_REQUEST, ANEW, CLOSED = "on request", "armed anew", "the console was closed"
BY_A_PERSON = frozenset({ON_REQUEST, ANEW, CLOSED})
"""Why an arming ended, where somebody who was there wanted it."""
SLEPT = "the computer slept, so nothing is armed any more: look, then arm again"


class Arms:
    """The one arming of this console. It ends at once; `ended` is what the journal must be told."""

    def __init__(
        self,
        lock: Lock | Aside,
        by: str,
        read_only: bool,
        now: Callable[[], datetime],
        steady: Callable[[], float],
    ) -> None:
        self.lock, self.by, self.read_only = lock, by, read_only
        self.ended: list[tuple[Arming, str]] = []
        self.why = "not armed"
        """Why nothing is armed, while nothing is."""
        self.slept_at: datetime | None = None
        """Real time at which it was noticed that the computer had slept."""
        self._now, self._steady = now, steady
        self._armed: Arming | None = None
        self._steady_until = 0.0
        self._sleep = Sleep(now(), steady())

    def current(self) -> Arming | None:
        """The arming, if it still holds: by both clocks, by the lock, and nobody slept."""
        now, steady = self._now(), self._steady()
        if self._sleep.ended(now, steady):
            self.slept()
        armed = self._armed
        if armed is None:
            return None
        if now >= armed.until or steady >= self._steady_until:
            # the steady clock too: a wall clock that is set back must not lengthen it
            self.end(f"the arming of {named(armed.scopes)} ended at {armed.until:%H:%M} UTC")
        elif not self.lock.held:
            self.end("the operator's lock was taken away: arm again")
        return self._armed

    def operator(self) -> str:
        """Empty when this console may arm; else why not. Takes the place where it is free."""
        holder = self.lock.take(self.by)
        return holder if self.lock.trouble or not holder else f"another console may act: {holder}"

    def grant(
        self,
        scopes: Iterable[str],
        minutes: float,
        reason: str,
        cases: Iterable[str],
        may_empty_topics: bool,
        known: Iterable[str],
    ) -> Arming:
        """An arming as asked, not in force yet. Raises Refused with every reason."""
        wanted, unknown = frozenset(scopes), sorted(set(scopes) - set(known))
        against = [f"{scope}: there is no such scope" for scope in unknown]
        if self.read_only:
            against.append(FLAG)
        elif why := self.operator():
            against.append(why)
        if not wanted:
            against.append("say which site or cluster")
        if not Arming.SHORTEST <= minutes <= Arming.LONGEST:
            bounds = f"between {Arming.SHORTEST} and {Arming.LONGEST}"
            against.append(f"{minutes:g} minutes: it is {bounds}")
        if not reason.strip():
            against.append("say why")
        if may_empty_topics and not frozenset(cases):
            against.append("topics are emptied unattended for a case only: say which")
        if against:
            raise Refused(*against)
        until = self._now() + timedelta(minutes=minutes)
        kept = frozenset(cases)
        return Arming(wanted, until, reason.strip(), kept, may_empty_topics, self.by)

    def set(self, arming: Arming) -> None:
        """From now on it holds."""
        now, steady = self._now(), self._steady()
        self._sleep.ended(now, steady)
        self._steady_until = steady + (arming.until - now).total_seconds()
        self._armed = arming

    def slept(self) -> None:
        """The computer slept: whatever was armed or shown before is void."""
        self.slept_at = self._now()
        self.end(SLEPT)

    def end(self, why: str) -> None:
        """From now on nothing is armed."""
        if self._armed is not None:
            self.ended.append((self._armed, why))
            self._armed = None
            self.why = why

    def barred(self) -> str:
        """Why this console cannot be armed at all, in short; empty when it can. Never raises."""
        if self.read_only:
            return "flag"
        if self.current():
            return ""
        holder = self.lock.take(self.by)
        return holder if self.lock.trouble or not holder else f"operator is {holder}"


def named(scopes: Iterable[str]) -> str:
    """Scopes for people."""
    return ", ".join(sorted(scopes))
