"""The clients of every vendor: made once, on first use, so that none is imported before it."""

from __future__ import annotations

import asyncio
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.aws.session import Aws
    from console.config import Estate
    from console.ita.api import ItaApi
    from console.kafka.pool import BrokerPool
    from console.kubernetes import KubernetesApi
    from console.web.client import Web


class Clients:
    """One client per account, cluster and service of an estate."""

    def __init__(self, estate: Estate) -> None:
        self.estate = estate
        self._pools: dict[str, BrokerPool] = {}
        self._apis: dict[str, KubernetesApi] = {}
        self._itas: dict[str, ItaApi] = {}
        self._web: Web | None = None

    @cached_property
    def aws(self) -> Aws:
        """Every AWS account of the estate."""
        from console.aws.session import Aws

        return Aws(self.estate)

    def kafka(self, cluster: str) -> BrokerPool:
        """The broker pool of one Kafka cluster."""
        if cluster not in self._pools:
            from console.kafka.pool import BrokerPool

            self._pools[cluster] = BrokerPool(cluster, self.estate)
        return self._pools[cluster]

    def kubernetes(self, cluster: str) -> KubernetesApi:
        """The API of one Kubernetes cluster."""
        if cluster not in self._apis:
            from console.kubernetes import KubernetesApi

            self._apis[cluster] = KubernetesApi(cluster, self)
        return self._apis[cluster]

    @property
    def web(self) -> Web:
        """The HTTP addresses."""
        if self._web is None:
            from console.web.client import Web

            self._web = Web(self.estate)
        return self._web

    def ita(self, name: str) -> ItaApi:
        """The administrator's API of one ITA system; its login outlives its connections."""
        if name not in self._itas:
            from console.ita.api import ItaApi

            self._itas[name] = ItaApi(name, self.estate.ita[name], self.estate.proxy)
        return self._itas[name]

    def again(self) -> None:
        """A person wants everything asked once more, also with a login that was refused."""
        for ita in self._itas.values():
            ita.again()

    async def close(self) -> None:
        """Close every connection; the clients may be used again and then reconnect."""
        pools, self._pools = self._pools, {}
        apis, self._apis = self._apis, {}
        await asyncio.gather(*(pool.close() for pool in pools.values()))
        await asyncio.gather(*(api.close() for api in apis.values()))
        await asyncio.gather(*(ita.close() for ita in self._itas.values()))
        if self._web is not None:
            await self._web.close()
