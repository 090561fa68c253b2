"""What goes wrong and when: timetables in estate seconds, each a drill for one recurring case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from console.drill import Cure, Goal
from console.lab import nights
from console.lab.nights import msk
from console.lab.steps import (
    LOGS,
    V2,
    WELL,
    Scenario,
    alarm,
    cured,
    down,
    leak,
    night,
    ramp,
    unwell,
    when_full,
)
from console.lab.stories.flows import SCENARIOS as FLOWS
from console.lab.stories.hosts import SCENARIOS as HOSTS
from console.lab.stories.hosts import stopped_backups
from console.lab.stories.ita import SCENARIOS as ITA
from console.lab.stories.known import SCENARIOS as KNOWN
from console.lab.stories.orders import SCENARIOS as ORDERS
from console.lab.stories.planned import SCENARIOS as PLANNED
from console.lab.stories.slow_page import SCENARIOS as SLOW_PAGE
from console.lab.stories.targets import SCENARIOS as TARGETS

TOKYO, CET = ZoneInfo("Asia/Tokyo"), ZoneInfo("Europe/Paris")


def refusal(name: str, real: bool) -> str:
    """Why a scenario cannot be played on real brokers; else nothing."""
    if not (real and SCENARIOS[name].scripted):
        return ""
    return f"{name} needs the stand-in (--kafka stand-in): real brokers do not fail on demand"


DUMPS = "free-storage-mediator-crow@eks-v2-prod"
CLEANED = Cure("clean-dumps", "platform/mediator-crow")
SCENARIOS: Mapping[str, Scenario] = {
    "quiet": Scenario(
        "nothing goes wrong",
        goal=Goal(good="Look at the panes, see that all is well, and do nothing."),
    ),
    "load-sakai": Scenario(
        "load climbs at Sakai after noon; its Redis fills",
        (
            (
                0,
                cured(
                    "sakai-prod-redis",
                    (0, ramp("load1", 3.1, 240, site="sakai", env="prod")),
                    (0, ramp("cpu_pct", 30, 240, site="sakai", env="prod")),
                    (0, ramp("engine_cpu_pct", 12, 20, site="sakai", env="prod")),
                    (0, ramp("http_5xx", 0, 60, site="sakai", env="prod")),
                    (0, ramp("http_5xx", 0, 60, site="kawasaki", env="prod")),
                    (150, alarm("sakai-prod-http-5xx", "OK", WELL)),
                    (240, alarm("sakai-prod-load1", "OK", WELL)),
                ),
            ),
            (0, ramp("load1", 9.4, 1500, ago=1320, site="sakai", env="prod")),
            (0, ramp("cpu_pct", 88, 1500, ago=1320, site="sakai", env="prod")),
            (0, ramp("memory_pct", 93, 2400, ago=1800, site="sakai", env="prod")),
            (0, ramp("engine_cpu_pct", 84, 2400, ago=1800, site="sakai", env="prod")),
            (180, ramp("load1", 19, 1800, site="sakai", env="prod")),
            (240, ramp("http_5xx", 64, 600, site="sakai", env="prod")),
            (240, ramp("http_5xx", 3, 600, site="kawasaki", env="prod")),
            (300, alarm("sakai-prod-load1", "ALARM", "Threshold Crossed: 3 datapoints > 10.0")),
            (420, alarm("sakai-prod-http-5xx", "ALARM", "Threshold Crossed: 2 datapoints > 5.0")),
        ),
        datetime(2026, 3, 10, 12, 20, tzinfo=TOKYO).astimezone(UTC),
        goal=Goal(
            good="Sakai and Kawasaki share machines, so both are found; the Redis that is full is "
            "Sakai's. Tell the team, restart that ElastiCache and no machine, look at Sidekiq, "
            "and have the team look for inconsistent records.",
            findings=("load-average-elasticache@sakai/prod",),
            cures=(Cure("elasticache-reboot", "sakai-prod-redis"),),
            answers=("report", "consistency"),
            fine=frozenset({"load-average-elasticache@kawasaki/prod"}),
        ),
    ),
    "memory-signaling": Scenario(
        "signaling eats its memory until the kernel kills it once",
        ((0, leak("signaling", 91, 1800)),),
        goal=Goal(
            good="Restart signaling and nothing else, and look until its memory is down.",
            findings=("free-memory-signaling@eks-v2-prod",),
            cures=(Cure("rollout-restart", "platform/signaling"),),
        ),
    ),
    "broker-down": Scenario(
        "broker 2 of Kafka stops and comes back",
        (
            (20, lambda lab: lab.kafka.stop_broker(2)),
            (50, msk("HEALING")),
            (600, lambda lab: lab.kafka.start_broker(2)),
            (720, msk("ACTIVE")),
        ),
        goal=Goal(
            good="It is outside every window, so unexpected: watch it, wait until all brokers are "
            "back and MSK says ACTIVE, and only then restart what does not read.",
            findings=("msk-maintenance@msk-prod",),
            cures=(replace(nights.RESTART, optional=True),),
            over=True,
            begins=20,
        ),
    ),
    "msk-maintenance": night(
        "the brokers restart one by one; datajs hangs until it is restarted",
        nights.maintenance,
        nights.EASY,
    ),
    "msk-maintenance-hard": night(
        "the same, and a record at a topic's head that datajs cannot read",
        nights.hard,
        nights.HARD,
    ),
    "coordinator-fault": night(
        "the same, and a coordinator that fails for ever",
        nights.coordinator_fault,
        nights.FAULT,
        scripted=True,
    ),
    "two-brokers-down": night(
        "the second broker goes before the first is back", nights.two_down, nights.EASY
    ),
    "maintenance-never-ends": night(
        "the brokers are back, MSK is not done", nights.never_ends, nights.ENDLESS
    ),
    "disk-mediator-crow": Scenario(
        "mediator-crow dumps its memory to disk, on a Friday evening",
        (
            (0, ramp("pod_disk_pct", 86, 21900, ago=21600)),
            (600, alarm("v2-health", "ALARM", "Threshold Crossed: disk of mediator-crow > 85 %")),
            (3600, ramp("pod_disk_pct", 96, 1800)),
            (4800, when_full(lambda lab: lab.kubernetes.disk_pressure(V2, "mediator-crow"))),
            (5400, when_full(lambda lab: lab.kubernetes.evict(V2, "mediator-crow"))),
        ),
        datetime(2026, 3, 13, 20, 0, tzinfo=CET).astimezone(UTC),
        goal=Goal(
            good="It may wait until Monday as long as no more than 95 % is used; then it may not: "
            "clean up mediator-crow's dumps. Cleaning them up before is as good.",
            findings=(DUMPS,),
            cures=(CLEANED,),
        ),
    ),
    "disk-mediator-crow-96": Scenario(
        "the same Friday, and a quarter of an hour later the disk is nearly full",
        (
            (0, ramp("pod_disk_pct", 86, 21900, ago=21600)),
            (900, ramp("pod_disk_pct", 97, 120)),
        ),
        datetime(2026, 3, 13, 20, 0, tzinfo=CET).astimezone(UTC),
        goal=Goal(
            good="It waits until Monday, and then more than 95 % is used: now it may not wait. "
            "Clean up mediator-crow's dumps, and look until there is room.",
            findings=(DUMPS,),
            cures=(CLEANED,),
        ),
    ),
    "alarms-stuck": Scenario(
        "peip of V1 receives alarms and sends none on, until it is restarted",
        (
            (
                0,
                cured(
                    "sitv1prod-peip",
                    (0, ramp("alarms_out", 8, 30)),
                    (120, alarm("sitv1prod-alarms-out", "OK", WELL)),
                ),
            ),
            (30, ramp("alarms_out", 0, 60)),
            (300, alarm("sitv1prod-alarms-out", "ALARM", "Threshold Crossed: 3 datapoints < 0.5")),
        ),
        goal=Goal(
            good="See that alarms come in and none goes out, reboot peip (not the worker), and "
            "look until one goes out.",
            findings=("alarms-stuck-v1@sitv1/prod",),
            cures=(Cure("ec2-reboot", "peip"),),
            begins=30,
        ),
    ),
    "push-lag": Scenario(
        "push notifications come late for an hour: the distributor",
        ((0, ramp("push_delay_s", 420, 300)), (3600, ramp("push_delay_s", 12, 300))),
        goal=Goal(
            good="Look whether our side is well, tell the distributor's team, and stay with it "
            "until somebody answered. Nothing of ours cures it.",
            findings=("push-lag@eks-v2-prod",),
            answers=("tell|ask",),
        ),
    ),
    "log-collectors-down": Scenario(
        "Loki falls over again and again; only logs of another team",
        ((10, lambda lab: lab.kubernetes.crash_loop(LOGS, "loki")),),
        goal=Goal(
            good="It is another team's, and nothing of ours hangs on it: leave it alone.",
            findings=("log-collectors-ignore@eks-v2-prod",),
            leave=True,
            fine=frozenset({"restart-log-collectors"}),
            begins=10,
        ),
    ),
    "camunda-offre": Scenario(
        "offre is down, and with it every process",
        ((45, down("offre")), (60, unwell("offre-"))),
        goal=Goal(
            good="Look at offre first: it is down, so restart nothing. Call its team until "
            "somebody answers, and tell remote surveillance to work by hand.",
            findings=("camunda-offre@eks-v2-prod",),
            answers=("tell",),
            begins=45,
        ),
    ),
    "cegedev": Scenario(
        "a provider outside is down",
        ((60, unwell("rpg-cegedev-")),),
        goal=Goal(
            good="It is theirs: call them, note the incident's number, and follow it to its end.",
            findings=("cegedev@eks-v2-prod",),
            answers=("tell",),
            begins=60,
        ),
    ),
    "qr-code": Scenario(
        "a camera hangs",
        ((60, unwell("rpg-camera-")),),
        goal=Goal(
            good="Not ours to restart: note which camera it is, and hand it on until somebody "
            "said when he goes.",
            findings=("qr-code@eks-v2-prod",),
            answers=("hand-on",),
            begins=60,
        ),
    ),
    "disk-full-site": Scenario(
        "a backup that did not go away fills the disks of Kashima",
        (
            (0, ramp("disk_pct", 94, 1200, ago=1100, site="kashima", env="prod")),
            (0, stopped_backups("kashima-prod-backup", 3)),
        ),
        goal=Goal(
            good="In this order, on the machines: stop cron, make sure of the bucket, change the "
            "script, start cron. The console looks at each gate and deletes nothing. In a drill "
            "nobody is at the machines, so it ends at the first gate, with its contacts called.",
            findings=("disk-full-site@kashima/prod",),
        ),
    ),
    **SLOW_PAGE,
    **FLOWS,
    **ORDERS,
    **KNOWN,
    **HOSTS,
    **ITA,
    **PLANNED,
    **TARGETS,
}
