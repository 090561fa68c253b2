"""What AWS and botocore say when a read fails, as sentences for people with their cure."""

from __future__ import annotations

import re

from botocore import exceptions as boto
from botocore.parsers import ResponseParserError

from console.aws.refused import Denied, Unknown
from console.poll import AuthExpired, Failed, Throttled

# EC2 says RequestExpired for a session token that ran out, and AuthFailure for a key it does not
# know; the others say the rest.
AUTH_CODES = {
    "ExpiredToken",
    "ExpiredTokenException",
    "RequestExpired",
    "UnrecognizedClientException",
    "InvalidClientTokenId",
    "InvalidToken",
    "TokenRefreshRequired",
    "AuthFailure",
}
DENIED_CODES = {
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedOperation",
    "AuthorizationError",
    "ForbiddenException",
    "NotAuthorizedException",
}
THROTTLED_CODES = {
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "TooManyRequestsException",
}
SKEWED_CODES = {"SignatureDoesNotMatch", "InvalidSignatureException", "RequestTimeTooSkewed"}
IAM_PREFIX = {"resourcegroupstaggingapi": "tag", "elbv2": "elasticloadbalancing"}
IAM_ACTION = {  # S3 names its rights otherwise than its calls
    "rds:DescribeDbInstances": "rds:DescribeDBInstances",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
}
LOGGED_OUT = (
    boto.SSOTokenLoadError,
    boto.UnauthorizedSSOTokenError,
    boto.TokenRetrievalError,
    boto.NoAuthTokenError,
    boto.NoCredentialsError,
    boto.PartialCredentialsError,
    boto.CredentialRetrievalError,
    boto.LoginError,
    boto.RefreshWithMFAUnsupportedError,
)
UNREACHABLE = (
    boto.EndpointConnectionError,
    boto.ConnectTimeoutError,
    boto.ReadTimeoutError,
    boto.ConnectionClosedError,
    boto.ProxyConnectionError,
)
CAUGHT = (boto.BotoCoreError, boto.ClientError, ResponseParserError)


def action_of(service: str, operation: str) -> str:
    """The IAM action of a call: `ec2`, `DescribeInstances` → `ec2:DescribeInstances`."""
    action = f"{IAM_PREFIX.get(service, service)}:{operation}"
    return IAM_ACTION.get(action, action)


def _answered(error: boto.ClientError, account: str, action: str, cure: str) -> Failed:
    code = str(error.response.get("Error", {}).get("Code", ""))
    text = str(error.response.get("Error", {}).get("Message", ""))
    if code in AUTH_CODES:
        return AuthExpired(f"{account}: the login is no longer accepted ({code})", cure)
    if code in DENIED_CODES:
        named = re.search(r"perform:? ([a-z0-9-]+:\w+)", text)
        missing = named[1] if named else action
        return Denied(f"{account}: {missing} is not allowed", missing)
    if code in THROTTLED_CODES:
        return Throttled(f"{account}: AWS throttles {action} ({code}); asked again more slowly")
    if code in SKEWED_CODES:
        return Failed(
            f"{account}: AWS refused the signature of {action} ({code})",
            "set this machine's clock, or correct the secret key",
        )
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if status >= 500:
        return Failed(f"{account}: AWS failed to answer {action} (HTTP {status})")
    return Unknown(f"{account}: {action}: {code}: {text}", code, text)


def said(error: BaseException, account: str, action: str, cure: str) -> Failed:
    """The failure of one call as Failed, Denied or AuthExpired; `cure` renews the login."""
    if isinstance(error, boto.ClientError):
        return _answered(error, account, action, cure)
    if isinstance(error, LOGGED_OUT):
        first = str(error).strip().splitlines()[0]
        return AuthExpired(f"{account}: not logged in ({first})", cure)
    if isinstance(error, boto.ProfileNotFound):
        return Failed(f"{account}: {error}", "write the profile into ~/.aws/config")
    if isinstance(error, boto.ConnectTimeoutError | boto.ReadTimeoutError):
        return Failed(f"{account}: no answer to {action} in time", "is the VPN up?")
    if isinstance(error, boto.SSLError):
        return Failed(
            f"{account}: the certificate of AWS is not trusted here ({action})",
            "set accounts.*.ca_bundle to the company's CA file",
        )
    if isinstance(error, boto.ProxyConnectionError):
        return Failed(
            f"{account}: the proxy does not answer ({action})", "see `proxy` in the estate"
        )
    if isinstance(error, UNREACHABLE):
        return Failed(f"{account}: AWS is not reachable for {action}", "is the VPN up?")
    if isinstance(error, ResponseParserError):
        return Failed(
            f"{account}: the answer to {action} is not from AWS",
            "a proxy or a portal may ask for a login",
        )
    return Failed(f"{account}: {action}: {error}")
