"""The document as Markdown that is plain to read as it stands, too."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from wcwidth import wcswidth

from console.handover.exports.facts import facts, head, line, spoken
from console.handover.words import Words
from console.model.handover import Handover, Item, Section

# what would be markup wherever it stands; a word's own _ is none, and names are full of them
MARKED = re.compile(
    r"[\\`*\[\]<|]|~~|(?<![^\W_])_|_(?![^\W_])|&(?=[#\w])|(?<=:)/(?=/)|(?<=www)\.|@"
)
BEGINS = re.compile(r"(?:[-+>=#]|\d+(?=[.)]))")
"""What at the beginning of a line would be a heading, a quotation or a list."""


def markdown(document: Handover, words: Words) -> str:
    """The whole file."""
    lines = [f"# {marked(document.title)}", ""]
    for text in (*document.lines, *document.doubtful):
        lines += [marked(text), ""]
    for section in document.sections:
        lines += [f"## {marked(section.title)}", "", *_section(section, words)]
    return "\n".join(lines).rstrip("\n") + "\n"


def _section(section: Section, words: Words) -> Iterator[str]:
    if not section.items:
        yield from (marked(section.empty), "")
    elif section.columns:
        yield from _table(section.columns, [one.cells for one in section.items])
        if told := [f"{one.title}: {text}" for one in section.items for text in spoken(one)]:
            yield from (*(f"- {marked(text)}" for text in told), "")
    else:
        for item in section.items:
            yield from _item(item, words)


def _item(item: Item, words: Words) -> Iterator[str]:
    yield from (f"### {marked(head(item, words))}", "")
    told = list(facts(item, words))
    for name, text in told:
        yield f"- **{name}** {marked(text)}" if name else f"- {marked(text)}"
    if told:
        yield ""


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Aligned by cells, as a terminal shows it: Japanese takes two a letter. The last is ragged."""
    table = [[marked(cell) for cell in row] for row in (columns, *rows)]
    widths = [max(3, *(width(row[at]) for row in table)) for at in range(len(columns) - 1)]
    for number, row in enumerate(table):
        cells = zip(row, widths, strict=False)
        padded = [cell + " " * (wide - width(cell)) for cell, wide in cells]
        yield f"| {' | '.join((*padded, row[-1]))} |"
        if number == 0:
            yield f"|{'|'.join('-' * (wide + 2) for wide in (*widths, 3))}|"
    yield ""


def width(text: str) -> int:
    """Cells that a text takes in a terminal."""
    return max(wcswidth(text), 0)


def marked(text: str) -> str:
    """Text that is nothing but text in Markdown."""
    text = MARKED.sub(lambda found: "".join(f"\\{c}" for c in found[0]), line(text))
    if found := BEGINS.match(text):
        at = found.end() if found[0].isdigit() else 0
        text = f"{text[:at]}\\{text[at:]}"
    return text
