"""Run a kubeconfig's credential plugin without a terminal, and say what it said when it fails.

client.authentication.k8s.io: the plugin prints an ExecCredential. The Kubernetes client would
run it once, give it our keyboard, and swallow its error.
"""

from __future__ import annotations

import json
import os
import secrets
import shlex
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from console.kubernetes.raw import Json, each, moment, table, text
from console.poll import AuthExpired, Failed

PLUGIN_S = 15


@dataclass(frozen=True, slots=True)
class Credential:
    """What a plugin gave: a token, or a client certificate with its key (PEM)."""

    cure: str
    token: str = ""
    certificate: str = ""
    key: str = ""
    expires: datetime | None = None
    serial: str = field(default_factory=secrets.token_hex)

    def files(self) -> tuple[str, str]:
        """Certificate and key as private files, for OpenSSL reads nothing else."""
        self.folder.mkdir(mode=0o700)
        for name, content in (("cert", self.certificate), ("key", self.key)):
            (self.folder / name).write_text(content)
        return str(self.folder / "cert"), str(self.folder / "key")

    def forget_files(self) -> None:
        """Take the files away again."""
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def folder(self) -> Path:
        """A private place for this credential's files alone."""
        return Path(tempfile.gettempdir()) / f"oncall-{os.getpid()}-{self.serial}"


def run_plugin(spec: Json, cluster: Json) -> Credential:
    """Run it, at most 15 s; blocking. Raises AuthExpired with its last words, or Failed."""
    command = [text(spec, "command"), *(str(a) for a in spec.get("args") or ())]
    cure = f"run once in a terminal: {shlex.join(command)}"
    told: Json = {"apiVersion": text(spec, "apiVersion"), "kind": "ExecCredential"}
    told["spec"] = {"interactive": False}
    if spec.get("provideClusterInfo"):
        told["spec"]["cluster"] = {
            "server": text(cluster, "server"),
            "certificate-authority-data": text(cluster, "certificate-authority-data"),
        }
    extra = {text(pair, "name"): text(pair, "value") for pair in each(spec, "env")}
    environment = os.environ | extra | {"KUBERNETES_EXEC_INFO": json.dumps(told)}
    try:
        # A new session has no controlling terminal, so that /dev/tty is closed to it as well.
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, start_new_session=True, text=True, errors="replace",
        )  # fmt: skip
    except OSError as error:
        hint = text(spec, "installHint").strip() or f"install {command[0]}"
        raise Failed(f"the login command {command[0]}: {error.strerror}", hint) from None
    try:
        out, said = process.communicate(timeout=PLUGIN_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # its children too: they hold the pipes
        process.communicate()
        raise AuthExpired(f"the login command gave nothing in {PLUGIN_S} s", cure) from None
    if process.returncode:
        last = (said.strip() or f"exit code {process.returncode}").splitlines()[-1]
        raise AuthExpired(f"the login command failed: {last}", cure)
    return _read(out, cure)


def _read(out: str, cure: str) -> Credential:
    try:
        status = table(json.loads(out), "status")
    except ValueError:
        raise Failed("the login command printed no ExecCredential", cure) from None
    token = text(status, "token")
    certificate, key = text(status, "clientCertificateData"), text(status, "clientKeyData")
    if not token and not (certificate and key):
        raise Failed("the login command gave neither token nor certificate", cure)
    return Credential(cure, token, certificate, key, moment(status, "expirationTimestamp"))
