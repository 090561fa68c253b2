"""A table as a file for a spreadsheet: nothing in it is a formula there."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

FORMULA = re.compile(r"'*[=+\-@\t\r＝＋－＠]")
"""What begins a formula in Excel, LibreOffice or Sheets (OWASP, CSV injection); wide ones too."""


def csv_of(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """CSV (RFC 4180); what a spreadsheet would reckon with begins with an apostrophe."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(head)
    for row in rows:
        writer.writerow([f"'{text}" if FORMULA.match(text) else text for text in row])
    return out.getvalue()
