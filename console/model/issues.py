"""Known issues: an error with a number at a site, until a release is there that fixes it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Any, Literal, get_args

State = Literal["happening", "known", "fixed"]
Late = Literal["no", "happens", "unknown", "quiet"]
STATES: tuple[State, ...] = get_args(State)
FIELDS = ("number", "site", "env", "state", "title", "first_seen", "fix_on", "release", "note")
LONGEST = 2_000  # characters of one text
SHORTEST_NUMBER, LONGEST_NUMBER = 1, 40
# 2026-03-10, as an East Asian or a Russian spreadsheet writes it; 10/03/2026 may be October
DAYS = (
    re.compile(r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})"),
    re.compile(r"(?P<y>\d{4})年(?P<m>\d{1,2})月(?P<d>\d{1,2})日"),
    re.compile(r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})"),
)


class WrongIssue(ValueError):
    """What was given is no issue: `field` names where, `str()` says why."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(why)
        self.field = field


@dataclass(frozen=True, slots=True)
class Place:
    """A site as an issue may name it."""

    title: str
    environments: tuple[str, ...] = ()
    zone: str = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One line of the register; its number is its own at its site."""

    number: str
    site: str
    title: str
    env: str = ""
    """Empty: in every environment of the site."""
    state: State = "known"
    first_seen: date | None = None
    fix_on: date | None = None
    """The day it is to be fixed."""
    release: str = ""
    """The release that is to fix it."""
    note: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """Its name in the register."""
        return self.site, self.number

    @property
    def open(self) -> bool:
        """Whether it is still to be fixed."""
        return self.state != "fixed"

    def concerns(self, site: str, env: str) -> bool:
        """Whether it is one of this site's, there."""
        return self.site == site and self.env in ("", env)

    def overdue(self, today: date) -> bool:
        """Whether the day on which it was to be fixed is over (`today`: the site's own)."""
        return self.open and self.fix_on is not None and self.fix_on < today


def late(issue: Issue, rate: float | None, today: date) -> Late:
    """Whether an issue's fix is late, by the errors that its site counts now (None: nobody does).

    `quiet`: its day is over and no error is counted, so that it may well be fixed.
    """
    if not issue.overdue(today):
        return "no"
    if issue.state == "happening" or (rate or 0) > 0:
        return "happens"
    return "unknown" if rate is None else "quiet"


def tidy(text: str) -> str:
    """Text of any language on one line, without what no spreadsheet keeps."""
    kept = (c for c in " ".join(text.split()) if unicodedata.category(c) not in ("Cc", "Cs"))
    return unicodedata.normalize("NFC", " ".join("".join(kept).split()))


def narrow(text: str) -> str:
    """A number, a name or a date, also where an input method made it wide."""
    return tidy(unicodedata.normalize("NFKC", text))


def told(issue: Issue) -> dict[str, str]:
    """Its fields as text, as files and the journal have them."""
    values = ((name, getattr(issue, name)) for name in FIELDS)
    return {n: v.isoformat() if isinstance(v, date) else str(v or "") for n, v in values}


def issue_of(fields: Mapping[str, Any], sites: Mapping[str, Place] | None = None) -> Issue:
    """An issue from its fields as text; `sites`: those it may belong to. Raises WrongIssue."""
    given = {name: str(fields.get(name) or "") for name in FIELDS}
    for name, text in given.items():
        if len(text) > LONGEST:
            raise WrongIssue(name, f"{len(text)} characters; at most {LONGEST}")
    number, site = narrow(given["number"]), narrow(given["site"])
    if not SHORTEST_NUMBER <= len(number) <= LONGEST_NUMBER:
        raise WrongIssue("number", "a number, such as 500-3, is needed")
    site = site if sites is None else _site(site, sites)
    title = tidy(given["title"])
    if not title:
        raise WrongIssue("title", "what is wrong has to be said")
    env = narrow(given["env"])
    if sites is not None and env and env not in sites[site].environments:
        there = ", ".join(sites[site].environments)
        raise WrongIssue("env", f"{site} has no {env}; there is {there}, or empty for all of them")
    return Issue(
        number=number,
        site=site,
        title=title,
        env=env,
        state=_state(given["state"]),
        first_seen=day_of("first_seen", given["first_seen"]),
        fix_on=day_of("fix_on", given["fix_on"]),
        release=tidy(given["release"]),
        note=tidy(given["note"]),
    )


def _site(text: str, sites: Mapping[str, Place]) -> str:
    """A site by its id, its title or a word of it that no other has. Raises WrongIssue."""
    if text in sites:
        return text
    wanted = text.casefold()
    names = {site: _names(site, place) for site, place in sites.items()}
    found = [site for site, own in names.items() if wanted and wanted in own]
    if len(found) == 1:
        return found[0]
    close = get_close_matches(wanted[:80], [one for own in names.values() for one in own], n=1)
    hint = f"did you mean {close[0]}?" if close else f"there is {', '.join(sites)}"
    raise WrongIssue("site", f"{text or 'nothing'} is no site; {hint}")


def _names(site: str, place: Place) -> set[str]:
    title = narrow(place.title).casefold()
    return {site.casefold(), title, *title.split()}


def _state(text: str) -> State:
    wanted = narrow(text).casefold() or "known"
    found = next((state for state in STATES if state == wanted), None)
    if found is None:
        raise WrongIssue("state", f"{text} is no state; there is {', '.join(STATES)}")
    return found


def day_of(field: str, text: str) -> date | None:
    """A day, or None for no text. Raises WrongIssue."""
    text = narrow(text)
    if not text:
        return None
    for pattern in DAYS:
        if match := pattern.fullmatch(text):
            try:
                return date(int(match["y"]), int(match["m"]), int(match["d"]))
            except ValueError:
                break
    raise WrongIssue(field, f"{text} is no day; write it as 2026-03-10")
