"""One broker: its one connection, who waits for it, and how long not to try again."""

from __future__ import annotations

import asyncio
import time
from contextvars import ContextVar
from typing import TypeVar

from aiokafka.errors import CorrelationIdError, IncompatibleBrokerVersion, KafkaConnectionError

from console.kafka.codes import BrokerDown
from console.kafka.login import CAUGHT, Login
from console.kafka.values import Address
from console.kafka.wire import Connection, Question
from console.poll import Failed

T = TypeVar("T")
DIAL = 3.0  # seconds to connect and log in
ANSWER = 5.0  # seconds to answer a request
BACK_OFF = 2.0  # seconds without a new dial after one failed
GRACE = 0.3  # seconds that anyone waits for the dial of a broker that failed before
FAIR = 0.2  # of ANSWER: who was given less time than that has not failed
LONG_AGO = -1e9
LOOK_ENDS: ContextVar[float] = ContextVar("LOOK_ENDS")
"""On the monotonic clock; set by who looks, for all that is asked on the way."""


def patience() -> float:
    """Seconds to wait for a broker: half of what is left of the look, for others come after it."""
    ends = LOOK_ENDS.get(None)
    return ANSWER if ends is None else min(ANSWER, max((ends - time.monotonic()) / 2, 0.0))


class Link:
    """A broker that is dialled by one task alone, whoever and how many want it."""

    def __init__(self, address: Address, login: Login, turn: asyncio.Lock) -> None:
        self.address = address
        self.failed: Failed | None = None
        """Why the last dial or answer failed; None while it works."""
        self.since: float | None = None
        """Real epoch seconds since when it fails."""
        self._login, self._turn = login, turn
        self._connection: Connection | None = None
        self._born = self._retry_at = self._patient_until = LONG_AGO
        self._dial: asyncio.Task[None] | None = None
        self._asking = 0

    @property
    def connected(self) -> bool:
        """There is a connection that nobody closed."""
        return self._connection is not None and self._connection.alive

    async def ask(self, question: Question[T]) -> T:
        """The answer; raises BrokerDown, LoginRefused or AuthExpired with the sentence for people.

        A connection that was closed meanwhile (restart, end of an IAM session) is tried once more,
        but for a write: a no to the second one would hide that the first was done.
        """
        for again in (question.repeats, False):
            connection = await self.connection()
            self._asking += 1
            seconds = patience()
            try:
                async with asyncio.timeout(seconds):
                    return await connection.ask(question)
            except TimeoutError:
                silent = BrokerDown(f"{self.address} has not answered for {seconds:.2g} s")
                if seconds < FAIR * ANSWER:
                    raise silent from None
                connection.close(silent=True)
                raise self._fails(silent) from None
            except (KafkaConnectionError, CorrelationIdError, OSError):
                connection.close()
                if not question.repeats:  # no back-off: who wrote tries again
                    raise BrokerDown(f"{self.address} hung up before it answered") from None
                if not again:
                    lost = BrokerDown(f"{self.address} closes connections (restarting?)")
                    raise self._fails(lost) from None
            except IncompatibleBrokerVersion as error:
                raise BrokerDown(f"{self.address}: {error} by this broker") from None
            except ValueError as error:
                raise BrokerDown(f"{self.address} answers nonsense: {error}") from None
            finally:
                self._asking -= 1
        raise AssertionError("unreachable")

    async def connection(self) -> Connection:
        """The open connection, made now if need be; raises as `ask` does.

        Who wants a broker that failed before waits a moment only: the dial goes on behind.
        """
        if self._connection is not None and self._usable(self._connection):
            return self._connection
        now = time.monotonic()
        if self._dial is None:
            if self.failed is not None and now < self._retry_at:
                raise self.failed
            self._patient_until = now + (GRACE if self.failed else DIAL + 1)
            self._dial = asyncio.create_task(self._connect())
        dial = self._dial
        await asyncio.wait({dial}, timeout=max(min(self._patient_until - now, patience()), 0))
        if dial.done() and not dial.cancelled():
            dial.result()
        if self._connection is not None and self._connection.alive:
            return self._connection
        raise self.failed or BrokerDown(f"{self.address} has not let us in yet")

    def _usable(self, connection: Connection) -> bool:
        max_age = self._login.max_age
        aged = max_age is not None and time.monotonic() - self._born > max_age
        return connection.alive and (not aged or self._asking > 0)

    async def _connect(self) -> None:
        try:
            arguments = await self._login.arguments()
            via = self._login.via(self.address)
            new = Connection(self.address, via, self._turn, ANSWER, **arguments)
            async with asyncio.timeout(DIAL):
                await new.open()
        except (*CAUGHT, Failed) as error:
            self._fails(self._login.explain(self.address, error))
            return
        finally:
            self._dial = None
        old, self._connection = self._connection, new
        self.failed = self.since = None
        self._born = time.monotonic()
        if old is not None:
            old.close()

    def _fails(self, failure: Failed) -> Failed:
        self.since = self.since or time.time()
        self.failed = failure
        self._retry_at = time.monotonic() + BACK_OFF
        return failure

    async def close(self) -> None:
        """Hang up, also while dialling; the link may be used again."""
        if self._dial is not None:
            self._dial.cancel()
            await asyncio.wait({self._dial})
        connection, self._connection = self._connection, None
        if connection is not None and (closed := connection.close()) is not None:
            await asyncio.wait({closed}, timeout=0.2)  # a black hole never ends a TLS session
