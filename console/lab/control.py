"""The lab's own door: what it is, faults on demand, its request log, another scenario."""

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING, Any

from aiohttp import web

from console.lab.faults import FAULTS
from console.lab.scenarios import SCENARIOS

if TYPE_CHECKING:
    from console.lab.lab import Lab


def control(lab: Lab) -> web.Application:
    """`GET /lab`, `GET /log`, `POST /fault {name, on, …}`, `POST /scenario {name}`."""

    async def told(_: web.Request) -> web.Response:
        starts = {"estate": lab.clock.estate_start, "real": lab.clock.real_start}
        clock = {name: at and at.isoformat() for name, at in starts.items()}
        return web.json_response(
            {
                "banner": lab.banner,
                "scenario": lab.scenario,
                "scenarios": {name: one.title for name, one in SCENARIOS.items()},
                "faults": sorted(FAULTS),
                "env": lab.env,
                "clock": clock | {"speed": lab.clock.speed},
            }
        )

    async def log(_: web.Request) -> web.Response:
        return web.json_response(list(lab.log.entries))

    async def fault(request: web.Request) -> web.Response:
        body = await _body(request)
        try:
            done = FAULTS[body["name"]](lab, bool(body.get("on", True)), body)
            if inspect.isawaitable(done):
                await done
        except (KeyError, ValueError) as error:
            return web.json_response({"error": f"{error!r}", "faults": sorted(FAULTS)}, status=400)
        return web.json_response({"done": body})

    async def scenario(request: web.Request) -> web.Response:
        name = str((await _body(request)).get("name"))
        if name not in SCENARIOS:
            return web.json_response({"error": f"no scenario {name}"}, status=400)
        lab.play(name)
        return web.json_response({"done": name})

    app = web.Application()
    app.router.add_get("/lab", told)
    app.router.add_get("/log", log)
    app.router.add_post("/fault", fault)
    app.router.add_post("/scenario", scenario)
    return app


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except json.JSONDecodeError:
        raise web.HTTPBadRequest(text="a JSON object is expected") from None
    if not isinstance(body, dict):
        raise web.HTTPBadRequest(text="a JSON object is expected")
    return body
