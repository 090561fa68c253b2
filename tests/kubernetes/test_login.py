"""Ways into a cluster: each kind of kubeconfig, in-cluster, EKS; and never through our terminal."""

from __future__ import annotations

import base64
import json
import os
import ssl
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from console.clients import Clients
from console.kubernetes import plugin
from console.poll import AuthExpired, Failed
from tests.kubernetes.cluster import NAME, Cluster, cluster, estate
from tests.kubernetes.tls import certificate


def rewrite(lab: Cluster, user: dict[str, Any] | None = None, **its: Any) -> None:
    """Change the user and the cluster in the kubeconfig."""
    told = json.loads(lab.kubeconfig.read_text())
    if user is not None:
        told["users"][0]["user"] = user
    told["clusters"][0]["cluster"] |= {"tls-server-name": "lab.test"} | its
    lab.kubeconfig.write_text(json.dumps(told))


async def version(lab: Cluster) -> str:
    return str((await lab.api.get("/version"))["gitVersion"])


def script(directory: Path, body: str) -> str:
    """A credential plugin."""
    path = directory / "plugin"
    path.write_text(f"#!{sys.executable}\n{body}")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def runs(command: str, **more: Any) -> dict[str, Any]:
    version = "client.authentication.k8s.io/v1"
    return {"exec": {"apiVersion": version, "command": command, "interactiveMode": "Never", **more}}


GIVES = """
import json, os, sys
told = json.loads(os.environ["KUBERNETES_EXEC_INFO"])
assert told["spec"]["interactive"] is False and sys.stdin.read() == "" and os.environ["WHO"] == "me"
try:
    open("/dev/tty")
    sys.exit("there is a terminal")
except OSError:
    pass
status = {"token": "lab-token", "expirationTimestamp": sys.argv[1]}
print(json.dumps({"kind": "ExecCredential", "status": status}))
open(sys.argv[2], "a").write("run\\n")
"""


async def test_a_private_ca_a_token_and_a_server_name(tmp_path: Path) -> None:
    context, ca, *_ = certificate(tmp_path)
    async with cluster(tmp_path, tls=(context, ca)) as lab:
        rewrite(lab)
        assert await version(lab) == "v1.32.4"


async def test_a_client_certificate_is_shown(tmp_path: Path) -> None:
    context, ca, cert, key = certificate(tmp_path)
    context.verify_mode = ssl.CERT_REQUIRED
    async with cluster(tmp_path, tls=(context, ca)) as lab:
        rewrite(lab)
        with pytest.raises(Failed, match="the connection broke"):
            await version(lab)
        data = {"client-certificate-data": cert, "client-key-data": key}
        pair = {name: base64.b64encode(file.read_bytes()).decode() for name, file in data.items()}
        rewrite(lab, pair | {"token": lab.server.token})
        await lab.api.close()
        assert await version(lab) == "v1.32.4"
        files = {"client-certificate": str(cert), "client-key": str(key)}
        rewrite(lab, files | {"token": lab.server.token})
        await lab.api.close()
        assert await version(lab) == "v1.32.4"


async def test_a_certificate_of_another_ca_is_not_trusted_unless_told_so(tmp_path: Path) -> None:
    context, *_ = certificate(tmp_path)
    async with cluster(tmp_path, tls=(context, "")) as lab:
        rewrite(lab)
        with pytest.raises(Failed, match="is not trusted here") as failed:
            await version(lab)
        assert "certificate-authority" in failed.value.cure
        rewrite(lab, **{"insecure-skip-tls-verify": True})
        await lab.api.close()
        assert await version(lab) == "v1.32.4"


async def test_a_plugin_runs_without_terminal_and_again_only_when_its_token_ends(
    tmp_path: Path,
) -> None:
    log = tmp_path / "log"
    command = script(tmp_path, GIVES)
    env = [{"name": "WHO", "value": "me"}]
    async with cluster(tmp_path) as lab:
        rewrite(lab, runs(command, args=["2999-01-01T00:00:00Z", str(log)], env=env))
        assert [await version(lab) for _ in range(3)] == ["v1.32.4"] * 3
        assert log.read_text().split() == ["run"]
        rewrite(lab, runs(command, args=["2020-01-01T00:00:00Z", str(log)], env=env))
        await lab.api.close()
        assert [await version(lab) for _ in range(3)] == ["v1.32.4"] * 3
        assert log.read_text().split() == ["run"] * 4


async def test_a_certificate_from_a_plugin_is_shown_and_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, ca, cert, key = certificate(tmp_path)
    context.verify_mode = ssl.CERT_REQUIRED
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    body = f"""
import json
status = {{"token": "lab-token", "clientCertificateData": open({str(cert)!r}).read()}}
print(json.dumps({{"status": status | {{"clientKeyData": open({str(key)!r}).read()}}}}))
"""
    async with cluster(tmp_path, tls=(context, ca)) as lab:
        rewrite(lab, runs(script(tmp_path, body)))
        assert await version(lab) == "v1.32.4"
    assert not [name for name in os.listdir(tmp_path) if name.startswith("oncall-")]  # noqa: PTH208


