"""The register as the journal tells it: the last word on each number of each site counts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from console.model import Entry
from console.model.issues import STATES, Issue, WrongIssue, issue_of

KIND: Final = "issue.changed"
Register = Mapping[tuple[str, str], Issue]
DIGITS = re.compile(r"(\d+)")


def fold(register: Register, entry: Entry) -> Register:
    """The register after one more entry; what a later program wrote in another shape is none."""
    if entry.kind != KIND:
        return register
    try:
        issue = issue_of(entry.data)
    except WrongIssue:
        return register
    return {**register, issue.key: issue}


def registered(entries: Iterable[Entry]) -> tuple[Issue, ...]:
    """Every issue that these entries tell of, in order."""
    register: Register = {}
    for entry in entries:
        register = fold(register, entry)
    return in_order(register.values())


def by_site(
    issues: Iterable[Issue] | None,
) -> Callable[[str], tuple[Issue, ...] | None]:
    """Of a site its issues; None for every site where there is no register."""
    found: dict[str, tuple[Issue, ...]] = {}
    for issue in issues or ():
        found[issue.site] = (*found.get(issue.site, ()), issue)
    return lambda site: None if issues is None else found.get(site, ())


def in_order(issues: Iterable[Issue]) -> tuple[Issue, ...]:
    """By site, the happening ones first; 500-3 stands before 500-12."""
    return tuple(sorted(issues, key=_place))


def _place(issue: Issue) -> tuple[object, ...]:
    parts = DIGITS.split(issue.number)
    number = [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]
    return (issue.site, STATES.index(issue.state), number)


def partly(done: int, of: int) -> str:
    """What is said where only the first of some issues could be written down."""
    return (
        f"{done} of {of} new or changed issues are written; "
        "bring the file in again for the rest, it repeats nothing"
    )


def news(register: Iterable[Issue], given: Iterable[Issue]) -> tuple[Issue, ...]:
    """Of the given issues those that say something new: nothing else is worth a line."""
    known = {issue.key: issue for issue in register}
    return tuple(issue for issue in given if known.get(issue.key) != issue)
