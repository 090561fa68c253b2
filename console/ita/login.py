"""How the console shows who it is: the password with each request, or a token that renews itself.

The platform compares the scheme word in lower case and wants a header of exactly two words.
"""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol

from console.ita.refusal import Answered, Reply
from console.poll import AuthExpired

if TYPE_CHECKING:
    from console.config.ita import Ita

TOKENS = "/auth/realms/master/protocol/openid-connect/token"
CLIENT, SCOPE = "_platform-api", "openid offline_access"
EARLY_S = 30.0  # seconds that a token must still live to be used for one more request
Post = Callable[[str, Mapping[str, str]], Awaitable[Reply]]
"""A form to a path."""


class Login(Protocol):
    """The header of a request, and what renews it."""

    cure: str

    async def header(self) -> str: ...
    def refused(self) -> bool:
        """Told after a 401: whether asking once more may help."""
        ...


class Basic:
    """User and password with each request."""

    def __init__(self, name: str, settings: Ita) -> None:
        self._name, self._settings = name, settings
        self.cure = f"check user and password of ita.{name} in estate.yaml (with TOTP: auth: token)"

    async def header(self) -> str:
        """Raises AuthExpired without a login."""
        one = self._settings
        if not (one.user and one.password):
            raise nothing(self._name)
        return f"Basic {b64encode(f'{one.user}:{one.password}'.encode()).decode()}"

    def refused(self) -> bool:
        """The same password again is no other one."""
        return False


class Bearer:
    """A token by password and, where the account has one, one-time code; from then on renewed."""

    def __init__(self, name: str, settings: Ita, post: Post) -> None:
        self._name, self._settings, self._post = name, settings, post
        self._access, self._until = "", 0.0
        self._refresh, self._totp = settings.refresh_token, settings.totp
        self._turn = asyncio.Lock()
        code = " and a new one-time code" if settings.totp else ""
        self.cure = f"start the console with the password{code} of ita.{name} in its environment"

    async def header(self) -> str:
        """Raises AuthExpired where no way is left to get a token."""
        async with self._turn:
            if monotonic() >= self._until:
                await self._renew()
            return f"Bearer {self._access}"

    def refused(self) -> bool:
        """It may have been withdrawn before its time: the next header is made anew."""
        again, self._until = bool(self._access), 0.0
        self._access = ""
        return again

    async def _renew(self) -> None:
        if self._refresh and await self._got(
            {"grant_type": "refresh_token", "refresh_token": self._refresh}
        ):
            return
        self._refresh, one = "", self._settings
        if not (one.user and one.password):
            raise nothing(self._name) if not one.refresh_token else self._over()
        if one.totp and not self._totp:
            raise self._over()  # a one-time code is good for one login
        grant = {"grant_type": "password", "username": one.user, "password": one.password}
        code, self._totp = self._totp, ""
        if not await self._got(grant | ({"totp": code} if code else {})):
            raise AuthExpired(f"{self._name}: the login is not accepted", self.cure)

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
        self._until = monotonic() + max(float(lives) - EARLY_S, 1.0) if lives else 0.0
        return True


def nothing(name: str) -> AuthExpired:
    """There is nothing to log in with."""
    cure = f"set user and password of ita.{name}: ONCALL_ITA_USER and ONCALL_ITA_PASSWORD"
    return AuthExpired(f"{name}: no login is configured", cure)
