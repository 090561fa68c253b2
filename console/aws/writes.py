"""Writes to AWS: each sent once, on a thread that quitting waits for, its end never guessed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from botocore import exceptions as boto
from botocore import xform_name

from console.aws.errors import CAUGHT, LOGGED_OUT, THROTTLED_CODES, action_of, said
from console.aws.places import Place, place_of
from console.aws.refused import Unanswered, Unsent
from console.model import Plan, Request, plain
from console.poll import AuthExpired, Failed, Throttled
from console.remedy import Refused, Rejected

if TYPE_CHECKING:
    from console.aws.session import Aws
    from console.remedy import Hands

UNSENT = (
    *LOGGED_OUT,
    boto.EndpointConnectionError,
    boto.ConnectTimeoutError,
    boto.ProxyConnectionError,
)
SERVERS_FAULT = 500  # it may have been done before it failed


class Postponed(Rejected):
    """AWS asks to be asked less: nothing was done, and the same may be sent again."""


async def send(aws: Aws, place: Place, request: Request) -> Mapping[str, Any]:
    """What AWS answered: `at` (its own time, ISO), `request_id` and `answer`, JSON-able.

    Raises Rejected when AWS said no (Postponed: not now), Refused when nothing was sent,
    Unanswered otherwise.
    """
    try:
        # not `in_thread`: a daemon thread would be cut off in the middle of a write
        answer = await asyncio.to_thread(_send, aws, place, request)
    except Unanswered:
        raise
    except Unsent as error:
        raise Refused(f"nothing was sent: {error}") from error
    except Throttled as error:
        raise Postponed(str(error)) from error
    except Failed as error:
        raise Rejected(str(error)) from error
    about = answer.pop("ResponseMetadata", {})
    at = about.get("HTTPHeaders", {}).get("date")
    told = {"request_id": about.get("RequestId", ""), "answer": plain(answer)}
    return told | ({"at": plain(parsedate_to_datetime(at))} if at else {})


async def send_one(plan: Plan, hands: Hands, which: int = 0) -> Mapping[str, Any]:
    """Send one of a plan's requests where the plan acts; as `send`."""
    return await send(hands.clients.aws, place_of(plan), plan.requests[which])


def _send(aws: Aws, place: Place, request: Request) -> dict[str, Any]:
    login = aws.login(place.account)
    action = action_of(request.service, request.operation)
    try:
        client = login.client(place.region, request.service, writes=True)
        session = login.opened
    except CAUGHT as error:
        raise Unsent(str(said(error, place.account, action, login.cure)), login.cure) from error
    except Failed as error:
        raise Unsent(str(error), error.cure) from error
    aws.counter.called()
    try:
        answer: dict[str, Any] = getattr(client, xform_name(request.operation))(**request.params)
    except boto.ParamValidationError as error:  # found before anything is sent
        raise Unsent(f"{action}: {' '.join(str(error).split())}") from error
    except CAUGHT as error:
        failure = said(error, place.account, action, login.cure)
        if isinstance(failure, AuthExpired):
            login.drop(session)
        raise _told(error, failure, place.account, action) from error
    return answer


def _told(error: BaseException, failure: Failed, account: str, action: str) -> Failed:
    """AWS's no as it is; else whether the request can have arrived."""
    if isinstance(error, UNSENT):
        return Unsent(str(failure), failure.cure)
    if isinstance(error, boto.ClientError):
        if error.response.get("Error", {}).get("Code") in THROTTLED_CODES:  # some come as a 503
            return Throttled(
                f"{account}: AWS throttles {action}, nothing was done; try in a minute"
            )
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", SERVERS_FAULT)
        if status < SERVERS_FAULT:
            return failure
    return Unanswered(str(failure), failure.cure)