BROKEN: dict[str, tuple[str, type[Failed], str]] = {
    "it fails": (
        "import sys; sys.exit('first\\nThe SSO session has expired')",
        AuthExpired,
        "the login command failed: The SSO session has expired",
    ),
    "it prints nonsense": ("print('hello')", Failed, "printed no ExecCredential"),
    "it gives nothing": ("print('{}')", Failed, "gave neither token nor certificate"),
}


@pytest.mark.parametrize("caption", BROKEN)
async def test_what_a_plugin_says_is_shown(caption: str, tmp_path: Path) -> None:
    body, error, said = BROKEN[caption]
    async with cluster(tmp_path) as lab:
        rewrite(lab, runs(command := script(tmp_path, body)))
        with pytest.raises(error, match=said) as failed:
            await version(lab)
        assert failed.value.cure == f"run once in a terminal: {command}"
        assert str(failed.value).startswith(f"{NAME}: ")


async def test_a_plugin_that_hangs_is_ended_with_its_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plugin, "PLUGIN_S", 0.5)
    body = "import subprocess; subprocess.run(['sleep', '600'])"
    async with cluster(tmp_path) as lab:
        rewrite(lab, runs(script(tmp_path, body)))
        with pytest.raises(AuthExpired, match="gave nothing in"):
            await version(lab)


async def test_a_plugin_that_is_not_installed_says_how(tmp_path: Path) -> None:
    async with cluster(tmp_path) as lab:
        rewrite(lab, runs("no-such-command", installHint="Install it from here."))
        with pytest.raises(Failed, match="no-such-command: No such file") as failed:
            await version(lab)
        assert failed.value.cure == "Install it from here."


async def test_another_context_is_chosen_by_name(tmp_path: Path) -> None:
    async with cluster(tmp_path, context="night") as lab:
        with pytest.raises(Failed, match="night"):
            await version(lab)
        lab.server.write_kubeconfig(lab.kubeconfig, "night")
        assert await version(lab) == "v1.32.4"


UNREADABLE = {
    "no YAML": "{[",
    "another thing": "7",
    "no contexts": "apiVersion: v1",
    "a CA that is no base64": json.dumps(
        {
            "current-context": "a",
            "contexts": [{"name": "a", "context": {"cluster": "a"}}],
            "clusters": [
                {"name": "a", "cluster": {"server": "https://x", "certificate-authority-data": "%"}}
            ],
        }
    ),
}


@pytest.mark.parametrize("caption", UNREADABLE)
async def test_a_kubeconfig_that_cannot_be_read_is_a_sentence(caption: str, tmp_path: Path) -> None:
    async with cluster(tmp_path) as lab:
        lab.kubeconfig.write_text(UNREADABLE[caption])
        with pytest.raises(Failed, match=NAME):
            await version(lab)


async def test_a_kubeconfig_that_is_not_there_is_named(tmp_path: Path) -> None:
    clients = Clients(estate(kubeconfig=str(tmp_path / "none")))
    with pytest.raises(Failed, match="there is no kubeconfig") as failed:
        await clients.kubernetes(NAME).get("/version")
    assert f"kubernetes.{NAME}.kubeconfig" in failed.value.cure


async def test_a_proxy_that_is_down_is_named(tmp_path: Path) -> None:
    async with cluster(tmp_path) as lab:
        server = lab.server.url.replace("127.0.0.1", "api.example.invalid")
        rewrite(lab, server=server, **{"proxy-url": "http://127.0.0.1:9"})
        with pytest.raises(Failed, match="the proxy to http://api"):
            await version(lab)


async def test_inside_a_cluster_the_pods_own_account_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, ca, cert, _ = certificate(tmp_path)
    async with cluster(tmp_path, tls=(context, ca)) as lab:
        (tmp_path / "token").write_text(lab.server.token)
        mounted = "kubernetes.aio.config.incluster_config"
        monkeypatch.setattr(f"{mounted}.SERVICE_TOKEN_FILENAME", str(tmp_path / "token"))
        monkeypatch.setattr(f"{mounted}.SERVICE_CERT_FILENAME", str(cert))
        host, _, port = lab.server.url.removeprefix("https://").partition(":")
        monkeypatch.setenv("KUBERNETES_SERVICE_HOST", host)
        monkeypatch.setenv("KUBERNETES_SERVICE_PORT", port)
        monkeypatch.delenv("KUBECONFIG", raising=False)
        clients = Clients(estate())
        assert (await clients.kubernetes(NAME).get("/version"))["gitVersion"] == "v1.32.4"
        monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
        await clients.close()
        with pytest.raises(Failed, match="there is no kubeconfig"):
            await clients.kubernetes(NAME).get("/version")
