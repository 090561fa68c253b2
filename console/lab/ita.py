"""The lab's ITA: the administrator's site, its switches, jobs that take their time, and its lies.

As the platform does it: under job stop what runs goes on; in read-only nobody looks after it.
"""

from __future__ import annotations

import asyncio
import json
from base64 import b64decode
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from aiohttp import web

from console.clock import Clock
from console.lab.requests import RequestLog

USER, PASSWORD, TOTP = "sysadmin", "lab-ita-pass", "246810"
TOKEN_S, RACE_S, PREPARES_S = 300, 2.0, 10.0
ZONE = ZoneInfo("Asia/Tokyo")  # of the containers
NAMES = {
    "2": ("準備中", "Preparing"),
    "3": ("実行中", "Executing"),
    "4": ("実行中(遅延)", "Executing (delayed)"),
    "5": ("一時停止", "Pausing"),
}
BACKYARDS = (
    *("ansible-execute", "terraform-cli-execute", "terraform-cloud-ep-execute"),
    *("excel-export-import", "menu-export-import", "menu-create", "conductor-synchronize"),
)
WORKSPACES = {"refinery": ("mizushima", "sakai"), "plant-it": ("common",)}
MODE, CHECK = "/api/platform/maintenance-mode-setting", "/api/ita/backyard-execute-check/"
KEYS = ("backyard_execute_stop", "data_update_stop")
Answer = tuple[int, Any]


@dataclass(slots=True)
class Job:
    """Something that runs for `takes_s` of estate time; `late_s` into it, it is late."""

    organization: str
    workspace: str
    backyard: str
    takes_s: float
    late_s: float = 1e9
    gone_s: float = 0.0
    again: bool = False
    """When it ends and nothing is stopped, somebody starts the next one like it."""
    id: str = field(default_factory=lambda: str(uuid4()))
    status: str = "2"
    changed: datetime | None = None

    @property
    def counted(self) -> bool:
        """Conductors are listed only."""
        return self.backyard != "conductor-synchronize"

    def anew(self, now: datetime) -> Job:
        """The next one like it."""
        fresh = Job(self.organization, self.workspace, self.backyard, self.takes_s, self.late_s)
        fresh.again = True
        fresh.move(now, 0.0)
        return fresh

    def move(self, now: datetime, seconds: float) -> None:
        """It works on; its status changes when its time has come."""
        self.gone_s += seconds
        at_once = self.backyard not in BACKYARDS[:3]
        status = "2" if self.gone_s < PREPARES_S and not at_once else "3"
        status = "4" if self.gone_s >= self.late_s else status
        if status != self.status or self.changed is None:
            self.status, self.changed = status, now


