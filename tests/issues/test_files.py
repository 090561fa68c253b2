"""The register as a file: it comes back as it went, starts no formula, and is taken whole."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.issues.files import Form, Unread, issues_in, written
from console.model.issues import FIELDS, LONGEST, STATES, Issue, Place, issue_of, tidy
from tests.widgets.hostile import TEXT

SITES = {"sakai": Place("堺 Sakai", ("prod", "stg")), "kawasaki": Place("川崎", ("prod",))}
BOTH = pytest.mark.parametrize("form", ["csv", "markdown"])
DAYS = st.none() | st.dates(date(1990, 1, 1), date(2090, 1, 1))
TEXTS = st.text(
    st.characters(codec="utf-8") | st.sampled_from("=+-@'|\\,\"`*_[]<>&;\t"), max_size=60
)


@st.composite
def issues(draw: st.DrawFn) -> Issue:
    fields = {
        "number": draw(st.from_regex(r"[0-9A-Z=+@-]{1,12}", fullmatch=True)),
        "site": draw(st.sampled_from(list(SITES))),
        "title": draw(TEXTS.filter(tidy)),
        "env": draw(st.sampled_from(["", "prod"])),
        "state": draw(st.sampled_from(STATES)),
        "first_seen": draw(DAYS),
        "fix_on": draw(DAYS),
        "release": draw(TEXTS),
        "note": draw(TEXTS),
    }
    return issue_of(fields, SITES)


@BOTH
@settings(deadline=None)
@given(each=st.lists(issues(), unique_by=lambda one: one.key, max_size=4))
def test_any_register_comes_back_as_it_went(
    tmp_path_factory: pytest.TempPathFactory, form: Form, each: list[Issue]
) -> None:
    file = tmp_path_factory.mktemp("files") / "known"
    file.write_bytes(written(each, form))
    assert list(issues_in(file, SITES)) == each


@BOTH
def test_hostile_text_comes_back_and_commands_nobody(tmp_path: Path, form: Form) -> None:
    text = tidy(TEXT[:LONGEST])
    issue = issue_of(
        dict.fromkeys(("title", "note", "release"), text) | {"number": "1", "site": "sakai"}
    )
    file = tmp_path / "known"
    file.write_bytes(written([issue], form))
    assert issues_in(file, SITES) == (issue,)
    assert "\x1b" not in file.read_text(encoding="utf-8-sig")


@pytest.mark.parametrize("begin", ["=1+1", "+1", "-1", "@SUM(A1)", "'=1", "＝1+1", "''@x", "-"])
def test_no_value_begins_a_formula_in_a_spreadsheet(tmp_path: Path, begin: str) -> None:
    issue = Issue(number="1", site="sakai", title=begin)
    raw = written([issue], "csv").decode("utf-8-sig")
    (cell,) = [row["title"] for row in csv.DictReader(io.StringIO(raw))]
    assert cell == f"'{begin}"
    (tmp_path / "f.csv").write_text(raw)
    assert issues_in(tmp_path / "f.csv", SITES)[0].title == begin


def test_markdown_holds_no_link_no_picture_and_no_html() -> None:
    title = "![x](http://a/b) <script>alert(1)</script> [a](b) a|b"
    text = written([Issue(number="1", site="sakai", title=title)], "markdown").decode()
    assert r"\!\[x\](http://a/b) \<script\>" in text and r"a\|b" in text


SPREADSHEETS = {
    "as it is exported": ("utf-8-sig", "number,site,title\r\n500-3,sakai,帳票\r\n"),
    "semicolons, other order": ("utf-8", "Title;Site;Number\n帳票;堺;500-3\n"),
    "Excel's Unicode text": ("utf-16", "number\tsite\ttitle\r\n500-3\tsakai\t帳票\r\n"),
    "spare columns and lines": ("utf-8", "number,site,title,\n,,,\n500-3,sakai,帳票,,\n\n"),
    "a table by hand": ("utf-8", "| number | site | title |\n|--|:-:|--|\n|500-3|堺|帳票|\n"),
    "a wiki page": (
        "utf-8",
        "# 既知\n\ntext\n\n|number|site|title|\n|-|-|-|\n|500-3|sakai| 帳票 |\nend",
    ),
}


@pytest.mark.parametrize("caption", SPREADSHEETS)
def test_a_file_is_read_as_people_s_programs_write_it(tmp_path: Path, caption: str) -> None:
    encoding, text = SPREADSHEETS[caption]
    file = tmp_path / "known.txt"
    file.write_bytes(text.encode(encoding))
    assert issues_in(file, SITES) == (Issue(number="500-3", site="sakai", title="帳票"),)


def test_a_japanese_spreadsheet_is_read_once_its_encoding_is_named(tmp_path: Path) -> None:
    file = tmp_path / "known.csv"
    file.write_bytes("number,site,title\n500-3,sakai,帳票\n".encode("cp932"))
    with pytest.raises(Unread, match=r"known.csv:2: this is not utf-8; .*cp932"):
        issues_in(file, SITES)
    assert issues_in(file, SITES, "cp932")[0].title == "帳票"


def test_every_wrong_line_is_told_by_its_number_and_nothing_is_taken(tmp_path: Path) -> None:
    file = tmp_path / "known.csv"
    lines = (
        "number,site,title,fix_on",
        "500-1,sakai,fine,2026-03-10",
        '500-2,sakai,"two\nlines",',
        "500-3,nowhere,x,",
        "500-4,sakai,,soon",
        "500-5,sakai,x,soon",
        "500-1,堺,again,",
        "500-6,sakai,x,,more",
    )
    file.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(Unread) as error:
        issues_in(file, SITES)
    said = [line.removeprefix(f"{file}:") for line in error.value.lines]
    assert [line.partition(":")[0] for line in said] == ["5", "6", "7", "9", "8"]
    assert said[0].startswith("5: site: nowhere is no site")
    assert said[2] == "7: fix_on: soon is no day; write it as 2026-03-10"
    assert said[4] == "8: 500-1 of sakai stands on line 2 too"


HEADS = {
    "": "nothing is in it",
    "number,site,titel\n1,sakai,x": "titel is no column; there is number, site",
    "number,site\n1,sakai": "the column title is missing",
    "number,site,title,note,note\n1,sakai,x": "there are two columns note",
    'number,site,title\n1,"sakai,x': "not CSV: unexpected end of data",
}


@pytest.mark.parametrize("text", HEADS)
def test_a_file_that_is_no_register_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "known.csv"
    file.write_text(text)
    with pytest.raises(Unread, match=HEADS[text]):
        issues_in(file, SITES)


def test_an_exported_file_names_every_field() -> None:
    assert written([], "csv").decode("utf-8-sig") == ",".join(FIELDS) + "\r\n"
