"""Does this terminal draw signs of ambiguous width in one cell? Asked once, by cursor report.

The question goes out through Textual's driver after the first frame, so it delays nothing, and the
answer comes back through Textual's own parser, which turns every cursor report into an event: no
byte of it can be taken for a key. Asking before Textual takes the terminal would hold the first
frame for a round trip, and for the whole 200 ms on a terminal that stays silent. The sign is drawn
over the blank corner of the header, which is painted again right after.
"""

from __future__ import annotations

from textual.events import CursorPosition

from widgets.symbols import ASCII, UNICODE, Symbols, cjk_locale

QUESTION = f"\x1b7\x1b[1;1H{UNICODE.ok}\x1b[6n\x1b8"
PATIENCE = 0.2  # seconds
NARROW, WIDE = 1, 2  # columns the cursor stands at after one sign, counted from 0


def heard(event: CursorPosition) -> Symbols | None:
    """The signs an answer allows; None when it answers another question."""
    if event.y != 0 or event.x not in (NARROW, WIDE):
        return None
    return UNICODE if event.x == NARROW else ASCII


def silence() -> Symbols:
    """The signs to use when no answer came: where CJK is written, signs are often wide."""
    return ASCII if cjk_locale() else UNICODE
