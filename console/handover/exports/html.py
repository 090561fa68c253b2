"""The document as one HTML page: no script, nothing that is loaded from anywhere."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, tostring

from console.handover.exports.facts import facts, head, line, spoken
from console.handover.words import Words
from console.model import Severity
from console.model.handover import Handover, Item, Section

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""Were a script ever in it, no browser would run it."""
STYLE = """
body { font: 16px/1.5 sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; }
h2 { border-bottom: 1px solid; margin-top: 2em; }
h3 { margin-bottom: 0; }
.critical { color: #b00020; }
.warning { color: #8a5000; }
table { border-collapse: collapse; }
td, th { border: 1px solid #999; padding: .2em .6em; text-align: left; vertical-align: top; }
@media print { body { margin: 0; } }
"""


def html(document: Handover, words: Words) -> str:
    """The whole file; the tree's own writer escapes whatever stands in it."""
    page = Element("html", lang=document.lang)
    top = SubElement(page, "head")
    SubElement(top, "meta", charset="utf-8")
    SubElement(top, "meta", {"http-equiv": "Content-Security-Policy", "content": POLICY})
    SubElement(top, "meta", name="viewport", content="width=device-width")
    _say(top, "title", document.title)
    SubElement(top, "style").text = STYLE
    body = SubElement(page, "body")
    _say(body, "h1", document.title)
    for text in (*document.lines, *document.doubtful):
        _say(body, "p", text)
    for section in document.sections:
        _section(body, section, words)
    return f"<!DOCTYPE html>\n{tostring(page, encoding='unicode', method='html')}\n"


def _section(body: Element, section: Section, words: Words) -> None:
    _say(body, "h2", section.title, id=section.id)
    if not section.items:
        _say(body, "p", section.empty)
    elif section.columns:
        _table(body, section)
    else:
        for item in section.items:
            _item(body, item, words)


def _item(body: Element, item: Item, words: Words) -> None:
    told = _say(body, "h3", head(item, words))
    if item.severity >= Severity.WARNING:
        told.set("class", item.severity.name.lower())
    each = SubElement(body, "ul")
    for name, text in facts(item, words):
        one = SubElement(each, "li")
        if name:
            _say(one, "b", name).tail = f" {text}"
        else:
            one.text = text


def _table(body: Element, section: Section) -> None:
    table = SubElement(body, "table")
    first = SubElement(table, "tr")
    for text in section.columns:
        _say(first, "th", text)
    for item in section.items:
        row = SubElement(table, "tr")
        if item.severity >= Severity.WARNING:
            row.set("class", item.severity.name.lower())
        for text in item.cells:
            _say(row, "td", text)
    if told := [f"{one.title}: {text}" for one in section.items for text in spoken(one)]:
        each = SubElement(body, "ul")
        for text in told:
            _say(each, "li", text)


def _say(parent: Element, tag: str, text: str, **attributes: str) -> Element:
    made = SubElement(parent, tag, attributes)
    made.text = line(text)
    return made
