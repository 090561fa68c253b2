"""`oncall issues`: the register without a screen, and what it reads like to the whole console."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from console.cli import main

HEAD = "number,site,state,title,fix_on,note\n"
ROWS = HEAD + "500-3,川崎,known,帳票が開けない,2099-01-01,=1\n500-7,sakai,happening,x,2001-01-01,\n"


@pytest.fixture(autouse=True)
def place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = Path(__file__).parents[2] / "config"
    monkeypatch.setenv("ONCALL_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("ONCALL_CONFIG", str(config))
    monkeypatch.chdir(tmp_path)


def test_a_file_goes_in_once_and_comes_out_as_it_went(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "known.csv").write_text(ROWS, "utf-8")
    assert main(["issues", "import", "known.csv"]) == 0
    assert main(["issues", "import", "known.csv"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.rpartition("read, ")[2] for line in said] == [
        "2 of them new or changed",
        "0 of them new or changed",
    ]
    for form, name in (("--csv", "out.csv"), ("--markdown", "out.md")):
        assert main(["issues", "export", form, name]) == 0
        assert main(["issues", "import", name]) == 0
        assert "2 issues read, 0 of them" in capsys.readouterr().out


def test_the_list_is_by_site_and_a_late_fix_is_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["issues"]) == 0
    assert capsys.readouterr().out == "no known issue is registered\n"
    (tmp_path / "known.csv").write_text(ROWS, "utf-8")
    main(["issues", "import", "known.csv"])
    capsys.readouterr()
    assert main(["issues"]) == 1, "sakai's happens, and its fix was due"
    kawasaki, sakai = capsys.readouterr().out.splitlines()
    assert kawasaki.split() == [
        "kawasaki",
        "500-3",
        "known",
        "2099-01-01",
        "帳票が開けない",
        "(=1)",
    ]
    assert sakai.split() == ["sakai", "500-7", "happening", "2001-01-01", "x"]
    assert main(["issues", "--site", "kawasaki", "--json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert told["number"] == "500-3"


def test_wrong_lines_are_all_told_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "known.csv").write_text(ROWS + "1,nowhere,,x,soon,\n2,sakai,open,x,,\n", "utf-8")
    assert main(["issues", "import", "known.csv"]) == 64
    said = capsys.readouterr().err
    assert "known.csv:4: site: nowhere is no site" in said
    assert "known.csv:5: state: open is no state" in said
    assert main(["issues", "import", "absent.csv"]) == 64
    assert main(["issues", "--site", "nowhere"]) == 64
    assert main(["issues"]) == 0
