"""An ITA system in estate.yaml: the login that cannot work is refused, with the reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.config.desk import ESTATE, REMEDIES, said

ADMIN = "https://ita-admin.example.jp"


def estate(settings: str) -> str:
    return f"{ESTATE}\n    ita:\n      ita: {{{settings}}}\n"


WRONG = [
    (f'url: "{ADMIN}", user: a, password: "se:cret"', "is cut at the ':' by the platform and"),
    (f'url: "{ADMIN}", user: "a:b", password: c', "cannot log in by `auth: basic`"),
    (f'url: "{ADMIN}", user: a, password: c, totp: "123456"', "are for `auth: token`"),
    ("url: ita-admin, user: a", "expected an address such as"),
    ('url: "https://a:secret@ita.example.jp"', "an address holds no name or password"),
    ('url: "http://ita.example.jp"', "the login would go in the clear"),
    ('url: "http://127.0.0.1:8001"', "is this machine, and ONCALL_LAB is not set"),
    (f'url: "{ADMIN}", owner: nobody', "no such contact: nobody"),
    (f'url: "{ADMIN}", auth: totp', "expected basic or token"),
    (f'url: "{ADMIN}", passwort: x', "unknown key; did you mean password"),
]


@pytest.mark.parametrize(("settings", "what"), WRONG)
def test_a_login_that_cannot_work_is_refused_where_it_stands(
    settings: str, what: str, tmp_path: Path
) -> None:
    (line,) = said(tmp_path, {"estate.yaml": estate(settings)})
    assert line.startswith("estate.yaml:") and "ita.ita" in line and what in line
    assert "se:cret" not in line and "a:secret" not in line


@pytest.mark.parametrize(
    "settings",
    [
        f'url: "{ADMIN}", user: a, password: "se:cret", auth: token, totp: "123456"',
        'url: "http://127.0.0.1:8001", tunnelled: true, user: a, password: b',
        'url: "http://platform-auth:8001", cleartext: true, user: a, password: b',
        f'url: "{ADMIN}"',
    ],
)
def test_a_login_that_can_work_is_taken(settings: str, tmp_path: Path) -> None:
    assert said(tmp_path, {"estate.yaml": estate(settings)}) == []


@pytest.mark.parametrize(
    ("entry", "what"),
    [
        ("{kind: ita-job-stop}", "ita-job-stop needs `switch: on` or `switch: off`"),
        ("{kind: ita-read-only, switch: true}", "expected"),
        ("{kind: ec2-reboot, switch: on}", "ec2-reboot has no switch"),
    ],
)
def test_an_entry_says_which_way_it_turns(entry: str, what: str, tmp_path: Path) -> None:
    (line,) = said(tmp_path, {"remedies.yaml": f"{REMEDIES}      ita: {entry}\n"})
    assert what in line


def test_a_system_is_a_scope(tmp_path: Path) -> None:
    files = {
        "estate.yaml": estate(f'url: "{ADMIN}"'),
        "remedies.yaml": f"{REMEDIES}      ita: {{kind: ita-job-stop, switch: on, "
        "on: {scopes: [ita]}}\n",
    }
    assert said(tmp_path, files) == []
