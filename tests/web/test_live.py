"""The doctor says of every address whether it answers, and which pointer leads nowhere."""

from __future__ import annotations

from console.clients import Clients
from console.commands.live_web import doctor
from console.config import Estate
from tests.web.desk import desk

UP = {"at": "/status", "type": "text", "ok": ["UP"]}


async def test_every_address_and_every_pointer_is_tried() -> None:
    async with desk() as lab:
        checks = {
            "offre": {"url": f"{lab.url}/offre/health", "facts": {"health": UP, "n": {"at": "/x"}}},
            "devices": {"url": f"{lab.url}/devices/summary"},
            "mes": {"url": f"{lab.url}/mes/health", "facts": {"health": UP}},
        }
        lab.web.down.add("mes")
        http = {name: {"scope": "eks", **check} for name, check in checks.items()}
        estate = Estate.model_validate({"estate": {"name": "e", "title": "E"}, "http": http})
        clients = Clients(estate)
        found = {one.what: one for one in await doctor(estate, clients, lab.clock)}
        await clients.close()
    assert found["http offre"].ok and found["http offre"].said.startswith("HTTP 200 in")
    assert found["http offre, n"].ok is False and "at /x" in found["http offre, n"].said
    assert "http.offre.facts.n" in found["http offre, n"].fix
    assert "http offre, health" not in found
    assert found["http devices"].ok is False and "wants a login" in found["http devices"].said
    assert "http mes, health" not in found, "its pointers are not to blame"
    assert found["http mes"].ok is False and found["http mes"].said == "mes: HTTP 503, not 200"
