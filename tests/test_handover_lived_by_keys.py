"""Some minutes lived through at a console, then `oncall handover` beside it: it has all of them."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from console.commands.init import shipped
from console.realm import VARIABLE
from tests.driving import CONSOLE, Person


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
