"""The way to an address: which proxy is taken, and that its password is on no screen."""

from __future__ import annotations

import pytest

from console.poll import Failed
from console.web.way import through
from tests.web.desk import ask

FAR = "https://far.example.com/health"


@pytest.mark.parametrize(
    ("told", "taken"),
    [
        ("http://user:pa55@proxy.example.com:3128", "http://user:pa55@proxy.example.com:3128"),
        ("user:pa55@proxy.example.com:3128", "http://user:pa55@proxy.example.com:3128"),
        ("proxy.example.com:3128", "http://proxy.example.com:3128"),
    ],
)
def test_a_proxy_is_taken_as_other_programs_take_it(
    told: str, taken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("https_proxy", told)
    assert through(FAR, "") == taken
    assert through(FAR, told) == taken
    assert through("http://127.0.0.1:1/", told) is None


@pytest.mark.parametrize(
    "told",
    [
        "http://user:pa55@proxy.example.com:99999",
        "http://user:pa55@proxy.example.com:port",
        "user:pa55@:3128",
        "socks5://user:pa55@proxy.example.com:1080",
        "http://user:pa55@[::1:3128",
    ],
)
async def test_a_proxy_that_is_no_address_is_our_fault_and_its_password_is_not_told(
    told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("https_proxy", told)
    seen = await ask({"url": FAR, "scope": "eks"})
    assert not seen.rows and seen.trouble
    assert seen.trouble.message == "the environment's proxy is no address"
    assert "pa55" not in str(seen)
    with pytest.raises(Failed, match=r"the estate's proxy .* is no address"):
        through(FAR, told)
