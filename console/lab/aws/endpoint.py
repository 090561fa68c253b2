"""The HTTP side: a signed request → a handler's answer, in the protocol botocore speaks."""

from __future__ import annotations

import asyncio
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import format_datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote

from aiohttp import web
from botocore.utils import parse_timestamp
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import determine_request_protocol
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model
from werkzeug.datastructures import MultiDict

from console.lab.aws import (
    cloudwatch,
    ec2,
    elasticache,
    elbv2,
    logs,
    msk,
    pi,
    rds,
    s3,
    ssm,
    sts,
    synthetics,
    tagging,
)
from console.lab.aws.call import Answer, Asked, Handler, Params, Refusal, refusal
from console.lab.aws.keyring import Keyring
from console.lab.faults import AwsFaults
from console.lab.requests import RequestLog
from console.lab.world import World

SIGNED_AS = {
    "monitoring": "cloudwatch",
    "tagging": "resourcegroupstaggingapi",
    "elasticloadbalancing": "elbv2",
}
IAM = {"elbv2": "elasticloadbalancing"}
"""How rights name a service, where that differs."""
HANDLERS: dict[str, Mapping[str, Handler]] = {
    "ec2": ec2.OPERATIONS,
    "elasticache": elasticache.OPERATIONS,
    "elbv2": elbv2.OPERATIONS,
    "resourcegroupstaggingapi": tagging.OPERATIONS,
    "cloudwatch": cloudwatch.OPERATIONS,
    "synthetics": synthetics.OPERATIONS,
    "kafka": msk.OPERATIONS,
    "ssm": ssm.OPERATIONS,
    "sts": sts.OPERATIONS,
    "s3": s3.OPERATIONS,
    "rds": rds.OPERATIONS,
    "pi": pi.OPERATIONS,
    "logs": logs.OPERATIONS,
}

NEVER = 86_400.0  # seconds: no client waits that long


def warm() -> None:
    """Read the models of every service, which the first request of each would wait for."""
    for service in HANDLERS:
        get_service_model(service)


@dataclass(frozen=True, slots=True)
class Call:
    """One request, parsed."""

    service: str
    operation: str
    protocol: str
    region: str
    key: str
    params: Params
    model: Any


class AwsEndpoint:
    """Every AWS service the product asks, on one local address."""

    def __init__(self, world: World, keys: Keyring, faults: AwsFaults, log: RequestLog) -> None:
        self._world, self._keys, self._faults, self._log = world, keys, faults, log

    def app(self) -> web.Application:
        """The web application, ready to be served."""
        app = web.Application(client_max_size=8 * 2**20)
        app.router.add_route("*", "/{path:.*}", self._answer)
        return app

    async def _answer(self, request: web.Request) -> web.Response:
        try:
            call = await _read(request)
        except (LookupError, ValueError, NotImplementedError) as error:
            return web.Response(status=400, text=f"not an AWS request of the lab: {error!r}")
        account = self._keys.account(call.key)
        if self._faults.is_down(account):
            return _cut(request)
        await asyncio.sleep(self._faults.delay(account))
        lie = self._faults.lie(call.operation)
        silent = lie == "silent"
        result, refused = ({}, lie) if silent else self._result(call, account)
        self._log.add(call.service, call.operation, call.params, refused, account or "?")
        await asyncio.sleep(NEVER if silent else 0)
        if lie == "drop":
            return _cut(request)
        answer = _write(call, result)
        answer.headers["Date"] = format_datetime(self._world.clock.now(), usegmt=True)
        return answer

    def _result(self, call: Call, account: str | None) -> tuple[Answer | Refusal, str]:
        try:
            return self._handle(call, account), ""
        except Refusal as refused:
            return refused, refused.code

    def _handle(self, call: Call, account: str | None) -> Answer:
        if account is None:
            raise refusal("invalid", call.protocol)
        if call.key in self._keys.expired:
            raise refusal("expired", call.protocol)
        action = f"{IAM.get(call.service, call.service)}:{call.operation}"
        trouble = self._faults.trouble(account, call.service, call.operation)
        if trouble:
            raise refusal(trouble, call.protocol, sts.arn(account), action)
        handler = HANDLERS.get(call.service, {}).get(call.operation)
        if handler is None:
            raise Refusal("InvalidAction", f"the lab does not know {action}", 501)
        self._world.settle()
        partial = self._faults.is_partial(account)
        now = self._world.clock.now()
        lie = self._faults.lie(call.operation).replace("drop", "")
        asked = Asked(self._world, self._keys, account, call.region, now, partial, lie)
        return handler(asked, call.params)


