"""Stories behind load balancers: an application that hangs on one machine of two."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from console.drill import Cure, Goal
from console.lab.steps import Scenario, Step, cured

if TYPE_CHECKING:
    from console.lab.lab import Lab
    from console.lab.world import World

PAIR = ("tenants-prod-web-1", "tenants-prod-web-2")
ILL = ("unhealthy", "Target.ResponseCodeMismatch")


def hangs(machine: str, ill: bool = True) -> Step:
    """The application of a machine answers its load balancers with an error, or well again."""

    def act(lab: Lab) -> None:
        for host in lab.world.hosts:
            if host.name == machine:
                for group in lab.world.groups:
                    group.states.pop(host.id, None)
                    if ill and host.id in group.targets:
                        group.states[host.id] = ILL

    return act


def calm(world: World) -> None:
    """Every target as its machine is."""
    for group in world.groups:
        group.states.clear()


SCENARIOS: Mapping[str, Scenario] = {
    "last-target": Scenario(
        "one of two machines answers 502 to the load balancer; the other must not be taken away",
        (
            (0, cured("tenants-prod-web-2", (0, hangs("tenants-prod-web-2", ill=False)))),
            (20, hangs("tenants-prod-web-2")),
        ),
        goal=Goal(
            good="Find which machine is ill (pane Load balancers), reboot that one and not the "
            "healthy one, and look until the load balancer calls it well.",
            findings=("target-ill@tenants/prod",),
            cures=(Cure("ec2-reboot", "tenants-prod-web-2"),),
            begins=20,
        ),
    ),
    "no-target": Scenario(
        "both machines of three target groups answer 502: nobody serves their host names",
        tuple((0, cured(name, (0, hangs(name, ill=False)))) for name in PAIR)
        + tuple((20, hangs(name)) for name in PAIR),
        goal=Goal(
            good="Reboot one machine, look until the load balancer calls it well, then the other.",
            findings=("target-none@tenants/prod", "target-ill@tenants/prod"),
            cures=tuple(Cure("ec2-reboot", name) for name in PAIR),
            any_order=True,
            begins=20,
        ),
    ),
}