@dataclass(slots=True)
class Ita:
    """One platform. `faults` by name: an error code such as `500-34001`, or a way to lie.

    check-list: 200 with a list for the running jobs; no-keys, zeros: the mode without its keys, or
    off/off; ignore: a PATCH is accepted and not done; drop: done, and cut off; silent: done, and
    never answered; html: a portal; redirect; hang: nothing is answered.
    """

    clock: Clock
    log: RequestLog
    faults: set[str] = field(default_factory=set)
    lying: bool = False
    """By a story: a read inside fails, and it says that all is well."""
    totp: bool = False
    """The account has a one-time code: then Basic is not for it."""
    mode: dict[str, str] = field(default_factory=lambda: dict.fromkeys(KEYS, "0"))
    jobs: list[Job] = field(default_factory=list)
    waiting: list[Job] = field(default_factory=list)
    """Put in under job stop."""
    racers: list[Job] = field(default_factory=list)
    """What a backyard starts that read the switch a moment before it was turned."""
    tokens: set[str] = field(default_factory=set)
    _settled: datetime | None = None
    _stopped: datetime | None = None

    def app(self) -> web.Application:
        """The web application, ready to be served."""
        app = web.Application()
        app.router.add_get(MODE, self._answer(self._get))
        app.router.add_patch(MODE, self._answer(self._patch))
        app.router.add_get(CHECK, self._answer(self._check))
        tokens = "/auth/realms/master/protocol/openid-connect/token"
        app.router.add_post(tokens, self._token)
        return app

    def env(self, url: str) -> dict[str, str]:
        """Where it is and who may log in."""
        every = max(15 / self.clock.speed, 2.0)  # shorter, and a plan would find it old
        told = {"URL": url, "USER": USER, "PASSWORD": PASSWORD, "EVERY": f"{every:.1f}s"}
        return {f"ONCALL_ITA_{name}": value for name, value in told.items()}

    def start(self, jobs: Iterable[Job]) -> None:
        """These are put in now: they run at once, or wait for job stop to end."""
        self.settle()
        (self.waiting if self.mode[KEYS[0]] == "1" else self.jobs).extend(jobs)
        self.settle()

    def calm(self) -> None:
        """Nothing runs, nothing is on."""
        self.jobs, self.waiting, self.racers = [], [], []
        self.mode, self._stopped = dict.fromkeys(KEYS, "0"), None
        self.lying = False

    def settle(self) -> None:
        """What happened since the last look."""
        now = self.clock.now()
        seconds = (now - (self._settled or now)).total_seconds()
        self._settled = now
        if self._stopped and now - self._stopped >= timedelta(seconds=RACE_S):
            self.jobs, self.racers = self.jobs + self.racers, []
        if self.mode[KEYS[1]] == "1":
            return
        for job in self.jobs:
            job.move(now, seconds)
        over = [job for job in self.jobs if job.gone_s >= job.takes_s]
        self.jobs = [job for job in self.jobs if job.gone_s < job.takes_s]
        if self._stopped is None:
            self.jobs += [job.anew(now) for job in over if job.again]

    def _answer(
        self, what: Callable[[web.Request], Awaitable[Answer]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def answer(request: web.Request) -> web.StreamResponse:
            self.settle()
            if "hang" in self.faults:
                self._log(request, "hang")
                await asyncio.sleep(3600)
            if (off := self._off(request)) is not None:
                self._log(request, str(off.status))
                return off
            error = next((one for one in self.faults if one[:3].isdigit()), "")
            status, told = (int(error[:3]), error) if error else await what(request)
            self._log(request, told if status >= 400 else "", await request.text())
            if request.method == "PATCH" and "silent" in self.faults:
                await asyncio.sleep(3600)
            if request.method == "PATCH" and "drop" in self.faults and request.transport:
                request.transport.abort()
            if status >= 400:
                return _said(status, {"result": told, "message": "エラー"})
            return _said(200, {"result": "000-00000", "data": told, "message": "SUCCESS"})

        return answer

    def _log(self, request: web.Request, error: str, body: str = "") -> None:
        operation = f"{request.method} {request.path}"
        self.log.add("ita", operation, json.loads(body) if body and not error else {}, error)

    def _off(self, request: web.Request) -> web.Response | None:
        """What stands before the platform, or that it does not know who asks."""
        if "html" in self.faults:
            return web.Response(text="<html>please log in</html>", content_type="text/html")
        if "redirect" in self.faults:
            return web.Response(status=302, headers={"Location": "http://portal.example/login"})
        if not self._knows(request.headers.get("Authorization", "")):
            return _said(401, {"result": "401-00002", "message": "認証に失敗しました。"})
        return None

    def _knows(self, header: str) -> bool:
        scheme, _, secret = header.partition(" ")
        if scheme.lower() == "bearer":
            return secret in self.tokens
        if scheme.lower() != "basic" or self.totp:
            return False
        user, _, password = b64decode(secret).decode().partition(":")
        return user == USER and password.split(":")[0] == PASSWORD  # as the platform cuts it

    async def _get(self, _: web.Request) -> Answer:
        if "no-keys" in self.faults:
            return 200, {}
        lies = self.lying or "zeros" in self.faults
        return 200, dict.fromkeys(KEYS, "0") if lies else self.mode

    async def _patch(self, request: web.Request) -> Answer:
        try:
            body = await request.json()
        except ValueError:
            body = None
        if not isinstance(body, dict) or not body:
            return 400, "400-00002"
        if set(body) - set(KEYS):
            return 400, "400-00026"
        if any(value not in ("0", "1") for value in body.values()):
            return 400, "400-00027"
        if "ignore" not in self.faults:
            self._turn(body)
        return 200, None

    def _turn(self, body: Mapping[str, str]) -> None:
        self.mode = self.mode | dict(body)
        if body.get(KEYS[0]) == "1":
            self._stopped = self.clock.now()
        elif body.get(KEYS[0]) == "0":
            self._stopped = None
            self.jobs, self.waiting = self.jobs + self.waiting, []

    async def _check(self, request: web.Request) -> Answer:
        if self.lying or "check-list" in self.faults:
            error = {"result": "999-99999", "message": "システムエラーが発生しました。"}
            return 200, [error, 500]
        word = request.headers.get("Language", "ja") == "en"
        each = [self._organization(name, spaces, word) for name, spaces in WORKSPACES.items()]
        count = sum(one["execute_count"] for one in each)
        return 200, {"execute_count": count, "organizations": each}

    def _organization(self, name: str, spaces: Iterable[str], word: bool) -> dict[str, Any]:
        told: list[dict[str, Any]] = []
        for space in spaces:
            own = [j for j in self.jobs if (j.organization, j.workspace) == (name, space)]
            lists = {f"ita-by-{b}": [_item(j, word) for j in own if j.backyard == b]
                     for b in BACKYARDS}  # fmt: skip
            count = sum(job.counted for job in own)
            told.append({"id": space, "execute_count": count, "backyards": lists})
        count = sum(one["execute_count"] for one in told)
        return {"id": name, "execute_count": count, "workspaces": told}

    async def _token(self, request: web.Request) -> web.Response:
        """Keycloak's: by password, and by a refresh token."""
        form = await request.post()
        grant = str(form.get("grant_type"))
        asked = (form.get("username"), form.get("password"), form.get("totp"))
        by_password = asked == (USER, PASSWORD, TOTP if self.totp else None)
        good = by_password if grant == "password" else form.get("refresh_token") == "refresh-1"
        self.log.add("ita", f"POST token {grant}", {}, "" if good else "invalid_grant")
        if not good:
            return _said(401 if grant == "password" else 400, {"error": "invalid_grant"})
        token = f"token-{len(self.tokens)}"
        self.tokens.add(token)
        told = {"access_token": token, "refresh_token": "refresh-1", "expires_in": TOKEN_S}
        return _said(200, told)


def _item(job: Job, word: bool) -> dict[str, Any]:
    at = (job.changed or datetime.now(ZONE)).astimezone(ZONE)
    return {
        "id": job.id,
        "status_id": job.status,
        "status_name": NAMES[job.status][word],
        "last_update_timestamp": f"{at:%Y-%m-%dT%H:%M:%S.%f}Z",  # the wall clock, called Z
    }


def _said(status: int, told: Mapping[str, Any]) -> web.Response:
    return web.json_response(told, status=status)
