"""Logins, failures and paging, at botocore's edge."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from console.aws.alarms import AlarmBook
from console.aws.places import Place
from console.aws.refused import Denied, Unknown
from console.aws.session import Aws
from console.aws.writes import send
from console.model import Request
from console.poll import AuthExpired, Context, Failed, Part, poll_once
from console.remedy import Rejected
from tests.aws.conftest import ACCOUNT, estate_of, write_keys
from tests.aws.edge import Asked, Edge, Refused

Make = Callable[..., Context]
WHERE = ("prod", "eu-west-3", "cloudwatch", "describe_alarms")
LOGIN = "aws sso login --profile prod"


def aws_of(**changes: Any) -> Aws:
    return Aws(estate_of(**changes))


def fail(code: str, message: str = "", status: int = 400) -> Callable[[Asked], dict[str, Any]]:
    def refuse(asked: Asked) -> dict[str, Any]:
        raise Refused(code, message, status)

    return refuse


DENIED_TEXT = "User: arn:me is not authorized to perform: cloudwatch:DescribeAlarms on resource: *"


@pytest.mark.parametrize(
    ("code", "message", "status", "kind", "said", "cure"),
    [
        ("ExpiredToken", "", 403, AuthExpired, "no longer accepted (ExpiredToken)", LOGIN),
        ("ExpiredTokenException", "", 403, AuthExpired, "no longer accepted", LOGIN),
        ("RequestExpired", "", 400, AuthExpired, "no longer accepted", LOGIN),
        ("UnrecognizedClientException", "", 403, AuthExpired, "no longer accepted", LOGIN),
        ("InvalidClientTokenId", "", 403, AuthExpired, "no longer accepted", LOGIN),
        ("AuthFailure", "", 401, AuthExpired, "no longer accepted", LOGIN),
        ("AccessDenied", DENIED_TEXT, 403, Denied, "cloudwatch:DescribeAlarms is not", "allow"),
        ("UnauthorizedOperation", "", 403, Denied, "cloudwatch:DescribeAlarms is not", "allow"),
        ("Throttling", "Rate exceeded", 400, Failed, "throttles cloudwatch:DescribeAlarms", ""),
        ("RequestLimitExceeded", "", 503, Failed, "throttles", ""),
        ("SignatureDoesNotMatch", "", 403, Failed, "refused the signature", "clock"),
        ("InternalFailure", "", 500, Failed, "failed to answer", ""),
        ("ValidationError", "what?", 400, Unknown, "ValidationError: what?", ""),
    ],
)
async def test_what_aws_answers_is_a_sentence_with_its_cure(
    edge: Edge, code: str, message: str, status: int, kind: type[Failed], said: str, cure: str
) -> None:
    edge.handlers["cloudwatch.DescribeAlarms"] = fail(code, message, status)
    with pytest.raises(kind) as failure:
        await aws_of().call(*WHERE)
    assert said in str(failure.value)
    assert str(failure.value).startswith("prod: ")
    assert cure in failure.value.cure
    assert isinstance(failure.value, AuthExpired) == (kind is AuthExpired)
    assert edge.count("cloudwatch.DescribeAlarms") == 1, "the poller is the retry"


async def test_a_login_renewed_in_the_credentials_file_is_picked_up_at_the_next_poll(
    edge: Edge, keys: Path
) -> None:
    def alarms(asked: Asked) -> dict[str, Any]:
        if asked.key == "KEYOLD":
            raise Refused("ExpiredToken", status=403)
        return {"MetricAlarms": []}

    edge.handlers["cloudwatch.DescribeAlarms"] = alarms
    aws = aws_of()

    async def fetch() -> tuple[()]:
        await aws.call(*WHERE)
        return ()

    part = Part("alarms", "prod", 60, fetch)
    first = await poll_once(part)
    assert first.trouble is not None and first.trouble.auth_expired
    assert first.trouble.cure == LOGIN
    write_keys(keys, "KEYNEW")
    second = await poll_once(part, first)
    assert second.trouble is None
    assert edge.log[-1].key == "KEYNEW"


@pytest.mark.parametrize("writes", [False, True], ids=["read", "write"])
async def test_an_older_login_that_is_refused_late_leaves_the_renewed_one(
    edge: Edge, keys: Path, writes: bool
) -> None:
    aws = aws_of()
    login = aws.login("prod")
    renewed: list[object] = []

    def refused_late(asked: Asked) -> dict[str, Any]:
        write_keys(keys, "KEYNEW")
        login.drop(login.opened)
        login.client("eu-west-3", "ec2")  # somebody else logs in before the answer is here
        renewed.append(login.opened)
        raise Refused("ExpiredToken", status=403)

    edge.handlers["ec2.RebootInstances"] = refused_late
    ids = {"InstanceIds": ["i-1"]}
    with pytest.raises(Rejected if writes else AuthExpired, match="no longer accepted"):
        if writes:
            request = Request("ec2", "RebootInstances", ids)
            await send(aws, Place("prod", "eu-west-3"), request)
        else:
            await aws.call("prod", "eu-west-3", "ec2", "reboot_instances", **ids)
    assert edge.log[-2].key == "KEYOLD" and edge.log[-1].key == "KEYNEW"
    assert renewed == [login.opened]


async def test_a_login_of_another_account_gives_no_rows_but_a_sentence(edge: Edge) -> None:
    edge.handlers["sts.GetCallerIdentity"] = lambda asked: {"Account": "999999999999", "Arn": "x"}
    with pytest.raises(Failed, match=f"of account 999999999999, the estate says {ACCOUNT}"):
        await aws_of().call(*WHERE)
    with pytest.raises(Failed, match="of account 999999999999"):
        await aws_of().identity("prod")
    assert edge.count("cloudwatch.DescribeAlarms") == 0


async def test_identity_is_asked_each_time_and_not_remembered(edge: Edge) -> None:
    aws = aws_of()
    assert (await aws.identity("prod"))["Account"] == ACCOUNT
    before = edge.count("sts.GetCallerIdentity")
    await aws.identity("prod")
    assert edge.count("sts.GetCallerIdentity") == before + 1


async def test_a_profile_that_is_not_there_is_no_expired_login(edge: Edge, keys: Path) -> None:
    write_keys(keys, "KEY", profile="other")
    with pytest.raises(Failed, match="prod") as failure:
        await aws_of().call(*WHERE)
    assert not isinstance(failure.value, AuthExpired)
    assert failure.value.cure == "write the profile into ~/.aws/config"
    write_keys(keys, "KEY")  # the same console, once the profile is there
    edge.handlers["cloudwatch.DescribeAlarms"] = lambda asked: {"MetricAlarms": []}
    await aws_of().call(*WHERE)


async def test_a_role_that_needs_an_mfa_code_never_prompts(edge: Edge, keys: Path) -> None:
    serial = "arn:aws:iam::111122223333:mfa/me"
    (keys.parent / "config").write_text(
        "[profile prod]\nrole_arn = arn:aws:iam::111122223333:role/r\nregion = eu-west-3\n"
        f"source_profile = base\nmfa_serial = {serial}\n"
    )
    write_keys(keys, "KEY", profile="base")
    with pytest.raises(AuthExpired, match="needs an MFA code") as failure:
        await aws_of().call(*WHERE)
    assert "get-session-token --profile base" in failure.value.cure
    assert serial in failure.value.cure


async def test_a_credential_process_gets_no_terminal(edge: Edge, keys: Path) -> None:
    script = keys.parent / "process.py"
    script.write_text(
        "import json, os\n"
        "assert os.getsid(0) == os.getpid(), 'no session of its own: it could open /dev/tty'\n"
        "assert os.path.samestat(os.fstat(0), os.stat(os.devnull)), 'it could read'\n"
        "print(json.dumps(dict(Version=1, AccessKeyId='PROC', SecretAccessKey='s')))\n"
    )
    write_keys(keys, "KEY", profile="other")
    config = keys.parent / "config"
    config.write_text(f"[profile prod]\ncredential_process = {sys.executable} {script}\n")
    edge.handlers["cloudwatch.DescribeAlarms"] = lambda asked: {"MetricAlarms": []}
    await aws_of().call(*WHERE)
    assert edge.log[-1].key == "PROC"
    config.write_text("[profile prod]\ncredential_process = false\n")
    with pytest.raises(AuthExpired, match="not logged in") as failure:
        await aws_of().call(*WHERE)
    assert failure.value.cure == "run once in a terminal: false"


async def test_a_role_is_assumed_on_top_of_the_profile(edge: Edge) -> None:
    assumed: list[Asked] = []

    def assume(asked: Asked) -> dict[str, Any]:
        assumed.append(asked)
        keys = {"AccessKeyId": "ROLE", "SecretAccessKey": "s", "SessionToken": "t"}
        return {"Credentials": keys | {"Expiration": "2100-01-01T00:00:00Z"}}

    edge.handlers["sts.AssumeRole"] = assume
    edge.handlers["cloudwatch.DescribeAlarms"] = lambda asked: {"MetricAlarms": []}
    account = {
        "id": ACCOUNT,
        "regions": ["eu-west-3"],
        "profile": "prod",
        "role_arn": "arn:aws:iam::111122223333:role/look",
        "external_id": "e-1",
    }
    await aws_of(accounts={"prod": account}).call(*WHERE)
    assert edge.log[-1].key == "ROLE"
    assert assumed[0].key == "KEYOLD"
    assert assumed[0].params["ExternalId"] == "e-1"
    assert assumed[0].params["RoleSessionName"].startswith("oncall-")


async def test_all_pages_are_read_and_each_is_counted(edge: Edge) -> None:
    def metrics(asked: Asked) -> dict[str, Any]:
        page = int(asked.params.get("NextToken", "0"))
        more = {"NextToken": str(page + 1)} if page < 2 else {}
        return {"Metrics": [{"MetricName": f"m{page}"}], **more}

    edge.handlers["cloudwatch.ListMetrics"] = metrics
    aws = aws_of()
    found = await aws.pages("prod", "eu-west-3", "cloudwatch", "list_metrics", "Metrics")
    assert [metric["MetricName"] for metric in found] == ["m0", "m1", "m2"]
    assert aws.usage()[0] == 4, "three pages and one look at who we are, within the first minute"


async def test_an_address_where_nobody_listens_is_told_as_unreachable(keys: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    account = {
        "id": ACCOUNT,
        "regions": ["eu-west-3"],
        "profile": "prod",
        "endpoint_url": f"http://127.0.0.1:{port}",
    }
    with pytest.raises(Failed, match="not reachable") as failure:
        await aws_of(accounts={"prod": account}).call(*WHERE)
    assert "VPN" in failure.value.cure


CONFIGURED = """
[profile prod]
endpoint_url = http://127.0.0.1:1
services = elsewhere
[services elsewhere]
ec2 =
  endpoint_url = http://127.0.0.1:2
