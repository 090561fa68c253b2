"""What somebody who practises reads off the screen, and how he gets about on it."""

from __future__ import annotations

import re
import time
from pathlib import Path

from tests.driving import CONSOLE, ENTER, ESCAPE, LIVE, TAB, Console, at, first_hit
from tests.terminal import Terminal

LOOK, STILL = 0.3, 1.2  # seconds between two looks at the screen, and for it to be still
LIVE_SIGNS = "✖▲◷"  # what is old (◌) may only be a reading that did not come
CLOCK = re.compile(r"(\d\d):(\d\d) (?!UTC)[A-Z]\w+ *(?:\d\d:\d\d UTC)? *$")
HEAD = re.compile(r"^│([✖▲◌◷?■●]) (.+?) *│")  # of a finding, in the column of findings
TO_DO = re.compile(r"^ ▸ +(?P<kind>do|check|wait|run|contact) +(?P<title>.+)$", re.M)
OPENED = r"run \w+ · opened"
WHICH = re.compile(r"^. (.+?) · \d+ \w")  # of a finding, up to its age: its case and its place


def which(finding: str) -> str:
    """What tells one finding from another: its case and its place, as the screen has them."""
    told = WHICH.match(finding)
    return told[1] if told else finding


class Screen(Console):
    """A console started as a drill."""

    def __init__(self, state: Path, drill: str, speed: int) -> None:
        self.state, self.seen, self.current = at(state), 0, ""
        command = [*CONSOLE, "demo", "--drill", drill, "--speed", str(speed)]
        Terminal.__init__(self, [*command, "--kafka", "stand-in"], env=self.state)

    @property
    def minutes(self) -> int:
        """The console's clock, from its first line: minutes of the day, in the estate's zone."""
        if told := CLOCK.search(self.lines[0]):
            self.seen = int(told[1]) * 60 + int(told[2])
        return self.seen

    def passed(self, since: int) -> int:
        """Minutes by the console's clock since it showed this."""
        return (self.minutes - since) % (24 * 60)

    @property
    def findings(self) -> list[str]:
        """What is found, from above: the sign, the head, and the lines below it."""
        found: list[str] = []
        inside = False
        for line in self.lines:
            inside = "Findings" in line or (inside and not line.startswith("╰"))
            if inside and (head := HEAD.match(line)):
                found.append(f"{head[1]} {head[2]}")
            elif inside and found:
                found[-1] += f" {line[1:].partition('│')[0].strip()}"
        return found

    @property
    def owed(self) -> bool:
        """Whether the first line says that a report is due, and not only in some hours."""
        return "⏲ report" in self.lines[0] and not re.search(r"⏲ report.*\(\d+ h", self.lines[0])

    @property
    def live(self) -> list[str]:
        """Of these what is so now."""
        return [one for one in self.findings if one[0] in LIVE_SIGNS]

    def still(self, step: re.Match[str]) -> bool:
        """Whether this is the step to do after a while, too, and known to be needed."""
        now = TO_DO.search(self.text)
        same = now is not None and now["title"][:20] == step["title"][:20]
        return same and "cannot tell yet" not in self.text

    def moved_on(self, title: str) -> None:
        """Until this is no longer the step to do."""
        this = rf"▸ +\w+ +{re.escape(title[:20])}"
        while re.search(this, self.text):
            self.wait_gone(this, seconds=LIVE)
            time.sleep(STILL)  # half a screen may be painted

    def pane(self, name: str) -> None:
        """Through the palette, as for every pane beyond the ninth."""
        self.press(":")
        self.wait_for("Search for commands")
        self.press(f"Pane: {name}")
        self.wait_for(first_hit(name))
        self.press(ENTER)
        self.wait_for(f"─ {name} ")

    def leave(self) -> str:
        """Back to the panes and out; what the drill said of it."""
        for _ in range(10):
            if re.search(r"q quit|z faults only", self.lines[-1]):
                break
            self.press(ESCAPE)
            self.changed()
        for _ in range(5):
            self.press("q")
            if self.asked_or_over():
                break
        if "Quit?" in self.text and self.process.poll() is None:
            time.sleep(0.6)
            self.press(TAB)
            self.wait_for(r"\[ Quit \]", seconds=LIVE)
            self.press(ENTER)
        self.wait_end(LIVE)
        return self.left_behind()

    def asked_or_over(self) -> bool:
        """Whether quitting asks back, or is under way; a pane that fills the screen only closes."""
        until = time.monotonic() + LIVE / 3
        while time.monotonic() < until:
            if self.process.poll() is not None or "Quit?" in self.text or "DRILL" not in self.text:
                return True
            time.sleep(LOOK)
        return False

    def changed(self) -> None:
        """Until the last line names other keys: one screen a key, however slow the machine is."""
        before, until = self.lines[-1], time.monotonic() + LIVE
        while self.lines[-1] == before and time.monotonic() < until:
            time.sleep(LOOK)
