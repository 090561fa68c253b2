"""One account's way in: a botocore session that never prompts, and its clients."""

from __future__ import annotations

import getpass
import os
import re
import subprocess
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.config import Config
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    CredentialResolver,
    DeferredRefreshableCredentials,
    ProcessProvider,
    ProfileProviderBuilder,
)
from botocore.loaders import create_loader
from botocore.utils import parse_timestamp

from console.aws.errors import UNREACHABLE
from console.poll import AuthExpired, Failed
from console.realm import is_local
from console.remedy import WRITE_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.config.schema import Account

CONNECT_S, READ_S = 3, 5
PROCESS_S = 30  # a credential process that takes longer is waiting for somebody
LOCK_S = 8.0  # below a poll's time-out: a stuck login must not pile up threads
BUILDING = threading.RLock()  # one client at a time: botocore's models are parsed under the GIL
POLLED = (
    "sts",
    "ec2",
    "elasticache",
    "cloudwatch",
    "synthetics",
    "kafka",
    "resourcegroupstaggingapi",
)
SELDOM = ("ssm", "s3", "elbv2", "rds", "pi")  # polled where the estate says so
LOADER = create_loader()  # a session's 22 MB are mostly models: one loader for all accounts


def warm_models() -> None:
    """Read the models of the services that are polled: the slow part of a first client."""
    LOADER.load_data("endpoints")
    for service in (*POLLED, *SELDOM):
        for kind in ("service-2", "endpoint-rule-set-1"):
            LOADER.load_service_model(service, kind)


class QuietProcess(subprocess.Popen[bytes]):
    """A credential process without a terminal: it fails instead of asking."""

    def __init__(self, command: list[str], **pipes: Any) -> None:
        # A new session has no controlling terminal, so that /dev/tty is closed to it as well.
        super().__init__(command, stdin=subprocess.DEVNULL, start_new_session=True, **pipes)

    def communicate(
        self, input: bytes | None = None, timeout: float | None = None
    ) -> tuple[bytes, bytes]:
        """As usual, but killed after half a minute."""
        try:
            return super().communicate(input, timeout or PROCESS_S)
        except subprocess.TimeoutExpired:
            self.kill()
            return super().communicate()


def _utc(value: Any) -> datetime:
    """Times of every answer in UTC; botocore would give them in this machine's zone."""
    moment: datetime = parse_timestamp(value)
    return moment.astimezone(UTC)


class _Assumed:
    """Hands out the credentials of a role that this console assumes by itself."""

    METHOD = CANONICAL_NAME = "oncall-assume-role"

    def __init__(self, credentials: Any) -> None:
        self._credentials = credentials

    def load(self) -> Any:
        return self._credentials


def _quiet_processes(session: Any) -> Any:
    """Builds the providers of a role's source profile, which may name a process too."""
    builder: Any = ProfileProviderBuilder(session)
    builder._create_process_provider = lambda profile_name: ProcessProvider(
        profile_name, lambda: session.full_config, QuietProcess
    )
    return builder


def cure_of(account: Account, profile: dict[str, str]) -> str:
    """The command that renews a login, as far as the profile tells."""
    name = account.profile or os.environ.get("AWS_PROFILE") or "default"
    if serial := profile.get("mfa_serial"):
        return (
            f"aws sts get-session-token --profile {profile.get('source_profile', name)}"
            f" --serial-number {serial} --token-code CODE, and keep the keys as profile {name}"
        )
    if profile.get("login_session"):
        return f"aws login --profile {name}"
    if command := profile.get("credential_process"):
        return f"run once in a terminal: {command}"
    return f"aws sso login --profile {name}"


