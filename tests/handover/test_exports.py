"""The document as a file: aligned in a terminal, and no text in it is anything but text."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token
from rich.cells import cell_len

from console.handover import words
from console.handover.exports import written
from console.handover.exports.markdown import marked
from console.model import Now, Severity
from console.model.handover import PARTS, Handover, Item, Section
from tests.handover.named import NOW
from tests.handover.shift import made

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[a link](https://evil.example)",
    "![a picture](https://evil.example/x.png)",
    "https://evil.example/ www.evil.example a@evil.example <https://evil.example>",
    "*strong* _weak_ __strong__ ~~gone~~ `code`",
    "# heading",
    "> quoted",
    "- list",
    "+ list",
    "1. list",
    "2) list",
    "---",
    "===",
    "| a | b |",
    "&lt;b&gt; &#60; &amp;",
    "two\nlines\r\nand a\x85third",
    "\x1b[31mred\x1b[0m \u202ereversed \x00null",
    "back\\slash \\*",
    "</style></title></html>",
    "snake_case_name and *.jsonl",
]
RENDERED = MarkdownIt("gfm-like", {"linkify": True})


def one(text: str) -> Handover:
    """A document in which this text stands wherever a text may stand."""
    item = Item(
        id="finding:x",
        kind="finding",
        title=text,
        severity=Severity.CRITICAL,
        lines=(text,),
        owner=text,
        next=text,
        stop=text,
        at=NOW,
        said=(text,),
        cells=(text, text, text),
    )
    return Handover(
        title=text,
        estate=text,
        lang="en",
        zone="UTC",
        since=NOW,
        until=NOW,
        lines=(text,),
        doubtful=(text,),
        sections=(
            Section(id="open", title="open", items=(item,)),
            Section(id="state", title="state", items=(item,), columns=("a", "b", "c")),
            Section(id="acts", title="acts", empty=text),
        ),
    )


def flat(tokens: list[Token]) -> list[Token]:
    return [each for token in tokens for each in (token, *flat(token.children or []))]


def plain_text(text: str) -> str:
    """As it is meant to be read."""
    from console.handover.exports.facts import line

    return line(text)


@pytest.mark.parametrize("text", HOSTILE)
def test_in_markdown_a_text_is_read_as_it_was_written(text: str) -> None:
    tokens = flat(RENDERED.parse(f"- {marked(text)}\n"))
    kinds = {token.type for token in tokens}
    list_ = {"bullet_list_open", "list_item_open", "paragraph_open", "inline"}
    closed = {"paragraph_close", "list_item_close", "bullet_list_close"}
    assert kinds <= {*list_, *closed, "text", "text_special"}
    said = "".join(t.content for t in tokens if t.type in ("text", "text_special"))
    assert said == plain_text(text)
    assert sum(token.type == "bullet_list_open" for token in tokens) == 1


@pytest.mark.parametrize("text", HOSTILE)
def test_in_markdown_nothing_of_a_document_is_a_link_a_picture_or_html(text: str) -> None:
    tokens = flat(RENDERED.parse(written(one(text), "md")))
    assert not {token.type for token in tokens} & {
        *("link_open", "image", "html_inline", "html_block", "em_open", "s_open"),
        *("code_inline", "blockquote_open", "ordered_list_open", "hr"),
    }
    rows = [token for token in tokens if token.type == "tr_open"]
    cells = [token for token in tokens if token.type == "td_open"]
    assert (len(rows), len(cells)) == (2, 3)


class Page(HTMLParser):
    """Every tag, attribute and text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: dict[str, str | None] = {}
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= dict(attrs)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.mark.parametrize("text", HOSTILE)
def test_in_html_a_text_is_text(text: str) -> None:
    page, calm = Page(written(one(text), "html")), Page(written(one("calm"), "html"))
    assert (page.tags, page.attributes.keys()) == (calm.tags, calm.attributes.keys())
    assert plain_text(text) in " ".join(page.texts)


def test_the_page_loads_nothing_and_runs_nothing(journal: Path) -> None:
    page = Page(written(made(journal, "ja"), "html"))
    assert not {"script", "link", "img", "iframe", "object", "a", "form"} & set(page.tags)
    assert not {name for name in page.attributes if name.startswith(("on", "src", "href"))}
    assert page.attributes["lang"] == "ja"
    assert "default-src 'none'" in str(page.attributes["content"]) or "default-src 'none'" in (
        written(made(journal), "html")
    )


@pytest.mark.parametrize("lang", ["en", "ja", "fr", "ru"])
def test_the_table_is_aligned_by_cells_whatever_the_script(journal: Path, lang: str) -> None:
    rows = [line for line in written(made(journal, lang), "md").splitlines() if line[:1] == "|"]
    assert len(rows) > 5
    bars = [[cell_len(line[:at]) for at, c in enumerate(line) if c == "|"][:4] for line in rows]
    assert len({tuple(bar) for bar in bars}) == 1


def test_json_has_everything_and_times_of_both_clocks(journal: Path) -> None:
    told = json.loads(written(made(journal), "json"))
    assert list(told) == [
        *("title", "estate", "lang", "zone", "since", "until", "lines", "doubtful", "sections")
    ]
    assert tuple(one["id"] for one in told["sections"]) == PARTS
    assert told["until"] == {
        "estate": "2026-12-11T16:30:00Z",
        "real": "2026-12-11T16:30:00Z",
        "speed": 1.0,
    }
    act = told["sections"][0]["items"][0]
    assert set(act) == {
        *("id", "kind", "title", "severity", "lines", "owner", "next", "stop", "at", "scopes"),
        *("asks", "mark", "before", "said", "cells"),
    }
    assert (act["severity"], act["asks"]) == ("unknown", True)


def test_a_moment_of_a_fast_lab_is_told_by_its_own_clock() -> None:
    real = NOW.real
    fast = Now(real.replace(year=2030), real, 10.0)
    told = words("en", "UTC", fast)
    assert told.real(real.replace(minute=29)) == "2030-12-11 16:20"
