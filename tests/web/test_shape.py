"""Mistakes in `http` of estate.yaml are told with their place, and secrets are not told at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.config import load
from console.config.shown import lines
from tests.config.desk import ESTATE, SMALL, said, write

CASE = """
    id: hot
    title: Hot
    severity: warning
    when: [{source: http, where: %s}]
"""


def estate(check: str) -> dict[str, str]:
    return {"estate.yaml": f"{ESTATE}    http:\n      offre: {check}\n"}


MISTAKES: list[tuple[str, str]] = [
    ("{url: offre.fr, scope: eks}", "expected an address such as"),
    ("{url: 'https://u:p@offre.fr/', scope: eks}", "an address holds no name or password"),
    ("{url: 'https://offre.fr/'}", "it belongs either to a scope or to a site and env"),
    ("{url: 'https://offre.fr/', scope: ekss}", "no such scope: ekss; did you mean eks?"),
    ("{url: 'http://offre.fr/', scope: eks, auth: {bearer: x}}", "to https addresses only"),
    ("{url: 'HTTP://offre.fr/', scope: eks, auth: {bearer: x}}", "to https addresses only"),
    ("{url: 'https://o.fr/', scope: eks, auth: {bearer: a, basic: {user: u, password: p}}}",
     "either by bearer or by basic"),
    ("{url: 'https://o.fr/', scope: eks, facts: {n: {at: n}}}", "expected a JSON pointer"),
    ("{url: 'https://o.fr/', scope: eks, facts: {n: {at: /n, type: text, warn: 3}}}",
     "a text has ok; warn and crit are for numbers"),
    ("{url: 'https://o.fr/', scope: eks, facts: {n: {at: /n, warn: 5, crit: 3}}}",
     "crit must be beyond warn"),
    ("{url: 'https://o.fr/{since}', scope: eks}", "is for an address whose answer has keys"),
    ("{url: 'https://o.fr/', scope: eks, trace: 'https://o.fr/'}", "with {probe} in it"),
    ("{url: 'https://o.fr/', scope: eks, trace: 'https://o.fr/{probe}'}", "trace needs trace_at"),
    ("{url: 'http://127.0.0.1:5/', scope: eks}", "is this machine, and ONCALL_LAB is not set"),
    ("{url: 'https://o.fr/', scope: eks, verify: false}", "unknown key"),
]  # fmt: skip


@pytest.mark.parametrize(("check", "why"), MISTAKES)
def test_a_mistake_is_told_with_its_place(check: str, why: str, tmp_path: Path) -> None:
    told = said(tmp_path, estate(check))
    assert any(why in line and "http.offre" in line for line in told), told
    assert all(line.startswith("estate.yaml:") for line in told)


def test_a_token_is_never_told_and_no_symptom_names_a_check_that_is_not_there(
    tmp_path: Path,
) -> None:
    url, trace = "https://o.fr/?key=hush", "https://o.fr/?k=hush&m={probe}"
    auth = "auth: {bearer: hush}"
    files = estate(f"{{url: '{url}', scope: eks, {auth}, trace: '{trace}', trace_at: /x}}")
    case = CASE % "{check: ofre, state: failed}"
    (told,) = said(tmp_path, files | {"cases/hot.yaml": case})
    assert "no such HTTP check: ofre; did you mean offre?" in told
    write(tmp_path, SMALL | files)
    shown = "\n".join(lines(load(tmp_path, environ={})))
    assert "hush" not in shown and "https://o.fr/?k=********&m={probe}" in shown


def test_a_refused_address_is_quoted_without_the_password_in_it(tmp_path: Path) -> None:
    (line,) = said(tmp_path, estate("{url: 'https://u:hush@offre.fr/?key=hush', scope: eks}"))
    assert "an address holds no name or password" in line and "hush" not in line
