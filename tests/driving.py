"""A person at the demo: reads what the screen says, presses a key, reads again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.terminal import Terminal
from widgets.careful import DEAF

CONSOLE = [sys.executable, "-m", "console"]
LIVE = 45.0  # seconds: two busy cores start a lab and the console
ACTED = 30.0  # seconds of an act at a fast clock
ENTER, TAB, DOWN, ESCAPE = "\r", "\t", "\x1b[B", "\x1b"


class Person(Terminal):
    """`oncall demo` with one scenario, in a state directory of its own."""

    def __init__(self, state: Path, scenario: str, speed: int) -> None:
        self._state = {"ONCALL_STATE": str(state), "TMPDIR": str(state)}
        demo = ["demo", "--kafka", "stand-in", "--scenario", scenario, "--speed", str(speed)]
        super().__init__([*CONSOLE, *demo], env=self._state)

    def read(self, *wanted: str, seconds: float = LIVE) -> None:
        """See all this, and take the moment in which a dialog that popped up hears nothing."""
        self.wait_for(*wanted, seconds=seconds)
        time.sleep(DEAF + 0.1)

    def arm_inline(self, scope: str, reason: str) -> None:
        """From a plan that lacks it: `A`, a reason, and the button."""
        self.read("A arms it from here")
        self.press("A")
        self.read("Arm: what this console may act on")
        self.press(reason)
        self.wait_for(rf"why +{reason}")
        self.press(ENTER)
        self.wait_for(r"\[ Arm ")
        self.press(ENTER)
        self.read(rf"● {scope} armed until \d\d:\d\d UTC: {reason}", r"\[ Cancel \]")

    def fire(self, name: str = "") -> None:
        """From Cancel to the button, by way of the name where it must be typed."""
        if name:
            self.wait_for(f"type {name} to go on")
            self.press(TAB)
            self.wait_gone(r"\[ Cancel \]")
            self.press(name)
            self.wait_for(rf"go on: +{name}")
            self.press(ENTER)
        else:
            self.press(TAB)
        self.wait_for(r"Cancel +\[ \w[^\]]+ \]")
        self.press(ENTER)

    def enter_until_gone(self, question: str) -> None:
        """Enter goes from field to field and, from the last, answers."""
        for _ in range(20):
            if question not in self.text:
                return
            self.press(ENTER)
            time.sleep(0.5)
        self.wait_gone(question)

    def kinds(self) -> list[str]:
        """The kinds of the journal's entries, as `oncall journal --json` prints them."""
        return [entry["kind"] for entry in self.journal()]

    def journal(self) -> list[dict[str, Any]]:
        """Every entry of the journal, oldest first."""
        command = [*CONSOLE, "journal", "--estate", "demo", "--json"]
        told = subprocess.run(
            command, env={**os.environ, **self._state}, capture_output=True, check=True, text=True
        )
        return [json.loads(line) for line in told.stdout.splitlines()]


def in_order(kinds: list[str], wanted: str) -> bool:
    """Whether these kinds come one after the other, whatever lies between."""
    left = iter(kinds)
    return all(one in left for one in wanted.split())
