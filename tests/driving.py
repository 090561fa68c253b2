"""A person at the demo: reads what the screen says, presses a key, reads again."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Coroutine, Mapping
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Any, Self

from console.commands.init import shipped
from console.lab.lab import Lab
from console.lab.steps import Step
from console.realm import VARIABLE
from tests.terminal import Terminal
from widgets.careful import DEAF

CONSOLE = [sys.executable, "-m", "console"]
LIVE = 90.0  # seconds: two busy cores start a lab and the console
ACTED = 60.0  # seconds of an act at a fast clock
ENTER, TAB, DOWN, ESCAPE = "\r", "\t", "\x1b[B", "\x1b"
READY = r"\[ Cancel \] +(?!.*a guard is against it)[^\s│]"
"""A plan that may be fired; while it is planned there is one button, and no key leads away."""


class Story:
    """A lab on a thread of ours: what it imports is imported once for all cases."""

    def __init__(self, scenario: str, speed: int, kafka: str = "stand-in") -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.lab = Lab(scenario, speed, kafka)
        self._wait(self.lab.start())
        self.url = self.lab.url

    def _wait(self, doing: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(doing, self._loop).result(timeout=LIVE)

    def turn(self, step: Step) -> None:
        """This happens now, and nothing that the story still had in store."""

        async def act() -> None:
            self.lab.world.forget()
            self.lab.tell([(0, step)])

        self._wait(act())

    def close(self) -> None:
        """Stop every server."""
        self._wait(self.lab.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class Served:
    """A lab as a process of its own: a whole night in a minute needs a processor for itself."""

    def __init__(self, scenario: str, speed: int, kafka: str) -> None:
        command = [*CONSOLE, "demo", "--serve", "--kafka", kafka]
        self.url = ""
        self._process = subprocess.Popen(
            [*command, "--scenario", scenario, "--speed", str(speed)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith(f"{VARIABLE}="):
                self.url = line.strip().removeprefix(f"{VARIABLE}=")
                return
        raise AssertionError(f"the lab ended with {self._process.wait()}")

    def close(self) -> None:
        """Stop it with everything it started."""
        self._process.terminate()
        self._process.wait(timeout=LIVE)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *why: object) -> None:
        self.close()


def told(state: Mapping[str, str]) -> list[dict[str, Any]]:
    """Every entry of a journal, oldest first, as `oncall journal --json` prints them."""
    command = [*CONSOLE, "journal", "--estate", "demo", "--json"]
    said = subprocess.run(
        command, env={**os.environ, **state}, capture_output=True, check=True, text=True
    )
    return [json.loads(line) for line in said.stdout.splitlines()]


def at(directory: Path) -> dict[str, str]:
    """A state directory of one's own, in the environment."""
    return {"ONCALL_STATE": str(directory), "TMPDIR": str(directory)}


class Console(Terminal):
    """The console in a lab, with a state directory of its own."""

    def __init__(self, state: Path, lab: str) -> None:
        self.state = at(state)
        console = [*CONSOLE, "--config", str(shipped())]
        super().__init__(console, env=self.state | {VARIABLE: lab})

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
        self.read(READY)
        if name:
            self.wait_for(f"type {name} to go on")
            self.press(TAB)
            self.wait_gone(r"\[ Cancel \]")
            self.press(name)
            self.wait_for(rf"go on: +\S*{re.escape(name[-12:])}")  # of a long one its end is seen
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
        return told(self.state)


class Person(Console):
    """Somebody at a console in a lab with one scenario, which can take a turn."""

    def __init__(self, state: Path, scenario: str, speed: int, kafka: str = "stand-in") -> None:
        self.story = Story(scenario, speed, kafka)
        super().__init__(state, self.story.url)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            super().__exit__(kind, error, trace)
        finally:
            self.story.close()


def first_hit(name: str) -> str:
    """What the palette shows once enter opens this pane: what was typed, and below it the same."""
    pane = rf"Pane: {re.escape(name)}\b.*"
    return rf"{pane}\n(?:(?!.*Pane: ).*\n){{0,3}}.*{pane}"


def in_order(kinds: list[str], wanted: str) -> bool:
    """Whether these kinds come one after the other, whatever lies between."""
    left = iter(kinds)
    return all(one in left for one in wanted.split())
