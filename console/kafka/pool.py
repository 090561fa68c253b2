"""Every broker of one cluster: whom to ask, and the way back when all we knew are gone."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from console.kafka.codes import BrokerDown, LoginRefused
from console.kafka.link import Link
from console.kafka.login import Login, address_of
from console.kafka.values import Address, Metadata
from console.kafka.wire import Question, all_metadata
from console.poll import AuthExpired, Failed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from console.config import Estate
    from console.kafka.offsets import Collector

T = TypeVar("T")
FAREWELL = 1.0  # second
HEDGE = 1.0  # seconds before the next broker is asked as well


class BrokerPool:
    """One connection to each broker of a cluster. A broker that is gone costs the others nothing.

    aiokafka's own clients would not do: one lock for all dials, and no way back to the bootstrap
    list (KIP-899).
    """

    def __init__(self, cluster: str, estate: Estate) -> None:
        self.cluster = cluster
        self.settings = estate.kafka[cluster]
        self.brokers: Mapping[int, Address] = {}
        """The live brokers, as the cluster last said."""
        self.known: dict[int, Address] = {}
        """Every broker ever seen, with its last address."""
        self.farewells: dict[str, Callable[[], Awaitable[None]]] = {}
        """What is still done, within a second, when the pool is closed."""
        self._estate = estate
        self._login = Login(cluster, estate)
        self._turn = asyncio.Lock()
        self._seeds = [address_of(text) for text in self.settings.bootstrap.split(",")]
        self._links: dict[Address, Link] = {}

    @cached_property
    def offsets(self) -> Collector:
        """What both Kafka sources read, collected once for both."""
        from console.kafka.offsets import Collector

        return Collector(self)

    @asynccontextmanager
    async def apart(self) -> AsyncIterator[BrokerPool]:
        """The same cluster over connections of their own, for as long as something takes long.

        A broker answers what comes on one connection one after the other: no pane waits behind it.
        """
        own = BrokerPool(self.cluster, self._estate)
        own.brokers, own.known = self.brokers, dict(self.known)
        try:
            yield own
        finally:
            await own.close()

    def link(self, address: Address) -> Link:
        """The link to one address, made on first use."""
        if address not in self._links:
            self._links[address] = Link(address, self._login, self._turn)
        return self._links[address]

    def broker(self, broker: int) -> Link:
        """The link to one broker; raises BrokerDown when the cluster does not list it as live."""
        if broker not in self.brokers:
            where = f" ({self.known[broker]})" if broker in self.known else ""
            raise BrokerDown(f"broker {broker}{where} has left the cluster (restarting?)")
        return self.link(self.brokers[broker])

    async def ask(self, broker: int, question: Question[T]) -> T:
        """One broker's answer; raises BrokerDown, LoginRefused or AuthExpired."""
        return await self.broker(broker).ask(question)

    async def anyone(self, question: Question[T]) -> T:
        """The first answer of whichever broker; raises Failed when all have failed."""
        return await _first(self._candidates(), question, self.cluster)

    async def metadata(self, topics: Sequence[str] | None = None) -> Metadata:
        """The brokers and all topics (or those named), asked now."""
        found = await self.anyone(all_metadata(topics))
        await self._learn(found.brokers)
        return found

    def _candidates(self) -> list[Link]:
        """Connected ones first, each group in random order, the bootstrap list last (KIP-899)."""
        links = [self.link(address) for address in self.brokers.values()]
        random.shuffle(links)
        links.sort(key=lambda link: not link.connected)
        known = {link.address for link in links}
        seeds = [self.link(address) for address in self._seeds if address not in known]
        random.shuffle(seeds)
        return links + seeds

    async def _learn(self, brokers: Mapping[int, Address]) -> None:
        if not brokers or brokers == self.brokers:
            return
        self.brokers = brokers
        self.known |= brokers
        wanted = set(self.known.values())
        for address in [address for address in self._links if address not in wanted]:
            await self._links.pop(address).close()

    async def greet(self) -> Mapping[int, str]:
        """Ask every broker that the cluster calls live for as little as can be: why none answers.

        Only so is a broker found out that accepts connections and does nothing.
        """
        brokers = list(self.brokers)
        said = await asyncio.gather(*map(self._greet, brokers))
        return {broker: why for broker, why in zip(brokers, said, strict=True) if why}

    async def _greet(self, broker: int) -> str:
        try:
            await self.ask(broker, all_metadata(()))
        except Failed as failure:
            return str(failure)
        return ""

    def trouble(self, broker: int) -> tuple[str, float] | None:
        """Why a broker that the cluster calls live does not answer us, and for how many seconds."""
        link = self._links.get(self.brokers.get(broker, Address("", 0)))
        if link is None or link.failed is None:
            return None
        return str(link.failed), max(time.time() - (link.since or time.time()), 0.0)

    async def close(self) -> None:
        """Close every connection; the pool may be used again and then dials anew."""
        with suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL):
                await asyncio.gather(*(last() for last in self.farewells.values()))
        links, self._links = list(self._links.values()), {}
        await asyncio.gather(*(link.close() for link in links))


async def _first(links: Iterable[Link], question: Question[T], cluster: str) -> T:
    """Ask one after the other, the next one when the last has failed or is slow."""
    waiting: set[asyncio.Task[T]] = set()
    failures: list[Failed] = []
    queue = list(links)
    try:
        while queue or waiting:
            if queue:
                waiting.add(asyncio.create_task(queue.pop(0).ask(question)))
            done, waiting = await asyncio.wait(
                waiting, timeout=HEDGE if queue else None, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                error = task.exception()
                if error is None:
                    return task.result()
                if not isinstance(error, Failed):
                    raise error
                failures.append(error)
    finally:
        for task in waiting:
            task.cancel()
    raise _all_failed(failures, cluster)


def _all_failed(failures: list[Failed], cluster: str) -> Failed:
    for failure in failures:
        if isinstance(failure, AuthExpired | LoginRefused):
            return failure
    said = "; ".join(dict.fromkeys(str(failure) for failure in failures))
    return BrokerDown(f"no broker of {cluster} answers: {said}")
