"""The administrator's API of one system: two reads and the one write, each asked once.

exastro-platform 1.12: `/api/platform/maintenance-mode-setting`; exastro-it-automation 2.7:
`/api/ita/backyard-execute-check/`. Both stay usable in read-only mode.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import aiohttp

from console.clock import real_now
from console.ita.belief import Memory
from console.ita.login import Basic, Bearer, Login
from console.ita.parsing import data_of, mode_of, running_of
from console.ita.refusal import Reply, Unanswered, Unreached, judge, sentences
from console.poll import AuthExpired, Failed, in_thread
from console.web.way import Trust, session, through

if TYPE_CHECKING:
    import ssl

    from console.config.ita import Ita
    from console.ita.values import Mode, Running

MODE, CHECK = "/api/platform/maintenance-mode-setting", "/api/ita/backyard-execute-check/"
CONNECT_S, READ_S, WRITE_S = 3.0, 8.0, 20.0
LONGEST = 16 * 2**20  # bytes of an answer
LARGE = 64 * 2**10  # bytes from which it is read off the loop


class ItaApi:
    """One system, logged in; connections are made on first use."""

    def __init__(self, name: str, settings: Ita, proxy: str = "") -> None:
        self.name, self.settings = name, settings
        self._proxy = proxy
        self._session: aiohttp.ClientSession | None = None
        self._trust = Trust()
        token = settings.auth == "token"
        self._login: Login = Bearer(name, settings, self._post) if token else Basic(name, settings)
        self.turned_off: dict[str, datetime] = {}
        """When this console turned a switch off (real time): then it is no surprise that it is."""
        self.memory = Memory()

    @property
    def host(self) -> str:
        """Where it is, for people."""
        return urlsplit(self.settings.url).netloc

    async def mode(self) -> Mode:
        """Both switches as they are. Raises Failed or AuthExpired."""
        return mode_of(await self._read(MODE))

    async def running(self) -> Running:
        """What is under way in every organization. Raises Failed or AuthExpired."""
        answer = await self._read(CHECK)
        return await in_thread(running_of, answer, ZoneInfo(self.settings.zone))

    async def switch(self, key: str, on: bool) -> Mapping[str, Any]:
        """Turn one switch, once; what was answered.

        Raises Answered, AuthExpired or Unreached: it was not done; Unanswered: nobody knows.
        """
        header = await self._entered()
        reply = await self._ask("PATCH", MODE, header, {key: "1" if on else "0"}, read_s=WRITE_S)
        if reply.status == 401:
            self._login.refused()
        answer = judge(self.name, reply, self._login.cure)
        data_of(answer, "the switch")
        if not on:
            self.turned_off[key] = real_now()
        return {"result": answer["result"], "ts": str(answer.get("ts", ""))}

    def again(self) -> None:
        """A person wants a login that was refused to be tried once more."""
        self._login.again()

    async def close(self) -> None:
        """Close the connections; the next request makes new ones."""
        before, self._session = self._session, None
        if before is not None:
            await before.close()

    async def _entered(self) -> str:
        """The header of a write. Raises AuthExpired or Unreached: nothing was sent so far."""
        try:
            return await self._login.header()
        except AuthExpired:
            raise
        except Failed as error:
            raise Unreached(str(error), error.cure) from None

    async def _read(self, path: str) -> Any:
        reply = await self._ask("GET", path, await self._login.header())
        if reply.status == 401 and self._login.refused():
            reply = await self._ask("GET", path, await self._login.header())
        return judge(self.name, reply, self._login.cure)

    async def _post(self, path: str, form: Mapping[str, str]) -> Reply:
        return await self._ask("POST", path, form=form)

    async def _ask(
        self,
        method: str,
        path: str,
        header: str = "",
        body: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        read_s: float = 0.0,
    ) -> Reply:
        trust = await self._trusted()
        # the names of states come in this language; they are decided by their numbers all the same
        headers = {"Accept": "application/json", "Language": "en"}
        headers |= {"Authorization": header} if header else {}
        limits = aiohttp.ClientTimeout(total=(read_s or READ_S) + CONNECT_S, sock_connect=CONNECT_S)
        try:
            proxy = through(self.settings.url, self._proxy)
        except Failed as error:
            raise Unreached(f"{self.name}: {error}", error.cure) from None
        with sentences(self.name, self.host):
            async with self._opened().request(
                method,
                self.settings.url.rstrip("/") + path,
                headers=headers,
                json=body,
                data=form,
                timeout=limits,
                allow_redirects=False,  # the login goes nowhere else
                proxy=proxy,
                ssl=trust,
            ) as answer:
                raw = await answer.content.read(LONGEST + 1)
                while not answer.content.at_eof() and len(raw) <= LONGEST:
                    raw += await answer.content.read(LONGEST + 1 - len(raw))
        if len(raw) > LONGEST:
            raise Unanswered(f"{self.name}: the answer to {path} is too long to be right")
        elsewhere = urlsplit(answer.headers.get("Location", "")).netloc
        told = await in_thread(_parsed, raw) if len(raw) > LARGE else _parsed(raw)
        return Reply(answer.status, told, elsewhere)

    async def _trusted(self) -> ssl.SSLContext | bool:
        bundle = self.settings.ca_bundle
        try:
            return await self._trust.on(self.settings.url, bundle)
        except OSError as error:
            raise Unreached(f"{self.name}: ca_bundle {bundle} cannot be used: {error}") from None

    def _opened(self) -> aiohttp.ClientSession:
        """Nothing is awaited here: two that ask at once share one."""
        if self._session is None or self._session.closed:
            self._session = session(connector=aiohttp.TCPConnector(limit=4))
        return self._session


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None
