"""GET with a time-out, a bound on what is read, and credentials for one host alone."""

from __future__ import annotations

import asyncio
import errno
import ssl
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import aiohttp
from yarl import URL

from console.poll import Failed
from console.web.values import Answer, NoAnswer, Nonsense, shown
from console.web.way import Trust, session, through

if TYPE_CHECKING:
    from console.config import Estate
    from console.config.http import Check

CONNECT_S = 3.0
MOST = 4 << 20  # bytes of one answer
CHUNK = 1 << 16
HOPS = 3
MOVED = frozenset({301, 302, 303, 307, 308})
OUR_NETWORK = frozenset(
    {errno.ENETUNREACH, errno.ENETDOWN, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL}
)
HEADERS = {"Accept": "application/json, */*;q=0.1", "Accept-Encoding": "identity"}


class _Certified(aiohttp.ClientResponse):
    """Notes the server's certificate while there is a connection: it is given back early."""

    certificate: dict[str, Any] | None = None

    async def start(self, connection: Any) -> aiohttp.ClientResponse:
        transport = connection.transport
        self.certificate = transport and transport.get_extra_info("peercert")
        return await super().start(connection)


class Web:
    """Every HTTP address of an estate; one session for all, which keeps no cookies."""

    def __init__(self, estate: Estate) -> None:
        self._proxy = estate.proxy
        self._session: aiohttp.ClientSession | None = None
        self._trust = Trust()
        self._heard: dict[str, bool | None] = {}
        """Host → whether it let us in when it was asked last; None while that is under way."""

    async def get(self, check: Check, url: str = "", *, whole: bool = True) -> Answer:
        """The answer, whatever its status. Raises NoAnswer, Nonsense, Failed (our own network).

        A redirect is followed on the same host and port only: credentials go nowhere else.
        `whole`: read the body too.
        """
        at, began = URL(url or check.url), time.monotonic()
        with _sentences(at, check.timeout), self._listening(at, check.timeout):
            async with asyncio.timeout(check.timeout):
                for _ in range(HOPS + 1):
                    async with self._asked(check, at) as response:
                        onward = _redirect(at, response)
                        if onward is None or response.status in check.expect:
                            return await _answer(at, response, began, whole)
                        at = onward
        raise Nonsense(f"{shown(str(at))} redirects in a circle")

    @asynccontextmanager
    async def _asked(self, check: Check, at: URL) -> AsyncIterator[_Certified]:
        try:
            trust = await self._trust.on(str(at), check.ca_bundle)
        except OSError as error:
            raise Failed(f"ca_bundle {check.ca_bundle}: {error.strerror or error}") from None
        async with self._open().get(
            at,
            headers=_login(check),
            allow_redirects=False,
            proxy=through(str(at), self._proxy),
            ssl=trust,
        ) as response:
            assert isinstance(response, _Certified)
            yield response

    @contextmanager
    def _listening(self, at: URL, timeout: float) -> Iterator[None]:
        """One host that is silent is down; where every one is, it is our network.

        Of those asked at the same time the first must not be judged before the others.
        """
        host = at.host or ""
        self._heard[host] = None
        try:
            yield
        except aiohttp.ConnectionTimeoutError:
            self._heard[host] = False
            if len(self._heard) > 1 and not any(self._heard.values()):
                silent = f"{host}:{at.port}: no connection in {CONNECT_S:g} s, as everywhere else"
                raise Failed(f"{silent} (is the VPN up?)") from None
            raise
        except aiohttp.ClientConnectorDNSError:
            self._heard[host] = False
            raise
        except TimeoutError:  # of the whole answer: it has let us in, if there was time for that
            self._heard[host] = True if timeout > CONNECT_S else None
            raise
        except (aiohttp.ClientError, OSError, Nonsense):
            self._heard[host] = True
            raise
        else:
            self._heard[host] = True

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = session(
                headers=HEADERS,
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S),
                response_class=_Certified,
                auto_decompress=False,  # a small answer may grow without end
            )
        return self._session

    async def close(self) -> None:
        """Close every connection; asked again, it opens anew."""
        before, self._session = self._session, None
        if before is not None:
            await before.close()


