"""How the console shows who it is: the password with each request, or a token that renews itself.

The platform compares the scheme word in lower case and wants a header of exactly two words. A
password that was refused is not sent again by itself: a poll every 15 s would lock the account.
"""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from console.clock import real_now
from console.ita.refusal import Answered, Reply
from console.poll import AuthExpired

if TYPE_CHECKING:
    from console.config.ita import Ita

TOKENS = "/auth/realms/master/protocol/openid-connect/token"
CLIENT, SCOPE = "_platform-api", "openid offline_access"
EARLY_S = 30.0  # seconds that a token must still live to be used for one more request
ONCE_MORE = "ctrl+r sends it once more"
Post = Callable[[str, Mapping[str, str]], Awaitable[Reply]]
"""A form to a path."""


class Login(Protocol):
    """The header of a request, and what renews it."""

    cure: str

    async def header(self) -> str: ...
    def refused(self) -> bool:
        """Told after a 401: whether asking once more may help."""
        ...

    def again(self) -> None:
        """A person wants it tried once more."""
        ...


class Basic:
    """User and password with each request."""

    def __init__(self, name: str, settings: Ita) -> None:
        self._name, self._settings = name, settings
        self._refused = False
        where = f"user and password of ita.{name} in estate.yaml"
        self.cure = f"check {where} (with TOTP: auth: token); {ONCE_MORE}"

    async def header(self) -> str:
        """Raises AuthExpired without a login, and after one that was refused."""
        one = self._settings
        if not (one.user and one.password):
            raise nothing(self._name)
        if self._refused:
            raise AuthExpired(f"{self._name}: the login is not accepted", self.cure)
        return f"Basic {b64encode(f'{one.user}:{one.password}'.encode()).decode()}"

    def refused(self) -> bool:
        """The same password again is no other one."""
        self._refused = True
        return False

    def again(self) -> None:
        """The account may have been put right."""
        self._refused = False


class Bearer:
    """A token by password and, where the account has one, one-time code; from then on renewed."""

    def __init__(self, name: str, settings: Ita, post: Post) -> None:
        self._name, self._settings, self._post = name, settings, post
        self._access = ""
        self._until: datetime | None = None
        """Real time, which goes on while a laptop sleeps."""
        self._refresh, self._totp = settings.refresh_token, settings.totp
        self._refused = False
        self._turn = asyncio.Lock()
        code = " and a new one-time code" if settings.totp else ""
        more = "" if settings.totp else f"; {ONCE_MORE}"
        self.cure = f"start the console with the password{code} of ita.{name} in its environment"
        self.cure += more

    async def header(self) -> str:
        """Raises AuthExpired where no way is left to get a token."""
        async with self._turn:
            if self._until is None or real_now() >= self._until:
                await self._renew()
            return f"Bearer {self._access}"

    def refused(self) -> bool:
        """It may have been withdrawn before its time: the next header is made anew."""
        again, self._until = bool(self._access), None
        self._access = ""
        return again

    def again(self) -> None:
        """The account may have been put right; a one-time code is spent all the same."""
        self._refused = False

    async def _renew(self) -> None:
        if self._refresh and await self._got(
            {"grant_type": "refresh_token", "refresh_token": self._refresh}
        ):
            return
        self._refresh, one = "", self._settings
        if not (one.user and one.password):
            raise nothing(self._name) if not one.refresh_token else self._over()
        if self._refused:
            raise self._no()
        if one.totp and not self._totp:
            raise self._over()  # a one-time code is good for one login
        grant = {"grant_type": "password", "username": one.user, "password": one.password}
        code, self._totp = self._totp, ""
        if not await self._got(grant | ({"totp": code} if code else {})):
            self._refused = True
            raise self._no()

    def _no(self) -> AuthExpired:
        return AuthExpired(f"{self._name}: the login is not accepted", self.cure)

    def _over(self) -> AuthExpired:
        return AuthExpired(f"{self._name}: the login has run out", self.cure)

    async def _got(self, grant: Mapping[str, str]) -> bool:
        """Whether this brought a token. Raises Answered where nobody can tell."""
        form = {"client_id": CLIENT, "scope": SCOPE, **grant}
        reply = await self._post(TOKENS, form)
        told: dict[str, Any] = reply.told if isinstance(reply.told, dict) else {}
        if reply.status in (400, 401):
            return False
        if reply.status != 200 or not isinstance(told.get("access_token"), str):
            said = f"{self._name}: no token was given (HTTP {reply.status})"
            raise Answered(said, "is Keycloak up?", reply.status)
        self._access = told["access_token"]
        self._refresh = str(told.get("refresh_token") or self._refresh)
        lives = told.get("expires_in")
        usable = max(float(lives) - EARLY_S, 1.0) if lives else 0.0
        self._until = real_now() + timedelta(seconds=usable)
        return True


def nothing(name: str) -> AuthExpired:
    """There is nothing to log in with."""
    cure = f"set user and password of ita.{name}: ONCALL_ITA_USER and ONCALL_ITA_PASSWORD"
    return AuthExpired(f"{name}: no login is configured", cure)
