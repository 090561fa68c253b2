"""The shape of HTTP checks in estate.yaml: what is asked, what is read from the answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from console.config.kinds import Address, Model, Seconds, Span, Zone, address
from console.config.planned import TimeOfDay
from console.realm import is_local

SINCE = "{since}"
"""In an address: the beginning of what is listed, ISO 8601 in UTC."""
PROBE = "{probe}"
"""In an address: the mark of a test alarm that is looked for."""
CERTIFICATE_WARN = 21 * 86400.0


def _pointer(value: str) -> str:
    if value and (not value.startswith("/") or re.search(r"~(?![01])", value)):
        raise ValueError("expected a JSON pointer such as /data/count (RFC 6901)")
    return value


def _token(value: str) -> str:
    if any(not " " < letter < "\x7f" for letter in value):
        raise ValueError("a token has no spaces and no other letters than ASCII's")
    return value


Pointer = Annotated[str, AfterValidator(_pointer)]
Token = Annotated[str, AfterValidator(_token)]
FactName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Status = Annotated[int, Field(ge=100, le=599)]


class Basic(Model):
    """A name and its password."""

    user: str = Field(min_length=1)
    password: str

    @model_validator(mode="after")
    def _sendable(self) -> Self:
        if ":" in self.user:
            raise ValueError("a user's name for basic auth has no ':' in it")
        return self


class Auth(Model):
    """How one logs in; from the environment: `bearer: ${TOKEN}`."""

    bearer: Token = ""
    basic: Basic | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.bearer and self.basic:
            raise ValueError("log in either by bearer or by basic")
        return self

    @property
    def given(self) -> bool:
        """Whether anything is sent."""
        return bool(self.bearer or self.basic)


class Fact(Model):
    """One value of the JSON answer, and what is wrong about it."""

    at: Pointer
    type: Literal["number", "text", "flag", "count"] = "number"
    """`count`: how many entries the list there has."""
    title: str = ""
    unit: str = ""
    warn: float | None = None
    crit: float | None = None
    below: bool = False
    """Low values are the bad ones."""
    ok: tuple[str | bool, ...] = ()
    """The words that are right; any other is as bad as `severity` says."""
    severity: Literal["warning", "critical"] = "critical"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        numeric = self.type in ("number", "count")
        if numeric and self.ok:
            raise ValueError("a number has warn and crit; ok is for text and flags")
        if not numeric and (self.warn is not None or self.crit is not None):
            raise ValueError(f"a {self.type} has ok; warn and crit are for numbers")
        wanted = bool if self.type == "flag" else str
        if not all(isinstance(word, wanted) for word in self.ok):
            raise ValueError(f"ok of a {self.type} lists {'true or false' if self.ok else 'words'}")
        if self.warn is not None and self.crit is not None:
            worse = self.crit - self.warn
            if worse > 0 if self.below else worse < 0:
                raise ValueError("crit must be beyond warn, in the direction that is bad")
        return self


class Keys(Model):
    """The list in the answer: which things have come this far, one key each."""

    items: Pointer
    key: Pointer
    """Inside one entry."""
    at: Pointer
    """Inside one entry: when it came here, ISO 8601 or seconds since 1970."""
    next: Pointer = ""
    """The address of the next page, where the answer names it; a Link header needs no word."""
    since: TimeOfDay | None = None
    """The list begins at the last such time of the day, in `zone`."""
    over: Span = 86400.0
    """Without `since` it begins so long ago."""
    zone: Zone = "UTC"


class Check(Model):
    """One address that is asked by GET, who answers for it, and what its answer must be."""

    url: Address
    title: str = ""
    site: str = ""
    env: str = ""
    scope: str = ""
    """The cluster or system it belongs to, where it is no site's."""
    owner: str = "ours"
    auth: Auth = Auth()
    ca_bundle: str = ""
    """Of a private CA. Whether a certificate is right is always looked at."""
    expect: tuple[Status, ...] = Field(default=(200,), min_length=1)
    timeout: Span = 5.0
    """For the whole answer, redirects and pages included."""
    every: Span | None = None
    """Where it is asked at another pace than the source's."""
    slow: Span | None = None
    """A slower answer is a warning."""
    severity: Literal["warning", "critical"] = "critical"
    """How bad it is that the answer is not what it must be."""
    certificate_warn: Seconds = CERTIFICATE_WARN
    """A certificate that ends so soon is a warning."""
    facts: Mapping[FactName, Fact] = {}
    keys: Keys | None = None
    trace: str = ""
    """Where a test alarm shows: an address with {probe}."""
    trace_at: Pointer = ""
    """In that answer: where the mark must stand."""
    tunnelled: bool = False
    """It really is reached through a tunnel on this machine: loopback is then no lab."""

    @model_validator(mode="after")
    def _placed(self) -> Self:
        if bool(self.scope) == bool(self.site and self.env):
            raise ValueError("it belongs either to a scope or to a site and env")
        return self

    @model_validator(mode="after")
    def _safe(self) -> Self:
        for url in (self.url, self.trace):
            if self.auth.given and urlsplit(url).scheme == "http" and not is_local(url):
                raise ValueError("credentials are sent to https addresses only")
        if self.trace:
            address(self.trace)
            if PROBE not in self.trace:
                raise ValueError(f"trace is an address with {PROBE} in it")
            if not self.trace_at:  # what echoes the question would prove every alarm
                raise ValueError("trace needs trace_at: where in its answer the mark must stand")
        if SINCE in self.url and self.keys is None:
            raise ValueError(f"{SINCE} is for an address whose answer has keys")
        return self

    @property
    def place(self) -> str:
        """The unit that is armed and locked."""
        return self.scope or f"{self.site}/{self.env}"
