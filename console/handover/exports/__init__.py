"""The document as a file to pass on: Markdown, one HTML page without scripts, or JSON. Pure.

Whatever text stands in it, in no form is it markup, a link or a control code.
"""

from __future__ import annotations

import json

from console.handover.exports.html import html
from console.handover.exports.markdown import markdown
from console.handover.words import words
from console.model import plain
from console.model.handover import Handover
from console.model.shift import Form

__all__ = ["written"]


def written(document: Handover, form: Form) -> str:
    """The file, its end of line included (blocking: the language's catalogue is read)."""
    if form == "json":
        return json.dumps(plain(document), ensure_ascii=False, indent=1) + "\n"
    told = words(document.lang, document.zone, document.until)
    return html(document, told) if form == "html" else markdown(document, told)
