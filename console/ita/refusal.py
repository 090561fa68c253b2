"""What the platform answers instead of what was asked, as sentences for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from console.poll import AuthExpired, Failed

VPN = "is the VPN up?"
OLDER = "is it the system administrator's site, and platform 1.5.2 or later?"
# Code of the platform → what it means, and what to try.
CODES: Mapping[str, tuple[str, str]] = {
    "403-00001": ("no right to do this", "log in as a system administrator (realm master)"),
    "400-00002": ("it found nothing in the request", "is a proxy taking the body away?"),
    "400-00026": ("it does not know this switch", OLDER),
    "400-00027": ("it does not take this value", OLDER),
    "500-34001": ("it could not write its database", "look at the platform's database"),
    "500-11002": ("it has no secret of its own", "the platform's settings are incomplete"),
    "500-99999": ("it has an error of its own", "is Keycloak up? look at the platform's logs"),
}


class Answered(Failed):
    """The platform answered, and not with what was asked; `status` is the HTTP code."""

    def __init__(self, message: str, cure: str, status: int, code: str = "") -> None:
        super().__init__(message, cure)
        self.status, self.code = status, code

    @property
    def is_no(self) -> bool:
        """Whether nothing was done: what goes wrong inside the platform leaves that open."""
        return self.status < 500


class Unreached(Failed):
    """Nobody was there to ask: nothing was sent."""


class Unanswered(Failed):
    """It may have been asked; whether it did anything is not known."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP answer, not yet judged."""

    status: int
    told: Any
    """Its JSON, or None where it is none."""
    elsewhere: str = ""
    """The host it asks to go to."""


def judge(name: str, reply: Reply, cure: str) -> Any:
    """The JSON of a good answer. Raises AuthExpired, Answered or Unanswered."""
    if 300 <= reply.status < 400:
        said = f"{name}: it asks to go to {reply.elsewhere or 'another address'}; the login stays"
        raise Answered(f"{said} here", "set the url to the address that answers", reply.status)
    told = reply.told if isinstance(reply.told, dict) else {}
    code = str(told.get("result") or "")
    if reply.status == 401:
        raise AuthExpired(f"{name}: the login is not accepted ({code or 401})", cure)
    if reply.status >= 400:
        raise _refused(name, reply.status, code, str(told.get("message") or ""))
    if reply.told is None:
        what = "the answer is not from the platform"
        raise Unanswered(f"{name}: {what}", "a proxy or a portal may ask for a login")
    return reply.told


def _refused(name: str, status: int, code: str, message: str) -> Answered:
    if status == 498 or code.startswith("498-"):
        said, cure = "read-only mode does not let this through", ""
    elif status == 404:
        said, cure = "it does not know this path", OLDER
    else:
        said, cure = CODES.get(code, (message or "it refuses", ""))
    return Answered(f"{name}: {said} ({code or status})", cure, status, code)


@contextmanager
def sentences(name: str, where: str) -> Iterator[None]:
    """Turn what aiohttp raises into Failed; `where` is the host asked."""
    import aiohttp

    try:
        yield
    except aiohttp.ClientConnectorCertificateError as error:
        said = getattr(error.certificate_error, "verify_message", "") or str(error)
        raise Unreached(
            f"{name}: the certificate of {where} is not trusted here ({said})",
            f"name the company's CA: ita.{name}.ca_bundle in estate.yaml",
        ) from None
    except (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError) as error:
        os_error = getattr(error, "os_error", None)
        said = str(os_error.strerror or os_error) if os_error else "no answer in time"
        raise Unreached(f"{name}: {where} is not reachable ({said})", VPN) from None
    except aiohttp.ClientHttpProxyError as error:
        raise Unreached(f"{name}: the proxy answers HTTP {error.status}", VPN) from None
    except TimeoutError:
        raise Unanswered(f"{name}: no answer in time from {where}", VPN) from None
    except aiohttp.ClientError as error:
        said = str(error) or type(error).__name__
        raise Unanswered(f"{name}: the connection broke ({said})") from None
