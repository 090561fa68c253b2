"""A broker behind TLS that asks who is there: SCRAM or OAUTHBEARER, then it names itself.

It speaks kio's schemas, and SCRAM by RFC 5802, so that no code of the client judges itself.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import io
import ssl
import struct
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from kio.index import load_request_schema, load_response_schema
from kio.serial import entity_reader, entity_writer

from console.lab.kafka.answers import HEALTHY, build

NAME, PORT = "b-1.prod.gate.test", 9098
SERVED = {18: (0, 3), 17: (0, 1), 36: (0, 1), 3: (0, 12)}
REFUSED = 58  # SASL_AUTHENTICATION_FAILED
ROUNDS = 4096


def certificate(directory: Path, name: str = NAME) -> Path:
    """A certificate that signs itself, with its key, in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = directory / "gate.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return path


Exchange = Iterator[tuple[int, bytes]]
"""What a login answers to each SASL message: Kafka's code and bytes; it is sent the messages."""


@dataclass
class Gate:
    """One broker named NAME; `port` is where it really listens."""

    mechanism: str
    login: Callable[[], Any]
    port: int = 0
    names: list[str | None] = field(default_factory=list)
    """Server names that clients asked for (SNI)."""
    logins: int = 0
    open: set[asyncio.StreamWriter] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection; nothing but versions and logins is answered before the login."""
        self.open.add(writer)
        exchange, let_in = self.login(), self.mechanism == ""
        try:
            while True:
                (size,) = struct.unpack(">i", await reader.readexactly(4))
                raw = await reader.readexactly(size)
                key, version = struct.unpack(">hh", raw[:4])
                schema = load_request_schema(key, version)
                header, at = entity_reader(schema.__header_schema__)(raw, 0)
                request, _ = entity_reader(schema)(raw, at)
                if key == 3 and not let_in:
                    return
                facts = self._answer(key, request, exchange)
                if key == 36 and facts["error_code"] == 0 and facts["last"]:
                    let_in, self.logins = True, self.logins + 1
                _send(writer, load_response_schema(key, version), header.correlation_id, facts)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            self.open.discard(writer)
            writer.close()

    def _answer(self, key: int, request: Any, exchange: Any) -> dict[str, Any]:
        fine = dict(HEALTHY)
        if key == 18:
            served = [
                {"api_key": k, "min_version": a, "max_version": b} for k, (a, b) in SERVED.items()
            ]
            return fine | {"api_keys": served}
        if key == 17:
            code = 0 if request.mechanism == self.mechanism else 33
            return {"error_code": code, "mechanisms": [self.mechanism]}
        if key == 36:
            code, answer, last = exchange.send(request.auth_bytes)
            message = "Authentication failed" if code else None
            facts = {"error_code": code, "error_message": message, "auth_bytes": answer}
            return facts | {"session_lifetime": timedelta(0), "last": last}
        broker = {"node_id": 1, "host": NAME, "port": PORT, "rack": None}
        whole = {"brokers": [broker], "cluster_id": "gate", "controller_id": 1, "topics": []}
        return fine | whole


def _send(writer: asyncio.StreamWriter, schema: Any, correlation: int, facts: Any) -> None:
    packed, header = io.BytesIO(), schema.__header_schema__
    entity_writer(header)(packed, header(correlation_id=correlation))
    entity_writer(schema)(packed, build(schema, facts))
    writer.write(struct.pack(">i", packed.tell()) + packed.getvalue())


def scram(user: str, password: str) -> Callable[[], Any]:
    """The server's side of SCRAM-SHA-512 (RFC 5802, RFC 7677)."""

    def exchange() -> Any:
        first = (yield).decode().removeprefix("n,,")
        asked = dict(part.split("=", 1) for part in first.split(","))
        salt, nonce = b"salt of the gate", asked["r"] + "gate"
        told = f"r={nonce},s={base64.b64encode(salt).decode()},i={ROUNDS}"
        final = (yield 0, told.encode(), False).decode()
        without, _, proof = final.rpartition(",p=")
        salted = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ROUNDS)
        client_key = hmac.digest(salted, b"Client Key", "sha512")
        stored = hashlib.sha512(client_key).digest()
        message = f"{first},{told},{without}".encode()
        signature = hmac.digest(stored, message, "sha512")
        wanted = bytes(a ^ b for a, b in zip(client_key, signature, strict=True))
        if asked["n"] != user or not hmac.compare_digest(wanted, base64.b64decode(proof)):
            yield REFUSED, b"", True
            return
        server_key = hmac.digest(salted, b"Server Key", "sha512")
        verifier = base64.b64encode(hmac.digest(server_key, message, "sha512")).decode()
        yield 0, f"v={verifier}".encode(), True

    return _primed(exchange)


def bearer(takes: Callable[[str], bool]) -> Callable[[], Any]:
    """The server's side of OAUTHBEARER (RFC 7628): one message with the token."""

    def exchange() -> Any:
        message = yield
        head, auth, *rest = message.decode().split("\x01")
        well_formed = head == "n,," and auth.startswith("auth=Bearer ") and rest == ["", ""]
        good = well_formed and takes(auth.removeprefix("auth=Bearer "))
        yield (0 if good else REFUSED), b"", True

    return _primed(exchange)


def nobody() -> Any:
    """For gates that ask for no login."""
    return None


def _primed(exchange: Callable[[], Any]) -> Callable[[], Any]:
    def begin() -> Any:
        begun = exchange()
        next(begun)
        return begun

    return begin


@asynccontextmanager
async def gate(pem: Path, mechanism: str, login: Callable[[], Any]) -> AsyncIterator[Gate]:
    """An open gate on a free port, closed at the end."""
    found = Gate(mechanism, login)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem)
    context.sni_callback = lambda _, name, __: found.names.append(name)
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0, ssl=context)
    found.port = server.sockets[0].getsockname()[1]
    try:
        yield found
    finally:
        server.close()
        for writer in list(found.open):
            writer.close()
        await server.wait_closed()
