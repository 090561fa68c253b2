"""Known issues as rows of a table: what is said of each, and what its site's errors are now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from console.model import Board, Ref, Row, Severity
from console.model.affairs import Affairs
from console.model.issues import STATES, Issue, late
from console.model.issues import told as fields_of
from widgets.columns import Column, why
from widgets.look import Cell, Look, zone_of
from widgets.symbols import TONES
from widgets.words import clean

if TYPE_CHECKING:
    from console.sources.sites import SiteHealth

LATE = {
    "happens": "its fix was due, and it still happens",
    "unknown": "its fix was due; nobody knows whether it still happens",
    "quiet": "its fix was due, and no error is counted: is it fixed?",
}
READINGS = {"known_only": "known errors only", "new": "new", "happening": "happening"}


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueRow(Row):
    """One issue, as a table has it."""

    issue: Issue
    title: str
    """The site's."""
    number: int
    errors: str
    """Of its site, now."""

    @property
    def haystack(self) -> str:
        """What a filter looks through."""
        return " ".join((self.title, *fields_of(self.issue).values())).casefold()


def issue_rows(affairs: Affairs, board: Board, look: Look) -> Iterator[IssueRow]:
    """Every issue in its order."""
    sites: dict[str, list[Any]] = {}
    for row in board.rows("sites"):
        sites.setdefault(getattr(row, "site", ""), []).append(row)
    for number, issue in enumerate(affairs.issues):
        place = affairs.sites.get(issue.site)
        there = [one for one in sites.get(issue.site, ()) if issue.concerns(one.site, one.env)]
        zone = zone_of(place.zone if place else "UTC")
        told = late(issue, _rate(there), look.now.estate.astimezone(zone).date())
        bad = told == "happens" or issue.state == "happening"
        unsure = Severity.UNKNOWN if told == "unknown" else Severity.OK
        yield IssueRow(
            ref=Ref("issue", issue.site, issue.number),
            at=min((row.at for row in there), default=look.now.estate),
            severity=Severity.WARNING if bad else unsure,
            because=(LATE[told],) if told in LATE else (),
            issue=issue,
            title=place.title if place else issue.site,
            number=number,
            errors="; ".join(dict.fromkeys(filter(None, map(errors, there)))),
        )


def _rate(there: Sequence[SiteHealth]) -> float | None:
    """The errors of a site's environments, of those that are known now."""
    known = [row.http_5xx or 0.0 for row in there if row.errors is not None]
    return max(known, default=None)


def errors(row: SiteHealth) -> str:
    """What a site's errors mean, where there are any."""
    return READINGS.get(row.errors or "", "")


def summary(affairs: Affairs, look: Look) -> str:
    """How many there are of each state."""
    if not affairs.issues:
        return "no known issue is registered: n makes one, I brings a file in"
    dot, counts = f" {look.symbols.dot} ", [one.state for one in affairs.issues]
    return "Known issues" + dot + dot.join(f"{counts.count(s)} {s}" for s in STATES)


def by_place(row: Row) -> tuple[object, ...]:
    """By site, the happening ones first."""
    return (row.number,) if isinstance(row, IssueRow) else (0,)


def _text(name: str) -> Any:
    return lambda row, look: Cell(clean(getattr(row.issue, name), look.symbols))


def _state(row: IssueRow, look: Look) -> Cell:
    return Cell(row.issue.state, TONES[row.severity] if row.issue.open else "dim")


def _env(row: IssueRow, look: Look) -> Cell:
    return Cell(clean(row.issue.env, look.symbols) or "all", "" if row.issue.env else "dim")


def _fix(row: IssueRow, look: Look) -> Cell:
    parts = (str(row.issue.fix_on or ""), clean(row.issue.release, look.symbols))
    text = " ".join(filter(None, parts)) or look.symbols.none
    return Cell(text, TONES[row.severity] if row.because else "")


COLUMNS = (
    Column("site", lambda row, look: Cell(clean(row.title, look.symbols)), widest=20, least=10),
    Column("number", _text("number"), widest=16, least=7),
    Column("state", _state, widest=9, least=9),
    Column("env", _env, drop=5, widest=8, least=4),
    Column("title", _text("title"), widest=50, least=16),
    Column("fixed by", _fix, widest=26, least=11, drop=1),
    Column("errors now", lambda row, look: Cell(row.errors), widest=18, least=10, drop=3),
    why(drop=2, widest=56, least=16),
    Column("note", _text("note"), widest=40, least=8, drop=6),
)
