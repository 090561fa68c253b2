"""STS: who am I, and roles."""

from __future__ import annotations

from console.lab.aws.call import Answer, Asked, Params

SESSION = "on-call"


def arn(account: str) -> str:
    """The session every key of the lab belongs to."""
    return f"arn:aws:sts::{account}:assumed-role/oncall/{SESSION}"


def get_caller_identity(asked: Asked, params: Params) -> Answer:
    """The account of the key that signed."""
    account = asked.account
    return {"UserId": f"AROALAB:{SESSION}", "Account": account, "Arn": arn(account)}


OPERATIONS = {"GetCallerIdentity": get_caller_identity}
