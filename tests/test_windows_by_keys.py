"""Planned windows by keys in a terminal: a watch's report, and one that somebody must send."""

from __future__ import annotations

from pathlib import Path

from tests.driving import ENTER, ESCAPE, LIVE, Person, in_order

PEAK = r"鹿島 Kashima/prod: load1 peak 1\d\.\d at 14:\d\d \(kashima-prod-web-\d\), .* at or over 10"
SLOWLY = 15  # times as fast: from the reminder on a person has a minute until the report is missed


def test_the_load_report_is_written_at_the_end_of_the_watch_and_marked_as_sent(
    tmp_path: Path,
) -> None:
    with Person(tmp_path, "load-watch", 25, "off") as person:
        person.read("⏲ report 昼のピーク.* due 15:30", "鹿島 Kashima", seconds=LIVE)
        person.press("p")
        person.read("Planned: 1 open", "昼のピーク · load watched", "report due 15:30")
        person.press(ENTER)
        person.read(r"Report ──", PEAK, "over the limit: 鹿島", seconds=LIVE)
        person.press("y")
        person.wait_for("copied")
        copied = (tmp_path / "demo" / "copied.txt").read_text(encoding="utf-8")
        assert copied.startswith("昼のピーク · load watched: 10 Mar 2026, 12:00 to 15:00 Tokyo")
        person.press("R")
        person.read("reported 15:", seconds=LIVE)
        person.wait_gone("⏲ report 昼のピーク")
        journal = person.journal()
        assert in_order([one["kind"] for one in journal], "window.ended window.reported")
        written = next(one["data"] for one in journal if one["kind"] == "window.ended")
        assert written["remarkable"] and "kashima-prod-web" in written["report"]


def test_a_scale_up_rings_before_its_report_is_due_and_its_steps_are_ticked(
    tmp_path: Path,
) -> None:
    with Person(tmp_path, "scale-up-report", SLOWLY, "off") as person:
        person.read("⏲ report 水島 Mizushima/prod due 22:30", seconds=LIVE)
        person.read("scale-up: the report is due at 22:30 Tokyo", "p then x: heard|x heard")
        person.press("p")
        person.read("Planned: 1 open", "0/4 steps")
        person.press("x")
        person.wait_gone("the report is due at 22:30 Tokyo")
        person.press(ENTER)
        person.read("○ change the instance type", "not done: a mail goes out")
        person.press(" ")
        person.read("✔ change the instance type", "▸|○ log in and look")
        person.press("R")
        person.read("reported 22:")
        person.wait_gone("⏲ report 水島")
        person.press(ESCAPE)
        person.wait_for("2/4 steps")  # the last one is the report
        kinds = person.kinds()
        wanted = "watch.rang finding.acknowledged window.step window.reported"
        assert in_order(kinds, wanted) and kinds.count("watch.rang") == 1
