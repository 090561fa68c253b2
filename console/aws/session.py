"""Every AWS account of the estate: calls off the event loop, failures as sentences, all counted."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar, cast

from botocore.exceptions import ParamValidationError

from console.aws.errors import CAUGHT, action_of, said
from console.aws.login import POLLED, Login
from console.aws.metrics import MetricDesk
from console.aws.usage import Usage
from console.poll import AuthExpired, Failed, in_thread

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.config import Estate

Answer = dict[str, Any]
T = TypeVar("T")
TOKENS = {
    **{token: token for token in ("NextToken", "Marker", "PaginationToken")},
    "NextMarker": "Marker",
}
"""How a listing says that there is more → how the rest is asked for."""
MAX_PAGES = 100  # a listing that long is a loop of tokens, not an estate


class Aws:
    """Ask AWS; one attempt a call, since the poller is the retry."""

    def __init__(self, estate: Estate) -> None:
        self.estate = estate
        self.counter = Usage(estate.metrics_policy.usd_per_1000)
        self.metrics = MetricDesk(self, estate.metrics_policy)
        self.served: dict[str, dict[str, tuple[str, ...]]] = {}
        """Account → resource id → the scopes it serves, as the describing sources find them."""
        self._logins = {
            name: Login(name, account, estate.proxy, self.counter.called)
            for name, account in estate.accounts.items()
        }

    async def call(
        self, account: str, region: str, service: str, operation: str, **params: Any
    ) -> Answer:
        """One call, e.g. `call("prod", "eu-west-3", "ec2", "describe_instances", MaxResults=5)`.

        Raises AuthExpired when the login ran out, Denied when a right is missing, else Failed.
        """
        return await in_thread(self._ask, account, region, service, operation, params)

    async def pages(
        self,
        account: str,
        region: str,
        service: str,
        operation: str,
        key: str | tuple[str, ...],
        **params: Any,
    ) -> list[Answer]:
        """The items under `key`, or several keys, of all pages of a call."""
        return await in_thread(self.collect, account, region, service, operation, key, params)

    async def identity(self, account: str) -> Answer:
        """Who we are, from STS, asked now; raises Failed for another account than configured."""
        login = self._logins[account]
        region = login.account.regions[0]
        answer = await self.call(account, region, "sts", "get_caller_identity")
        login.matches(answer["Account"])
        return answer

    async def using(self, account: str, region: str, service: str, read: Callable[[Any], T]) -> T:
        """What `read(client)` returns, off the loop, its failures as sentences."""
        return await in_thread(self._read, account, region, service, read.__name__, read)

    def log_in(self) -> None:
        """Make every client that is polled, before the first poll (blocking).

        What fails here is left to the poll that needs it, which says so.
        """
        for login in self._logins.values():
            with suppress(*CAUGHT, Failed):
                for region in login.account.regions:
                    for service in POLLED:
                        login.client(region, service)

    def login(self, account: str) -> Login:
        """One account's way in, for those who send."""
        return self._logins[account]

    def cure(self, account: str) -> str:
        """The command that renews an account's login."""
        return self._logins[account].cure

    def usage(self) -> tuple[float, float]:
        """Calls a minute, and what metrics cost in USD a month at the present rate."""
        return self.counter.calls_per_min(), self.counter.usd_per_month()

    def _ask(
        self, account: str, region: str, service: str, operation: str, params: Answer
    ) -> Answer:
        action = action_of(service, "".join(map(str.capitalize, operation.split("_"))))

        def call(client: Any) -> Answer:
            self.counter.called()
            return cast(Answer, getattr(client, operation)(**params))

        return self._read(account, region, service, action, call)

    def _read(
        self, account: str, region: str, service: str, action: str, read: Callable[[Any], T]
    ) -> T:
        login, session = self._logins[account], None
        try:
            client = login.client(region, service)
            session = login.opened
            return read(client)
        except ParamValidationError:
            raise  # our mistake, not a fault of the estate
        except CAUGHT as error:
            failure = said(error, account, action, login.cure)
            if isinstance(failure, AuthExpired):
                login.drop(session or login.opened)
            raise failure from error
        except AuthExpired:
            login.drop(session or login.opened)
            raise

    def collect(
        self,
        account: str,
        region: str,
        service: str,
        operation: str,
        key: str | tuple[str, ...],
        params: Answer,
    ) -> list[Answer]:
        """As `pages`, blocking: for those who are on a thread already."""
        keys = (key,) if isinstance(key, str) else key
        items: list[Answer] = []
        for _ in range(MAX_PAGES):
            answer = self._ask(account, region, service, operation, params)
            items += [item for one in keys for item in answer.get(one) or ()]
            token = next((name for name in TOKENS if answer.get(name)), "")
            if not token:
                break
            params = {**params, TOKENS[token]: answer[token]}
        return items
