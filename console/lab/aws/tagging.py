"""Resource Groups Tagging: which caches carry a tag (ElastiCache's own answers have no tags)."""

from __future__ import annotations

from console.lab.aws.call import Answer, Asked, Params, page
from console.lab.aws.elasticache import arn
from console.lab.world import CacheNode, within


def _tagged(node: CacheNode, filters: list[Answer]) -> bool:
    return all(
        one["Key"] in node.tags
        and (not one.get("Values") or node.tags[one["Key"]] in one["Values"])
        for one in filters
    )


def get_resources(asked: Asked, params: Params) -> Answer:
    """The caches that carry all these tags."""
    found = [
        {"ResourceARN": arn(node), "Tags": [{"Key": k, "Value": v} for k, v in node.tags.items()]}
        for node in within(asked.world.caches, asked.account, asked.region)
        if _tagged(node, params.get("TagFilters") or [])
    ]
    resources, token = page(found, params, "ResourcesPerPage", "PaginationToken", 50)
    return {"ResourceTagMappingList": resources, **token}


OPERATIONS = {"GetResources": get_resources}
