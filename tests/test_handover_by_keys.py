"""Two people go through a shift at a console, in a terminal: it changes hands at the very end."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from console.clock import real_now
from tests.driving import ESCAPE, LIVE, Console, Story, in_order
from tests.handover import shift

DONE = "\x13"  # ctrl+s: enter would also be heard by what comes after the form
COUNT = r"(\d+) of (\d+) acknowledged"
ALL = "every item is acknowledged: T hands the shift over to N."
STAYS = "the shift stays with M. until N. has acknowledged every item"
START = 2 * LIVE  # seconds that a console may take to its first answers
UNSEEN = "Nothing has answered yet|Not seen now: (?!kafka)"
"""What answers in time; this lab has no Kafka, and nobody who takes the shift may overlook it."""
SEEN = "Begun earlier, and its end is not known"


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    """A quiet lab, and a journal of the eight hours before now."""
    lab = Story("quiet", 1, "off")
    (tmp_path / "demo").mkdir()
    began = real_now() - timedelta(hours=8, minutes=10)
    shift.write(tmp_path / "demo" / "journal.jsonl", began, lab.url)
    yield lab
    lab.close()


class Two(Console):
    """Who gives the shift and who takes it, before one screen."""

    def open(self, *, left_over: bool) -> None:
        """What was left open is looked at first, where it has no end yet; then the handover."""
        if left_over:
            self.wait_for(SEEN, "the world says now:|ctrl.r looks again", seconds=START)
            self.read(SEEN)
            self.press(ESCAPE)
            self.wait_gone(SEEN)
        self.wait_for("H handover", seconds=START)
        self.press("H")  # it waits for the estate to be open, where that takes long
        self.wait_for("ACTS THAT WERE BEGUN AND HAVE NO END", seconds=START)
        self.wait_for("Not seen now: kafka_lag", "not all recorded", seconds=START)
        self.wait_gone(UNSEEN, seconds=START)

    @property
    def count(self) -> tuple[int, int]:
        """How many items are acknowledged, of how many."""
        self.wait_for(COUNT)
        found = re.search(COUNT, self.text)
        assert found is not None
        return int(found[1]), int(found[2])

    def say(self, key: str, title: str, text: str) -> None:
        """A key, and the first line that its form asks for."""
        self.press(key)
        self.wait_for(title)
        self.press(text)
        self.wait_for(rf"(takes it|question|line|name) +{re.escape(text)}")
        self.press(DONE)
        self.wait_gone(title)

    def acknowledge_all(self, every: int) -> None:
        """Space until nothing waits; on an item only to be read it goes to the next one."""
        for _ in range(3 * every):
            if ALL in self.text:
                break
            done = self.count[0]
            self.press(" ")
            with suppress(AssertionError):
                self.wait_for(rf"(?<!\d)(?!{done} of )\d+ of \d+ acknowledged", seconds=5)
        self.wait_for(re.escape(ALL))


def test_a_shift_is_handed_over_item_by_item_and_goes_on_after_a_crash(
    tmp_path: Path, story: Story
) -> None:
    with Two(tmp_path, story.url) as two:
        two.open(left_over=True)
        assert "T. gives" not in two.text
        two.press(" ")
        two.wait_for("say first who gives the shift and who takes it")
        two.say("o", "─ The shift ─", "N.")  # M. has the shift by the journal, and is offered
        two.wait_for("gives: M. +takes: N.", STAYS)
        done, every = two.count
        assert done == 0 and every >= 8
        two.press(" ")
        two.wait_for(f"1 of {every} acknowledged", r"✔.*N\. \d\d:\d\d")
        two.say("a", "N. asks about", "who looks after it at night?")
        two.wait_for(r"N\. asks: who looks after it at night\?", "1 asked and not answered")
        two.say("n", "M. adds to", "the desk in Lyon")
        two.wait_for(r"M\. adds: the desk in Lyon")
        two.wait_gone("asked and not answered")
        two.press("T")
        two.wait_for(rf"the shift stays with M\.: {every - 1} of {every} items are not")
        assert two.kinds().count("shift.taken") == 1, "the one before"
        two.process.send_signal(signal.SIGKILL)
        two.wait_end()
    with Two(tmp_path, story.url) as two:
        two.open(left_over=False)
        assert two.count[0] == 1, "what was acknowledged is"
        two.wait_for(r"N\. asks: who looks", STAYS)
        two.acknowledge_all(every)
        two.say("T", "N. takes the shift from M.: type N.", "M.")
        two.wait_for("the shift stays with M.: N. takes it, by name")
        two.say("T", "N. takes the shift from M.: type N.", "N.")
        two.wait_for(r"N\. has had the shift since \d\d:\d\d, from M\.")
        journal = two.journal()
    taken = [one["data"] for one in journal if one["kind"] == "shift.taken"]
    assert len(taken) == 2
    assert (taken[-1]["gives"], taken[-1]["takes"], taken[-1]["questions"]) == ("M.", "N.", 0)
    kinds = [one["kind"] for one in journal]
    assert in_order(kinds, "shift.taken shift.offered note note note shift.taken")
