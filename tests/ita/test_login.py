"""How the console logs in: once where it is refused, by token where there is one; by a proxy."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from console.clock import real_now
from console.ita import login
from console.ita.refusal import Reply
from console.lab.ita import PASSWORD, TOTP, USER
from console.remedy import Refused
from tests.ita.desk import Desk, carry_out, ita, propose
from tests.ita.test_source import assert_that


async def test_a_password_that_is_not_the_right_one_is_said_with_its_cure(tmp_path: Path) -> None:
    async with ita(tmp_path, password="other") as desk:
        assert_that(await desk.look(desk.part), "the login is not accepted .*auth: token")


def asked(desk: Desk) -> list[str]:
    return [f"{e['operation']} {e['error']}".strip() for e in desk.server.log.entries]


async def test_by_token_the_password_is_sent_once_and_the_token_renews_itself(
    tmp_path: Path,
) -> None:
    async with ita(tmp_path, auth="token", totp=TOTP) as desk:
        desk.server.totp = True
        part = desk.part
        assert (await desk.look(part)).trouble is None
        assert (await desk.look(part)).trouble is None
        assert [one for one in asked(desk) if "token" in one] == ["POST token password"]
        desk.server.tokens.clear()  # withdrawn before its time
        assert (await desk.look(part)).trouble is None
        tokens = [one for one in asked(desk) if "token" in one]
        assert tokens == ["POST token password", "POST token refresh_token"]


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"totp": "000000"}, "the login is not accepted; start the console with the password and"),
        ({"totp": TOTP, "password": "other"}, "the login is not accepted"),
        ({"user": "", "refresh_token": "refresh-0"}, "the login has run out"),
        ({"user": ""}, "no login is configured"),
    ],
)
async def test_a_token_that_nobody_gives_is_an_expired_login(
    settings: dict[str, Any], text: str, tmp_path: Path
) -> None:
    async with ita(tmp_path, auth="token", **settings) as desk:
        desk.server.totp = True
        seen = await desk.look(desk.part)
        assert_that(seen, text)
        assert seen.trouble is not None and seen.trouble.auth_expired


async def test_a_one_time_code_is_used_for_one_login(tmp_path: Path) -> None:
    async with ita(tmp_path, auth="token", totp=TOTP) as desk:
        desk.server.totp = True
        part = desk.part
        await desk.look(part)
        login: Any = desk.api._login
        login._refresh, login._until = "", None
        assert_that(await desk.look(part), "the login has run out; .*a new one-time code")


async def test_a_refresh_token_stands_for_a_password(tmp_path: Path) -> None:
    settings: dict[str, Any] = {
        "auth": "token",
        "user": "",
        "password": "",
        "refresh_token": "refresh-1",
    }
    async with ita(tmp_path, **settings) as desk:
        assert (await desk.look(desk.part)).trouble is None


@pytest.mark.parametrize("auth", ["basic", "token"])
async def test_a_password_that_was_refused_is_not_sent_until_a_person_wants_it(
    auth: str, tmp_path: Path
) -> None:
    async with ita(tmp_path, auth=auth, password="other") as desk:
        part = desk.part
        for _ in range(5):
            seen = await desk.look(part)
            assert_that(seen, "the login is not accepted")
            assert_that(seen, r"ctrl\+r sends it once more")
        assert len(desk.server.log.entries) == 1, "an account is locked after a few"
        desk.context.clients.again()
        await desk.look(part)
        assert len(desk.server.log.entries) == 2


async def test_a_switch_whose_login_is_refused_is_not_tried_with_it_again(tmp_path: Path) -> None:
    async with ita(tmp_path) as desk:
        plan = await propose("ita-job-stop-on", desk.hands)
        desk.server.faults = {"401-00002"}
        for why in ("the login is not accepted .401", "the login is not accepted"):
            with pytest.raises(Exception, match=why):
                await carry_out(plan, desk.hands)
        assert len(desk.writes) == 1


@pytest.mark.parametrize("status", [503, 0])
async def test_a_token_that_cannot_be_had_means_that_nothing_was_sent(
    status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ita(tmp_path, auth="token") as desk:
        plan = await propose("ita-job-stop-on", desk.hands)
        bearer: Any = desk.api._login

        async def broken(path: str, form: object) -> Reply:
            if not status:
                raise login.Answered("no answer", "", 503)
            return Reply(status, None)

        bearer._post, bearer._until = broken, None
        with pytest.raises(Refused, match="nothing was sent"):
            await carry_out(plan, desk.hands)
        assert not desk.writes


async def test_a_token_grows_old_while_the_laptop_sleeps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ita(tmp_path, auth="token") as desk:
        await desk.look(desk.part)
        monkeypatch.setattr(login, "real_now", lambda: real_now() + timedelta(hours=1))
        await desk.look(desk.part)
        tokens = [one for one in asked(desk) if "token" in one]
        assert tokens == ["POST token password", "POST token refresh_token"]


async def test_what_a_netrc_has_is_never_sent_and_hinders_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login thief password stolen\n")
    monkeypatch.setenv("NETRC", str(netrc))
    async with ita(tmp_path) as desk:
        (tmp_path / "far").mkdir()
        monkeypatch.setenv("http_proxy", desk.api.settings.url)  # the platform's door takes it
        far = desk.api.settings.model_copy(
            update={"url": "http://ita-admin.example.jp", "cleartext": True, "tunnelled": False}
        )
        desk.api.settings = far
        seen = await desk.look(desk.part)
        assert seen.trouble is None, "with the user and password of the estate"
        assert (far.user, far.password) == (USER, PASSWORD)
