"""The lab's own door: what it is, faults on demand, its request log, another scenario."""

from __future__ import annotations

import inspect
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiohttp import web

from console.lab.faults import FAULTS
from console.lab.scenarios import SCENARIOS, refusal
from console.lab.undo import undo

if TYPE_CHECKING:
    from console.lab.lab import Lab


@dataclass(frozen=True, slots=True)
class Control:
    """`GET /lab`, `GET /log`, `POST /fault {name, on, …}`, `POST /scenario {name}`."""

    lab: Lab

    def app(self) -> web.Application:
        """The web application, ready to be served."""
        app = web.Application()
        app.router.add_get("/lab", self._lab)
        app.router.add_get("/log", self._log)
        app.router.add_post("/fault", self._fault)
        app.router.add_post("/scenario", self._scenario)
        return app

    async def _lab(self, _: web.Request) -> web.Response:
        starts = {"estate": self.lab.clock.estate_start, "real": self.lab.clock.real_start}
        clock = {name: at and at.isoformat() for name, at in starts.items()}
        told = {
            "banner": self.lab.banner,
            "scenario": "" if self.lab.drill else self.lab.scenario,  # not to be given away
            "scenarios": {name: one.title for name, one in SCENARIOS.items()},
            "faults": sorted(FAULTS),
            "env": self.lab.env,
            "clock": clock | {"speed": self.lab.clock.speed},
        }
        return web.json_response(told)

    async def _log(self, _: web.Request) -> web.Response:
        asked = self.lab.kubernetes.requests
        cluster = [{"vendor": "kubernetes", "operation": one} for one in asked]
        return web.json_response([*cluster, *self.lab.log.entries])

    async def _fault(self, request: web.Request) -> web.Response:
        body = await _body(request)
        try:
            done = FAULTS[body["name"]](self.lab, bool(body.get("on", True)), body)
            if inspect.isawaitable(done):
                await done
        except (KeyError, ValueError) as error:
            return web.json_response({"error": repr(error), "faults": sorted(FAULTS)}, status=400)
        return web.json_response({"done": body})

    async def _scenario(self, request: web.Request) -> web.Response:
        name = str((await _body(request)).get("name"))
        if name not in SCENARIOS:
            told = {"error": f"no scenario {name}", "scenarios": sorted(SCENARIOS)}
            return web.json_response(told, status=400)
        real = hasattr(self.lab, "kafka") and self.lab.kafka.faults is None
        if why := refusal(name, real):
            return web.json_response({"error": why}, status=400)
        await undo(self.lab)
        self.lab.play(name)
        return web.json_response({"done": name})


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except json.JSONDecodeError:
        body = None
    if not isinstance(body, dict):
        raise web.HTTPBadRequest(text="a JSON object is expected")
    return body
