"""Ways in: kubeconfig, in-cluster and EKS. Imports the Kubernetes client, so import it lazily."""

from __future__ import annotations

import asyncio
import binascii
import hashlib
import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import yaml
from kubernetes.aio.client import ApiClient, Configuration
from kubernetes.aio.config import ConfigException, load_incluster_config
from kubernetes.aio.config.kube_config import KubeConfigLoader, KubeConfigMerger

from console.kubernetes.eks import EksAccess
from console.kubernetes.plugin import Credential, run_plugin
from console.kubernetes.raw import Json
from console.poll import Failed
from console.realm import is_local

UNREADABLE = (ConfigException, yaml.YAMLError, OSError, binascii.Error, ValueError, TypeError)


@dataclass(frozen=True, slots=True)
class Login:
    """A client with its credentials; `cure` renews them, `expires` is real time."""

    client: Any
    url: str
    cure: str
    expires: datetime | None = None
    ca: str = ""
    """Fingerprint of the authorities it trusts; empty where those are the system's."""

    async def send(
        self,
        method: str,
        path: str,
        body: Json | None,
        content_type: str,
        timeout: tuple[float, float],
    ) -> aiohttp.ClientResponse:
        """One request; the body is left to be read."""
        headers = {"Accept": "application/json", "Content-Type": content_type}
        headers |= await self._credentials()
        connect, read = timeout
        limits = aiohttp.ClientTimeout(
            total=None, connect=connect, sock_connect=connect, sock_read=read
        )
        answer = await self.client.call_api(
            method, self.url + path, headers, body, _request_timeout=limits
        )
        response: aiohttp.ClientResponse = answer.response
        return response

    @asynccontextmanager
    async def socket(
        self, path: str, protocols: tuple[str, ...]
    ) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        """A WebSocket on a connection of its own, asked for exactly once."""
        rest = self.client.rest_client
        session = rest._create_pool_manager()
        # aiohttp repeats a GET whose connection broke; what this one starts must not start twice.
        session._retry_connection = False
        name = self.client.configuration.tls_server_name
        async with (
            session,
            session.ws_connect(
                self.url + path,
                protocols=protocols,
                headers=await self._credentials(),
                proxy=rest.proxy,
                proxy_headers=rest.proxy_headers,
                **({"server_hostname": name} if name else {}),
            ) as socket,
        ):
            yield socket

    async def _credentials(self) -> dict[str, str]:
        token = await self.client.configuration.get_api_key_with_prefix("BearerToken")
        return {"Authorization": token} if token else {}

    async def close(self) -> None:
        """Close the connections."""
        await self.client.close()


class QuietLoader(KubeConfigLoader):  # type: ignore[misc]
    """Reads a kubeconfig; runs exec plugins itself, without a terminal, and shows their errors."""

    credential: Credential | None = None

    async def load_from_exec_plugin(self) -> bool:
        """Run the plugin each time: the login as a whole is kept until it expires."""
        self.credential = run_plugin(self._user["exec"].value, self._cluster.value)
        if self.credential.token:
            self.token = f"Bearer {self.credential.token}"
        if self.credential.certificate:
            self.cert_file, self.key_file = self.credential.files()
        return True

    async def load_gcp_token(self) -> None:
        """The gcp auth-provider left Kubernetes in 1.26, and it would ask on the terminal."""
        raise Failed("the kubeconfig uses auth-provider gcp", "use gke-gcloud-auth-plugin instead")


def from_kubeconfig(name: str, paths: str, context: str, proxy: str) -> Login:
    """Log in by kubeconfig, or by the Pod's own service account where there is none; blocking.

    `paths` empty means $KUBECONFIG, then ~/.kube/config. Raises Failed.
    """
    configuration = Configuration()
    if not paths and not os.environ.get("KUBECONFIG") and "KUBERNETES_SERVICE_HOST" in os.environ:
        try:
            load_incluster_config(client_configuration=configuration)
        except (ConfigException, OSError) as error:
            raise Failed(f"{name}: no login inside the cluster: {error}") from None
        return _login(name, configuration, "", "restart this Pod for a new token")
    paths = paths or os.environ.get("KUBECONFIG") or "~/.kube/config"
    files = [str(Path(each).expanduser()) for each in paths.split(os.pathsep) if each]
    if not any(Path(each).is_file() for each in files):
        cure = f"write it, or correct kubernetes.{name}.kubeconfig in estate.yaml"
        raise Failed(f"{name}: there is no kubeconfig {paths}", cure)
    try:
        loader = QuietLoader(
            KubeConfigMerger(os.pathsep.join(files)).config, context or None, config_base_path=None
        )
        asyncio.run(loader.load_and_set(configuration))
    except UNREADABLE as error:
        raise Failed(f"{name}: kubeconfig {paths}: {error}", "try it with kubectl") from None
    except Failed as failed:
        raise type(failed)(f"{name}: {failed}", failed.cure) from None
    credential = loader.credential
    if credential is None:
        return _login(name, configuration, proxy, f"renew the user's credentials in {paths}")
    login = _login(name, configuration, proxy, credential.cure, credential.expires)
    credential.forget_files()  # OpenSSL has read them
    return login


def from_eks(name: str, access: EksAccess, proxy: str) -> Login:
    """Log in with what AWS told; blocking."""
    configuration = Configuration()
    configuration.host, configuration.ca_cert_data = access.endpoint, access.ca
    configuration.api_key["BearerToken"] = f"Bearer {access.token}"
    return _login(name, configuration, proxy, access.cure, access.expires)


def _login(
    name: str, configuration: Any, proxy: str, cure: str, expires: datetime | None = None
) -> Login:
    # As Go does: a CA without key identifiers (EKS has them) is good enough, also on Python 3.13.
    configuration.disable_strict_ssl_verification = True
    if is_local(configuration.host):
        configuration.proxy = None
        configuration.client_session_kwargs = {"trust_env": False}
    else:
        configuration.proxy = configuration.proxy or proxy or None
    try:
        client, ca = ApiClient(configuration), _authorities(configuration)
    except (ssl.SSLError, OSError) as error:
        raise Failed(f"{name}: the certificates of the login are unusable: {error}") from None
    return Login(client, configuration.host.rstrip("/"), cure, expires, ca)


def _authorities(configuration: Any) -> str:
    path, told = configuration.ssl_ca_cert, configuration.ca_cert_data or b""
    if path:
        told = Path(path).read_bytes()
    raw = told.encode() if isinstance(told, str) else told
    return hashlib.sha256(raw).hexdigest()[:12] if raw else ""
