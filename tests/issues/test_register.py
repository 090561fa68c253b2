"""The register of known issues: its fields, its journal, and what a rate of errors then means."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from console.issues import by_site, fold, known_of, news, registered
from console.journal import Journal
from console.model import Entry, Ref, Row, Severity
from console.model.issues import Issue, Place, WrongIssue, issue_of, late, told
from console.sources.alarms import Alarm
from console.sources.metrics import Metric

AT = datetime(2026, 3, 10, 4, tzinfo=UTC)
TODAY = date(2026, 3, 10)
OK, UNKNOWN, WARNING, CRITICAL = Severity
SITES = {
    "sakai": Place("堺 Sakai", ("prod", "stg")),
    "kawasaki": Place("川崎 Kawasaki", ("prod",)),
    "lyon": Place("Raffinerie de Lyon", ("prod",)),
}
KNOWN = Issue(number="500-3", site="kawasaki", title="帳票が開けない", fix_on=date(2026, 3, 24))


def entry(**data: object) -> Entry:
    return Entry(AT, "issue.changed", "", "taro", data)


@pytest.mark.parametrize(
    "text", ["kawasaki", "Kawasaki", "川崎", "川崎 Kawasaki", "ＫＡＷＡＳＡＫＩ"]
)
def test_a_site_is_named_as_people_name_it(text: str) -> None:
    fields = {"number": "５００－３", "site": text, "title": " 帳票が\n開けない "}
    assert issue_of(fields, SITES) == Issue(
        number="500-3", site="kawasaki", title="帳票が 開けない"
    )


WRONG = {
    "no number": ({"number": " "}, "number", "500-3"),
    "a long number": ({"number": "5" * 41}, "number", "needed"),
    "no site": ({"site": ""}, "site", "there is sakai, kawasaki, lyon"),
    "a site nearly right": ({"site": "kawasakl"}, "site", "did you mean kawasaki?"),
    "no title": ({"title": "\u3000"}, "title", "has to be said"),
    "another site's environment": ({"env": "stg"}, "env", "kawasaki has no stg; there is prod"),
    "no state": ({"state": "open"}, "state", "there is happening, known, fixed"),
    "no such day": ({"fix_on": "2026-02-30"}, "fix_on", "2026-02-30 is no day"),
    "March or October": ({"first_seen": "10/03/2026"}, "first_seen", "write it as 2026-03-10"),
    "a book": ({"note": "x" * 2001}, "note", "at most 2000"),
}


@pytest.mark.parametrize("caption", WRONG)
def test_what_is_no_issue_is_told_with_its_field(caption: str) -> None:
    fields, field, said = WRONG[caption]
    with pytest.raises(WrongIssue, match=said.replace("?", r"\?")) as error:
        issue_of(told(KNOWN) | fields, SITES)
    assert error.value.field == field


@pytest.mark.parametrize("text", ["2026-03-10", "2026/3/10", "10.03.2026", "2026年3月10日"])
def test_a_day_is_read_as_spreadsheets_of_several_languages_write_it(text: str) -> None:
    assert issue_of(told(KNOWN) | {"fix_on": text}, SITES).fix_on == TODAY


def test_the_journal_brings_the_register_back_and_its_last_word_counts(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    full = Issue(
        number="500-12",
        site="sakai",
        env="stg",
        state="happening",
        title="=cmd|' /C calc'!A0",
        first_seen=TODAY,
        fix_on=date(2026, 4, 1),
        release="R 12.3",
        note="\u202eабв [red] é 😀",
    )
    for issue in (full, KNOWN, issue_of(told(KNOWN) | {"state": "fixed"})):
        journal.append("issue.changed", by="taro", **told(issue))
    journal.append("note", text="x")
    fixed = issue_of(told(KNOWN) | {"state": "fixed"})
    assert registered(journal.entries()) == (fixed, full)


def test_what_a_later_program_wrote_of_an_issue_in_another_shape_is_left_out() -> None:
    strange = (entry(), entry(number=3, site="a", title=None), entry(**told(KNOWN) | {"state": 1}))
    assert registered((*strange, Entry(AT, "note", data=told(KNOWN)))) == ()
    assert fold({}, entry(**told(KNOWN) | {"later": 1})) == {KNOWN.key: KNOWN}


def test_issues_stand_by_site_the_happening_ones_first_and_numbers_as_people_count() -> None:
    numbers = ("500-12", "500-3", "A-1", "500-40")
    issues = [issue_of(told(KNOWN) | {"number": number}) for number in numbers]
    issues[3] = issue_of(told(issues[3]) | {"state": "happening"})
    entries = [entry(**told(issue)) for issue in (issues[0], issues[2], issues[3], issues[1])]
    there = [issue.number for issue in registered(entries)]
    assert there == ["500-40", "500-3", "500-12", "A-1"]


def test_only_what_says_something_new_is_news() -> None:
    other = issue_of(told(KNOWN) | {"note": "ask"})
    assert news([KNOWN], [KNOWN]) == ()
    assert news([KNOWN], [other]) == (other,)


def metric(severity: Severity = OK) -> Metric:
    because = ("http_5xx 7 ≥ 5 warning",) if severity else ()
    ref = Ref("metric", "kawasaki/prod", "http_5xx")
    return Metric(ref=ref, at=AT, id="http_5xx", value=7.0, severity=severity, because=because)


ALARM = Alarm(
    ref=Ref("alarm", "kawasaki/prod", "kawasaki-prod-http-5xx"),
    at=AT,
    name="kawasaki-prod-http-5xx",
    state="alarm",
    severity=CRITICAL,
    because=("in ALARM",),
)
HAPPENS = issue_of(told(KNOWN) | {"state": "happening"})
FIXED = issue_of(told(KNOWN) | {"state": "fixed"})
LATE = issue_of(told(KNOWN) | {"fix_on": "2026-03-09"})
STAGING = issue_of(told(KNOWN) | {"env": "stg"})
Case = tuple[float | None, tuple[Issue, ...] | None, tuple[Row, ...], str | None, Severity, str]
READ: dict[str, Case] = {
    "no errors": (0.0, (KNOWN,), (metric(),), "none", OK, ""),
    "errors, nothing registered": (7.0, (), (metric(WARNING),), "new", WARNING, "new errors: http"),
    "errors, one known": (7.0, (KNOWN,), (metric(WARNING),), "known_only", OK, ""),
    "and an alarm on them": (7.0, (KNOWN,), (metric(WARNING), ALARM), "known_only", OK, ""),
    "an outage hides behind no number": (
        *(90.0, (KNOWN,), (metric(CRITICAL), ALARM), "known_only", WARNING),
        "known errors only (500-3), but many: http",
    ),
    "one happens": (
        *(7.0, (KNOWN, HAPPENS), (metric(WARNING),), "happening", WARNING),
        "happening (500-3, 500-3): http",
    ),
    "only a fixed one": (7.0, (FIXED,), (metric(WARNING),), "new", WARNING, "new errors"),
    "known elsewhere": (7.0, (STAGING,), (metric(WARNING),), "new", WARNING, "new errors"),
    "late, and errors go on": (
        *(1.0, (LATE,), (metric(),), "known_only", WARNING),
        "500-3: its fix was due on 2026-03-09, and it still happens",
    ),
    "late, without any error": (0.0, (LATE,), (metric(),), "none", OK, ""),
    "late, and nobody counts": (None, (LATE,), (), None, UNKNOWN, "nobody knows"),
    "the last day is not late": (
        *(1.0, (issue_of(told(KNOWN) | {"fix_on": "2026-03-10"}),), (), "known_only", OK, ""),
    ),
    "no rate": (None, (KNOWN,), (), None, OK, ""),
    "no register": (7.0, None, (metric(WARNING),), None, WARNING, "http_5xx 7"),
}


LATES: list[tuple[str, Issue, float | None, str]] = [
    ("before its day nothing is late", KNOWN, 7.0, "no"),
    ("fixed is not late", issue_of(told(LATE) | {"state": "fixed"}), 7.0, "no"),
    ("errors go on", LATE, 7.0, "happens"),
    ("it is said to happen", issue_of(told(LATE) | {"state": "happening"}), 0.0, "happens"),
    ("nobody counts", LATE, None, "unknown"),
    ("no error is counted", LATE, 0.0, "quiet"),
]


@pytest.mark.parametrize(("what", "issue", "rate", "wanted"), LATES, ids=[o[0] for o in LATES])
def test_whether_a_fix_is_late_has_one_answer(
    what: str, issue: Issue, rate: float | None, wanted: str
) -> None:
    assert late(issue, rate, TODAY) == wanted


@pytest.mark.parametrize("caption", READ)
def test_a_rate_of_errors_reads_by_what_is_known_of_its_site(caption: str) -> None:
    rate, register, rows, told_, severity, said = READ[caption]
    known = known_of(by_site(register)("kawasaki"), "prod", rate, TODAY, rows)
    signs = [sign for sign in known.signs(rows) if sign[0]]
    assert known.reading == told_
    assert max((bad for bad, _ in signs), default=OK) is severity
    assert said in "; ".join(words for _, words in signs)
