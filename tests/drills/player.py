"""Somebody who practises: knows the keys, reads the screen, and has nothing else to go by."""

from __future__ import annotations

import re
import time
from pathlib import Path

from tests.driving import CONSOLE, DOWN, ENTER, ESCAPE, LIVE, TAB, Console, at
from tests.terminal import Terminal

PAGE_DOWN = "\x1b[6~"
LOOK, STILL = 0.3, 1.2  # seconds between two looks at the screen, and for it to be still
ACT = 120.0  # seconds for one act to come to its verdict, at a fast clock on a busy machine
QUIET = 25  # minutes by the console's clock without any finding, until nothing is to be done
LIVE_SIGNS = "✖▲◷"  # what is old (◌) may only be a reading that did not come
CLOCK = re.compile(r"(\d\d):(\d\d) (?!UTC)[A-Z]\w+ *(?:\d\d:\d\d UTC)? *$")
HEAD = re.compile(r"^│([✖▲◌◷?■●]) (.+?) *│")  # of a finding, in the column of findings
TO_DO = re.compile(r"^ ▸ +(?P<kind>do|check|wait|run|contact) +(?P<title>.+)$", re.M)
NAMES = re.compile(r"type (\S+) to go on")
REDIS = re.compile(r"[●▲✖?◌] (\S+ \S+) +prod .*available +(\d+) %")
ILL = re.compile(r"(\S+-web-\d+)\W+(?:unhealthy|Target\.)")


class Trainee(Console):
    """A console started as a drill; it is played by `play` and left by `leave`."""

    def __init__(self, state: Path, drill: str, speed: int, patience: int = 60) -> None:
        """`patience`: minutes by the console's clock that one step is waited for."""
        self.state, self.patience, self.seen = at(state), patience, 0
        self.restarted = False
        command = [*CONSOLE, "demo", "--drill", drill, "--speed", str(speed)]
        Terminal.__init__(self, [*command, "--kafka", "stand-in"], env=self.state)

    # What the screen says

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

    # What is done about it

    def play(self) -> str:
        """The whole drill; what there was to do about it."""
        self.wait_for("DRILL", r"no findings: no known case|Findings \d", seconds=2 * LIVE)
        since = self.minutes
        while self.passed(since) < QUIET:
            if any(one[0] in LIVE_SIGNS for one in self.findings):
                done = self.treat()
                return self.report() if done == "gone" and self.owed else done
            if "the report is due at" in self.text:
                return self.report()
            time.sleep(LOOK)
        return self.report() if self.owed else "nothing"

    @property
    def owed(self) -> bool:
        """Whether the first line says that a report is due."""
        return "⏲ report" in self.lines[0]

    def treat(self) -> str:
        """Take a finding, and go through its checklist as far as it goes."""
        self.read("Findings [1-9]")
        if "x heard" in self.text:
            self.press("x")
            self.wait_gone("x heard")
        self.press("f" + DOWN * self.chosen())
        self.press("x")
        self.wait_for(r" ha[s…]|until \d\d? \w\w\w ", seconds=LIVE)  # put off: until when, first
        self.press("c")
        self.wait_for(r"run \w+ · opened", seconds=LIVE)
        return self.follow()

    def chosen(self) -> int:
        """Which of several: of two sites, the one whose Redis is fuller; else the first."""
        full = {site: int(percent) for site, percent in REDIS.findall(self.text)}
        found = self.findings
        worth = [
            (one[0] in LIVE_SIGNS, max((full[s] for s in full if s in one), default=0))
            for one in found
        ]
        return worth.index(max(worth)) if worth else 0

    def follow(self) -> str:
        """The checklist: the key for the kind of each step, until it is closed or stops.

        The step names its key too, but below its evidence, which may be longer than the screen.
        """
        before, since = "", self.minutes
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
            if step is None or step["kind"] in ("check", "wait") or not self.still(step):
                pass
            elif step["kind"] == "do":
                self.tick(step["title"])
            elif step["kind"] == "run":
                if not self.there_still():
                    return "gone"
                self.act("r")
            else:
                self.call()
            if (now := step["title"][:20] if step else "") != before:
                before, since = now, self.minutes
        return "waited"

    def there_still(self) -> bool:
        """Back to the findings before an act: is there anything left that it is for?"""
        self.press(ESCAPE)
        self.wait_for("no findings: |Findings [1-9]", seconds=LIVE)
        time.sleep(STILL)
        if not any(one[0] in LIVE_SIGNS for one in self.findings):
            return False
        self.press("c")  # the highlighted finding is the one as before, wherever it stands
        self.wait_for(r"run \w+ · opened", "▸ +run ", seconds=LIVE)
        return True

    def still(self, step: re.Match[str]) -> bool:
        """Whether this is the step to do after a while, too, and known to be needed."""
        now = TO_DO.search(self.text)
        same = now is not None and now["title"][:20] == step["title"][:20]
        return same and "cannot tell yet" not in self.text

    def tick(self, title: str) -> None:
        """By hand; where it says that a machine is to be restarted, from its row."""
        if "Restart the ill machine" in title and not self.restarted and not self.restart_ill():
            return
        self.press(" ")
        self.moved_on(title)

    def moved_on(self, title: str) -> None:
        """Until this is no longer the step to do."""
        this = rf"▸ +\w+ +{re.escape(title[:20])}"
        while re.search(this, self.text):
            self.wait_gone(this, seconds=LIVE)
            time.sleep(STILL)  # half a screen may be painted

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
            self.wait_for(r"guards +|Refused: nothing", seconds=LIVE)
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
        """To the end of a plan that is longer than the screen."""
        for _ in range(20):
            if "page down reads on" not in self.text:
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
        self.read(r"● .*armed until \d\d:\d\d UTC: the drill", r"\[ Cancel \]")

    def restart_ill(self) -> bool:
        """The machine that a load balancer calls ill, by its row; whether it is ill still."""
        self.press(ESCAPE)
        self.pane("Load balancers")
        self.wait_for("WARN +tenants-prod", seconds=LIVE)
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
        self.restarted = True
        self.press(ESCAPE)
        self.wait_gone("filter: ", seconds=LIVE)
        self.wait_for("no findings: |Findings 1")
        if not self.findings:
            return False
        self.press("fc")
        self.wait_for(r"run \w+ · opened|no findings: ", seconds=LIVE)
        time.sleep(STILL)
        return "no findings: " not in self.text

    def pane(self, name: str) -> None:
        """Through the palette, as for every pane beyond the ninth."""
        self.press(":")
        self.wait_for("Search for commands")
        self.press(f"Pane: {name}")
        self.wait_for(f"Pane: {name}.*")
        time.sleep(0.5)
        self.press(ENTER)
        self.wait_for(f"─ {name} ")

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
        return "reported"

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
