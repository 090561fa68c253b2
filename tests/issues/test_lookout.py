"""The register reaches the board at once: no poll has to come by first."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from console.clients import Clients
from console.commands.status import exit_code
from console.lookout import Lookout
from console.model import Board, Severity
from console.poll import Context
from console.sources.sites import SiteHealth
from tests.test_sites import ESTATE, KNOWN, REAL, WARNING, board, errors

LOUD = board(metrics=(errors(7.0, WARNING, because=("alb_http_5xx 7 ≥ 5 warning",)),), alarms=())
LASTING = replace(KNOWN, fix_on=None)
LATE = replace(KNOWN, fix_on=date(2020, 1, 1))


def sakai(of: Board) -> SiteHealth:
    row = next(row for row in of.rows("sites") if row.ref.scope == "sakai/prod")
    assert isinstance(row, SiteHealth)
    return row


async def test_a_change_of_the_register_is_read_at_once_and_only_once() -> None:
    seen: list[Board] = []
    lookout = Lookout(Context(ESTATE, Clients(ESTATE)), seen.append)
    lookout.board = LOUD
    lookout.know((LASTING,))
    lookout.know((LASTING,))
    assert [sakai(one).errors for one in seen] == ["known_only"]
    lookout.know(())
    assert [sakai(one).errors for one in seen] == ["known_only", "new"]
    assert sakai(seen[-1]).severity is Severity.WARNING


async def test_what_is_only_known_is_no_warning_to_a_script_and_a_late_fix_is() -> None:
    seen: list[Board] = []
    lookout = Lookout(Context(ESTATE, Clients(ESTATE)), seen.append)
    lookout.board = LOUD
    for issues, code in (((LASTING,), 0), ((), 1), ((LATE,), 1)):
        lookout.know(issues)
        assert exit_code(seen[-1], REAL) == code, issues