def _login(check: Check) -> dict[str, str]:
    bearer, basic = check.auth.bearer, check.auth.basic
    if basic:
        pair = b64encode(f"{basic.user}:{basic.password}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}
    return {"Authorization": f"Bearer {bearer}"} if bearer else {}


def _redirect(at: URL, response: aiohttp.ClientResponse) -> URL | None:
    """Where it sends us on the same host, None where it answers itself. Raises Nonsense."""
    if response.status not in MOVED:
        return None
    told = response.headers.get("Location", "")
    try:
        onward = at.join(URL(told))
        elsewhere = onward.origin() != at.origin()
    except ValueError:
        raise Nonsense(f"{shown(str(at))} redirects to nowhere (HTTP {response.status})") from None
    if elsewhere:
        raise Nonsense(
            f"{shown(str(at))} redirects to {onward.scheme}://{onward.host} "
            f"(HTTP {response.status}), which is not followed: it is another host"
        )
    return onward


async def _answer(at: URL, response: _Certified, began: float, whole: bool) -> Answer:
    body = await _body(at, response) if whole else b""
    link = response.links.get("next") if whole else None
    return Answer(
        url=str(at),
        status=response.status,
        latency_ms=(time.monotonic() - began) * 1000,
        body=body,
        kind=response.content_type,
        certificate_ends=_ends(response.certificate),
        next=str(link.get("url", "")) if link else "",
    )


async def _body(at: URL, response: aiohttp.ClientResponse) -> bytes:
    """All of it, up to MOST. Raises Nonsense beyond."""
    coding = response.headers.get("Content-Encoding", "identity")
    if coding != "identity":
        raise Nonsense(f"{shown(str(at))} answers packed ({coding[:20]}), which was not asked for")
    parts, size = [], 0
    async for chunk in response.content.iter_chunked(CHUNK):
        parts.append(chunk)
        size += len(chunk)
        if size > MOST:
            raise Nonsense(f"{shown(str(at))} answers with more than {MOST >> 20} MB")
    return b"".join(parts)


def _ends(certificate: dict[str, Any] | None) -> datetime | None:
    """When a certificate ends; it was found good already."""
    try:
        seconds = ssl.cert_time_to_seconds((certificate or {})["notAfter"])
    except (KeyError, ValueError):
        return None
    return datetime.fromtimestamp(seconds, UTC)


@contextmanager
def _sentences(at: URL, timeout: float) -> Iterator[None]:
    """What aiohttp raises, as a sentence; and whose fault it is."""
    where = f"{at.host}:{at.port}"
    try:
        yield
    except aiohttp.ConnectionTimeoutError:
        raise NoAnswer(f"{where}: no connection in {CONNECT_S:g} s") from None
    except TimeoutError:
        raise NoAnswer(f"{where}: no whole answer in {timeout:g} s") from None
    except aiohttp.ClientConnectorCertificateError as error:
        why = getattr(error.certificate_error, "verify_message", "") or error.certificate_error
        raise NoAnswer(f"{where}: its certificate is not accepted: {why}") from None
    except aiohttp.ClientConnectorDNSError as error:
        raise Failed(f"{at.host}: the name is not known here ({_os(error)})") from None
    except aiohttp.ClientProxyConnectionError as error:
        raise Failed(f"{where}: the proxy is not reachable ({_os(error)})") from None
    except aiohttp.ClientHttpProxyError as error:
        raise Failed(f"{where}: the proxy answers HTTP {error.status}") from None
    except aiohttp.ClientConnectorSSLError as error:
        raise NoAnswer(f"{where}: no TLS: {_os(error)}") from None
    except aiohttp.ClientConnectorError as error:
        sentence = f"{where}: {_os(error)}"
        if error.os_error.errno in OUR_NETWORK:
            raise Failed(f"{sentence} (is the VPN up?)") from None
        raise NoAnswer(sentence) from None
    except aiohttp.ClientResponseError as error:  # no HTTP
        raise Nonsense(f"{where} answers what is no HTTP: {error.message[:80]}") from None
    except aiohttp.ClientPayloadError:
        raise NoAnswer(f"{where} breaks off in the middle of its answer") from None
    except aiohttp.InvalidURL:  # its text has the address, and perhaps a password
        raise Failed(f"{where}: its address, or its proxy's, is none") from None
    except (aiohttp.ClientError, OSError) as error:
        raise NoAnswer(f"{where}: {str(error) or type(error).__name__}") from None
    except ValueError as error:  # of a header or an address
        raise Nonsense(f"{where} answers what is no HTTP: {str(error)[:80]}") from None


def _os(error: aiohttp.ClientConnectorError) -> str:
    told = error.os_error
    return told.strerror or str(told) or type(told).__name__
