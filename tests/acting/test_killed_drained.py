"""A console killed anywhere between draining a machine and putting it back: the rest is a plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.config import load
from console.model import Changed
from tests.acting.killed import order_of
from tests.acting.test_killed import Nursery, Room
from tests.acting.wire import Laboratory, laboratory

GROUPS = ("tenants-prod-a", "tenants-prod-c", "tenants-prod-e")
ACT = "Action=RebootInstances"
OPERATIONS = ("DeregisterTargets", "RebootInstances", "RegisterTargets")


def out(group: str) -> str:
    return f"Action=DeregisterTargets&.*tenants-prod-{group}"


def back(group: str) -> str:
    return f"Action=RegisterTargets&.*tenants-prod-{group}"


# of which request, the moment, taken, rebooted, put back; whether it is left
MOMENTS: list[tuple[str, str, int, int, int, bool]] = [
    (out("a"), "remedy.started:synced", 0, 0, 0, True),
    (out("a"), "asked", 0, 0, 0, True),
    (out("a"), "answered", 1, 0, 0, True),
    (out("a"), "told", 1, 0, 0, True),
    (out("a"), "remedy.sent:before", 1, 0, 0, True),
    (out("a"), "remedy.sent:half", 1, 0, 0, True),
    (out("a"), "remedy.sent:synced", 1, 0, 0, True),
    (out("c"), "asked", 1, 0, 0, True),
    (out("c"), "answered", 2, 0, 0, True),
    (out("e"), "answered", 3, 0, 0, True),
    (out("e"), "look told", 3, 0, 0, True),
    (ACT, "asked", 3, 0, 0, True),
    (ACT, "answered", 3, 1, 0, True),
    (ACT, "told", 3, 1, 0, True),
    (ACT, "look told", 3, 1, 0, True),
    (back("a"), "asked", 3, 1, 0, True),
    (back("a"), "answered", 3, 1, 1, True),
    (back("c"), "asked", 3, 1, 1, True),
    (back("c"), "told", 3, 1, 2, True),
    (back("e"), "answered", 3, 1, 3, True),
    (back("e"), "told", 3, 1, 3, True),
    (back("e"), "look told", 3, 1, 3, True),
    (back("e"), "remedy.verified:before", 3, 1, 3, True),
    (back("e"), "remedy.verified:synced", 3, 1, 3, False),
]


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    with laboratory(tmp_path_factory.mktemp("lab")) as lab, pytest.MonkeyPatch.context() as patch:
        for name, value in lab.env.items():
            patch.setenv(name, value)
        for directory in (lab.configuration, lab.hasty):
            drains(directory)
        nursery = Nursery(lab)
        yield Room(lab, nursery, load(lab.configuration), load(lab.hasty))
        nursery.process.communicate()


def drains(directory: Path) -> None:
    """Reboots drain first, and SSM proves them behind the load balancers too."""
    wanted = {
        "remedies.yaml": ("    kind: ec2-reboot\n", "    drain_first: true\n"),
        "estate.yaml": ("        alarm_prefix: tenants-prod-\n", "        ssm_reads: true\n"),
    }
    for name, (line, more) in wanted.items():
        text = (directory / name).read_text(encoding="utf-8")
        assert text.count(line) == 1
        (directory / name).write_text(text.replace(line, line + more), encoding="utf-8")


def sent(lab: Laboratory) -> Counter[tuple[str, str]]:
    """Each write with its target group, and how often the lab has got it."""
    log = [one for one in lab.log() if one["operation"] in OPERATIONS]
    return Counter((one["operation"], str(one["params"])) for one in log)


def missing(lab: Laboratory, id: str) -> int:
    """In how many target groups the machine is not."""
    return sum(id not in one.targets for one in lab.lab.world.groups if one.name in GROUPS)


@pytest.mark.parametrize(
    ("mark", "moment", "taken", "acts", "given", "left"),
    MOMENTS,
    ids=[f"{a[7:19]} {a[-1]} {b}" for a, b, *_ in MOMENTS],
)
async def test_killed_on_the_way_out_or_back(
    tmp_path: Path,
    room: Room,
    mark: str,
    moment: str,
    taken: int,
    acts: int,
    given: int,
    left: bool,
) -> None:
    lab = room.lab
    await lab.calm()
    id = lab.machine("tenants-prod-web-1")
    assert missing(lab, id) == 0
    before = sent(lab)
    told = {"directory": str(tmp_path), "entry": "ec2-reboot", "moment": moment}
    told["target"] = ("instance", "tenants/prod", id)
    assert room.nursery.run(told, lab.aws, mark) == 9, "it was killed, and at that moment"
    got = sent(lab) - before
    each = Counter(operation for operation, _ in got.elements())
    assert [each[one] for one in OPERATIONS] == [taken, acts, given]
    assert set(got.values()) <= {1}, "each once"
    await lab.calm()
    assert missing(lab, id) == taken - given
    async with room.next_start(told, patient=given == 3) as after:
        unfinished = await after.unfinished()
        assert bool(unfinished) == left
        for act in unfinished:
            assert not act.left or "not yet back in all of" in act.left
            verdict = await after.look_again(act)
            whole = given == 3 and act.sent is not None
            assert (verdict.outcome == "verified") == whole, verdict
            said = "the same remedy registers it again" in str(verdict)
            assert said == (taken > given), verdict
    assert sent(lab) - before == got, "looking again repeats nothing"
    async with room.next_start(told, patient=True) as after:
        proposal = await after.propose(order_of(told))
        requests = [one.operation for one in proposal.plan.requests]
        assert bool(proposal.plan.finishes) == (taken > given)
        if taken > given:
            assert requests == ["RegisterTargets"] * (taken - given), "the rest, and only that"
            ended = await after.fire(proposal, proposal.plan.typed, [id])
            assert not isinstance(ended, Changed) and ended.outcome == "verified", ended
    await lab.calm()
    assert missing(lab, id) == 0
