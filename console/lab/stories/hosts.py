"""Stories of machines, their Sidekiqs and their backups; what a person does on them by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from console.drill import Goal
from console.lab.steps import Scenario, Step, ramp

if TYPE_CHECKING:
    from console.lab.lab import Lab
    from console.lab.world import World

KASHIMA, UPLOAD = "kashima/prod", 8.3e9


def idle(cache: str, ago: float = 0) -> Step:
    """No Sidekiq process takes jobs from the queues in this Redis any more."""

    def act(lab: Lab) -> None:
        for node in lab.world.caches:
            if node.name == cache:
                node.idle_since = lab.clock.now() - timedelta(seconds=ago)

    return act


def cron(scope: str, state: str) -> Step:
    """Somebody stops or starts cron on the machines of a site; started, its disks were emptied."""

    def act(lab: Lab) -> None:
        for host in lab.world.hosts:
            if scope in host.serves:
                host.cron = state
        if state == "active":
            site, _, env = scope.partition("/")
            ramp("disk_pct", 61, 60, site=site, env=env)(lab)

    return act


def stopped_backups(bucket: str, days: float) -> Step:
    """The last backup arrived that many days ago."""

    def act(lab: Lab) -> None:
        for one in lab.world.buckets:
            if one.name == bucket:
                one.stopped_at = lab.clock.now() - timedelta(days=days)

    return act


def uploaded(bucket: str) -> Step:
    """Somebody copies the local backups to the bucket."""

    def act(lab: Lab) -> None:
        for one in lab.world.buckets:
            if one.name == bucket:
                one.extra += [
                    (prefix, lab.clock.now(), round(UPLOAD / (1 + 2 * number)))
                    for number, prefix in enumerate(one.prefixes)
                ]

    return act


def calm(world: World) -> None:
    """Every machine, Sidekiq and bucket as usual."""
    for host in world.hosts:
        host.cron, host.script = "active", ""
        host.inside.clear()
    for node in world.caches:
        node.idle_since = None
    for bucket in world.buckets:
        bucket.stopped_at = None
        bucket.extra.clear()


def stop_cron(lab: Lab, on: bool, body: Mapping[str, Any]) -> object:
    """A person's deed, by the lab's door: cron stopped (on) or started again (off)."""
    return cron(str(body.get("scope", KASHIMA)), "inactive" if on else "active")(lab)


def upload(lab: Lab, on: bool, body: Mapping[str, Any]) -> object:
    """A person's deed: the local backups are copied to a bucket."""
    site = str(body.get("scope", KASHIMA)).replace("/", "-")
    return uploaded(str(body.get("bucket", f"{site}-backup")))(lab)


SCENARIOS: Mapping[str, Scenario] = {
    "sidekiq-no-workers": Scenario(
        "of two applications on the machines of Sakai, Kawasaki's Sidekiq does not run",
        ((0, idle("kawasaki-prod-redis", ago=600)),),
        goal=Goal(
            good="No restart of Redis: it holds the jobs. Somebody at the machine starts "
            "Kawasaki's Sidekiq; in a drill nobody is there, so its checklist stops where that is "
            "looked for.",
            findings=("sidekiq-nobody@kawasaki/prod",),
        ),
    ),
}
