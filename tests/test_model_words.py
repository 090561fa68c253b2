"""Words every room says alike."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from console.model.words import harmless, lasting, printed, utc

LASTING = [(0, "0 s"), (94, "94 s"), (120, "2 min"), (7100, "118 min"), (7200, "2 h")]
LASTING += [(47 * 3600, "47 h"), (5 * 86400, "5 d")]


@pytest.mark.parametrize(("seconds", "said"), LASTING)
def test_a_stretch_of_time_has_one_voice(seconds: float, said: str) -> None:
    assert lasting(seconds) == said


@pytest.mark.parametrize("hours", [0, 9, -5])
def test_a_moment_is_said_in_utc_wherever_it_came_from(hours: int) -> None:
    at = datetime(2026, 11, 22, 9, 30, 15, tzinfo=UTC).astimezone(timezone(timedelta(hours=hours)))
    assert utc(at) == "2026-11-22 09:30:15 UTC"
    assert utc(at, "%H:%M") == "2026-11-22 09:30 UTC"


FOREIGN = [
    ("a letter of any script stays", "堺　Été", "堺　Été"),
    ("a sequence is broken", "a\x1b[31mred", "a�[31mred"),
    ("a control is one sign", "a\x07b\x9bc", "a�b�c"),
    ("a bidi override is one sign", "a\u202eb", "a�b"),
    ("lines are no lines", "a\nb\u2028c", "a�b�c"),
    ("half an emoji is no letter", "a\ud83d", "a�"),
]


@pytest.mark.parametrize(("caption", "text", "shown"), FOREIGN, ids=[f[0] for f in FOREIGN])
def test_foreign_text_commands_nothing(caption: str, text: str, shown: str) -> None:
    assert harmless(text) == shown


PRINTED = [
    ("colours go whole", "a\x1b[31mred\x1b[0m", "", "ared"),
    ("a title goes whole", "a\x1b]0;rm -rf /\x07b", "", "ab"),
    ("so does what is left of one", "a\x07b\x9bc\u202ed\x1b", "", "abcd"),
    ("what is kept is kept", "a\n\tb\r", "\n\t", "a\n\tb"),
    ("and nothing else", "a\nb\u2028c\ud83d", "", "abc"),
]


@pytest.mark.parametrize(
    ("caption", "text", "keep", "shown"), PRINTED, ids=[case[0] for case in PRINTED]
)
def test_what_a_program_printed_leaves_no_trace_of_its_controls(
    caption: str, text: str, keep: str, shown: str
) -> None:
    assert printed(text, keep) == shown
