"""Send a message to a contact's webhook: once, and nobody claims that a person has read it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp

from console.model import Order, Plan, Request, Verdict
from console.poll import Failed
from console.realm import VARIABLE, is_local
from console.remedy import Refused, Rejected
from console.web.way import session, through

if TYPE_CHECKING:
    from console.remedy import Hands

CONNECT_S, ANSWER_S = 3.0, 10.0
LONGEST = 2500  # characters as they are sent: a plan shows no more of one request
SAID = 200


@dataclass(frozen=True, slots=True)
class Notify:
    """One POST of `{"text": …}` to the contact's channel of kind webhook."""

    kind: str = "notify"
    acts_on: frozenset[str] = frozenset({"contact"})
    takes_instance: bool = False

    async def plan(self, order: Order, hands: Hands) -> Plan:
        """The exact text; refused without one, or where the contact has no webhook."""
        title, address = _webhook(order, hands)
        message = order.words.get("text", "").strip()
        if not message:
            raise Refused("there is no text to send")
        length = len(json.dumps(message, ensure_ascii=False))
        if length > LONGEST:
            raise Refused(f"the text has {length} characters, {LONGEST} fit")
        shown = masked(address)
        return Plan(
            remedy=order.remedy,
            title=f"Notify {title}",
            targets=order.targets,
            scopes=tuple(sorted({target.scope for target in order.targets})),
            where=(("contact", title), ("address", shown)),
            will=("post this text once:", *message.splitlines()),
            loses=("nothing; a message that was sent cannot be taken back",),
            keeps=("everything else",),
            takes=f"seconds; no answer within {ANSWER_S:g} s is unknown",
            requests=(Request("webhook", f"POST {shown}", {"text": message}),),
            proof="the webhook accepts it (2xx); whether a person reads it, nobody knows",
        )

    async def apply(self, plan: Plan, hands: Hands) -> Mapping[str, Any]:
        """The one POST; redirects are not followed, for the address is the credential."""
        _, address = _webhook(plan, hands)
        request = plan.requests[0]
        if request.operation != f"POST {masked(address)}":
            raise Refused("the contact's address is another one than was shown")
        limits = aiohttp.ClientTimeout(total=ANSWER_S, sock_connect=CONNECT_S)
        try:
            async with (
                session(timeout=limits) as made,
                made.post(
                    address,
                    json=dict(request.params),
                    allow_redirects=False,
                    proxy=through(address, hands.estate.proxy),
                ) as answer,
            ):
                said = (await answer.content.read(SAID)).decode("utf-8", "replace")
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL):
            raise Refused(f"nothing was sent: {_host(address)} is not reachable") from None
        except Failed as error:
            raise Refused(f"nothing was sent: {error}") from None
        except (TimeoutError, aiohttp.ClientError) as error:
            raise NoAnswer(_host(address), type(error).__name__) from None
        if answer.status >= 500:
            raise NoAnswer(_host(address), f"HTTP {answer.status}")
        if answer.status >= 300:
            why = "asks to go elsewhere" if answer.status < 400 else "does not take it"
            raise Rejected(f"the webhook {why} (HTTP {answer.status})")
        return {"status": answer.status, "said": said, "date": answer.headers.get("Date", "")}

    async def verify(self, plan: Plan, sent: Mapping[str, Any], hands: Hands) -> Verdict:
        """Only the answer tells; nothing can be looked up afterwards, and nothing is sent again."""
        if "lost" in sent or not 200 <= sent.get("status", 0) < 300:
            said = f"whether it was posted is not known ({sent.get('lost', 'no answer')})"
            return Verdict("unknown", f"{said}: look in the channel before writing again")
        said = f"accepted by the webhook ({sent['status']}); not yet read by a person"
        evidence = tuple(f"{key}: {sent[key]}" for key in ("date", "said") if sent.get(key))
        return Verdict("verified", said, evidence)


class NoAnswer(Exception):
    """The webhook was reached and did not say what became of the message."""

    def __init__(self, host: str, how: str) -> None:
        super().__init__(f"{host} gave no answer ({how})")


def masked(address: str) -> str:
    """A webhook's address without its secret, and a mark that tells two addresses apart."""
    mark = hashlib.sha256(address.encode()).hexdigest()[:8]
    return f"{urlsplit(address).scheme}://{_host(address)}/******** (mark {mark})"


def _host(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}"


def _webhook(of: Order | Plan, hands: Hands) -> tuple[str, str]:
    """Title and address of the one contact named."""
    names = {target.name for target in of.targets if target.kind == "contact"}
    if len(names) != 1 or len(of.targets) != 1:
        raise Refused("one contact has to be named")
    name = names.pop()
    contact = hands.configuration.contacts.contacts.get(name)
    if contact is None:
        raise Refused(f"there is no contact {name} (contacts.yaml)")
    for channel in contact.channels:
        parts = urlsplit(channel.address)
        if channel.kind != "webhook":
            continue
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Refused(f"the webhook of {name} is no address (contacts.yaml)")
        if os.environ.get(VARIABLE) and not is_local(channel.address):
            raise Refused(f"this is the lab, and the webhook of {name} is a real one")
        if parts.scheme == "http" and not is_local(channel.address):
            raise Refused(f"the webhook of {name} is not https: its address is a secret")
        return contact.title, channel.address
    raise Refused(f"{name} has no channel of kind webhook (contacts.yaml)")
