"""The shape of what an environment names on AWS besides its machines and caches."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, model_validator

from console.config.kinds import Model


def _portal(text: str) -> str:
    if text and (not text.startswith("https://") or not text.isprintable() or " " in text):
        raise ValueError("the portal's start URL begins with https:// and has no blank")
    return text


Portal = Annotated[str, AfterValidator(_portal)]
"""Where people log in to an account in their browser; links lead through it."""


class Behind(Model):
    """Target groups of an environment: all of a load balancer's, or those of some names."""

    load_balancer: str = ""
    """Its name; the host names of its rules are told with the target groups."""
    group: str = ""
    """A target group's name; `*` stands for any letters."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.load_balancer) == bool(self.group):
            raise ValueError("name either a load_balancer or a group")
        return self
