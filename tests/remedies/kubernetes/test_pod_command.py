"""A command in a Pod: only the configured one, once, and a disk that really got emptier."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from console.clients import Clients
from console.commands.init import shipped
from console.config import load
from console.kubernetes.refusal import Unanswered
from console.lab import kubernetes_exec
from console.lab.kubernetes_exec import Disk
from console.lab.lab import Lab
from console.model import Order, Ref
from console.poll import Context
from console.remedies import REMEDIES
from console.remedies.pod_command import CELLS, LINES, harmless
from console.remedy import Hands, Refused, Rejected
from tests.kubernetes.cluster import NAME, SPACE, cluster
from tests.remedies.kubernetes.desk import WORLD, act, carry_out, configured, hands, propose

CLEAN = Order("clean-dumps", (Ref("deployment", NAME, f"{SPACE}/mediator-crow"),))


@dataclass(slots=True)
class Friday:
    """The lab on its Friday evening, and the shipped configuration."""

    lab: Lab
    hands: Hands

    @property
    def disk(self) -> Disk:
        return self.lab.kubernetes.api.disks[SPACE, "mediator-crow"]

    @property
    def lies(self) -> set[str]:
        return self.lab.kubernetes.api.lies

    def asked(self, word: str) -> list[str]:
        """Commands that were run."""
        wanted = f"exec?command={word}"
        return [one for one in self.lab.kubernetes.requests if wanted in one]

    def with_entry(self, **changes: Any) -> Hands:
        """Hands whose allow-list says something else of the clean-up."""
        entry = self.hands.allowance("clean-dumps").model_copy(update=changes)
        remedies = self.hands.configuration.remedies.model_copy(
            update={"remedies": {"clean-dumps": entry}}
        )
        told = replace(self.hands.configuration, remedies=remedies)
        return replace(self.hands, configuration=told)


@asynccontextmanager
async def friday() -> AsyncIterator[Friday]:
    async with Lab("disk-mediator-crow", kafka="off") as lab:
        configuration = load(shipped(), environ=lab.env)
        clients = Clients(configuration.estate)
        while lab.kubernetes.api.disks[SPACE, "mediator-crow"].used() < 80:
            await asyncio.sleep(0.02)
        yield Friday(lab, hands(Context(configuration.estate, clients, lab.clock), configuration))
        await clients.close()


async def test_the_clean_up_empties_the_disk_and_proves_it() -> None:
    async with friday() as here:
        plan = await propose(CLEAN, here.hands)
        assert plan.typed == "mediator-crow" and "dumps older than an hour" in plan.loses[0]
        assert all("'*.hprof' -mmin +60 -print -delete`" in line for line in plan.will[:2])
        assert [one.params["command"][0] for one in plan.requests] == ["find", "find"]
        verdict = await carry_out(plan, here.hands)
        assert verdict.outcome == "verified" and "% →" in verdict.said, verdict
        assert here.disk.used() < 60
        assert any("/dumps/java_pid1.hprof" in line for line in verdict.evidence)
        assert len(here.asked("find")) == 2, "once in each Pod"


async def test_nothing_left_to_clean_is_no_success() -> None:
    async with friday() as here:
        await act(CLEAN, here.hands)
        verdict = await act(CLEAN, here.hands)
        assert verdict.outcome == "failed" and "as full as before" in verdict.said


@pytest.mark.parametrize(
    ("lie", "outcome", "said"),
    [
        ("exec-nothing", "failed", "ended with 0, but the disk of"),
        ("exec-drop", "unknown", "how the command ended was never told"),
    ],
)
async def test_a_clean_up_that_lies_is_never_believed(lie: str, outcome: str, said: str) -> None:
    async with friday() as here:
        plan = await propose(CLEAN, here.hands)
        here.lies.add(lie)
        verdict = await carry_out(plan, here.hands)
        assert (verdict.outcome, said in verdict.said) == (outcome, True), verdict
        assert len(here.asked("find")) == (1 if lie == "exec-drop" else 2), "never twice"


async def test_a_disk_that_is_hardly_emptier_was_not_cleaned() -> None:
    async with friday() as here:
        verdict = await act(CLEAN, here.with_entry(free_at_least=99))
        assert verdict.outcome == "failed", "some blocks less are no success"
        assert verdict.said.startswith("ran, but hardly helped: disk in use ")
        assert verdict.said.endswith("; 99 % is asked for")


async def test_the_next_pod_is_asked_for_and_each_answer_is_written_down_before() -> None:
    async with friday() as here:
        plan, told = await propose(CLEAN, here.hands), []

        async def partly(reply: Any, left: str, rest: str = "") -> str:
            told.append((sorted(reply["ran"]), left, rest, len(here.asked("find"))))
            return ""

        stopped = replace(here.hands, partly=partly, go_on=lambda: "disarmed, since it was begun")
        verdict = await carry_out(plan, stopped)
        first, second = plan.seen["pods"]
        assert told == [([first], "it ran in 1 of 2 Pods", "", 1)]
        assert verdict.outcome == "failed" and len(here.asked("find")) == 1
        assert verdict.said == f"not run in {second}: disarmed, since it was begun"


@pytest.mark.parametrize(
    ("changes", "outcome", "said"),
    [
        ({"command": ("rm", "-rf", "/")}, "failed", 'was not run: exec: "rm": executable file'),
        ({"measure": ()}, "verified", "its effect is not measured"),
        ({"command": ("df", "-P", "/dumps"), "measure": ()}, "verified", "ended with 0"),
    ],
)
async def test_how_a_command_ends_is_what_counts(
    changes: dict[str, Any], outcome: str, said: str
) -> None:
    async with friday() as here:
        verdict = await act(CLEAN, here.with_entry(**changes))
        assert (verdict.outcome, said in verdict.said) == (outcome, True), verdict


async def test_a_disk_that_cannot_be_read_before_makes_no_plan() -> None:
    async with friday() as here:
        there = Order("clean-dumps", (Ref("deployment", NAME, f"{SPACE}/signaling"),))
        with pytest.raises(Exception, match="tells no size: df: /dumps: No such file"):
            await propose(there, here.hands)
        verdict = await act(there, here.with_entry(measure=()))
        assert verdict.outcome == "failed" and "ended with 1" in verdict.said


async def test_a_named_pod_alone_is_cleaned() -> None:
    async with friday() as here:
        pod = here.lab.kubernetes.controller.alive((SPACE, "mediator-crow"))[1]
        order = replace(CLEAN, targets=(Ref("pod", NAME, f"{SPACE}/{pod.name}"),))
        plan = await propose(order, here.hands)
        assert [one.params["pod"] for one in plan.requests] == [pod.name]
        assert (await carry_out(plan, here.hands)).outcome == "verified"
        assert len(here.asked("find")) == 1


async def test_a_no_means_that_nothing_was_run() -> None:
    async with friday() as here:
        plan = await propose(CLEAN, here.hands)
        here.lab.kubernetes.denied.add(("create", "pods/exec"))
        with pytest.raises(Rejected, match="no right to create pods/exec in namespace platform"):
            await carry_out(plan, here.hands)
        here.lab.kubernetes.denied.clear()
        with pytest.raises(Rejected, match="404"):
            gone = replace(plan, seen={**plan.seen, "pods": {"gone": "mediator-crow"}})
            await carry_out(gone, here.hands)
        await here.lab.kubernetes.down(True)
        with pytest.raises(Refused, match="nothing was sent"):
            await carry_out(plan, here.hands)


async def test_after_a_crash_the_disk_is_shown_and_nothing_run_again() -> None:
    async with friday() as here:
        plan = await propose(CLEAN, here.hands)
        sent = {"lost": "the console was killed", "started_at": here.hands.clock.now().isoformat()}
        verdict = await REMEDIES["pod-command"].verify(plan, sent, here.hands)
        assert verdict.outcome == "unknown" and "the console was killed" in verdict.said
        assert any("% (" in line and "before" in line for line in verdict.evidence)
        assert not here.asked("find")


async def test_an_old_server_speaks_version_4(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kubernetes_exec, "PROTOCOLS", ("v4.channel.k8s.io",))
    async with friday() as here:
        assert (await act(CLEAN, here.hands)).outcome == "verified"


@pytest.mark.parametrize(
    ("pod", "wanted", "said"),
    [
        ({"containers": [{"name": "app"}, {"name": "side"}]}, "", "has several containers: there"),
        ({"containers": [{"name": "app"}]}, "side", "has no container side: there is app"),
    ],
)
async def test_an_ambiguous_container_is_refused(
    pod: dict[str, Any], wanted: str, said: str, tmp_path: Path
) -> None:
    async with friday() as here:
        path = f"/apis/apps/v1/namespaces/{SPACE}/deployments/mediator-crow"
        api = here.hands.clients.kubernetes(NAME)
        for box in pod["containers"]:
            box |= {"image": "app:2", "resources": {"limits": {"memory": "512Mi"}}}
        labels = {"metadata": {"labels": {"app": "mediator-crow"}}, "spec": pod}
        item = await api.get(path)
        await api.patch(
            path,
            {"spec": {**item["spec"], "template": labels}},
            "application/merge-patch+json",
        )
        here.lab.kubernetes.controller.tick()
        with pytest.raises(Refused, match=said):
            await propose(CLEAN, here.with_entry(container=wanted))


async def test_a_deployment_without_running_pods_is_refused(tmp_path: Path) -> None:
    entry = {"kind": "pod-command", "command": ["true"], "on": {"scopes": [NAME]}}
    async with cluster(tmp_path) as lab:
        configuration = configured(
            tmp_path, estate=WORLD, remedies={"remedies": {"clean-dumps": entry}}
        )
        with pytest.raises(Refused, match="no Pod of it runs"):
            await propose(CLEAN, hands(lab.context, configuration))
        lab.server.deploy(SPACE, "mediator-crow")
        lab.server.crash_loop(SPACE, "mediator-crow")
        lab.server.controller.tick()
        with pytest.raises(Refused, match="no Pod of it runs"):
            await propose(CLEAN, hands(lab.context, configuration))


async def test_a_connection_that_breaks_at_once_is_not_tried_again(tmp_path: Path) -> None:
    calls = 0

    async def slam(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal calls
        with suppress(asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            calls += 1
        writer.close()

    server = await asyncio.start_server(slam, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with cluster(tmp_path) as lab:
        lab.kubeconfig.write_text(
            lab.kubeconfig.read_text().replace(lab.server.url, f"http://127.0.0.1:{port}")
        )
        with pytest.raises(Unanswered):
            await lab.api.run(SPACE, "pod", "app", ["true"], 5)
    server.close()
    assert calls == 1


@pytest.mark.parametrize(
    ("output", "lines"),
    [
        pytest.param("a\n\nb\r\n", ["a", "b"], id="lines"),
        pytest.param("\x1b[31mred\x1b[0m \x1b]0;title\x07x", ["red x"], id="colours and titles"),
        pytest.param("a\u202eb\u200bc\x00\x9bd", ["abcd"], id="bidi, zero width, NUL, C1"),
        pytest.param("[red]堺[/red]", ["[red]堺[/red]"], id="markup is left: nobody parses it"),
        pytest.param("x" * 10_000, ["x" * CELLS], id="a long line"),
        pytest.param("y\n" * 900, ["y"] * LINES, id="many lines"),
    ],
)
def test_output_is_made_harmless(output: str, lines: list[str]) -> None:
    assert harmless(output) == lines
