"""A draft of an estate: what is guessed from tags and names, and that it loads as it stands."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from urllib.request import urlopen

import pytest

from console.config import load
from console.config.schema import Estate
from console.discover.draft import draft
from console.discover.seen import Account, Cluster, Kafka, Managed, Seen, Thing
from console.discover.sites import places
from console.model.words import harmless
from console.realm import VARIABLE
from tests.driving import CONSOLE, Served
from tests.widgets.hostile import TEXT

Placed = tuple[tuple[str, str], dict[str, str], bool]
BELONGS: dict[str, tuple[Thing, Placed]] = {
    "the tags people use": (
        Thing("i-1", {"Site": "sakai", "Env": "prod", "Name": "x"}),
        (("sakai", "prod"), {"Site": "sakai", "Env": "prod"}, False),
    ),
    "other tags, other words": (
        Thing("i-1", {"application": "Order API", "Environment": "Production"}),
        (("order-api", "prod"), {"application": "Order API", "Environment": "Production"}, False),
    ),
    "by its name": (
        Thing("i-1", {"Name": "sakai-stg-web-1"}),
        (("sakai", "stg"), {"Name": "sakai-stg-web-1"}, True),
    ),
    "a name without a hyphen": (
        Thing("i-1", {"Name": "sitv1prod-peip"}),
        (("sitv1", "prod"), {"Name": "sitv1prod-peip"}, True),
    ),
    "a name that tells nothing": (
        Thing("i-1", {"Name": "Bastion"}),
        (("bastion", "prod"), {"Name": "Bastion"}, True),
    ),
    "no tag at all": (Thing("i-0abc"), (("i-0abc", "prod"), {"id": "i-0abc"}, True)),
    "half of the tags": (
        Thing("redis-prod", {"Site": "sakai"}),
        (("redis", "prod"), {"id": "redis-prod"}, True),
    ),
    "a name in another script": (
        Thing("i-1", {"Name": "堺"}),
        (("unnamed", "prod"), {"Name": "堺"}, True),
    ),
}


def account(**given: object) -> Account:
    named: dict[str, object] = {"name": "prod", "id": "1" * 12, "who": "arn", "region": "eu-west-3"}
    return Account(**named | given)  # type: ignore[arg-type]


@pytest.mark.parametrize("caption", BELONGS)
def test_a_thing_belongs_where_its_tags_or_its_name_say(caption: str) -> None:
    thing, (key, selector, guessed) = BELONGS[caption]
    (found,) = places(account(instances=(thing,))).items()
    assert found[0] == key
    assert (found[1].instances, found[1].guessed) == ([selector], guessed)


def loaded(directory: Path, seen: Seen) -> Estate:
    (directory / "estate.yaml").write_text(draft(seen), "utf-8")
    return load(directory, environ={}).estate


def test_a_draft_of_hostile_names_loads_and_selects_by_them_to_the_letter(tmp_path: Path) -> None:
    name = "yes: [${HOME}] # *x {a}\u202e\n\"'" + TEXT[:200]
    thing = Thing(name, {"Site": name, "Env": "prod"})
    seen = Seen(
        account(
            instances=(thing, Thing("i-2", {"Name": name})),
            caches=(Thing(name),),
            alarms=(name, "ok-1"),
            canaries=(name,),
            msk=(Managed("msk-1", "arn", 3),),
            who=name,
        ),
        Cluster("", "ctx", {"default": (name,)}),
        Kafka("b1:9092", "scram", 3, (name,), {name: ("topic",), "idle": ()}),
        unread=(name,),
    )
    estate = loaded(tmp_path, seen)
    tags = [s.tags for site in estate.sites.values() for s in site.environments["prod"].instances]
    assert {"Site": name, "Env": "prod"} in tags and {"Name": name} in tags
    assert list(estate.kafka["msk-1"].groups) == [name]
    assert estate.canaries[0].prefix == name
    text = draft(seen)
    assert harmless(text.replace("\n", " ")) == text.replace("\n", " ")


ALONE = {
    "an account with nothing in it": Seen(account()),
    "an account with two Kafkas, which nobody asked": Seen(
        account(msk=(Managed("a", "arn:a", 3), Managed("b", "arn:b", 6, "scram")), alarms=("x-1",))
    ),
    "alarms and no place for them": Seen(account(alarms=("x-1",))),
    "a Kafka alone": Seen(kafka=Kafka("b:9092", "tls", 1, (), {})),
    "an empty cluster": Seen(cluster=Cluster("", "", {})),
}


@pytest.mark.parametrize("caption", ALONE)
def test_whatever_was_found_the_draft_loads(tmp_path: Path, caption: str) -> None:
    loaded(tmp_path, ALONE[caption])


def run(lab: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, VARIABLE: lab}
    return subprocess.run([*CONSOLE, *arguments], env=environ, capture_output=True, text=True)


def test_a_draft_of_the_lab_passes_every_check_and_overwrites_nothing(tmp_path: Path) -> None:
    place = tmp_path / "estate"
    with Served("quiet", 10, "stand-in") as lab:
        with urlopen(f"{lab.url}/lab") as answer:
            kafka = json.load(answer)["env"]["ONCALL_KAFKA_BOOTSTRAP"]
        where = ("--region", "eu-west-3", "--profile", "rpg-prod", "--context", "lab")
        made = run(lab.url, "discover", str(place), *where, "--bootstrap", kafka)
        assert (made.returncode, made.stderr) == (0, "")
        again = run(lab.url, "discover", str(place), *where)
        assert again.returncode == 64 and "is not empty" in again.stderr
        checked = run(lab.url, "--config", str(place), "check")
        assert checked.returncode == 0, checked.stdout + checked.stderr
    text = (place / "estate.yaml").read_text("utf-8")
    assert "tags: {Site: sitv1, Env: prod}" in text
    assert "prefix: devicemanagement" in text and "datajs: {topics: [" in text
    assert "# platform: camunda, dataenricher" in text
    assert text.count("check me") > 8


@pytest.mark.parametrize(
    ("where", "code", "said"),
    [
        (("--bootstrap", "127.0.0.1:9"), 3, "no broker of draft answers"),
        (("--bootstrap", "127.0.0.1:9", "--security", "iam"), 64, "needs the --region"),
        (("--kubeconfig", "/absent"), 3, "/absent"),
    ],
)
def test_where_nothing_can_be_read_nothing_is_written(
    tmp_path: Path, where: tuple[str, ...], code: int, said: str
) -> None:
    asked = run("", "discover", str(tmp_path / "x"), *where)
    assert asked.returncode == code and said in asked.stderr
    assert not (tmp_path / "x").exists()


def test_nothing_is_asked_where_nobody_says_where(tmp_path: Path) -> None:
    asked = run("", "discover", str(tmp_path / "x"))
    assert asked.returncode == 64 and "say where to look" in asked.stderr
