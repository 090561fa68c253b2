"""Every case a person can be called for, from its finding to the journal, by keys in a terminal."""

from __future__ import annotations

import re
from pathlib import Path

from console.lab.steps import leak, ramp
from tests.driving import ACTED, DOWN, ENTER, ESCAPE, LIVE, Person, in_order

CURED = "remedy.planned armed remedy.planned remedy.started remedy.sent remedy.verified"
POD = "[▲●✖] signaling .*1/1 +"  # as the Workloads pane shows it


def test_a_load_that_climbs_is_cured_by_an_elasticache_restart_proved_by_its_event(
    tmp_path: Path,
) -> None:
    with Person(tmp_path, "load-sakai", 40) as person:
        person.read("Findings 2", "堺 Sakai/prod", "r restart ElastiCache")
        person.press("f" + DOWN + "r")  # the other one is Kawasaki, on the same machines
        person.read("Restart ElastiCache 堺 Sakai", "lost +everything in the cache")
        person.arm_inline("sakai/prod", "load is high")
        person.fire("sakai-prod-redis")
        person.read(
            "VERIFIED in .*restarted at", "evidence.*Cache node 0001 restarted", seconds=ACTED
        )
        assert in_order(person.kinds(), f"finding.seen {CURED}")


def test_stuck_alarms_are_cured_by_a_reboot_of_peip_that_is_proved(tmp_path: Path) -> None:
    with Person(tmp_path, "alarms-stuck", 60) as person:
        person.read("alarmes bloquées V1", "r reboot the machine")
        person.press("r")
        person.read("Reboot .*peip", r"reboot peip \(i-[0-9a-f]+")
        (machine,) = set(re.findall(r"reboot peip \((i-[0-9a-f]+)", person.text))
        person.arm_inline("sitv1/prod", "no alarm goes out")
        person.fire(machine)  # nothing stands in for it, so that its name is asked for
        person.read("VERIFIED in .*rebooted, the boot_id is a new one", seconds=ACTED)
        assert in_order(person.kinds(), f"finding.seen {CURED}")


def test_signaling_that_eats_its_memory_is_restarted_and_its_memory_is_down(
    tmp_path: Path,
) -> None:
    with Person(tmp_path, "memory-signaling", 20) as person:
        person.story.turn(leak("signaling", 91, 7200))  # slowly: the kernel leaves time to restart
        person.wait_for(rf"{POD} 9\d %", seconds=LIVE)
        person.read("mémoire libre · signal", "r rollout restart")
        person.press("r")
        person.read("Restart signaling", "will +replace the 1 Pod")
        person.arm_inline("eks-v2-prod", "signaling is full")
        person.fire()
        person.read("VERIFIED in", seconds=ACTED)
        person.press(ENTER)
        person.wait_for(rf"{POD} [3-6]\d %")
        assert "OOM" not in person.text, "it was our restart, not the kernel"
        assert in_order(person.kinds(), f"finding.seen {CURED}")


def test_a_disk_that_fills_waits_until_monday_unless_it_is_nearly_full_then_it_is_cleaned(
    tmp_path: Path,
) -> None:
    with Person(tmp_path, "disk-mediator-crow", 80) as person:
        person.read("espace disque · mediator", "until 16 Mar 17:00", "e explain")  # Tokyo
        person.story.turn(ramp("pod_disk_pct", 97, 60))
        person.read("r clean up mediator-crow")
        assert "until 16 Mar" not in person.text
        person.press("r")
        person.read("lost +dumps older than an hour", "will +run `find /dumps")
        person.arm_inline("eks-v2-prod", "the disk is nearly full")
        person.fire("mediator-crow")
        person.read("VERIFIED in", "evidence", seconds=ACTED)
        journal = person.journal()
        put_off = next(one for one in journal if one["kind"] == "finding.deferred")
        assert "2026-03-16T08:00:00Z" in str(put_off["data"]), "Monday 09:00 in Paris"
        kinds = [one["kind"] for one in journal]
        assert in_order(kinds, f"finding.seen {'finding.deferred ' * 2}{CURED}")


def test_the_log_collectors_are_shown_as_ignored(tmp_path: Path) -> None:
    with Person(tmp_path, "log-collectors-down", 30) as person:
        person.read("Loki / Prometheus / Alloy", "owner observability · not", "c checklist")
        person.press("f")
        person.wait_gone("enter detail")
        person.press("e")
        person.read("not ours")
        person.press(ESCAPE)
        person.wait_for("Workloads")
        person.press("r")
        person.read("Restart loki", "mind +|will +replace")
        person.press(ESCAPE)
        assert "finding.seen" in person.kinds()


def test_late_pushes_are_handed_to_their_team_until_somebody_answered(tmp_path: Path) -> None:
    with Person(tmp_path, "push-lag", 60) as person:
        person.read("push en retard", "équipe distributor|owner distribution", "c checklist")
        person.press("fc")
        person.read("run ", r"▸ .*contact .*équipe distributor", "message: Bonjour, push en retard")
        person.press("y")
        person.wait_for("copied")
        person.press("t")
        person.wait_for("Told by which way", "distributor@example.fr")
        person.press(ENTER)
        person.wait_for("1 sent, nobody answered yet", "sent: .*distributor@example.fr")
        person.press(" ")
        person.wait_for("Who answered?")
        person.press("desk of the distributor")
        person.wait_for("who +desk of the distributor")
        person.enter_until_gone("Who answered?")
        person.wait_for("✔.*contact .*équipe distributor.*desk of the distributor")
        assert in_order(person.kinds(), "finding.seen run.opened contact.sent contact.answered")
