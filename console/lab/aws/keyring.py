"""The lab's AWS logins: a profile and a temporary key for each account."""

from __future__ import annotations

from collections.abc import Mapping
from configparser import RawConfigParser
from itertools import count
from pathlib import Path


class Keyring:
    """Which key belongs to which account, and which have expired."""

    def __init__(self, profiles: Mapping[str, tuple[str, str]]) -> None:
        """`profiles`: profile → (account id, its first Region)."""
        self._profiles = profiles
        self._serial = count(1)
        self._accounts: dict[str, str] = {}
        self.expired: set[str] = set()
        self._current = {name: self.issue(account) for name, (account, _) in profiles.items()}
        self._directory: Path | None = None

    def issue(self, account: str) -> str:
        """A new key of an account."""
        key = f"ASIA{next(self._serial):04}{account}"
        self._accounts[key] = account
        return key

    def knows(self, account: str) -> bool:
        """Whether any profile leads into this account."""
        return any(owner == account for owner, _ in self._profiles.values())

    def account(self, key: str) -> str | None:
        """The account of a key, or None for a key nobody issued."""
        return self._accounts.get(key)

    def current(self, account: str) -> str:
        """The key the credentials file gives for an account."""
        return next(k for k in reversed(self._current.values()) if self._accounts[k] == account)

    def expire(self, account: str) -> None:
        """Let every key of an account expire."""
        self.expired |= {key for key, owner in self._accounts.items() if owner == account}

    def renew(self, account: str) -> None:
        """Log in again, as `aws sso login` does: a new key in the file, the old stays expired."""
        for name, (owner, _) in self._profiles.items():
            if owner == account:
                self._current[name] = self.issue(account)
        self.write()

    def write(self, directory: Path | None = None, endpoint: str = "") -> dict[str, str]:
        """Write the files of the AWS tools; answers the environment that names them."""
        self._directory = directory = directory or self._directory
        if directory is None:
            return {}
        credentials, config = directory / "aws-credentials", directory / "aws-config"
        new = directory / "aws-credentials.new"
        secrets = RawConfigParser()
        for name, key in self._current.items():
            secrets[name] = {"aws_access_key_id": key} | secret(key)
        with new.open("w") as file:
            secrets.write(file)
        new.replace(credentials)  # readers never see half a file
        if endpoint:
            _write_config(config, self._profiles, endpoint)
        return {"AWS_SHARED_CREDENTIALS_FILE": str(credentials), "AWS_CONFIG_FILE": str(config)}


def secret(key: str) -> dict[str, str]:
    """The secret half of a key; the lab does not verify signatures."""
    return {"aws_secret_access_key": f"lab-{key}", "aws_session_token": f"session-{key}"}


def _write_config(path: Path, profiles: Mapping[str, tuple[str, str]], endpoint: str) -> None:
    config = RawConfigParser()
    for name, (_, region) in profiles.items():
        config[f"profile {name}"] = {"region": region, "endpoint_url": endpoint}
    with path.open("w") as file:
        config.write(file)
