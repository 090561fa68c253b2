"""What went wrong with a request, as a sentence for people and what to try."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from console.kubernetes.raw import Json, text
from console.poll import AuthExpired, Failed

PATH = re.compile(
    r"/(?:api/v1|apis/[^/]+/[^/]+)(?:/namespaces/(?P<namespace>[^/]+)(?=/))?"
    r"/(?P<resource>[^/]+)(?:/(?P<name>[^/]+)(?P<part>/[^/]+)?)?"
)
VPN = "is the VPN up?"
VERBS = {"POST": "create", "PATCH": "patch", "DELETE": "delete"}


class Refused(Failed):
    """The API answered, and said no: `status` is the HTTP code, `reason` Kubernetes' word."""

    def __init__(self, message: str, cure: str, status: int, reason: str) -> None:
        super().__init__(message, cure)
        self.status, self.reason = status, reason


class Unanswered(Failed):
    """The request may have reached the API; whether it did anything is not known."""


def right(method: str, path: str) -> str:
    """The right a request needs, in words: `list pods in namespace platform`."""
    found = PATH.match(path)
    if found is None:
        return f"{method} {path}"
    verb = VERBS.get(method) or ("get" if found["name"] else "list")
    where = f" in namespace {found['namespace']}" if found["namespace"] else ""
    return f"{verb} {found['resource']}{found['part'] or ''}{where}"


def refusal(cluster: str, method: str, path: str, status: int, told: Json, cure: str) -> Failed:
    """The failure for an HTTP answer of 400 or more; `cure` renews the login."""
    said, reason = text(told, "message"), text(told, "reason")
    if status == 401:
        return AuthExpired(f"{cluster}: the login is no longer accepted (401)", cure)
    if status == 403:
        wanted = right(method, path)
        who = re.search(r'User "([^"]+)"', said)
        named = f" for {who[1]}" if who else ""
        message = f"{cluster}: no right to {wanted}{named}"
        return Refused(message, f"have this login granted: {wanted}", status, reason)
    if status == 429:
        return Refused(f"{cluster}: the API is asked too much (429)", "", status, reason)
    message = f"{cluster}: {right(method, path)}: {said or 'HTTP'} ({status})"
    return Refused(message, "", status, reason)


@contextmanager
def sentences(
    cluster: str, path: str, where: str, unreachable: Callable[[], None]
) -> Iterator[None]:
    """Turn what aiohttp and the JSON decoder raise into Failed; `where` is the address asked."""
    import aiohttp

    try:
        yield
    except aiohttp.ClientConnectorCertificateError as error:
        said = getattr(error.certificate_error, "verify_message", "") or str(error)
        raise Failed(
            f"{cluster}: the certificate of {where} is not trusted here ({said})",
            "name the company's CA in the kubeconfig (certificate-authority)",
        ) from None
    except aiohttp.ConnectionTimeoutError:
        raise Failed(f"{cluster}: no answer in time from {where}", VPN) from None
    except TimeoutError:
        raise Unanswered(f"{cluster}: no answer in time from {where}", VPN) from None
    except aiohttp.ClientConnectorError as error:
        unreachable()
        proxied = isinstance(error, aiohttp.ClientProxyConnectionError)
        what = f"the proxy to {where}" if proxied else where
        said = error.os_error.strerror or str(error.os_error)
        raise Failed(f"{cluster}: {what} is not reachable ({said})", VPN) from None
    except aiohttp.ClientError as error:
        said = str(error) or type(error).__name__
        raise Unanswered(f"{cluster}: the connection broke ({said})") from None
    except (ValueError, RecursionError):
        raise Unanswered(
            f"{cluster}: the answer to {path} is not from Kubernetes",
            "a proxy or a portal may ask for a login",
        ) from None