class Login:
    """The session and clients of one account; dropped whole when its credentials are refused."""

    def __init__(self, name: str, account: Account, proxy: str, count: Callable[[], None]) -> None:
        self.name, self.account = name, account
        self._proxy, self._count = proxy, count
        self._lock = threading.Lock()
        self._session: Any = None
        self._clients: dict[tuple[str, str, bool], Any] = {}
        self._verified = False
        self.profile: dict[str, str] = {}

    @property
    def cure(self) -> str:
        """The command that renews this login."""
        return cure_of(self.account, self.profile)

    def client(self, region: str, service: str, writes: bool = False) -> Any:
        """The client of one service, made on first use; blocking, so never on the event loop.

        One that `writes` waits longer for its answer, and no client ever sends a request twice.
        """
        if not self._lock.acquire(timeout=LOCK_S):
            raise Failed(f"{self.name}: an earlier read still waits for the login", self.cure)
        try:
            if self._session is None:
                self._session = self._open()
            if not self._verified:
                self._verify(self._made(self.account.regions[0], "sts"))
            return self._made(region, service, writes)
        finally:
            self._lock.release()

    def credentials(self) -> Any:
        """The keys, for signers of other protocols; blocking, so never on the event loop."""
        self.client(self.account.regions[0], "sts")
        session = self._session  # another thread may drop it any moment
        return session.get_credentials() if session is not None else None

    @property
    def opened(self) -> object:
        """The session of this moment: what a failed read must name to have it dropped."""
        return self._session

    def drop(self, session: object) -> None:
        """Forget this session, its clients and keys: the next read looks for a renewed login.

        A read of an older session that fails late must not throw the renewed one away.
        """
        if not self._lock.acquire(timeout=LOCK_S):
            return  # whoever logs in just now finds it out
        try:
            if session is self._session:
                self._session, self._clients, self._verified = None, {}, False
        finally:
            self._lock.release()

    def _made(self, region: str, service: str, writes: bool = False) -> Any:
        key = region, service, writes
        if key not in self._clients:
            patient = {"config": Config(read_timeout=WRITE_S)} if writes else {}
            self._clients[key] = self._create(self._session, service, region, **patient)
        return self._clients[key]

    def _create(self, session: Any, service: str, region: str, **keys: Any) -> Any:
        endpoint = self.account.endpoint_url or None
        session.get_credentials()  # may take long (a credential process), so before the lock
        with BUILDING:
            return session.create_client(service, region_name=region, endpoint_url=endpoint, **keys)

    def _verify(self, sts: Any) -> None:
        self._count()
        try:
            found = sts.get_caller_identity()["Account"]
        except UNREACHABLE:
            return  # an account behind private endpoints may have no STS; looked at again
        self.matches(found)
        self._verified = True

    def matches(self, found: str) -> None:
        """Raise Failed when this login leads into another account than the configured one.

        No configuration may leave the id out; who drafts one asks with none.
        """
        if self.account.id not in ("", found):
            raise Failed(
                f"{self.name}: the login is of account {found}, the estate says {self.account.id}",
                f"correct accounts.{self.name}.profile or .id in estate.yaml",
            )

    def _config(self) -> Config:
        inside = is_local(self.account.endpoint_url)
        proxies = {"http": self._proxy, "https": self._proxy} if self._proxy else None
        return Config(
            connect_timeout=CONNECT_S,
            read_timeout=READ_S,
            retries={"total_max_attempts": 1, "mode": "standard"},
            proxies={} if inside else proxies,
            # The estate says where an account is: a line left in ~/.aws/config, or
            # AWS_ENDPOINT_URL, must not lead a console for production elsewhere unseen.
            ignore_configured_endpoint_urls=True,
        )

    def _blank(self, profile: str | None) -> Any:
        session = botocore.session.Session(profile=profile)
        session.register_component("data_loader", LOADER)
        session.set_default_client_config(self._config())
        parsers = session.get_component("response_parser_factory")
        parsers.set_parser_defaults(timestamp_parser=_utc)
        if self.account.ca_bundle:
            session.set_config_variable("ca_bundle", self.account.ca_bundle)
        return session

    def _open(self) -> Any:
        session = self._blank(self.account.profile or None)
        chosen = session.get_config_variable("profile") or "default"
        self.profile = dict(session.full_config.get("profiles", {}).get(chosen, {}))
        self._silence(session)
        return self._assume(session) if self.account.role_arn else session

    def _silence(self, session: Any) -> None:
        """Whatever would ask on the terminal fails with the command to run instead."""

        def refuse(prompt: str) -> str:
            raise AuthExpired(f"{self.name}: the login needs an MFA code", self.cure)

        providers = session.get_component("credential_provider")
        providers.get_provider("custom-process")._popen = QuietProcess
        roles = providers.get_provider("assume-role")
        roles._prompter = refuse
        roles._profile_provider_builder = _quiet_processes(session)

    def _assume(self, source: Any) -> Any:
        user = re.sub(r"[^\w+=,.@-]", "-", getpass.getuser())[:50]
        wanted = {"RoleSessionName": f"oncall-{user}"}
        if self.account.external_id:
            wanted["ExternalId"] = self.account.external_id

        def create(service: str, **keys: Any) -> Any:
            return self._create(source, service, self.account.regions[0], **keys)

        keys = source.get_credentials()
        role = AssumeRoleCredentialFetcher(create, keys, self.account.role_arn, wanted)
        session = self._blank(None)
        credentials = DeferredRefreshableCredentials(role.fetch_credentials, _Assumed.METHOD)
        resolver: Any = CredentialResolver
        session.register_component("credential_provider", resolver([_Assumed(credentials)]))
        return session
