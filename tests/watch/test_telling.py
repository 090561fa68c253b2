"""What a watch prints commands no terminal; how it ends; how its terminal rings."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from console.model import Severity
from console.model.affairs import Ring
from console.watch.program import BLIND, DONE, MISSED, ended, why
from console.watch.telling import Teller, Wanted, escaped
from tests.acting.world import serving
from tests.clerk.night import program
from tests.maintenance.nights import Night, moment

HOSTILE = "down\x1b]0;title\x07 \x9b31m \x7f \u202e gone \U000e0041 \u2028"
STEERS = set("\x1b\x07\x9b\x7f\u202e\U000e0041\u2028")
AT = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
WANTED = Wanted(clusters=frozenset({"cluster"}), until=AT, zone="UTC")
DOWN = Ring("cluster", "cluster: broker 1 left", AT)
GOES_ON = {"stopped": False, "busy": False, "unheard": False, "over": False, "done": True} | {
    "well": True,
    "late": False,
    "seen": True,
}
ENDS = [
    ("it goes on", {}, None),
    ("it is over", {"over": True}, DONE),
    ("over, something unexpected is left", {"over": True, "well": False}, None),
    ("over, something unexpected is left at the deadline",
     {"over": True, "well": False, "late": True}, MISSED),
    ("over, its checklist is open", {"over": True, "done": False}, None),
    ("over, its last act is under way", {"over": True, "busy": True}, None),
    ("unattended work stopped", {"stopped": True}, MISSED),
    ("its last ring is not written yet", {"stopped": True, "busy": True}, None),
    ("stopped, and it rings on a terminal", {"stopped": True, "unheard": True}, None),
    ("stopped, unheard, and over", {"stopped": True, "unheard": True, "over": True}, None),
    ("stopped, heard, and over", {"stopped": True, "over": True}, MISSED),
    ("stopped, unheard, too late", {"stopped": True, "unheard": True, "late": True}, MISSED),
    ("stopped, unseen, too late", {"stopped": True, "unheard": True, "late": True, "seen": False},
     MISSED),
    ("too late", {"late": True}, MISSED),
    ("never seen", {"late": True, "seen": False}, BLIND),
    ("over at the last moment", {"over": True, "late": True}, DONE),
]  # fmt: skip


@pytest.mark.parametrize(("facts", "code"), [r[1:] for r in ENDS], ids=[r[0] for r in ENDS])
def test_unattended_work_that_stopped_never_ends_well(
    facts: dict[str, bool], code: int | None
) -> None:
    assert ended(**GOES_ON | facts) == code


def test_an_end_that_nobody_sees_takes_nothing_away_and_is_no_success() -> None:
    night = Night()
    for _ in night.play("20:02:00 xxo! M\n20:05:00 - M\n20:20:00 - E"):
        pass
    night.until(moment("20:51:00"), "-", "E")
    row, before = night.row, next(one for one in night.rows if one.phase == "broker_down")
    assert row.phase == "probably_over" and row.severity is Severity.CRITICAL
    assert set(before.unexpected) <= set(row.unexpected), "nobody saw any of it get better"
    last = why(MISSED, (row,), "", True)
    assert "brokers 1 and 2 are down at once" in last and "not over" not in last
    assert night.look(moment("20:51:05"), "ooo", "E").unexpected == ()


def test_the_last_line_of_a_probable_end_says_why_it_is_only_probable() -> None:
    night = Night()
    for _ in night.play("20:01:00 ooo M\n20:05:00 - M\n20:20:00 - E\n20:51:00 - E"):
        pass
    assert night.row.phase == "probably_over" and not night.row.unexpected
    said = why(DONE, (night.row,), "", True)
    assert "nobody has seen the brokers" in said and "healthy" not in said


@pytest.mark.parametrize("as_json", [False, True])
async def test_text_from_outside_commands_no_terminal(tmp_path: Path, as_json: bool) -> None:
    written: list[str] = []
    with serving() as server:
        async with program(tmp_path, server) as it:
            wanted = replace(WANTED, as_json=as_json, write=written.append)
            Teller(wanted, it.clerk).print(AT, HOSTILE)
    (said,) = written
    assert not STEERS & set(said) and said.count("\n") == 1
    if as_json:
        assert json.loads(said)["text"] == HOSTILE


def test_what_is_escaped_reads_as_it_was() -> None:
    assert json.loads(escaped(json.dumps(f"堺 \ud800 {HOSTILE}", ensure_ascii=False))) == (
        f"堺 \ud800 {HOSTILE}"
    )


async def test_a_terminal_rings_by_bell_and_notice_unless_it_is_told_to_be_quiet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    for name in ("TMUX", "ONCALL_BELL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    again = replace(DOWN, count=2)
    with serving() as server:
        async with program(tmp_path, server) as it:
            teller = Teller(replace(WANTED, is_terminal=True, write=written.append), it.clerk)
            for rings in ((), (DOWN,), (DOWN,), (again,)):
                teller.ring(rings)
            assert written == ["\a\x1b]9;oncall: cluster: broker 1 left\x07"] * 2
            monkeypatch.setenv("ONCALL_BELL", "0")
            teller.ring((replace(again, since=AT + timedelta(seconds=9)),))
            assert len(written) == 2
