"""What makes a plan another one than was shown, and what may change by the second."""

from __future__ import annotations

import base64
import json
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from console.acting import Acts
from console.begun import plan_of
from console.clerk.differing import differences
from console.journal import Journal
from console.model import Board, Changed, Order, Plan, Ref, Request, Row, Snapshot, Verdict, plain
from tests.acting.world import Server, acting, stage
from tests.kubernetes.cluster import NAME, SPACE, cluster
from tests.kubernetes.tls import certificate
from tests.remedies.kubernetes.desk import desk

MACHINE = Ref("instance", "sakai/prod", "i-1")
PLAN = Plan(
    remedy="reboot",
    title="Reboot",
    targets=(MACHINE,),
    scopes=("sakai/prod",),
    where=(("account", "1111"), ("region", "eu-west-3")),
    will=("reboot i-1 (m5.large)",),
    loses=("requests under way",),
    keeps=("its disks",),
    takes="4 min",
    requests=(Request("ec2", "RebootInstances", {"InstanceIds": ["i-1"]}),),
    proof="a new boot_id",
    seen={"boot_id": "a"},
    warnings=("223 jobs will be lost: 1.9 GB",),
    identity={"prod": "1111, as night-shift"},
)
OTHER: list[tuple[str, dict[str, Any], str]] = [
    ("another cluster behind the name", {"where": (("cluster", "eks · https://b"),)}, "where: "),
    ("made anew, or another role", {"identity": {"uid": "7"}}, "it is: was prod 1111, as night"),
    ("another target", {"targets": ()}, "target: was i-1, now nothing"),
    (
        "its group as well",
        {"touches": (replace(MACHINE, kind="group"),)},
        "also changes: was nothing, now group i-1",
    ),
    ("one more scope", {"scopes": ("sakai/prod", "x/prod")}, "scopes: was sakai/prod, now sak"),
    ("something else is lost", {"loses": ("3 jobs",)}, "lost: was requests under way, now 3 jobs"),
    ("another request", {"requests": ()}, "sends: was ec2 RebootInstances {InstanceIds: ['i-1']}"),
    ("a name to type", {"typed": "i-1"}, "name to type: was none, now i-1"),
    ("it became the primary", {"role": "primary"}, "role: was nothing, now primary"),
    (
        "another role is needed",
        {"role_needed": "replica"},
        "role: was nothing, now  (replica is needed)",
    ),
    (
        "it is the last one now",
        {"alone": ("sakai/prod",)},
        "nothing stands in for it in: was nothing",
    ),
    ("it must stay", {"last_target": ("it is the last one",)}, "must stay: was nothing, now it is"),
    (
        "behind one more load balancer",
        {"seen": {"boot_id": "b", "groups": ["arn:aws:x"]}},
        "behind target groups: was nothing, now arn:aws:x",
    ),
    (
        "a new warning",
        {"warnings": (*PLAN.warnings, "the system check is impaired")},
        "mind: was 223 jobs",
    ),
    ("a warning less", {"warnings": ()}, "mind: was 223 jobs will be lost: 1.9 GB, now nothing"),
    ("it does something else", {"will": ("stop i-1",)}, "does: was reboot i-1 (m5.large), now st"),
    ("it keeps less", {"keeps": ()}, "kept: was its disks, now nothing"),
    ("the rest of an act", {"finishes": "a1"}, "the rest of: was nothing, now a1"),
]
SAME: list[tuple[str, dict[str, Any]]] = [
    ("the queues have grown", {"warnings": ("1,224 jobs will be lost: 2.0 GB",)}),
    ("what the proof needs was read anew", {"seen": {"boot_id": "b"}}),
    ("somebody's act is a second older", {"last_acted_at": datetime.now(UTC)}),
    ("records came meanwhile", {"preview": ("0: 12 records",), "copies_mb": 3.0}),
    ("words about it", {"title": "t", "takes": "5 min", "proof": "p", "last_acted_by": "yuki"}),
]
BEFORE = (
    *("remedy", "title", "targets", "scopes", "where", "will", "loses", "keeps", "takes"),
    *("requests", "proof", "typed", "seen", "warnings"),
)
"""What plans had before anything of them was more than words."""
FREE = {"remedy", "last_acted_at", "title", "takes", "proof", "last_acted_by"}
FREE |= {"preview", "copies_mb"}


