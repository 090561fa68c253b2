"""Somebody who practises: knows the keys, reads the screen, and has nothing else to go by."""

from __future__ import annotations

import re
import time
from pathlib import Path

from tests.drills.deeds import Deeds
from tests.drills.screen import LIVE_SIGNS, LOOK, OPENED, STILL, TO_DO, which
from tests.driving import DOWN, ESCAPE, LIVE

UP = "\x1b[A"
QUIET = 25  # minutes by the console's clock without any finding, until nothing is to be done
AFTER = 6  # minutes that whatever else is found is given to go by itself, once one is seen to
AROUND = 12  # minutes of one wait, until somebody looks at what else is found
NEARLY = 80  # percent of a Redis that is nearly full
REDIS = re.compile(r"[●▲✖?◌] (\S+ \S+) +prod .*available +(\d+) %")


class Trainee(Deeds):
    """A console started as a drill; it is played by `play` and left by `leave`."""

    def __init__(self, state: Path, drill: str, speed: int, patience: int = 60) -> None:
        """`patience`: minutes by the console's clock that one step is waited for."""
        super().__init__(state, drill, speed)
        self.patience = patience
        self.seen_to: set[str] = set()

    def play(self) -> str:
        """The whole drill; what there was to do about it."""
        self.wait_for("DRILL", r"no findings: no known case|Findings \d", seconds=2 * LIVE)
        since, done = self.minutes, "nothing"
        while self.passed(since) < (QUIET if done == "nothing" else 2 * AFTER):
            now = done in ("nothing", "other") or self.passed(since) >= AFTER
            if now and self.others:
                done = self.treat()
                since = self.minutes
                if re.search(OPENED, self.text):
                    self.to_findings()
                if done == "gone" and self.owed:
                    return self.report()
            elif "the report is due at" in self.text:
                self.report()  # of whatever is planned at this hour: something may be found yet
                since = self.minutes
            elif done != "nothing" and not self.others:
                break  # nothing else is found
            time.sleep(LOOK)
        return self.report() if self.owed else done

    @property
    def others(self) -> list[str]:
        """What is so now and nobody has seen to yet."""
        return [one for one in self.findings if self.new(one)]

    def new(self, finding: str) -> bool:
        """Whether it is so now, and was not seen to."""
        return finding[0] in LIVE_SIGNS and which(finding) not in self.seen_to

    def treat(self) -> str:
        """Take a finding, and go through its checklist as far as it goes."""
        self.read("Findings [1-9]")
        if "x heard" in self.text:
            self.press("x")
            self.wait_gone("x heard")
        found, chosen = self.findings, self.chosen()
        self.current = next((which(one) for one in found[chosen:]), "")
        self.seen_to.add(self.current)
        self.press("f" + UP * len(found) + DOWN * chosen)
        self.press("x")
        self.wait_for(r" ha[s…]|until \d\d? \w\w\w ", seconds=LIVE)  # put off: until when, first
        self.press("c")
        self.wait_for(OPENED, seconds=LIVE)
        return self.follow()

    def chosen(self) -> int:
        """Which of several: of two sites, the one whose Redis is fuller; else the worst."""
        full = {site: int(percent) for site, percent in REDIS.findall(self.text)}
        found = self.findings
        worth = [
            (self.new(one), max((full[s] for s in full if s in one), default=0), one[0] == "✖")
            for one in found
        ]
        return worth.index(max(worth)) if worth else 0

    def follow(self) -> str:
        """The checklist: the key for the kind of each step, until it is closed or stops.

        The step names its key too, but below its evidence, which may be longer than the screen.
        """
        before, since, looked = "", self.minutes, self.minutes
        while self.passed(since) < self.patience:
            text = self.text
            step = TO_DO.search(text)
            if "CLOSED" in text:
                return "closed"
            if "stopped here" in text or "C closes it" in text:
                return "stopped"
            if "no findings: " in text:
                return "gone"
            time.sleep(STILL)  # a step may pass by: what is not needed is left out by itself
            if step is None or not self.still(step):
                continue  # half a screen may be painted
            if step["title"][:20] != before:
                before, since, looked = step["title"][:20], self.minutes, self.minutes
            if step["kind"] in ("check", "wait"):
                if self.passed(looked) >= AROUND:
                    if self.found_more():
                        return "other"
                    looked = self.minutes
            elif not self.done(step):
                return "gone"
        return "waited"

    def done(self, step: re.Match[str]) -> bool:
        """A step that is a person's; not where nothing is left that it is for."""
        if step["kind"] == "do":
            return self.tick(step["title"])
        if step["kind"] == "contact":
            self.call()
            return True
        self.to_findings()  # before an act: is there anything left that it is for?
        if not self.live:
            return False
        helps = "ElastiCache" not in step["title"] or self.full() >= NEARLY
        self.back_to_steps()
        if helps:
            self.wait_for("▸ +run ", seconds=LIVE)
            self.act("r")
        return True

    def full(self) -> int:
        """How full the Redis of this finding's site is: its checklist says to look at that."""
        of = [int(percent) for site, percent in REDIS.findall(self.text) if site in self.current]
        return max(of, default=100)

    def found_more(self) -> bool:
        """Back to the findings from a long wait: is there something else to see to, or nothing?"""
        self.to_findings()
        if self.others or "no findings: " in self.text:  # old is not gone
            return True
        self.back_to_steps()
        return False

    def to_findings(self) -> None:
        """Out of the checklist."""
        self.press(ESCAPE)
        self.wait_for("no findings: |Findings [1-9]", seconds=LIVE)
        time.sleep(STILL)

    def back_to_steps(self) -> None:
        """The highlighted finding is the one as before, wherever it stands."""
        self.press("c")
        self.wait_for(OPENED, seconds=LIVE)
