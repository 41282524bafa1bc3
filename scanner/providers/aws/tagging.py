"""Tags by the tagging API, for services whose own call would take a list of ARNs: one listing for a region and type."""

from __future__ import annotations

from collections.abc import Callable

from scanner.collect.model import Call
from scanner.facts import Answer, Tagging, View, key_values, text

ARN, TAGS = "tags:/ResourceTagMappingList/*/ResourceARN", "tags:/ResourceTagMappingList/*/Tags"


def ask(kind: str) -> Call:
    """All tagged resources of a kind, such as "elasticloadbalancing:loadbalancer"."""
    return Call(
        "tag:GetResources",
        "resourcegroupstaggingapi.get_resources",
        items="/ResourceTagMappingList",
        give={"ResourceTypeFilters": [kind], "ResourcesPerPage": 100},
    )


def answer(path: str) -> Answer:
    """The tags of the resource whose ARN is at the path."""
    return answer_of(lambda view: view.at(path, text), path)


def answer_of(arn: Callable[[View], str], *paths: str) -> Answer:
    """The tags of the resource with this ARN. What is not listed was never tagged (GetResources)."""

    def tags(view: View) -> dict[str, str]:
        own = arn(view)
        for each in view.each("tags:/ResourceTagMappingList"):
            if each.at("/ResourceARN", text) == own:
                return each.at("/Tags", key_values)
        return {}

    return Tagging.tags.by(tags, *paths, ARN, TAGS)
