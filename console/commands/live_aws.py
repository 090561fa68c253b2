"""The AWS half of `oncall check --live`: logins, clock, and every right that is used, dry."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from time import perf_counter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from console.aws.places import Place
from console.aws.refused import Denied, Unknown
from console.clock import Clock
from console.commands.checks import Check
from console.commands.rights_aws import GONE, Right, merged, polled
from console.poll import AuthExpired, Failed, in_thread

if TYPE_CHECKING:
    from console.aws.session import Aws
    from console.clients import Clients
    from console.config import Estate

NOTHING: Mapping[Place, Sequence[Right]] = MappingProxyType({})
SKEW_WARNS = timedelta(seconds=60)  # AWS refuses signatures from 5 minutes on
CORRECT = {"kafka": "correct kafka.*.arn", "logs": "correct logs[].group"}
"""Where the configuration names a thing that AWS has not, by service."""


async def doctor(
    estate: Estate,
    clients: Clients,
    clock: Clock | None = None,
    acting: Mapping[Place, Sequence[Right]] = NOTHING,
) -> list[Check]:
    """Every account at the same time: login, clock, rights; in the order of the configuration.

    `clock` is the estate's: a lab's servers stamp their answers by it. `acting` are the reads of
    remedies and of SSM; that a write is allowed only an act can tell.
    """
    aws = await in_thread(getattr, clients, "aws")
    needed = merged(polled(estate), acting)
    each = await asyncio.gather(
        *(_account(aws, name, needed, clock or Clock()) for name in estate.accounts)
    )
    return [_versions(), *(check for some in each for check in some)]


def _versions() -> Check:
    import botocore

    return Check("AWS library", True, f"botocore {botocore.__version__}")


async def _account(
    aws: Aws, name: str, needed: Mapping[Place, Sequence[Right]], clock: Clock
) -> list[Check]:
    here = [(place, right) for place, some in needed.items() for right in some]
    mine = [(place, right) for place, right in here if place.account == name]
    started = perf_counter()
    try:
        who = await aws.identity(name)
    except Failed as error:
        what = f"account {name} login"
        skipped = [
            Check(f"{place} {right}", None, "not asked without a login") for place, right in mine
        ]
        return [Check(what, False, str(error), error.cure), *skipped]
    took = (perf_counter() - started) * 1000
    login = Check(f"account {name} login", True, f"{who['Arn']} · {took:.0f} ms")
    asked = await asyncio.gather(*(_right(aws, place, right) for place, right in mine))
    return [login, _skew(name, who, clock), *asked]


def _skew(name: str, answer: dict[str, Any], clock: Clock) -> Check:
    what = f"account {name} clock"
    date = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    if not date:
        return Check(what, None, "the answer has no date")
    theirs: datetime = parsedate_to_datetime(date)
    skew = clock.now() - theirs
    said = f"this machine is {skew.total_seconds():+.0f} s from AWS"
    return Check(
        what, abs(skew) < SKEW_WARNS, said, "" if abs(skew) < SKEW_WARNS else "set the clock"
    )


async def _right(aws: Aws, place: Place, right: Right) -> Check:
    what, started = " ".join(filter(None, (str(place), str(right), right.of))), perf_counter()
    try:
        await aws.call(place.account, place.region, right.service, right.operation, **right.params)
    except Denied as error:
        return Check(what, False, f"not allowed; without it: no {right.costs}", error.cure)
    except AuthExpired as error:
        return Check(what, False, str(error), error.cure)
    except Unknown as error:
        if error.code in GONE:  # allowed: it was looked for
            return Check(what, True, f"{(perf_counter() - started) * 1000:.0f} ms")
        return Check(what, False, str(error), CORRECT.get(right.service, ""))
    except Failed as error:
        return Check(what, None, f"{error}; without it: no {right.costs}", error.cure)
    return Check(what, True, f"{(perf_counter() - started) * 1000:.0f} ms")
