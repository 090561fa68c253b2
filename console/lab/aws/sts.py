"""STS: who am I, and roles."""

from __future__ import annotations

from datetime import timedelta

from console.clock import real_now
from console.lab.aws.call import Answer, Asked, Params, Refusal
from console.lab.aws.keyring import secret

SESSION = "on-call"


def arn(account: str) -> str:
    """The session every key of the lab belongs to."""
    return f"arn:aws:sts::{account}:assumed-role/oncall/{SESSION}"


def get_caller_identity(asked: Asked, params: Params) -> Answer:
    """The account of the key that signed."""
    account = asked.account
    return {"UserId": f"AROALAB:{SESSION}", "Account": account, "Arn": arn(account)}


def assume_role(asked: Asked, params: Params) -> Answer:
    """An hour's key of the role's account; real time, as every signature is."""
    account = params["RoleArn"].split(":")[4]
    if not asked.keys.knows(account):
        raise Refusal(
            "AccessDenied", f"{arn(asked.account)} may not assume {params['RoleArn']}", 403
        )
    key = asked.keys.issue(account)
    credentials = {
        "AccessKeyId": key,
        "SecretAccessKey": secret(key)["aws_secret_access_key"],
        "SessionToken": secret(key)["aws_session_token"],
        "Expiration": real_now() + timedelta(hours=1),
    }
    return {"Credentials": credentials, "AssumedRoleUser": {"Arn": arn(account)}}


OPERATIONS = {"GetCallerIdentity": get_caller_identity, "AssumeRole": assume_role}
