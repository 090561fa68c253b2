"""Every AWS account of the estate: calls off the event loop, failures as sentences, all counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ParamValidationError

from console.aws.errors import CAUGHT, action_of, said
from console.aws.login import Login
from console.aws.usage import Usage
from console.poll import AuthExpired, in_thread

if TYPE_CHECKING:
    from console.config import Estate

Answer = dict[str, Any]
MAX_PAGES = 100  # a listing that long is a loop of tokens, not an estate


class Aws:
    """Ask AWS; one attempt a call, since the poller is the retry."""

    def __init__(self, estate: Estate) -> None:
        self.estate = estate
        self.counter = Usage(estate.metrics_policy.usd_per_1000)
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
        self, account: str, region: str, service: str, operation: str, key: str, **params: Any
    ) -> list[Answer]:
        """The items under `key` of all pages of a call."""
        return await in_thread(self._all, account, region, service, operation, key, params)

    async def identity(self, account: str) -> Answer:
        """Who we are, from STS, asked now; raises Failed for another account than configured."""
        login = self._logins[account]
        region = login.account.regions[0]
        answer = await self.call(account, region, "sts", "get_caller_identity")
        login.matches(answer["Account"])
        return answer

    def usage(self) -> tuple[float, float]:
        """Calls a minute, and what metrics cost in USD a month at the present rate."""
        return self.counter.calls_per_min(), self.counter.usd_per_month()

    def forget(self, account: str) -> None:
        """Drop an account's session, so that the next read looks for a new login."""
        self._logins[account].drop()

    def _ask(
        self, account: str, region: str, service: str, operation: str, params: Answer
    ) -> Answer:
        login = self._logins[account]
        action = action_of(service, "".join(map(str.capitalize, operation.split("_"))))
        try:
            client = login.client(region, service)
            self.counter.called()
            return cast(Answer, getattr(client, operation)(**params))
        except ParamValidationError:
            raise  # our mistake, not a fault of the estate
        except CAUGHT as error:
            failure = said(error, account, action, login.cure)
            if isinstance(failure, AuthExpired):
                login.drop()
            raise failure from error
        except AuthExpired:
            login.drop()
            raise

    def _all(
        self, account: str, region: str, service: str, operation: str, key: str, params: Answer
    ) -> list[Answer]:
        items: list[Answer] = []
        for _ in range(MAX_PAGES):
            answer = self._ask(account, region, service, operation, params)
            items += answer.get(key) or []
            token = next((name for name in ("NextToken", "Marker") if answer.get(name)), "")
            if not token:
                break
            params = {**params, token: answer[token]}
        return items