def _cut(request: web.Request) -> web.Response:
    """End the connection without an answer."""
    if request.transport:
        request.transport.abort()
    return web.Response(status=503)


async def _read(request: web.Request) -> Call:
    body = await request.read()
    key, _, region, signed, _ = _scope(request.headers.get("Authorization", ""))
    service = SIGNED_AS.get(signed, signed)
    model = get_service_model(service)
    protocol = determine_request_protocol(model, request.content_type)
    form = request.content_type == "application/x-www-form-urlencoded"
    values = MultiDict(parse_qsl(body.decode() if form else "", keep_blank_values=True))
    values.update(request.query)
    labels: dict[str, str] = {}
    if protocol in ("ec2", "query"):
        operation = values["Action"]
    elif "X-Amz-Target" in request.headers:
        operation = request.headers["X-Amz-Target"].rpartition(".")[2]
    elif service == "s3":
        operation, labels = s3.route(request.method, request.path, set(request.query))
    else:
        operation, labels = _route(service, request.method, request.raw_path.partition("?")[0])
    operation_model = model.operation_model(operation)
    parser = PROTOCOL_PARSERS[protocol](operation_model, parse_timestamp, map_type=dict)
    params = parser.parse(
        {
            "method": request.method,
            "values": values,
            "headers": request.headers,
            "body": body,
            "url_path": request.path,
            "url_params": labels,
        }
    )
    return Call(service, operation, protocol, region, key, params, operation_model)


def _scope(authorization: str) -> list[str]:
    """Key, date, Region, service and terminator of a SigV4 header; ValueError without one."""
    found = re.search(r"Credential=([^,\s]+)", authorization)
    parts = found[1].split("/") if found else []
    if len(parts) != 5:
        raise ValueError("no SigV4 credential scope")
    return parts


@cache
def _routes(service: str) -> list[tuple[str, re.Pattern[str], str]]:
    """Method, path and operation of a REST service, the most literal paths first."""
    model, found = get_service_model(service), []
    for name in model.operation_names:
        http = model.operation_model(name).http
        uri = http["requestUri"].partition("?")[0]
        path = re.sub(r"\\{(\w+)(?:\\\+)?\\}", r"(?P<\1>[^/]+)", re.escape(uri))
        found.append((uri.count("{"), http["method"], re.compile(path), name))
    return [entry[1:] for entry in sorted(found, key=lambda entry: entry[0])]


def _route(service: str, method: str, path: str) -> tuple[str, dict[str, str]]:
    for verb, pattern, name in _routes(service):
        match = pattern.fullmatch(path)
        if verb == method and match:
            return name, {label: unquote(value) for label, value in match.groupdict().items()}
    raise LookupError(f"{method} {path}")


def _write(call: Call, result: Answer | Refusal) -> web.Response:
    serializer = get_serializer_class(call.service, call.protocol)(operation_model=call.model)
    with warnings.catch_warnings():  # moto warns of errors, such as throttling, in no model
        warnings.simplefilter("ignore", UserWarning)
        answer = serializer.serialize(result)
    status = answer["status_code"]
    if isinstance(result, Refusal) and result.status:
        status = result.status
    body = answer["body"]
    return web.Response(
        body=body.encode() if isinstance(body, str) else body,
        status=status,
        headers={name: str(value) for name, value in answer["headers"].items()},
    )
