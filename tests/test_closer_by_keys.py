"""Why was it killed? By keys in a terminal, from the finding to the last words of its log."""

from __future__ import annotations

from pathlib import Path

from console.lab.steps import V2
from tests.driving import ENTER, ESCAPE, LIVE, TAB, Person


def test_the_log_of_a_container_that_was_killed_for_want_of_memory_is_one_key_away(
    tmp_path: Path,
) -> None:
    with Person(tmp_path, "memory-signaling", 20, kafka="off") as person:
        person.read("mémoire libre · signaling", "l logs", seconds=LIVE)
        person.story.turn(lambda lab: lab.kubernetes.oom_kill(V2, "signaling"))
        person.press("f")
        person.press("l")
        person.read(
            "before it ended: OOMKilled, exit code 137",
            "java.lang.OutOfMemoryError: Java heap space",
            "FATAL heap exhausted",
            seconds=LIVE,
        )
        person.press("/heap space" + ENTER)
        person.wait_for("1 with: heap space")
        person.wait_gone("sessions")
        person.press("y")
        person.wait_for("copied, if the terminal allows it")
        copied = (tmp_path / "demo" / "closer.txt").read_text()
        assert copied.endswith("java.lang.OutOfMemoryError: Java heap space\n")
        person.press(ESCAPE)
        person.wait_gone("1 with: heap space")
        person.press(TAB + "j" + ENTER)
        person.read("Started container signaling", "events of its objects")
        person.press("q")
        person.wait_for("Findings")
