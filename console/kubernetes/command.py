"""Run a command in a Pod: one WebSocket, its streams, its exit status, never a second try.

Kubernetes' remotecommand protocol, v4 and v5: the first byte of a message is its channel; the
error channel ends it with a Status that holds the exit code.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import aiohttp

from console.kubernetes.raw import Json, each, table, text
from console.kubernetes.refusal import refusal

if TYPE_CHECKING:
    from console.kubernetes.login import Login

PROTOCOLS = ("v5.channel.k8s.io", "v4.channel.k8s.io")
STDOUT, STDERR, ERROR = 1, 2, 3
KEPT = 16_384  # bytes of each stream; the rest is read and dropped
CONNECT_S = 5.0


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended. Without an exit code and a `failure` nobody knows how."""

    code: int | None
    out: str
    err: str
    failure: str = ""
    """Why it could not be started, in Kubernetes' words."""


async def run(
    cluster: str,
    login: Login,
    path: str,
    container: str,
    command: Sequence[str],
    seconds: float,
) -> Ran:
    """Run it and wait for its end, `seconds` at most; then its end is unknown."""
    query = [("command", word) for word in command]
    query += [("container", container), ("stdout", "true"), ("stderr", "true")]
    streams = {STDOUT: bytearray(), STDERR: bytearray(), ERROR: bytearray()}
    opening = asyncio.timeout(CONNECT_S)
    try:
        async with opening, login.socket(f"{path}?{urlencode(query)}", PROTOCOLS) as socket:
            opening.reschedule(asyncio.get_running_loop().time() + seconds)
            await _read(socket, streams)
    except aiohttp.WSServerHandshakeError as error:
        raise refusal(cluster, "POST", path, error.status, {}, login.cure) from None
    except (aiohttp.ClientError, TimeoutError):
        if not any(streams.values()):
            raise
    return _ended(streams)


async def _read(socket: aiohttp.ClientWebSocketResponse, streams: dict[int, bytearray]) -> None:
    async for message in socket:
        if message.type is not aiohttp.WSMsgType.BINARY or not message.data:
            continue
        kept = streams.get(message.data[0])
        if kept is not None:
            kept += message.data[1 : 1 + KEPT - len(kept)]
        if kept is streams[ERROR]:
            return


def _ended(streams: dict[int, bytearray]) -> Ran:
    out, err = (bytes(streams[one]).decode("utf-8", "replace") for one in (STDOUT, STDERR))
    try:
        status = table(json.loads(bytes(streams[ERROR]) or b"{}"))
    except ValueError:
        status = {}
    return Ran(_code(status), out, err, _failure(status))


def _code(status: Json) -> int | None:
    if text(status, "status") == "Success":
        return 0
    for cause in each(status, "details", "causes"):
        said = text(cause, "message")
        if text(cause, "reason") == "ExitCode" and said.lstrip("-").isdigit():
            return int(said)
    return None


def _failure(status: Json) -> str:
    if not status or _code(status) is not None:
        return ""
    return text(status, "message") or text(status, "reason") or "it failed, nobody said why"
