"""AWS at botocore's edge: every client answers from `handlers`, parameters still validated.

`handlers["ec2.DescribeInstances"] = lambda asked: {...}`; raise `Refused(code, message)` inside.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import botocore.session

Answer = dict[str, Any]


class Refused(Exception):
    """An error answer of AWS."""

    def __init__(self, code: str, message: str = "", status: int = 400) -> None:
        super().__init__(code)
        self.parsed = {
            "Error": {"Code": code, "Message": message},
            "ResponseMetadata": {"HTTPStatusCode": status},
        }
        self.status = status


@dataclass(frozen=True)
class Asked:
    """One call as the edge sees it."""

    operation: str
    region: str
    key: str
    params: Answer


@dataclass
class Edge:
    """The answers, and a log of what was asked."""

    handlers: dict[str, Callable[[Asked], Answer]] = field(default_factory=dict)
    log: list[Asked] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, operation: str) -> int:
        return sum(asked.operation == operation for asked in self.log)

    def metrics(self) -> int:
        """How many metrics were requested: each is billed."""
        return sum(len(asked.params.get("MetricDataQueries", ())) for asked in self.log)

    def answer(self, asked: Asked) -> tuple[Any, Answer]:
        with self.lock:
            self.log.append(asked)
        try:
            parsed, status = self.handlers[asked.operation](asked), 200
        except Refused as error:
            parsed, status = error.parsed, error.status
        parsed.setdefault("ResponseMetadata", {"HTTPStatusCode": status})
        return SimpleNamespace(status_code=status), parsed


def _key(client: Any) -> str:
    """The access key that signs; the credential providers are asked as signing asks them."""
    credentials = client._request_signer._credentials
    return credentials.get_frozen_credentials().access_key if credentials else ""


@contextmanager
def at_the_edge(edge: Edge) -> Iterator[Edge]:
    """Within this block every new botocore client is answered by the edge."""
    create = botocore.session.Session.create_client

    def hooked(self: Any, *names: Any, **options: Any) -> Any:
        client = create(self, *names, **options)

        def keep(params: Answer, context: Answer, **_: Any) -> None:
            context["asked"] = params

        def reply(model: Any, context: Answer, **_: Any) -> tuple[Any, Answer]:
            operation = f"{client.meta.service_model.service_name}.{model.name}"
            return edge.answer(
                Asked(operation, client.meta.region_name, _key(client), context["asked"])
            )

        client.meta.events.register("before-parameter-build", keep)
        client.meta.events.register("before-call", reply)
        return client

    with patch.object(botocore.session.Session, "create_client", hooked):
        yield edge
