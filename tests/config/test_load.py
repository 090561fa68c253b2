from __future__ import annotations

from pathlib import Path

import pytest

from console.config import ConfigMistakes, document, find
from tests.config.desk import read, said

HEAD = "estate: {name: small, title: Small}\n"


def parse(text: str, **environ: str) -> object:
    return document.read(text, "x.yaml", environ).data


@pytest.mark.parametrize(
    ("caption", "text", "environ", "expected"),
    [
        ("a default", "${A:-b}", {}, "b"),
        ("a value that is set", "${A:-b}", {"A": "c"}, "c"),
        ("empty counts as not set", "${A:-b}", {"A": ""}, "b"),
        ("an empty default", "${A:-}", {}, ""),
        ("inside a longer text", "http://${H:-h}:${P:-80}/x", {"P": "81"}, "http://h:81/x"),
        ("in quotes", '"${A:-b}"', {}, "b"),
        (
            "a default with colons, a dash and commas",
            "${A:-b-1:9098,b-2:9098}",
            {},
            "b-1:9098,b-2:9098",
        ),
        ("escaped", "$${A:-b}", {"A": "c"}, "${A:-b}"),
        ("a dollar alone", "costs $5", {}, "costs $5"),
        ("what is filled in is not filled in again", "${A:-b}", {"A": "${B}"}, "${B}"),
        ("what is filled in is no YAML", "${A:-b}", {"A": "{x: y}"}, "{x: y}"),
    ],
)
def test_the_environment_fills_in_values(
    caption: str, text: str, environ: dict[str, str], expected: str
) -> None:
    assert parse(f"key: {text}", **environ) == {"key": expected}, caption


def test_numbers_and_switches_may_come_from_the_environment(tmp_path: Path) -> None:
    text = (
        HEAD + "sources: {msk: {every: '${E:-90s}', timeout: '${T:-5}', enabled: '${ON:-false}'}}"
    )
    asking = read(tmp_path, {"estate.yaml": text}, {"E": "2m"}).estate.sources["msk"]
    assert (asking.every, asking.timeout, asking.enabled) == (120, 5, False)


@pytest.mark.parametrize(
    ("caption", "text", "expected"),
    [
        ("Norway stays a country", "no", "no"),
        ("a time of day stays one", "22:30", "22:30"),
        ("a date stays one", "2026-11-24", "2026-11-24"),
        ("ten is ten", "010", 10),
        ("a version is no number when it has two dots", "7.1.0", "7.1.0"),
        ("true", "true", True),
        ("nothing", "", None),
        ("a number with a fraction", "-1.5e3", -1500.0),
        ("a text that looks like one, in quotes", "'5'", "5"),
        ("a number that is too long to be one", "9" * 5000, None),
    ],
)
def test_plain_words_mean_what_they_look_like(caption: str, text: str, expected: object) -> None:
    assert parse(f"key: {text}") == {"key": expected}, caption


def test_a_key_is_a_name_whatever_it_looks_like() -> None:
    assert parse("{no: 1, 500: 2, 1.5: 3, ~: 4, 2026-01-01: 5}") == {
        "no": 1,
        "500": 2,
        "1.5": 3,
        "~": 4,
        "2026-01-01": 5,
    }


def test_aliases_and_merged_keys_work_and_keep_their_places() -> None:
    text = "a: &a {x: 1, y: {z: 2}}\nb:\n  <<: *a\n  x: 3\nc: *a\nd:\n  <<: [*a, {w: 4}]\n"
    read = document.read(text, "f", {})
    assert read.mistakes == []
    assert read.data == {
        "a": {"x": 1, "y": {"z": 2}},
        "b": {"x": 3, "y": {"z": 2}},
        "c": {"x": 1, "y": {"z": 2}},
        "d": {"x": 1, "y": {"z": 2}, "w": 4},
    }
    assert str(read.place(("b", "x"))) == "f:4:3"
    assert str(read.place(("b", "y", "z"))) == "f:1:18"


@pytest.mark.parametrize(
    ("caption", "text", "line"),
    [
        ("a list as a key", "? [a]\n: b", "f:1:3: a key must be one word"),
        ("itself inside itself", "a: &a [*a]", "f:1:4: a[0]: this refers to itself"),
        ("a merge of nothing", "a: {<<: b}", "f:1:9: a: << wants keys with values"),
        (
            "a tag",
            "a: !!python/name:os.system x",
            "f:1:4: a: the tag tag:yaml.org,2002:python/name:os.system means nothing here",
        ),
        ("a tag of its own", "a: !secret x", "f:1:4: a: the tag !secret means nothing here"),
        (
            "lists in lists without end",
            "a: " + "[" * 99 + "]" * 99,
            "f:1:64: a" + "[0]" * 60 + ": nested too deeply",
        ),
    ],
)
def test_what_yaml_can_and_we_do_not_want_is_said(caption: str, text: str, line: str) -> None:
    assert [str(mistake) for mistake in document.read(text, "f", {}).mistakes] == [line], caption


def test_aliases_that_multiply_end_with_a_mistake() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    mistakes = document.read("\n".join(lines), "f", {}).mistakes
    assert [mistake.what for mistake in mistakes] == ["the file has too many values"]


def test_every_value_knows_where_it_was_written(tmp_path: Path) -> None:
    configuration = read(tmp_path, {})
    place = configuration.place("estate.yaml", ("sites", "sakai", "environments", "prod"))
    assert str(place) == f"{tmp_path}/estate.yaml:9:7"
    assert configuration.place("cases/hot.yaml", ("when", 0)).line == 4


def test_optional_files_may_be_missing(tmp_path: Path) -> None:
    read(tmp_path, {})
    for name in ("remedies.yaml", "contacts.yaml"):
        (tmp_path / name).unlink()
    assert said(tmp_path, {}) == []


class TestWhereItIsLookedFor:
    @pytest.fixture(autouse=True)
    def home(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
        monkeypatch.delenv("ONCALL_CONFIG", raising=False)
        for name in ("asked", "variable", "xdg/oncall"):
            (tmp_path / name).mkdir(parents=True)
        return tmp_path

    def test_the_option_wins(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ONCALL_CONFIG", str(home / "variable"))
        assert find(home / "asked") == home / "asked"

    def test_then_the_variable(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (home / "xdg/oncall/estate.yaml").touch()
        monkeypatch.setenv("ONCALL_CONFIG", "~/variable")
        assert find() == home / "variable"

    def test_then_the_users_own_directory(
        self, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ONCALL_CONFIG", "")
        (home / "xdg/oncall/estate.yaml").touch()
        assert find() == home / "xdg/oncall"

    def test_then_it_is_said_how_to_make_one(self, home: Path) -> None:
        with pytest.raises(ConfigMistakes) as caught:
            find()
        own = home / "xdg/oncall"
        assert caught.value.lines == (
            "no configuration: neither --config DIR nor $ONCALL_CONFIG is given, and there is no "
            f"{own}/estate.yaml; `oncall init {own}` makes one to start from",
        )

    def test_a_directory_that_is_not_there_is_not_passed_over(
        self, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ONCALL_CONFIG", str(home / "gone"))
        with pytest.raises(ConfigMistakes, match=r"gone: no such directory \(\$ONCALL_CONFIG\)"):
            find()
        with pytest.raises(ConfigMistakes, match=r"away: no such directory \(--config\)"):
            find(home / "away")
