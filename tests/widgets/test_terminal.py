"""In a real pseudo-terminal: the signs it can draw, its loss, its state after a crash."""

from __future__ import annotations

import os
import pty
import re
import signal
import sys
from pathlib import Path

from console.machine import HANGUP, terminal_gone
from tests.terminal import Terminal

SHOWING = [sys.executable, "-m", "tests.widgets.showing"]
LEFT = b"\x1b[?1049l"
ASKED = b"\x1b[6n"


def console(*arguments: str, **env: str) -> Terminal:
    return Terminal([*SHOWING, *(arguments or ("night",))], env={"COLORTERM": "truecolor", **env})


def test_a_silent_terminal_in_a_cjk_locale_gets_ascii() -> None:
    with console(LC_ALL="ja_JP.UTF-8") as terminal:
        terminal.wait_for("X STUCK", r"\+- Kafka", "堺")
        terminal.press("q")
        assert terminal.wait_end(5) < 5
    assert terminal.process.returncode == 0


def test_the_width_a_terminal_reports_decides_and_nothing_leaks_into_the_keys() -> None:
    with console(LC_ALL="C.UTF-8") as terminal:
        terminal.wait_for("✖ STUCK")
        assert ASKED in terminal.raw
        terminal.press("\x1b[1;3R")
        terminal.wait_for("X STUCK")
        terminal.press("/")
        terminal.wait_for("words that a row must have")
        terminal.press("\x1b[1;2R")
        terminal.wait_for("✖ STUCK", "words that a row must have")


def test_no_question_is_asked_where_ascii_is_wanted() -> None:
    with console(ONCALL_ASCII="1") as terminal:
        terminal.wait_for("X STUCK")
        assert ASKED not in terminal.raw


def test_losing_the_terminal_ends_the_program_within_five_seconds() -> None:
    with console() as terminal:
        terminal.wait_for("STUCK")
        terminal.hang_up()
        assert terminal.wait_end(5) < 5
        assert terminal.process.returncode == HANGUP


def test_a_terminal_whose_other_end_closed_is_gone_even_if_no_signal_came() -> None:
    master, slave = pty.openpty()
    assert not terminal_gone(slave)
    os.close(master)
    assert terminal_gone(slave)
    os.close(slave)


def test_a_request_to_end_restores_the_terminal() -> None:
    with console() as terminal:
        terminal.wait_for("STUCK")
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.wait_end(5) < 5
        assert terminal.process.returncode == 128 + signal.SIGTERM
        assert LEFT in terminal.raw


def test_a_crash_leaves_a_report_without_local_variables_and_a_restored_terminal(
    tmp_path: Path,
) -> None:
    with console("crash", str(tmp_path)) as terminal:
        terminal.wait_for("oncall crashed: ZeroDivisionError")
        terminal.wait_end(5)
        assert LEFT in terminal.raw
    (report,) = tmp_path.glob("crash-*.txt")
    told = report.read_text(encoding="utf-8")
    assert "a bug near 5" in told and "in crash" in told
    assert "token" not in told and b"token" not in terminal.raw
    assert report.stat().st_mode & 0o077 == 0


def test_what_is_typed_fast_after_the_key_of_the_filter_is_not_lost() -> None:
    with console() as terminal:
        terminal.wait_for("STUCK", "水島")
        terminal.press("/sakai")
        terminal.wait_for("filter: sakai")
        terminal.wait_gone("水島")
        terminal.press("\r")
        terminal.wait_gone(r"(?m)^ *sakai *$")
        terminal.press("q")
        assert terminal.wait_end(5) < 5, "none of its letters was a key"


def test_without_colours_the_words_still_tell() -> None:
    with console(NO_COLOR="1") as terminal:
        terminal.wait_for("✖ STUCK", "▲ CATCHING UP", "● OK")
        terminal.press("q")
        terminal.wait_end(5)
    coloured = re.findall(rb"[34]8;2;(\d+);(\d+);(\d+)", bytes(terminal.raw))
    assert all(red == green == blue for red, green, blue in coloured), "greys at most"
    with console() as terminal:
        terminal.wait_for("✖ STUCK")
        coloured = re.findall(rb"[34]8;2;(\d+);(\d+);(\d+)", bytes(terminal.raw))
    assert any(red != green for red, green, _ in coloured), "there are colours to take away"
