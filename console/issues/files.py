"""The register as a file that people pass on: CSV for spreadsheets, Markdown for a wiki.

Both come back as they went. Nothing in a CSV is a formula to a spreadsheet, nothing in Markdown
is a link, a picture or HTML.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from console.model.issues import FIELDS, LONGEST, Issue, Place, WrongIssue, issue_of, told
from console.model.sheet import csv_of

Form = Literal["csv", "markdown"]
NAMES: Mapping[Form, str] = {"csv": "known-issues.csv", "markdown": "known-issues.md"}
NEEDED = ("number", "site", "title")
DELIMITERS = ",;\t"  # of a comma country, of a comma-for-decimals country, of "Unicode text"
GUARDED = re.compile(r"'+[=+\-@\t\r＝＋－＠]")
MARKED = re.compile(r"[\\|`*_\[\]<>&~#!]")
UNMARKED = re.compile(r"\\([!-/:-@\[-`{-~])")
CELL = re.compile(r"((?:\\.|[^|\\])*)\|")
RULE = re.compile(r"[\s|:-]+")
Line = tuple[int, Sequence[str]]  # its number in the file, its cells


class Unread(Exception):
    """A file that is no register; `lines`: everything that is wrong with it."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = tuple(lines)
        super().__init__("\n".join(self.lines))


@dataclass(frozen=True, slots=True)
class Found:
    """An issue and the line of the file it stands on."""

    line: int
    issue: Issue


def written(issues: Iterable[Issue], form: Form) -> bytes:
    """The file."""
    rows = [[told(issue)[name] for name in FIELDS] for issue in issues]
    if form == "csv":
        # without the mark Excel takes it for Latin-1
        return codecs.BOM_UTF8 + csv_of(FIELDS, rows).encode()
    return _markdown(rows).encode()


def _markdown(rows: Iterable[Sequence[str]]) -> str:
    lines = ["# Known issues", "", _row(name.replace("_", " ") for name in FIELDS)]
    lines.append("|---" * len(FIELDS) + "|")
    lines += [_row(MARKED.sub(r"\\\g<0>", text) for text in row) for row in rows]
    return "\n".join(lines) + "\n"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def issues_in(
    path: Path, sites: Mapping[str, Place], encoding: str = "utf-8-sig"
) -> tuple[Issue, ...]:
    """Every issue of a file (blocking), or none: raises Unread with all that is wrong, OSError."""
    raw = path.read_bytes()
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"  # a spreadsheet's "Unicode text"
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        hint = "save it as UTF-8, or name its encoding (--encoding cp932)"
        said = f"{path}:{line}: this is not {encoding.removesuffix('-sig')}; {hint}"
        raise Unread([said]) from None
    lines = list(_markdown_lines(text) if _is_markdown(path, text) else _csv_lines(path, text))
    return _issues(path, lines, sites)


def _is_markdown(path: Path, text: str) -> bool:
    return path.suffix.lower() in (".md", ".markdown") or text.lstrip().startswith(("|", "#"))


def _csv_lines(path: Path, text: str) -> Iterator[Line]:
    head = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begins = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield begins, [c[1:] if GUARDED.match(c) else c for c in cells]
            begins = reader.line_num + 1
    except csv.Error as error:
        raise Unread([f"{path}:{begins}: not CSV: {error}"]) from None


def _markdown_lines(text: str) -> Iterator[Line]:
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if line.startswith("|") and not RULE.fullmatch(line):
            cells = CELL.findall(line[1:] if line.endswith("|") else f"{line[1:]}|")
            yield number, [UNMARKED.sub(r"\1", cell.strip()) for cell in cells]


def _issues(path: Path, lines: Sequence[Line], sites: Mapping[str, Place]) -> tuple[Issue, ...]:
    if not lines:
        raise Unread([f"{path}: nothing is in it; its first line names {', '.join(FIELDS)}"])
    (at, head), *rows = lines
    names = [cell.strip().casefold().replace(" ", "_") for cell in head]
    if wrong := list(_wrong_head(names)):
        raise Unread([f"{path}:{at}: {why}" for why in wrong])
    found: list[Found] = []
    faults: list[str] = []
    for number, cells in rows:
        try:
            found.append(Found(number, _issue(names, cells, sites)))
        except WrongIssue as error:
            faults.append(f"{path}:{number}: {error.field}: {error}")
    faults += [f"{path}:{why}" for why in _twice(found)]
    if faults:
        raise Unread(faults)
    return tuple(one.issue for one in found)


def _wrong_head(names: Sequence[str]) -> Iterator[str]:
    for name in dict.fromkeys(names):
        if name and name not in FIELDS:
            yield f"{name[:60]} is no column; there is {', '.join(FIELDS)}"
        elif name and names.count(name) > 1:
            yield f"there are two columns {name}"
    for name in NEEDED:
        if name not in names:
            yield f"the column {name} is missing"


def _issue(names: Sequence[str], cells: Sequence[str], sites: Mapping[str, Place]) -> Issue:
    if spare := [cell for cell in cells[len(names) :] if cell.strip()]:
        raise WrongIssue("line", f"{len(names)} columns, but more values: {spare[0][:60]}")
    if any(len(cell) > LONGEST for cell in cells):
        raise WrongIssue("line", f"a text of more than {LONGEST} characters")
    return issue_of(dict(zip(names, cells, strict=False)), sites)


def _twice(found: Iterable[Found]) -> Iterator[str]:
    first: dict[tuple[str, str], int] = {}
    for one in found:
        before = first.setdefault(one.issue.key, one.line)
        if before != one.line:
            yield f"{one.line}: {one.issue.number} of {one.issue.site} stands on line {before} too"
