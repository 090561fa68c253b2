from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from console.commands import check, init, show
from console.config import load
from tests.config.desk import CONTACTS, ESTATE, SMALL, write

SHIPPED = Path(__file__).parents[2] / "config"


def call(*words: str, config: Path | None = None) -> int:
    """Run a command the way the command line does."""
    parser = argparse.ArgumentParser()
    parsers = parser.add_subparsers()
    for command in (check, init, show):
        command.add(parsers)
    arguments = parser.parse_args(words)
    arguments.config = config
    return int(arguments.run(arguments))


class TestInit:
    def test_it_copies_an_estate_that_checks(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        made = tmp_path / "new" / "estate"
        assert call("init", str(made)) == 0
        assert f"oncall --config {made} check" in capsys.readouterr().out
        assert load(made, environ={}).estate == load(SHIPPED, environ={}).estate
        assert call("check", config=made) == 0

    def test_it_never_overwrites(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (tmp_path / "estate.yaml").write_text("mine")
        assert call("init", str(tmp_path)) == 64
        assert "is not empty; nothing was written" in capsys.readouterr().err
        assert [path.name for path in tmp_path.iterdir()] == ["estate.yaml"]
        assert (tmp_path / "estate.yaml").read_text() == "mine"

    def test_an_empty_directory_is_taken(self, tmp_path: Path) -> None:
        assert call("init", str(tmp_path)) == 0
        assert (tmp_path / "cases" / "msk-maintenance.yaml").is_file()

    def test_a_place_that_cannot_be_written_is_said(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "file").touch()
        assert call("init", str(tmp_path / "file" / "below")) == 78
        assert "cannot be written: Not a directory" in capsys.readouterr().err


class TestCheck:
    def test_it_says_what_it_checked(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        write(tmp_path, SMALL)
        assert call("check", config=tmp_path) == 0
        assert capsys.readouterr().out.splitlines() == [
            f"{tmp_path}: 1 account, 1 site, 1 site/env, 0 metrics, 1 consumer group, "
            "2 deployments, 1 case, 1 remedy, 0 flows, 0 windows, 1 contact",
            "case hot: no example shows it, so nothing proves that it is ever found",
            "every key, value and name points somewhere; every name holds to the naming rule",
        ]

    NAMES = """
        estate: {name: n, title: N}
        accounts: {one: {id: "111122223333", regions: [r]}}
        naming:
          sites: "[a-z]+"
          environments: prod|stg
          instances: "{site}-{env}-web-[0-9]+"
          caches: "{site}-{env}-redis"
          alarms: "{site}-{env}-"
          tags: {Site: "{site}"}
          exempt: [old1]
        sites:
          old1: {title: O, environments: {production: {account: one, region: r, alarm_prefix: x}}}
          marifu2:
            title: 麻里布
            environments:
              test: {account: one, region: r}
          kashima:
            title: 鹿島
            environments:
              prod:
                account: one
                region: r
                alarm_prefix: kashima-
                instances:
                  - {tags: {Site: marifu2}}
                  - {tags: {Name: kashima-stg-web-1}}
                  - {id: i-0aaa, title: kashima-prod-web-1}
                caches: [{id: kashima-redis}, {id: kashima-prod-redis}]
    """

    def test_every_name_that_breaks_the_rule_is_a_line(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        write(tmp_path, {"estate.yaml": self.NAMES})
        assert call("check", config=tmp_path) == 1
        lines = capsys.readouterr().out.replace(f"{tmp_path}/", "").splitlines()
        prod = "sites.kashima.environments.prod"
        assert lines[1:] == [
            "estate.yaml:13:3: sites.marifu2: marifu2 breaks the naming rule of sites: [a-z]+",
            "estate.yaml:16:7: sites.marifu2.environments.test: "
            "test breaks the naming rule of environments: prod|stg",
            f"estate.yaml:23:23: {prod}.alarm_prefix: "
            "kashima- breaks the naming rule of alarms: kashima-prod-",
            f"estate.yaml:25:27: {prod}.instances[0].tags.Site: "
            "marifu2 breaks the naming rule of tag Site: kashima",
            f"estate.yaml:26:27: {prod}.instances[1].tags.Name: "
            "kashima-stg-web-1 breaks the naming rule of instances: kashima-prod-web-[0-9]+",
            f"estate.yaml:28:23: {prod}.caches[0].id: "
            "kashima-redis breaks the naming rule of caches: kashima-prod-redis",
            "every key, value and name points somewhere; 6 wrong",
        ]


class TestShow:
    SECRETS = """
        estate: {name: n, title: N}
        proxy: http://user:hunter2@proxy:3128
        kafka:
          k:
            bootstrap: ${BOOT:-b:1}
            username: ${SCRAM_TOKEN:-u}
            password: hunter2
    """

    def shown(self, tmp_path: Path, capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
        assert call("config", "show", *words, config=tmp_path) == 0
        return capsys.readouterr().out.replace(f"{tmp_path}/", "").splitlines()

    def test_every_value_has_its_file_and_line_and_no_secret_is_shown(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SCRAM_TOKEN", "hunter2")
        hook = "contacts: {c: {title: C, channels: [{kind: webhook, address: http://x/hunter2}]}}"
        write(tmp_path, {"estate.yaml": self.SECRETS, "contacts.yaml": hook})
        assert self.shown(tmp_path, capsys) == [
            "estate.yaml:1:16: estate.name: n",
            "estate.yaml:1:26: estate.title: N",
            "estate.yaml:2:8: proxy: http://user:********@proxy:3128",
            "estate.yaml:5:16: kafka.k.bootstrap: b:1  (from BOOT)",
            "estate.yaml:6:15: kafka.k.username: ********  (from SCRAM_TOKEN)",
            "estate.yaml:7:15: kafka.k.password: ********",
            "contacts.yaml:1:23: contacts.c.title: C",
            "contacts.yaml:1:44: contacts.c.channels[0].kind: webhook",
            "contacts.yaml:1:62: contacts.c.channels[0].address: ********",
        ]

    def test_a_key_narrows_it(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        write(tmp_path, {"estate.yaml": ESTATE, "contacts.yaml": CONTACTS})
        assert self.shown(tmp_path, capsys, "kubernetes.eks.deployments") == [
            "estate.yaml:13:62: kubernetes.eks.deployments[0]: signaling",
            "estate.yaml:13:73: kubernetes.eks.deployments[1]: dataenricher-js",
        ]

    def test_control_codes_of_a_file_do_not_reach_the_terminal(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        write(tmp_path, {"estate.yaml": 'estate: {name: n, title: "a\\e[31mb\\nc"}'})
        assert self.shown(tmp_path, capsys, "estate.title") == [
            "estate.yaml:1:26: estate.title: a�[31mb�c"
        ]


class TestSchema:
    @pytest.mark.parametrize(
        "file",
        ["", "cases", "cases/x.yaml", "estate.yaml", "flows", "windows", "remedies", "contacts"],
    )
    def test_it_is_json_schema_for_one_file_or_any(
        self, file: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert call(*["config", "schema", file][: 2 + bool(file)]) == 0
        made = json.loads(capsys.readouterr().out)
        assert made["$schema"].startswith("https://json-schema.org/")
        refs = {ref["$ref"] for ref in made.get("anyOf", [])}
        assert {f"#/$defs/{name}" for name in made["$defs"]} >= refs
        assert bool(refs) == (file == "")

    def test_it_has_the_names_that_are_written(self, capsys: pytest.CaptureFixture[str]) -> None:
        call("config", "schema", "cases")
        condition = json.loads(capsys.readouterr().out)["$defs"]["Condition"]
        assert {"source", "where", "for", "any", "all", "join"} <= set(condition["properties"])
        assert condition["additionalProperties"] is False

    @pytest.mark.parametrize(
        ("model", "key"), [("Condition", "outcome"), ("Target", "topics")], ids=lambda one: one
    )
    def test_one_word_stands_for_a_list_of_one(
        self, model: str, key: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        call("config", "schema", "cases")
        told = json.loads(capsys.readouterr().out)["$defs"][model]["properties"][key]
        word, words = told["anyOf"]
        assert word["type"] == "string" and words["type"] == "array" and words["items"] == word

    def test_a_file_that_does_not_exist_is_bad_usage(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert call("config", "schema", "estates.yaml") == 64
        assert "there is estate.yaml, remedies.yaml" in capsys.readouterr().err
