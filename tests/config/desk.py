"""Write a small configuration, read it, and get back the lines a person would see."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

from console.config import ConfigMistakes, Configuration, load

ESTATE = """
    estate: {name: small, title: Small}
    accounts:
      one: {id: "111122223333", regions: [eu-west-3]}
    sites:
      sakai:
        title: 堺 Sakai
        zone: Asia/Tokyo
        environments:
          prod: {account: one, region: eu-west-3, instances: [{tags: {Site: sakai}}]}
    kafka:
      msk: {bootstrap: "b-1:9092", groups: {datajs: {topics: [beat]}}}
    kubernetes:
      eks: {kubeconfig: k, namespaces: [platform], deployments: [signaling, dataenricher-js]}
"""
REMEDIES = """
    remedies:
      rollout-restart: {kind: rollout-restart}
"""
CASE = """
    id: hot
    title: Hot
    severity: warning
    when: [{source: instances, where: {load1: "> 10"}}]
"""
CONTACTS = """
    contacts: {offre: {title: offre}}
"""
SMALL = {
    "estate.yaml": ESTATE,
    "remedies.yaml": REMEDIES,
    "contacts.yaml": CONTACTS,
    "cases/hot.yaml": CASE,
}


def write(directory: Path, files: Mapping[str, str]) -> None:
    """Put the files of a configuration into a directory."""
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")


def read(
    directory: Path, files: Mapping[str, str], environ: Mapping[str, str] | None = None
) -> Configuration:
    """The small configuration, with these files instead of or besides its own."""
    write(directory, {**SMALL, **files})
    return load(directory, environ=environ or {})


def said(
    directory: Path, files: Mapping[str, str], environ: Mapping[str, str] | None = None
) -> list[str]:
    """Every mistake, with file names relative to the directory; none when all is right."""
    try:
        read(directory, files, environ)
    except ConfigMistakes as mistakes:
        return [line.replace(f"{directory}/", "") for line in mistakes.lines]
    return []