"""


def test_only_the_estate_says_where_an_account_is(
    edge: Edge, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (keys.parent / "config").write_text(CONFIGURED)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:3")
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:4")
    said = {"id": ACCOUNT, "regions": ["eu-west-3"], "profile": "prod"}
    asked = [
        Aws(estate_of(accounts={"prod": account}))
        .login("prod")
        .client("eu-west-3", service, writes)
        for account in (said, said | {"endpoint_url": "http://127.0.0.1:5"})
        for service in ("sts", "ec2", "cloudwatch")
        for writes in (False, True)
    ]
    assert [client.meta.endpoint_url for client in asked] == [
        *["https://sts.eu-west-3.amazonaws.com"] * 2,
        *["https://ec2.eu-west-3.amazonaws.com"] * 2,
        *["https://monitoring.eu-west-3.amazonaws.com"] * 2,
        *["http://127.0.0.1:5"] * 6,
    ]


async def test_a_loop_of_tokens_has_an_end(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.aws.session.MAX_PAGES", 3)
    again = {"MetricAlarms": [{"AlarmName": "a", "StateValue": "OK"}], "NextToken": "again"}
    edge.handlers["cloudwatch.DescribeAlarms"] = lambda asked: again
    edge.handlers["cloudwatch.ListAlarmMuteRules"] = lambda asked: {}
    await AlarmBook(aws_of(), Place("prod", "eu-west-3")).look(datetime.now(UTC))
    assert edge.count("cloudwatch.DescribeAlarms") == 3


async def test_the_proxy_is_for_aws_and_not_for_this_machine(edge: Edge) -> None:
    far, near = aws_of(proxy="http://proxy:3128"), {"endpoint_url": "http://127.0.0.1:1"}
    inside = {"id": ACCOUNT, "regions": ["eu-west-3"], "profile": "prod", **near}
    local = aws_of(proxy="http://proxy:3128", accounts={"prod": inside})
    configs = [aws._logins["prod"].client("eu-west-3", "ec2").meta.config for aws in (far, local)]
    assert [config.proxies for config in configs] == [
        {"http": "http://proxy:3128", "https": "http://proxy:3128"},
        {},
    ]
    assert {config.retries["total_max_attempts"] for config in configs} == {1}
