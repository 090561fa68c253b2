"""A shift of eight hours made up: its journal, written with the real Journal, and its last board.

Three things are open, two acts have their end and one has none, one finding is put off, and of the
handover before it a question has no answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from console.findings import zones_of
from console.handover import Given, document, story, words
from console.handover.given import Gap, Worst
from console.journal import Journal
from console.model import Kind, Now, Plan, Ref, Request, Severity, plain
from console.model.handover import Handover, Item
from console.planned import Told, overlaps, stand, stretches
from tests.handover.last_look import board
from tests.handover.named import (
    BEGAN,
    CONFIGURATION,
    CROW,
    DATAJS,
    DISK,
    ENDED,
    LOAD,
    MEMORY,
    MONDAY,
    NAMED,
    NOW,
    PEIP,
    PUSH,
    REDIS,
)


@dataclass
class Writing:
    """Writes lines at moments of the shift, `minutes` after its beginning."""

    path: Path
    began: datetime = BEGAN
    world: str = ""
    lines: list[tuple[float, Kind, str, str, dict[str, Any]]] = field(default_factory=list)

    def __call__(
        self, minutes: float, kind: Kind, run: str = "", /, *, by: str = "M.", **data: Any
    ) -> None:
        estate = {"estate": self.time(minutes)} if kind.startswith(("run.", "contact.")) else {}
        self.lines.append((minutes, kind, run, by, estate | data))

    def end(self) -> None:
        """All of it, in the order of time."""
        at = self.began
        journal = Journal(self.path, now=lambda: at)
        for minutes, kind, run, by, data in sorted(self.lines, key=lambda line: line[0]):
            at = self.began + timedelta(minutes=minutes)
            journal.append(kind, run=run, by=by, **data)
        journal.close()

    def time(self, minutes: float) -> str:
        return (self.began + timedelta(minutes=minutes)).isoformat()

    def seen(self, minutes: float, finding: str, severity: str, why: str, *refs: Ref) -> None:
        case, _, scope = finding.partition("@")
        told: dict[str, Any] = {"finding": finding, "case": case, "scope": scope, "title": case}
        told |= {"severity": severity, "since": self.time(minutes), "scopes": [scope]}
        self(minutes, "finding.seen", by="", evidence=plain(refs), why=[why], **told)

    def opened(self, minutes: float, run: str, finding: str, why: str, *refs: Ref) -> None:
        case, _, scope = finding.partition("@")
        told: dict[str, Any] = {"case": case, "finding": finding, "scope": scope, "scopes": [scope]}
        told |= {"title": CONFIGURATION.cases[case].title, "since": self.time(minutes - 3)}
        self(minutes, "run.opened", run, evidence=plain(refs), why=[why], **told)

    def step(self, minutes: float, run: str, step: str, outcome: str, why: str = "") -> None:
        self(minutes, "run.step", run, step=step, event="began")
        self(minutes, "run.step", run, step=step, event="ended", outcome=outcome, why=why)

    def started(self, minutes: float, act: str, plan: Plan, run: str = "", **data: Any) -> None:
        told: dict[str, Any] = {"act": act, "remedy": plan.remedy, "kind": plan.remedy}
        told |= {"case": "", "step": "", "guards": [], "overrides": [], "world": self.world}
        at = self.time(minutes)
        self(minutes, "remedy.started", run, plan=plan, started_at=at, **told | data)

    def ended(
        self, minutes: float, act: str, outcome: str, said: str, run: str = "", step: str = ""
    ) -> None:
        kind: Any = f"remedy.{outcome}"
        self(minutes, kind, run, act=act, step=step, said=said, evidence=[said], seconds=102.0)


def plan(remedy: str, title: str, target: Ref, *, loses: str = "", proof: str = "") -> Plan:
    return Plan(
        remedy=remedy,
        title=title,
        targets=(target,),
        scopes=(target.scope,),
        where=(("account", "111122223333"), ("Region", "ap-northeast-1")),
        will=(f"restart {target.name}",),
        loses=(loses,) if loses else (),
        keeps=(),
        takes="about 2 min",
        requests=(Request("service", "Restart", {"name": target.name}),),
        proof=proof,
    )


def write(path: Path, began: datetime = BEGAN, world: str = "") -> None:
    """The journal of the whole shift, and of the change of hands before it."""
    pen = Writing(path, began, world)
    _handed_over(pen)
    _load(pen)
    _push(pen)
    _others(pen)
    _unfinished(pen)
    pen.end()


def _handed_over(pen: Writing) -> None:
    hands = {"shift": "5f3a", "gives": "T.", "takes": "M."}
    asked = {"item": "finding:qr-code@rpg", "title": "QR code · rpg", "who": "M."}
    pen(-20, "shift.offered", by="T.", since=pen.time(-500), **hands)
    text = "who changes the battery, and when?"
    pen(-10, "note", shift="5f3a", deed="asked", text=text, **asked)
    pen(0, "shift.taken", since=pen.time(-500), items=4, questions=1, **hands)


def _load(pen: Writing) -> None:
    """Verified after a restart; its team has not answered yet."""
    why, run = "instances sakai-prod-web-1: load1 13.2 (rule: > 10, for 3m)", "7f3a"
    pen.seen(60, LOAD, "critical", why, Ref("instance", "sakai/prod", "sakai-prod-web-1"), REDIS)
    pen(62, "finding.acknowledged", finding=LOAD)
    pen.opened(63, run, LOAD, why, REDIS)
    pen.step(65, run, "look", "done", "slow for everybody")
    told = {"step": "report", "contact": "refinery-application", "channel": "chat"}
    pen(66, "contact.sent", run, due=pen.time(81), **told)
    pen(
        70,
        "contact.answered",
        run,
        step="report",
        who="refinery-application",
        text="了解、10分待つ",
    )
    pen.step(71, run, "idle", "skipped", "nobody was logged in")
    arming = {"scopes": ["sakai/prod"], "until": pen.time(102), "reason": "堺 Redis 再起動"}
    pen(72, "armed", arming={**arming, "cases": [], "may_empty_topics": False, "by": "M."})
    pen(
        73, "remedy.refused", run, act="r1", remedy="ec2-reboot", reasons=["it did not help before"]
    )
    restart = plan(
        "elasticache-reboot", "Restart ElastiCache", REDIS, loses="everything in the cache"
    )
    step = {"case": "load-average-elasticache", "step": "restart"}
    pen.started(74, "20261211T094400Z-aaaaaa", restart, run, **step)
    pen.ended(
        76, "20261211T094400Z-aaaaaa", "verified", "Cache node 0001 restarted", run, "restart"
    )
    pen(102, "disarmed", scopes=["sakai/prod"], why="the arming of sakai/prod ended")
    pen.step(104, run, "cache", "verified", "memory_pct 3.1")
    pen.step(110, run, "sidekiq", "done")
    pen.step(115, run, "load", "verified", "load1 5.8")
    pen(116, "run.step", run, step="consistency", event="began", due=pen.time(116 + 1440))
    told = {"step": "consistency", "contact": "refinery-application", "channel": "chat"}
    pen(117, "contact.sent", run, due=pen.time(132), **told)
    pen(118, "note", run, text="クエリは実行中 <b>10分</b>")


def _push(pen: Writing) -> None:
    """Not ours, but our side could not be shown to be well; a restart did not help."""
    why, run = "metrics push_delay_s: value 240 s (rule: > 60, for 5m)", "81c0"
    pen.seen(200, PUSH, "warning", why, Ref("metric", "eks-v2-prod", "push_delay_s"))
    pen(203, "finding.acknowledged", finding=PUSH)
    pen.opened(204, run, PUSH, why)
    pen.step(206, run, "ours", "failed", "thingsboard-transport: verdict slow")
    pen.step(207, run, "tell", "left_out", "its condition did not hold")
    rollout = plan("rollout-restart", "Restart dataenricher-js", DATAJS)
    pen.started(208, "20261211T115800Z-bbbbbb", rollout, case="push-lag")
    pen.ended(212, "20261211T115800Z-bbbbbb", "failed", "1 of 2 Pods never became ready")
    pen.step(215, run, "late", "done")
    pen(216, "run.step", run, step="ask", event="began")
    told = {"step": "ask", "contact": "distribution", "channel": "mail"}
    pen(217, "contact.sent", run, due=pen.time(500), **told)


def _others(pen: Writing) -> None:
    """Open and taken by nobody; put off; silenced; gone; a known issue; a note of nothing."""
    full = "instances kawasaki-prod-web-1: disk_pct 93 (rule: > 90, for 10m)"
    pen.seen(400, DISK, "critical", full, Ref("instance", "kawasaki/prod", "kawasaki-prod-web-1"))
    pen.seen(300, CROW, "warning", "metrics pod_disk_pct: value 87 % (rule: > 85, for 5m)")
    pen(450, "finding.deferred", by="", finding=CROW, until=plain(MONDAY))
    pen.seen(320, MEMORY, "warning", "workloads platform/signaling: mem_pct 92 (rule: > 90)")
    until = pen.time(600)
    pen(
        325, "finding.silenced", finding=MEMORY, until=until, reason="redémarré", severity="warning"
    )
    pen.seen(30, "disk-full-site@mizushima/prod", "critical", "disk_pct 96")
    pen(90, "finding.cleared", by="", finding="disk-full-site@mizushima/prod")
    known = {"number": "500-3", "site": "kawasaki", "env": "prod", "title": "見積りで 500"}
    pen(-300, "issue.changed", by="T.", state="happening", fix_on="2026-12-20", **known)
    pen(330, "issue.changed", state="known", fix_on="2026-12-18", release="2.4.1", **known)
    pen(340, "note", text="the bridge to the bank is slow on Fridays")


def _unfinished(pen: Writing) -> None:
    """The console was closed while an answer was awaited."""
    reboot = plan("ec2-reboot", "Reboot peip", PEIP, proof="the machine's start time is a new one")
    pen.started(470, "20261211T162000Z-cccccc", reboot, case="alarms-stuck-v1")


def given(path: Path, **changes: Any) -> Given:
    """Everything that the document of this shift is made of."""
    estate, entries = CONFIGURATION.estate.estate, Journal(path).entries()
    worst = {
        "mizushima/prod": Worst(
            Severity.CRITICAL, moment(30), ("mizushima-prod-web-1: disk_pct 96",)
        ),
        "sakai/prod": Worst(Severity.CRITICAL, moment(60), ("sakai-prod-web-1: load1 13.2",)),
        "kashima/prod": Worst(Severity.OK, moment(0)),
    }
    told: dict[str, Any] = {
        "estate": estate.title,
        "zone": estate.zone,
        "now": NOW,
        "since": BEGAN,
        "story": story(entries, BEGAN, CONFIGURATION.cases),
        "board": board(),
        "cases": CONFIGURATION.cases,
        "remedies": CONFIGURATION.remedies.remedies,
        "contacts": NAMED.contacts,
        "scopes": tuple(one for one in NAMED.scopes if one.endswith("/prod")),
        "titles": NAMED.titles,
        "zones": zones_of(CONFIGURATION.estate),
        "windows": windows(NAMED.titles),
        "worst": worst,
        "gaps": (Gap(moment(250).real, moment(262).real, "nobody recorded"),),
    }
    return Given(**told | changes)


def moment(minutes: float) -> Now:
    at = BEGAN + timedelta(minutes=minutes)
    return Now(at, at)


def windows(titles: Mapping[str, str]) -> Any:
    configured = CONFIGURATION.windows.windows
    every = stretches(configured, ENDED, tuple(titles), timedelta(days=2), timedelta(0))
    return stand(every, Told(), {}, titles, overlaps(every), NOW)


def made(path: Path, lang: str = "en", **changes: Any) -> Handover:
    """The document of this shift."""
    all_ = given(path, **changes)
    return document(all_, words(lang, all_.zone, all_.now))


def item(shift: Handover, id: str) -> Item:
    """One that must be in it."""
    found = shift.item(id)
    assert found is not None, id
    return found
