"""How a terminal is made to ring: its bell, and a notice by OSC 9 where it knows that.

tmux and GNU screen swallow what they do not know, and pass it on when it is wrapped (tmux: only
with `allow-passthrough on`). `TMUX` is looked at first: inside tmux TERM says screen, too.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from console.model.words import harmless

VARIABLE = "ONCALL_BELL"
OFF = ("0", "no", "off")
BELL = "\a"
LONGEST = 160  # characters: screen takes 256 bytes of what it passes on
BYTES = 200
NAME = "oncall: "  # before the text: `9;4;` would be taken for a progress bar


def silent(env: Mapping[str, str] = os.environ) -> bool:
    """Whether nothing may ring."""
    return env.get(VARIABLE, "").strip().lower() in OFF


def notice(text: str, env: Mapping[str, str] = os.environ) -> str:
    """OSC 9 with a text that commands nothing."""
    told = harmless((NAME + text)[:LONGEST]).encode()[:BYTES].decode(errors="ignore")
    plain = f"\x1b]9;{told}\x07"
    if env.get("TMUX"):
        return "\x1bPtmux;" + plain.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    if env.get("TERM", "").startswith("screen"):
        return f"\x1bP{plain}\x1b\\"
    return plain


def ringing(texts: tuple[str, ...], env: Mapping[str, str] = os.environ) -> str:
    """One bell, and a notice for each text."""
    if silent(env) or not texts:
        return ""
    return BELL + "".join(notice(text, env) for text in texts)
