"""What somebody who practises does: a step by hand, a call, an act with its plan, a report."""

from __future__ import annotations

import re
import time
from pathlib import Path

from tests.drills.screen import OPENED, STILL, TO_DO, Screen, which
from tests.driving import DOWN, ENTER, ESCAPE, LIVE

PAGE_DOWN = "\x1b[6~"
ACT = 120.0  # seconds for one act to come to its verdict, at a fast clock on a busy machine
NAMES = re.compile(r"type (\S+) to go on")
ILL = re.compile(r"(\S+-web-\d+)\W+(?:unhealthy|Target\.)")


class Deeds(Screen):
    """The hands of whoever practises."""

    def __init__(self, state: Path, drill: str, speed: int) -> None:
        super().__init__(state, drill, speed)
        self.restarted: set[str] = set()
        """The steps for which a machine was restarted, by its row."""

    def tick(self, title: str) -> bool:
        """By hand; where it says that a machine is to be restarted, from its row.

        Not where nothing is left then that it was for.
        """
        if re.search("Restart the ill machine|Bring one machine back", title):
            if title not in self.restarted and not self.restart_ill():
                return False
            self.restarted.add(title)
        self.press(" ")
        self.moved_on(title)
        return True

    def call(self) -> None:
        """Somebody is told, by the first way there is, and answers."""
        step = TO_DO.search(self.text)
        self.press("t")
        self.wait_for("Told by which way", seconds=LIVE)
        self.press(ENTER)
        self.wait_for("nobody answered yet", seconds=LIVE)
        self.press(" ")
        self.wait_for("Who answered?", seconds=LIVE)
        self.press("the desk")
        self.wait_for("who +the desk")
        self.enter_until_gone("Who answered?")
        if step:
            self.moved_on(step["title"])

    def act(self, key: str) -> None:
        """What a key offers: its plan read to the end, armed, named, fired, and seen to its end."""
        self.press(key)
        while True:
            self.wait_for(r"guards +|Refused: nothing|page down reads on", seconds=LIVE)
            time.sleep(0.6)
            if "Refused: nothing" in self.text:
                break
            self.read_on()
            if "A arms it from here" in self.text:
                self.arm()
                continue
            if "a guard is against it" in self.text:
                time.sleep(2.0)
                break
            for name in NAMES.findall(self.text)[:1]:
                self.fire(name)
                break
            else:
                self.fire()
            self.wait_for(
                r"(VERIFIED|FAILED|UNKNOWN) in|The world changed|Refused: nothing", seconds=ACT
            )
            if "The world changed" not in self.text:
                break
            time.sleep(0.6)
        time.sleep(0.6)
        self.press(ESCAPE)
        self.wait_gone(r"\[ (Close|Cancel) \]|Cancel +\[")

    def read_on(self) -> None:
        """To the end of a plan that is longer than the screen, or to where it says how to arm."""
        for _ in range(20):
            if "page down reads on" not in self.text or "A arms it from here" in self.text:
                return
            self.press(PAGE_DOWN)
            time.sleep(0.2)

    def arm(self) -> None:
        """As the plan asks for it, with a reason."""
        self.press("A")
        self.read("Arm: what this console may act on")
        self.press("the drill")
        self.wait_for(r"why +the drill")
        self.press(ENTER)
        self.wait_for(r"\[ Arm ")
        self.press(ENTER)
        armed = r"● .*armed until \d\d:\d\d UTC: the drill"  # of a long plan further down
        self.read(f"{armed}|page down reads on", r"\[ Cancel \]")

    def restart_ill(self) -> bool:
        """The machine that a load balancer calls ill, by its row; whether it is ill still."""
        self.press(ESCAPE)
        self.pane("Load balancers")
        self.wait_for("(WARN|CRIT) +tenants-prod", seconds=LIVE)
        self.press(ENTER)  # the worst stands first
        self.wait_for(ILL.pattern, seconds=LIVE)
        (machine, *_) = ILL.findall(self.text)
        self.press(ESCAPE)
        self.wait_for("─ Load balancers ")
        self.pane("Instances")
        self.press("/")
        self.wait_for("words that a row must have")
        self.press(machine)
        self.wait_for(f"filter: {machine} ")
        self.press(ENTER)
        self.wait_for(f"[●▲✖?◌] {machine} ", seconds=LIVE)
        self.press("a")
        self.read("What could be done", "reboot the machine", "Cancel", seconds=LIVE)
        self.press(DOWN)
        time.sleep(0.5)
        self.act(ENTER)
        self.press(ESCAPE)
        self.wait_gone("filter: ", seconds=LIVE)
        self.wait_for("no findings: |Findings [1-9]")
        time.sleep(STILL)
        if self.current not in map(which, self.live):
            return False
        self.press("fc")
        self.wait_for(f"{OPENED}|no findings: ", seconds=LIVE)
        time.sleep(STILL)
        return "no findings: " not in self.text

    def report(self) -> str:
        """A planned window's report is due: heard, looked at, and said to be out."""
        self.press("p")
        self.read("Planned: ")
        if "x heard" in self.text:
            self.press("x")
            self.wait_gone("x heard")
        self.press(ENTER)
        self.wait_for("── Report")
        self.press("R")
        self.wait_for(r"reported \d\d:\d\d")
        self.press(ESCAPE)
        self.wait_gone("── Report")
        self.press(ESCAPE)
        self.wait_gone("Planned: |the report is due at", seconds=LIVE)
        return "reported"