@pytest.mark.parametrize(("caption", "changes", "said"), OTHER, ids=[c for c, *_ in OTHER])
def test_another_plan_than_was_shown_says_what_differs(
    caption: str, changes: dict[str, Any], said: str
) -> None:
    now = replace(PLAN, **changes)
    assert not PLAN.same_act(now) and not now.same_act(PLAN)
    (told,) = differences(PLAN, now)
    assert told.startswith(said)


@pytest.mark.parametrize(("caption", "changes"), SAME, ids=[c for c, _ in SAME])
def test_what_changes_by_the_second_makes_no_other_plan(
    caption: str, changes: dict[str, Any]
) -> None:
    now = replace(PLAN, **changes)
    assert PLAN.same_act(now) and differences(PLAN, now) == ()


def test_every_field_of_a_plan_is_compared_or_may_change() -> None:
    compared = {name for _, changes, _ in OTHER for name in changes}
    assert compared | FREE == {one.name for one in fields(Plan)} and not compared & FREE


def test_a_plan_is_read_back_as_it_was_written_down() -> None:
    changes = {name: value for _, some, _ in OTHER for name, value in some.items()}
    changes |= {"targets": (MACHINE,), "last_acted_at": datetime(2026, 11, 22, tzinfo=UTC)}
    whole = replace(PLAN, **changes)
    told = json.loads(json.dumps(plain(whole)))
    assert plan_of(told) == whole
    assert plan_of(told | {"of_a_later_program": 1}) == whole
    older = Plan(**{name: getattr(whole, name) for name in BEFORE})
    assert plan_of({name: told[name] for name in BEFORE}) == older


async def test_a_role_assumed_meanwhile_shows_the_plan_again(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    target = Ref("deployment", "sakai/prod", "shop/web")
    on = stage(tmp_path, server, targets=(target,))
    async with acting(on, "sakai/prod") as acts:
        proposal = await acts.propose(Order("restart-web", (target,)))
        server.session = "after a renewal"
        assert (await acts.propose(proposal.order)).plan.same_act(proposal.plan)
        server.role = "Administrator"
        changed = await acts.fire(proposal)
        assert isinstance(changed, Changed) and server.writes == 0
        assert "Administrator" in changed.proposal.plan.identity["prod"]
        assert isinstance(await acts.fire(changed.proposal), Verdict)
    assert server.writes == 1


async def test_a_kubeconfig_switched_meanwhile_shows_the_plan_again(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    async with desk(tmp_path) as here, cluster(tmp_path / "other") as other:
        other.server.deploy(SPACE, "js", replicas=2)
        row = Row(ref=here.order().targets[0], at=here.hands.clock.now())

        def board() -> Board:
            return Board().with_(Snapshot("things", "all", 60.0, here.hands.now_real(), (row,)))

        journal = Journal(tmp_path / "journal.jsonl")
        acts = Acts(replace(here.hands, board=board), journal, tmp_path, "tester", False)
        await acts.arm([NAME], 10, "a test")
        proposal = await acts.propose(here.order())
        assert proposal.refusals == ()
        other.server.write_kubeconfig(here.lab.kubeconfig)
        await here.lab.api.close()  # as when a token ends or a connection breaks
        changed = await acts.fire(proposal)
        await acts.close()
        assert isinstance(changed, Changed)
        assert changed.proposal.plan.identity[NAME] == other.server.url
        assert not [one for one in other.server.requests if one.startswith("PATCH")]
        assert here.writes == []


async def test_another_authority_behind_the_same_address_is_another_cluster(
    tmp_path: Path,
) -> None:
    authorities = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        authorities.append(certificate(tmp_path / name)[:2])
    async with cluster(tmp_path, tls=authorities[0]) as lab:
        said = [await lab.api.server()]
        told = json.loads(lab.kubeconfig.read_text())
        ca = base64.b64encode(authorities[1][1].encode()).decode()
        told["clusters"][0]["cluster"]["certificate-authority-data"] = ca
        lab.kubeconfig.write_text(json.dumps(told))
        await lab.api.close()
        said.append(await lab.api.server())
        assert said[0] != said[1]
        assert all(one.startswith(f"{lab.server.url}, CA ") for one in said)
