"""How a Kafka cluster lets us in: TLS, SCRAM or MSK IAM; and why it did not, in words."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aiokafka.abc import AbstractTokenProvider
from aiokafka.errors import (
    BrokerResponseError,
    IncompatibleBrokerVersion,
    KafkaConnectionError,
    KafkaError,
)

from console.kafka.codes import BrokerDown, LoginRefused, name
from console.kafka.values import Address
from console.model.words import harmless
from console.poll import AuthExpired, Failed, in_thread

if TYPE_CHECKING:
    from console.config import Estate
    from console.config.schema import Account, KafkaCluster

Sign = Callable[[], tuple[str, int]]
"""() → MSK's token and the epoch milliseconds at which it runs out; it blocks."""

EARLY = 120.0  # seconds before its end a token is made anew; it lives 900 s
IAM_AGE = 600.0  # seconds: aiokafka cannot re-authenticate (KIP-368), so connections are replaced
CAUGHT = (OSError, TimeoutError, KafkaError, ValueError, LookupError)
"""What aiokafka's connect raises, its reading of a broker's SCRAM nonsense included."""


class MskToken(AbstractTokenProvider):  # type: ignore[misc]
    """The OAUTHBEARER token of MSK IAM, signed off the event loop: SSO and IMDS may block."""

    def __init__(self, sign: Sign) -> None:
        self._sign = sign
        self._token, self._ends = "", 0.0
        self._lock = asyncio.Lock()

    async def token(self) -> str:
        """A token that holds for two minutes at least; aiokafka asks once a connection."""
        async with self._lock:
            if time.time() > self._ends - EARLY:
                self._token, ends_ms = await in_thread(self._sign)
                self._ends = ends_ms / 1000
            return self._token


def signer(region: str, name: str, account: Account, proxy: str) -> Sign:
    """MSK's own signer over the credentials of an AWS account, roles and SSO included."""
    from aws_msk_iam_sasl_signer import MSKAuthTokenProvider as msk
    from botocore.credentials import CredentialProvider

    from console.aws.errors import CAUGHT as AWS_ERRORS
    from console.aws.errors import said
    from console.aws.login import Login as AwsLogin

    login = AwsLogin(name, account, proxy, lambda: None)

    class Keys(CredentialProvider):  # type: ignore[misc, unused-ignore]
        """The signer takes credentials from a provider only."""

        def load(self) -> Any:
            return login.credentials()

    def sign() -> tuple[str, int]:
        try:
            token, ends_ms = msk.generate_auth_token_from_credentials_provider(region, Keys())
        except AWS_ERRORS as error:
            login.drop(login.opened)
            raise said(error, name, "kafka-cluster:Connect", login.cure) from error
        return str(token), int(ends_ms)

    return sign


class Login:
    """The way into one cluster: what every new connection to it is made with."""

    def __init__(self, cluster: str, estate: Estate) -> None:
        self.cluster, self.settings = cluster, estate.kafka[cluster]
        self._account = estate.accounts.get(self.settings.account)
        self._proxy = estate.proxy
        self._arguments: dict[str, Any] | None = None
        self.max_age = IAM_AGE if self.settings.security == "iam" else None
        """Seconds after which an idle connection is replaced."""
        self._via = tunnel_table(self.settings)

    def via(self, address: Address) -> Address | None:
        """The local end of the tunnel to a broker, or None for the straight way."""
        return self._via.get(address)

    async def arguments(self) -> dict[str, Any]:
        """aiokafka's words for it, read off the loop, and a valid token: both take a while."""
        if self._arguments is None:
            self._arguments = await in_thread(self._prepare)
        if "sasl_oauth_token_provider" in self._arguments:
            await self._arguments["sasl_oauth_token_provider"].token()
        return self._arguments

    def _prepare(self) -> dict[str, Any]:
        settings = self.settings
        if settings.security == "plaintext":
            return {"security_protocol": "PLAINTEXT"}
        tls = {"security_protocol": "SSL", "ssl_context": self._authorities()}
        if settings.security == "tls":
            return tls
        tls["security_protocol"] = "SASL_SSL"
        if settings.security == "scram":
            return tls | {
                "sasl_mechanism": "SCRAM-SHA-512",
                "sasl_plain_username": settings.username,
                "sasl_plain_password": settings.password,
            }
        if self._account is None:
            raise Failed(f"kafka.{self.cluster}: MSK IAM needs `account`", "name it in estate.yaml")
        region = settings.region or self._account.regions[0]
        sign = signer(region, settings.account, self._account, self._proxy)
        return tls | {
            "sasl_mechanism": "OAUTHBEARER",
            "sasl_oauth_token_provider": MskToken(sign),
        }

    def _authorities(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self.settings.ca_file or None)
        except OSError as error:
            where = f"kafka.{self.cluster}.ca_file"
            raise Failed(f"{where}: {error}", f"correct {where} in estate.yaml") from None

    def explain(self, address: Address, error: BaseException) -> Failed:
        """Why no connection came about, for people."""
        if isinstance(error, Failed):
            return error
        if isinstance(error, BrokerResponseError):
            return self._refused(address, error)
        if isinstance(error, ssl.SSLCertVerificationError):
            return LoginRefused(
                f"{address}: the certificate is not trusted ({error.verify_message})",
                f"set kafka.{self.cluster}.ca_file to the CA that signed it",
            )
        return BrokerDown(f"{address} {self._unreachable(error)}")

    def _refused(self, address: Address, error: BrokerResponseError) -> Failed:
        said = harmless(str(error.args[0] if error.args else ""))
        message = f"{address}: {name(error.errno)}"
        if error.errno == 58 and self.settings.security == "iam":
            return AuthExpired(
                f"{message} ({said}): the login has run out or kafka-cluster:Connect is missing",
                f"log in again to account {self.settings.account}, or allow kafka-cluster:Connect",
            )
        if error.errno == 58:
            user = self.settings.username
            cure = f"correct username and password of kafka.{self.cluster}"
            return LoginRefused(f"{message} for user {user}: {said}", cure)
        security = self.settings.security
        return LoginRefused(f"{message}: the listener is not for `security: {security}`")

    def _unreachable(self, error: BaseException) -> str:
        security = self.settings.security
        if isinstance(error, socket.gaierror):
            return "has a name that is not known here (VPN or tunnel?)"
        if isinstance(error, ConnectionRefusedError):
            return "refuses connections (broker down?)"
        if isinstance(error, ssl.SSLError):
            return f"does not speak TLS as asked (is `security: {security}` right?)"
        if isinstance(error, IncompatibleBrokerVersion):
            return "is too old or too new a Kafka for this console"
        if isinstance(error, KafkaConnectionError | ConnectionResetError):
            return f"closed the connection at once (is `security: {security}` right?)"
        if isinstance(error, TimeoutError | OSError):
            return "is not reachable (VPN or tunnel?)"
        return f"does not speak Kafka as expected ({type(error).__name__}: {error})"


def address_of(text: str) -> Address:
    """`host:port` → Address; 9092 when no port is given."""
    host, _, port = text.strip().rpartition(":")
    return Address(host, int(port)) if port.isdecimal() and host else Address(text.strip(), 9092)


def tunnel_table(cluster: KafkaCluster) -> dict[Address, Address]:
    """Advertised address → local end of the tunnel."""
    return {address_of(far): address_of(near) for far, near in cluster.tunnel.items()}
