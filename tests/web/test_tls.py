"""TLS: a certificate is looked at, always; that it ends soon is a fact."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiohttp import web

from console.model import Severity
from console.sources.http import HttpCheck
from tests.kubernetes.tls import certificate
from tests.web.desk import ask


@asynccontextmanager
async def served(context: ssl.SSLContext) -> AsyncIterator[str]:
    async def hello(_: web.Request) -> web.Response:
        return web.json_response({"status": "UP"})

    app = web.Application()
    app.router.add_get("/health", hello)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    yield f"https://localhost:{runner.addresses[0][1]}/health"
    await runner.cleanup()


async def one(url: str, **check: object) -> HttpCheck:
    seen = await ask({"url": url, "scope": "eks", "auth": {"bearer": "hush"}, **check})
    (row,) = seen.rows
    assert isinstance(row, HttpCheck)
    return row


async def test_a_certificate_of_a_private_authority_is_taken_and_its_end_is_told(
    tmp_path: Path,
) -> None:
    context, _, ca, _ = certificate(tmp_path)
    async with served(context) as url:
        row = await one(url, ca_bundle=str(ca))
        assert row.state == "ok" and row.severity is Severity.WARNING
        assert row.because == ("it: its certificate ends in 24 h",)
        assert row.certificate_expires_at is not None and row.certificate_days == 1.0
        assert row.certificate_expires_at - datetime.now(UTC) < timedelta(days=1)
        assert (await one(url, ca_bundle=str(ca), certificate_warn="1h")).severity is Severity.OK


async def test_a_certificate_that_nobody_vouches_for_is_never_accepted(tmp_path: Path) -> None:
    context, *_ = certificate(tmp_path)
    async with served(context) as url:
        row = await one(url)
        assert row.state == "unreachable" and row.severity is Severity.CRITICAL
        assert "its certificate is not accepted: self-signed certificate" in row.because[0]
        named = await one(url.replace("localhost", "127.0.0.2"))
        assert named.state == "unreachable"


async def test_a_bundle_that_is_not_there_is_our_trouble() -> None:
    seen = await ask({"url": "https://localhost:9/", "scope": "eks", "ca_bundle": "/no/such.pem"})
    assert seen.rows == () and seen.trouble
    assert seen.trouble.message == "ca_bundle /no/such.pem: No such file or directory"
