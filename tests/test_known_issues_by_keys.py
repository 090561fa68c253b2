"""Errors with a number, by keys: brought in from a file, read against the rate, taken out again."""

from __future__ import annotations

from pathlib import Path

from tests.driving import ENTER, LIVE, Person

REGISTER = """\
number,site,state,title,first_seen,fix_on,release,note
500-3,川崎,known,帳票が開けない,2026-02-20,2026/3/24,R 12.3,
500-7,mizushima,happening,ログイン後に白い画面,2026-03-02,2026-03-09,,=ask
"""
EXPORTED = """\
number,site,env,state,title,first_seen,fix_on,release,note
500-3,kawasaki,,known,帳票が開けない,2026-02-20,2026-03-24,R 12.3,
500-7,mizushima,,fixed,ログイン後に白い画面,2026-03-02,2026-03-09,,'=ask
"""


def test_a_known_issue_is_imported_matched_marked_fixed_and_exported(tmp_path: Path) -> None:
    file, wrong = tmp_path / "issues.csv", tmp_path / "wrong.csv"
    file.write_text(REGISTER, encoding="utf-8")
    wrong.write_text(REGISTER + "500-8,nowhere,,x,,,,\n", encoding="utf-8")
    with Person(tmp_path, "known-errors", 20) as person:
        person.wait_for("川崎 Kawasaki.* 8 new", "水島 Mizushima.* 3 new", seconds=LIVE)
        person.wait_for("川崎 Kawasaki.* 1 ALARM.*new errors", seconds=LIVE)

        person.press("i")
        person.wait_for("no known issue is registered")
        person.press("I")
        person.wait_for("Import known issues")
        person.press(f"{wrong}{ENTER}")
        person.wait_for("nothing is imported:", "wrong.csv:4: site: nowhere is no")
        person.press("I")
        person.wait_for("Import known issues")
        person.press(f"{file}{ENTER}")
        person.wait_for("2 issues read, 2 of them new", "500-3 .*R 12.3 +known errors only")
        person.wait_for("500-7 .*happening .*2026-03-09 .*its fix was due, and it still happens")

        person.press("q")
        person.wait_for("● 川崎 Kawasaki.* 8 known +known 500-3")
        person.wait_for("▲ 水島 Mizushima.* 3 happening +known 500-7 .*its fix was")

        person.press("i")
        person.wait_for("1 happening")
        person.press("jd")
        person.wait_for("0 happening · 1 known · 1 fixed")
        person.press("E")
        person.wait_for("Export known issues")
        person.enter_until_gone("Export known issues")
        person.wait_for("2 issues are in .*known-issues.csv")
        (exported,) = tmp_path.glob("demo/known-issues.csv")
        assert exported.read_text(encoding="utf-8-sig").replace("\r", "") == EXPORTED
        person.press("q")
        person.wait_for("水島 Mizushima.* 3 new")
        assert person.kinds().count("issue.changed") == 3
