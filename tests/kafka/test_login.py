"""Into a cluster through TLS, SCRAM, MSK IAM and a tunnel, against a gate that checks each."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import pytest

from console.kafka import link
from console.kafka.codes import BrokerDown, LoginRefused
from console.kafka.login import EARLY, MskToken, signer
from console.kafka.tunnel import tunnel_commands, tunnel_lines
from console.poll import AuthExpired, Failed
from tests.kafka.estates import estate, pool_on
from tests.kafka.gate import NAME, PORT, Gate, bearer, certificate, gate, nobody, scram

KEY, SECRET, TOKEN = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "session/token="
FROZEN = datetime(2026, 3, 3, 21, 4, 5, tzinfo=UTC)
ACCOUNT = {
    "prod": {
        "id": "111122223333",
        "regions": ["eu-west-3"],
        "profile": "rpg",
        "endpoint_url": "http://127.0.0.1:1",  # nobody there: a token needs no call
    }
}


@pytest.fixture
def pem(tmp_path: Path) -> Path:
    return certificate(tmp_path)


def through(where: Gate) -> dict[str, Any]:
    """Settings that reach the gate under its own name."""
    return {"tunnel": {f"{NAME}:{PORT}": f"127.0.0.1:{where.port}"}}


def iam(pem: Path) -> dict[str, Any]:
    """Settings of an MSK cluster."""
    where = {"account": "prod", "region": "eu-west-3", "accounts": ACCOUNT}
    return {"security": "iam", "ca_file": str(pem), **where}


def signature(secret: str, query: dict[str, str], host: str) -> str:
    """Signature Version 4 of a presigned GET, by AWS's description of it and nothing else."""
    date, region, service, end = query["X-Amz-Credential"].split("/")[1:]
    unreserved = "-_.~"
    canonical = "&".join(
        f"{quote(k, unreserved)}={quote(v, unreserved)}" for k, v in sorted(query.items())
    )
    empty = hashlib.sha256(b"").hexdigest()
    request = f"GET\n/\n{canonical}\nhost:{host}\n\nhost\n{empty}"
    scope = f"{date}/{region}/{service}/{end}"
    digest = hashlib.sha256(request.encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\n{query['X-Amz-Date']}\n{scope}\n{digest}"
    key = f"AWS4{secret}".encode()
    for part in (date, region, service, end):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.new(key, text.encode(), "sha256").hexdigest()


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A profile with fixed keys, and botocore's clock stopped."""
    path = tmp_path / "credentials"
    path.write_text(
        f"[rpg]\naws_access_key_id={KEY}\naws_secret_access_key={SECRET}\n"
        f"aws_session_token={TOKEN}\n"
    )
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(path))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: FROZEN.replace(tzinfo=None))


def test_the_iam_token_is_the_signed_address_that_amazon_asks_for(keys: None) -> None:
    account = estate("b:1", accounts=ACCOUNT).accounts["prod"]
    token, ends_ms = signer("eu-west-3", "prod", account, "")()
    url = urlsplit(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode())
    query = dict(parse_qsl(url.query))
    signed, agent = query.pop("X-Amz-Signature"), query.pop("User-Agent")
    assert url.geturl().startswith("https://kafka.eu-west-3.amazonaws.com/?")
    assert query == {
        "Action": "kafka-cluster:Connect",
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"{KEY}/20260303/eu-west-3/kafka-cluster/aws4_request",
        "X-Amz-Date": "20260303T210405Z",
        "X-Amz-Expires": "900",
        "X-Amz-Security-Token": TOKEN,
        "X-Amz-SignedHeaders": "host",
    }
    assert agent.startswith("aws-msk-iam-sasl-signer-python/")
    assert signed == signature(SECRET, query, url.netloc)
    assert signed == "9833ec25bd8539859f6160d05c7a27e4e0a0479c9c6e927e0f65aeaa84259a2e"
    assert ends_ms == (FROZEN.timestamp() + 900) * 1000


async def test_an_iam_login_sends_the_token_and_is_let_in(keys: None, pem: Path) -> None:
    seen: list[str] = []

    def takes(token: str) -> bool:
        seen.append(token)
        return True

    async with (
        gate(pem, "OAUTHBEARER", bearer(takes)) as there,
        pool_on(f"{NAME}:{PORT}", **iam(pem), **through(there)) as pool,
    ):
        assert (await pool.metadata()).cluster_id == "gate"
    account = estate("b:1", accounts=ACCOUNT).accounts["prod"]
    assert seen == [signer("eu-west-3", "prod", account, "")()[0]]


async def test_a_refused_iam_token_is_an_expired_login_with_its_cure(keys: None, pem: Path) -> None:
    async with (
        gate(pem, "OAUTHBEARER", bearer(lambda _: False)) as there,
        pool_on(f"{NAME}:{PORT}", **iam(pem), **through(there)) as pool,
    ):
        with pytest.raises(AuthExpired, match="SASL_AUTHENTICATION_FAILED") as refused:
            await pool.metadata()
        assert "prod" in refused.value.cure


