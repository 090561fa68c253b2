"""The shape of an Exastro IT Automation system: its administrator's site and how to log in."""

from __future__ import annotations

from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import model_validator

from console.config.kinds import Address, Model, Zone
from console.realm import is_local

COLON = (
    "a password with ':' is cut at the ':' by the platform and never accepted (401): "
    "change it, or use `auth: token`"
)


class Ita(Model):
    """One system; its name is its scope, and everything in it is system-wide."""

    title: str = ""
    url: Address
    """The system administrator's site, not an organization's."""
    auth: Literal["basic", "token"] = "basic"
    """`token`: the password is sent once, for a token that renews itself; needed with TOTP."""
    user: str = ""
    password: str = ""
    totp: str = ""
    """The one-time code of the first login, where the account has one."""
    refresh_token: str = ""
    """In place of a password: what an earlier login by token left."""
    zone: Zone = "UTC"
    """Of its containers: the times of its jobs are in it, though they end in Z."""
    owner: str = "ours"
    ca_bundle: str = ""
    tunnelled: bool = False
    """It really is reached through a tunnel on this machine: loopback is then no lab."""
    cleartext: bool = False
    """The login may go over plain http to another machine."""
    agents: bool = True
    """Ansible execution agents may be in use; nothing counts what they have in store."""

    @model_validator(mode="after")
    def _login(self) -> Self:
        if self.auth == "basic" and ":" in self.password:
            raise ValueError(COLON)
        if self.auth == "basic" and ":" in self.user:
            raise ValueError("a user with ':' cannot log in by `auth: basic`; use `auth: token`")
        if self.auth == "basic" and (self.totp or self.refresh_token):
            raise ValueError("totp and refresh_token are for `auth: token`; basic has no room")
        return self

    @model_validator(mode="after")
    def _covered(self) -> Self:
        clear = urlsplit(self.url).scheme == "http"
        if clear and not (self.cleartext or is_local(self.url)):
            raise ValueError("the login would go in the clear: use https, or say `cleartext: true`")
        return self
