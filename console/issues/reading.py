"""What errors mean by what is known of their site: nothing new, or something new."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from console.model import Row, Severity
from console.model.issues import Issue, late
from console.signs import Sign, signs

Reading = Literal["none", "known_only", "happening", "new"]
UNREAD = "no register of known issues is read here"
UNCOUNTED = "nobody counts the server errors here"


def reading(rate: float | None, known: Sequence[Issue]) -> Reading | None:
    """A rate of errors against a site's open issues; None where the rate is not known.

    - no errors: `none`, whatever is registered
    - errors, and nobody registered any: `new`
    - errors, and an issue is said to be happening: `happening`, an incident with a number
    - errors, and every open issue is only `known`: `known_only`, no incident
    """
    if rate is None:
        return None
    if rate <= 0:
        return "none"
    if not known:
        return "new"
    return "happening" if any(one.state == "happening" for one in known) else "known_only"


@dataclass(frozen=True, slots=True)
class Known:
    """A site's open issues in one environment, held against its errors of today."""

    issues: tuple[Issue, ...] | None
    """None: no register is read."""
    rate: float | None
    today: date
    rows: tuple[Row, ...] = ()
    """What counts its errors, or rings for them."""
    why: str = UNCOUNTED
    """Why the rate is not known, where it is not."""
    first: bool = True
    """Whether it is the site's first environment: what concerns all of them is told there."""

    @property
    def reading(self) -> Reading | None:
        """What the errors mean, or None where that cannot be said."""
        return None if self.issues is None else reading(self.rate, self.issues)

    @property
    def numbers(self) -> tuple[str, ...]:
        """Of its open issues."""
        return tuple(one.number for one in self.issues or ())

    @property
    def many(self) -> bool:
        """Whether more fail than is ever right, known or not."""
        counted = (row for row in self.rows if row.ref.kind != "alarm")
        return any(row.severity is Severity.CRITICAL for row in counted)

    def facts(self, missing: dict[str, str]) -> dict[str, Any]:
        """What the row of a site says of it; why a fact is not known goes to `missing`."""
        told = self.reading
        if self.issues is None:
            missing |= dict.fromkeys(("errors", "known_issues", "late_fixes"), UNREAD)
            return {}
        if told is None:
            missing["errors"] = self.why
        calm = told == "known_only" and not self.many
        loud = tuple(row.ref for row in self.rows if row.severity > Severity.UNKNOWN)
        return {
            "errors": told,
            "known_issues": len(self.issues),
            "issues": self.numbers,
            "late_fixes": sum(bad is Severity.WARNING for bad, _ in self._late()),
            "explained": loud if calm else (),
        }

    def signs(self, rows: Collection[Row]) -> Iterator[Sign]:
        """What speaks against the site: its rows, those of errors by what they mean; late fixes."""
        of_errors = {row.ref for row in self.rows}
        for row in rows:
            for sign in signs(row):
                yield self._softened(sign) if row.ref in of_errors else sign
        yield from self._late()

    def _softened(self, sign: Sign) -> Sign:
        """How loud a sign of errors is, and its words, once the register was asked.

        What is only known is no alarm. But a number says what fails and not how often: where too
        many do, a warning stays, so that no register hides an outage.
        """
        severity, said = sign
        told, numbers = self.reading, ", ".join(self.numbers)
        if severity <= Severity.UNKNOWN:
            return sign
        if told == "known_only":
            known = f"known errors only ({numbers})"
            many = (Severity.WARNING, f"{known}, but many: {said}")
            return many if self.many else (Severity.OK, f"{known}: {said}")
        if told == "happening":
            return severity, f"happening ({numbers}): {said}"
        return (severity, f"new errors: {said}") if told == "new" else sign

    def _late(self) -> Iterator[Sign]:
        """Issues whose fix was due and which still happen, or may."""
        for one in self.issues or ():
            due = f"{one.number}: its fix was due on {one.fix_on}"
            elsewhere = not (one.env or self.first) and self.rate is None
            told = "no" if elsewhere else late(one, self.rate, self.today)
            if told == "happens":
                yield Severity.WARNING, f"{due}, and it still happens"
            elif told == "unknown":
                yield Severity.UNKNOWN, f"{due}; nobody knows whether it still happens"


def known_of(
    issues: Sequence[Issue] | None,
    env: str,
    rate: float | None,
    today: date,
    rows: Sequence[Row],
    why: str = UNCOUNTED,
    first: bool = True,
) -> Known:
    """Of a site's issues what is still to be fixed there (`today`: the site's own day).

    `why`: what a rate that is None is not known for.
    """
    mine = None
    if issues is not None:
        mine = tuple(one for one in issues if one.open and one.concerns(one.site, env))
    return Known(mine, rate, today, tuple(rows), why, first)