async def test_without_keys_an_iam_login_says_which_command_brings_them(
    keys: None, pem: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    async with pool_on(f"{NAME}:{PORT}", **iam(pem)) as pool:
        with pytest.raises(Failed, match=r"profile .rpg. could not be found"):
            await pool.metadata()
    (tmp_path / "none").write_text("[profile rpg]\nregion = eu-west-3\n")
    async with pool_on(f"{NAME}:{PORT}", **iam(pem)) as pool:
        with pytest.raises(AuthExpired):
            await pool.metadata()


async def test_a_token_is_signed_once_until_it_is_about_to_run_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now, signed = 1000.0, []

    def sign() -> tuple[str, int]:
        signed.append(now)
        return f"token {len(signed)}", int((now + 900) * 1000)

    monkeypatch.setattr("console.kafka.login.time.time", lambda: now)
    token = MskToken(sign)
    assert [await token.token(), await token.token()] == ["token 1", "token 1"]
    now += 900 - EARLY + 1
    assert await token.token() == "token 2"


async def test_an_iam_connection_is_replaced_before_the_session_ends(
    keys: None, pem: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        gate(pem, "OAUTHBEARER", bearer(lambda _: True)) as there,
        pool_on(f"{NAME}:{PORT}", **iam(pem), **through(there)) as pool,
    ):
        await pool.metadata()
        await pool.metadata()
        assert there.logins == 1
        monkeypatch.setattr(pool._login, "max_age", 0.0)
        await pool.metadata()
        assert there.logins == 2
        assert len(there.open) <= 2


async def test_scram_over_tls_is_let_in(pem: Path) -> None:
    async with (
        gate(pem, "SCRAM-SHA-512", scram("oncall", "päss,=")) as there,
        pool_on(
            f"{NAME}:{PORT}",
            security="scram",
            username="oncall",
            password="päss,=",
            ca_file=str(pem),
            **through(there),
        ) as pool,
    ):
        assert (await pool.metadata()).brokers == {1: (NAME, PORT)}
        assert there.logins == 1


async def test_a_wrong_password_is_told_apart_from_a_dead_broker(pem: Path) -> None:
    async with (
        gate(pem, "SCRAM-SHA-512", scram("oncall", "right")) as there,
        pool_on(
            f"{NAME}:{PORT}",
            security="scram",
            username="oncall",
            password="wrong",
            ca_file=str(pem),
            **through(there),
        ) as pool,
    ):
        with pytest.raises(LoginRefused, match="b-1…:9098: SASL_AUTHENTICATION_FAILED") as refused:
            await pool.metadata()
        assert refused.value.cure == "correct username and password of kafka.prod"


async def test_a_listener_of_another_kind_is_named(pem: Path) -> None:
    async with (
        gate(pem, "OAUTHBEARER", bearer(lambda _: True)) as there,
        pool_on(
            f"{NAME}:{PORT}",
            security="scram",
            username="oncall",
            password="x",
            ca_file=str(pem),
            **through(there),
        ) as pool,
    ):
        with pytest.raises(LoginRefused, match="not for `security: scram`"):
            await pool.metadata()


async def test_a_tunnel_keeps_the_brokers_name_for_sni_and_certificate(pem: Path) -> None:
    async with (
        gate(pem, "", nobody) as there,
        pool_on(f"{NAME}:{PORT}", security="tls", ca_file=str(pem), **through(there)) as pool,
    ):
        assert (await pool.metadata()).brokers == {1: (NAME, PORT)}
        assert set(there.names) == {NAME}


async def test_a_tunnel_to_another_host_is_found_out(tmp_path: Path) -> None:
    pem = certificate(tmp_path, "b-2.prod.gate.test")
    async with (
        gate(pem, "", nobody) as there,
        pool_on(f"{NAME}:{PORT}", security="tls", ca_file=str(pem), **through(there)) as pool,
    ):
        with pytest.raises(LoginRefused, match=r"certificate is not trusted.*mismatch"):
            await pool.metadata()


async def test_an_unknown_authority_is_not_trusted(pem: Path) -> None:
    async with (
        gate(pem, "", nobody) as there,
        pool_on(f"{NAME}:{PORT}", security="tls", **through(there)) as pool,
    ):
        with pytest.raises(LoginRefused, match="certificate is not trusted") as refused:
            await pool.metadata()
        assert "kafka.prod.ca_file" in refused.value.cure


async def test_plaintext_spoken_to_a_tls_listener_is_named(
    pem: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "DIAL", 1.0)
    async with (
        gate(pem, "", nobody) as there,
        pool_on(f"127.0.0.1:{there.port}") as pool,
    ):
        with pytest.raises(BrokerDown, match="is `security: plaintext` right"):
            await pool.metadata()


def test_the_commands_of_the_tunnel_are_printed() -> None:
    settings = estate(
        "b-1.x.test:9098,b-2.x.test:9098",
        security="iam",
        region="eu-west-3",
        tunnel_bastion="i-0bastion",
        tunnel={"b-1.x.test:9098": "127.0.0.1:19098"},
    ).kafka["prod"]
    assert tunnel_commands(settings, "rpg") == [
        "aws ssm start-session --profile rpg --region eu-west-3 --target i-0bastion"
        " --document-name AWS-StartPortForwardingSessionToRemoteHost"
        " --parameters host=b-1.x.test,portNumber=9098,localPortNumber=19098"
    ]
    assert tunnel_lines(settings) == []


def test_without_a_table_a_tunnel_to_every_broker_is_proposed() -> None:
    settings = estate("b-1.x.test:9098,b-2.x.test:9098").kafka["prod"]
    assert len(tunnel_commands(settings)) == 2
    assert tunnel_lines(settings) == [
        "tunnel:",
        '  "b-1.x.test:9098": "127.0.0.1:19001"',
        '  "b-2.x.test:9098": "127.0.0.1:19002"',
    ]
