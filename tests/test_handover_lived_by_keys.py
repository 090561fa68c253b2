"""Some minutes lived through at a console, then `oncall handover` beside it: it has all of them."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from console.commands.init import shipped
from console.lab.steps import leak, ramp
from console.realm import VARIABLE
from tests.driving import ACTED, CONSOLE, DOWN, ENTER, LIVE, READY, Person


def handover(person: Person, *options: str) -> str:
    """What the command prints."""
    said = subprocess.run(
        [*CONSOLE, "--config", str(shipped()), "handover", *options],
        env={**os.environ, **person.state, VARIABLE: person.story.url},
        capture_output=True,
        text=True,
        timeout=90,
    )
    assert (said.returncode, said.stderr) == (0, "")
    return said.stdout


def test_what_was_done_at_a_console_is_in_the_document_while_it_goes_on(tmp_path: Path) -> None:
    with Person(tmp_path, "memory-signaling", 10, "off") as person:
        person.read("mémoire libre · signal", "r rollout restart")
        person.press("x")
        person.wait_for("has it")
        person.press("c")
        person.wait_for("run .* opened")
        person.wait_for("others.*VERIFIED|others.*now")
        told: dict[str, Any] = json.loads(handover(person, "--since", "1h", "--format", "json"))
        text = handover(person, "--since", "1h", "--lang", "ru", "--no-look")
    sections = {one["id"]: one for one in told["sections"]}
    (finding,) = [one for one in sections["open"]["items"] if "signaling" in one["title"]]
    assert finding["id"] == "finding:free-memory-signaling@eks-v2-prod"
    said = "\n".join(finding["lines"])
    assert "taken by " in said and "checklist " in said and "at step " in said
    assert finding["owner"] and finding["next"] and finding["stop"]
    stand = {one["id"]: one["cells"] for one in sections["state"]["items"]}
    worst = stand["scope:eks-v2-prod"][2]
    assert worst.startswith(("warning, first", "CRITICAL, first")), "as the console recorded it"
    assert sections["unfinished"]["items"] == sections["acts"]["items"] == []
    assert "## Открыто: текущие случаи и контрольные списки\n\n### mémoire libre" in text
    assert "\n- взято: " in text


HOME, SAVE, AGAIN = "\x1b[H", "\x13", "\x12"
QUESTION = "who looks after Sakai in the night?"
DEFERRED = "free-storage-mediator-crow@eks-v2-prod"
WANTED = (
    "load-average-elasticache@sakai/prod",
    "load-average-elasticache@kawasaki/prod",
    "alarms-stuck-v1@sitv1/prod",
)


class Living(Person):
    """Somebody who has a hard quarter of an hour."""

    def pick(self, down: int, title: str) -> None:
        """The remedy of the finding so far down, the worst one first."""
        self.press("f" + HOME + DOWN * down + "r")
        self.read(title)

    def act(self, scope: str, reason: str, name: str = "") -> None:
        """Arm and fire; on a busy computer a reading may be too old meanwhile: plan again."""
        self.arm_inline(scope, reason)
        until = time.monotonic() + LIVE
        while not re.search(READY, self.text) and time.monotonic() < until:
            if "a guard is against it" in self.text:
                self.press(AGAIN)
            time.sleep(1.0)
        self.fire(name)

    def told(self, kind: str) -> list[str]:
        """Of what kind the journal has, from its file: a kill waits for no other program."""
        path = Path(self.state["ONCALL_STATE"]) / "demo" / "journal.jsonl"
        every = path.read_text(encoding="utf-8").splitlines()
        return [one for one in every if f'"kind":"{kind}"' in one]

    def ask(self) -> None:
        """Offer the shift, and put a question to what is told first."""
        self.press("H")
        self.read("THE SHIFT AND ITS PEOPLE")
        self.press("o")
        self.wait_for("─ The shift ─")
        self.press("N.")
        self.wait_for(r"takes it +N\.")
        until = time.monotonic() + LIVE
        while "who gives the shift?" not in self.text and time.monotonic() < until:
            self.press(ENTER)  # the second one says that it has gone on to the other name
            time.sleep(2.0)
        self.press("M.")
        self.wait_for(r"gives it +M\.|gives: M\.")
        self.press(SAVE)
        self.wait_for(r"gives: M\. +takes: N\.")
        self.press("a")
        self.wait_for(r"N\. asks about")
        self.press(QUESTION)
        self.wait_for(rf"question +{re.escape(QUESTION)}")
        self.press(SAVE)
        self.wait_for(rf"N\. asks: {re.escape(QUESTION)}")
        self.press("q")
        self.wait_for("Findings")


def test_minutes_with_all_that_a_shift_can_have_are_all_in_the_document(tmp_path: Path) -> None:
    with Living(tmp_path, "disk-mediator-crow", 40, "off") as person:
        person.read("espace disque · mediator", "until 16 Mar 17:00", seconds=2 * LIVE)
        person.story.turn(leak("signaling", 91, 7200))
        person.read("mémoire libre · signal")
        person.pick(0, "Restart signaling")
        person.act("eks-v2-prod", "signaling is full")
        person.read("VERIFIED in", seconds=ACTED)
        person.press(ENTER)
        person.wait_gone("VERIFIED in")

        person.story.turn(ramp("load1", 19, 30, site="sakai", env="prod"))
        person.read("堺 Sakai/prod", "川崎 Kawasaki/prod", "r restart ElastiCache")
        person.pick(1, "Restart ElastiCache 堺 Sakai")
        person.act("sakai/prod", "load is high", "sakai-prod-redis")
        person.read("VERIFIED in", seconds=ACTED)
        person.press(ENTER)
        person.wait_gone("VERIFIED in")

        person.story.turn(ramp("alarms_out", 0, 30))
        person.read("alarmes bloquées V1")
        person.ask()
        person.pick(2, "Reboot .*peip")
        (machine,) = set(re.findall(r"reboot peip \((i-[0-9a-f]+)", person.text))
        person.act("sitv1/prod", "no alarm goes out", machine)
        until = time.monotonic() + ACTED
        while len(person.told("remedy.started")) < 3 and time.monotonic() < until:
            time.sleep(0.01)
        person.process.send_signal(signal.SIGKILL)  # the laptop's battery is empty
        person.wait_end()
        assert len(person.told("remedy.started")) == 3
        assert len(person.told("remedy.verified")) == 2, "the last one has no end"
        told: dict[str, Any] = json.loads(handover(person, "--format", "json"))
        text = handover(person, "--lang", "ja", "--no-look")
    has_all(told)
    assert "peip" in text and QUESTION in text and "2026-03-16 17:00" in text


def has_all(told: dict[str, Any]) -> None:
    """What was lived through is in the document, each with its owner and next step."""
    items = {one["id"]: one["items"] for one in told["sections"]}
    ids = {id: [one["id"] for one in each] for id, each in items.items()}
    assert set(ids["open"]) >= {f"finding:{one}" for one in WANTED}
    assert ids["deferred"] == [f"deferred:{DEFERRED}"]
    assert [one["severity"] for one in items["acts"]] == ["ok", "ok"]
    (act,) = items["unfinished"]
    assert "peip" in act["title"] and act["next"] and act["stop"]
    said = [line for each in items.values() for one in each for line in one["said"]]
    assert len(said) == 1 and QUESTION in said[0] and "asked" in said[0]
    for one in (*items["open"], *items["deferred"], *items["unfinished"]):
        assert one["owner"] and one["next"], one["id"]
